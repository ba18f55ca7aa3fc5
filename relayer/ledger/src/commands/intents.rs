//! What two intents say together: whether they meet, at which price, and what each side does. Spec: `spec/ledger.md`, Commands.

use crate::command::Match;
use crate::facts::AMOUNT_MAX;
use crate::ids::{Account, Address, Instrument, Side};
use crate::math::Fixed;
use crate::refusal::Refusal;
use wire::command::{Intent, IntentKind};

/// Largest price: 2^90 raw.
pub(crate) const PRICE_MAX: Fixed = Fixed::from_raw(1 << 90);

/// What one side does.
#[derive(Clone, Copy)]
pub(super) struct Party {
    pub(super) account: Account,
    pub(super) reduce_only: bool,
    /// Signed.
    pub(super) quantity: Fixed,
    /// Signed as the quantity.
    pub(super) notional: Fixed,
    pub(super) venue: Address,
    /// What the signer allowed for this quantity, floored.
    pub(super) fee: Fixed,
}

/// Two intents that meet.
pub(super) struct Trade {
    pub(super) instrument: Instrument,
    pub(super) price: Fixed,
    pub(super) quantity: Fixed,
    pub(super) notional: Fixed,
    buyer: Party,
    seller: Party,
}

impl Trade {
    pub(super) fn new(fill: &Match) -> Result<Self, Refusal> {
        let Match { post, take, .. } = fill;
        let quantity = Fixed::from_raw(fill.quantity);
        has_size(quantity)?;
        for intent in [post, take] {
            has_size(Fixed::from_raw(intent.quantity))?;
            has_price(intent)?;
        }
        has_strike(&post.instrument)?;
        meet(post, take)?;
        let price = Fixed::from_raw(post.limit);
        let notional = quantity.mul_floor(price)?;
        if notional > AMOUNT_MAX {
            return Err(Refusal::TooLarge {
                what: "notional",
                got: notional,
                most: AMOUNT_MAX,
            });
        }
        let (buy, sell) = if post.side == Side::Buy {
            (post, take)
        } else {
            (take, post)
        };
        let buyer = side(buy, quantity, notional)?;
        let seller = side(sell, quantity, notional)?;
        Ok(Self {
            instrument: post.instrument,
            price,
            quantity,
            notional,
            buyer,
            seller,
        })
    }

    pub(super) fn sides(&self) -> [Party; 2] {
        [self.buyer, self.seller]
    }

    pub(super) fn accounts(&self) -> [Account; 2] {
        [self.buyer.account, self.seller.account]
    }
}

fn has_size(quantity: Fixed) -> Result<(), Refusal> {
    if quantity.is_zero() {
        return Err(Refusal::ZeroQuantity);
    }
    if quantity.is_negative() {
        return Err(Refusal::NegativeAmount { amount: quantity });
    }
    if quantity > AMOUNT_MAX {
        return Err(Refusal::TooLarge {
            what: "quantity",
            got: quantity,
            most: AMOUNT_MAX,
        });
    }
    Ok(())
}

fn has_price(intent: &Intent) -> Result<(), Refusal> {
    let (limit, fee) = (Fixed::from_raw(intent.limit), Fixed::from_raw(intent.max_fee));
    if limit.is_negative() || fee.is_negative() {
        return Err(Refusal::NegativeAmount {
            amount: limit.min(fee),
        });
    }
    if limit > PRICE_MAX {
        return Err(Refusal::TooLarge {
            what: "price",
            got: limit,
            most: PRICE_MAX,
        });
    }
    Ok(())
}

/// Refuses an option whose strike is no price.
fn has_strike(instrument: &Instrument) -> Result<(), Refusal> {
    let Instrument::Option { strike, .. } = *instrument else {
        return Ok(());
    };
    let strike = Fixed::from_raw(strike);
    if strike.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if strike.is_negative() {
        return Err(Refusal::NegativeAmount { amount: strike });
    }
    if strike > PRICE_MAX {
        return Err(Refusal::TooLarge {
            what: "strike",
            got: strike,
            most: PRICE_MAX,
        });
    }
    Ok(())
}

/// Refuses intents that do not meet.
fn meet(post: &Intent, take: &Intent) -> Result<(), Refusal> {
    if post.kind != IntentKind::Post {
        return Err(Refusal::WrongRole { place: "post" });
    }
    if take.kind != IntentKind::Take {
        return Err(Refusal::WrongRole { place: "take" });
    }
    if post.instrument != take.instrument {
        return Err(Refusal::IntentsDiffer { field: "instrument" });
    }
    if post.side == take.side {
        return Err(Refusal::SameSide);
    }
    if post.account == take.account {
        return Err(Refusal::SelfTrade {
            account: post.account,
        });
    }
    for (wanted, got) in [
        (post.counterparty, take.account.owner),
        (take.counterparty, post.account.owner),
    ] {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != got) {
            return Err(Refusal::WrongCounterparty { wanted, got });
        }
    }
    let crosses = if take.side == Side::Buy {
        take.limit >= post.limit
    } else {
        take.limit <= post.limit
    };
    if !crosses {
        return Err(Refusal::NotCrossing {
            post: Fixed::from_raw(post.limit),
            take: Fixed::from_raw(take.limit),
        });
    }
    Ok(())
}

fn side(intent: &Intent, quantity: Fixed, notional: Fixed) -> Result<Party, Refusal> {
    let sign = |amount: Fixed| {
        if intent.side == Side::Buy {
            amount
        } else {
            amount.negate()
        }
    };
    let fee = Fixed::from_raw(intent.max_fee).mul_div_floor(quantity, Fixed::from_raw(intent.quantity))?;
    Ok(Party {
        account: intent.account,
        reduce_only: intent.reduce_only,
        quantity: sign(quantity),
        notional: sign(notional),
        venue: intent.venue,
        fee,
    })
}
