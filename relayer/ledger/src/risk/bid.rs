//! `LiquidationBid`: somebody takes a fraction of a sub under auction.
//!
//! ```text
//!   auction runs ─► epoch ─► bidder holds only cash ─► fraction <= fMax, not dust ─► price within the limit ─► cash for bid and backing
//!     ─► every position, balance and loan · f, truncated toward zero ─► bid paid (solvent) or payout received (insolvent) ─► reviewed
//! ```
//! Positions move with their cost, so that nothing is realised; what the sub was paid for earlier bids is not for sale.
//! A block accepts prices before it runs commands, so that the epoch that a bidder saw is never the running one: a bid may lie behind as far
//! as a price may be old, and its price limit says what it is willing to pay. An insolvent auction is paid by insurance as far as the tier caps of the sub's markets allow; what that cannot pay waits for the forced close.
//! Spec: `spec/ledger.md`, Liquidation and losses.

use super::refusal::BidRefusal;
use crate::ids::{Account, AssetId, Instrument};
use crate::math::Fixed;
use crate::posting::Place;
use crate::rates::auction::Standing;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Auction, AuctionKind, Class, Position, State, Status};
use alloc::vec::Vec;
use wire::command::LiquidationBid;

/// A bid that may be executed.
struct Bid {
    bidder: Account,
    target: Account,
    cash: AssetId,
    fraction: Fixed,
    /// What the bidder pays in the cash, negative where it is paid.
    price: Fixed,
    /// Whether nothing more may be taken.
    takes_all: bool,
}

impl State {
    pub(crate) fn liquidation_bid(&mut self, order: &LiquidationBid) -> Result<Effect, Refusal> {
        let (target, bidder) = (order.target, order.account);
        let auction = self.running_auction(target)?;
        self.require_epoch(target, order.epoch)?;
        self.require_only_cash(bidder, target)?;
        self.touch(target)?;
        let cash = self.cash_of(&auction, target)?;
        let reserved = auction.reserved.mul_floor(self.price_of(cash)?)?;
        let standing = Standing {
            reserved,
            ..self.standing(target)?
        };
        let bid = self.judge(order, cash, &auction, &standing)?;
        self.require_cash(&bid, &standing)?;
        // Insurance pays on the account of the markets that the target is still in.
        self.pay(&bid)?;
        self.hand_over(&bid, auction.reserved.add(bid.price.max_zero())?)?;
        self.conclude(&bid)?;
        Ok(Effect::Liquidated {
            target,
            fraction: bid.fraction,
            cash: bid.cash,
            price: bid.price,
        })
    }

    /// Reviews the sub; one that was sold as far as it may be is left alone once it is above maintenance, whatever rounding left of the buffer.
    fn conclude(&mut self, bid: &Bid) -> Result<(), Refusal> {
        self.examine(bid.target)?;
        if bid.takes_all && !self.standing(bid.target)?.margin.is_negative() {
            self.close_auction(bid.target)?;
        }
        Ok(())
    }

    fn running_auction(&self, target: Account) -> Result<Auction, Refusal> {
        let auction = self
            .auctions
            .get(&target)
            .copied()
            .filter(|auction| auction.closed_ms.is_none());
        auction.ok_or_else(|| BidRefusal::NoAuction { target }.into())
    }

    /// The cash in which the sub is most negative; while what earlier bids paid is kept out, that of those bids.
    fn cash_of(&self, auction: &Auction, target: Account) -> Result<AssetId, Refusal> {
        match auction.cash.filter(|_| auction.reserved.is_positive()) {
            Some(cash) => Ok(cash),
            None => self.liquidation_cash(target),
        }
    }

    /// A bid names the epoch that the bidder saw; it stands while that epoch's prices would still be fresh.
    fn require_epoch(&self, target: Account, got: u64) -> Result<(), Refusal> {
        let now = self.oracle_epoch(target)?;
        if got > now || now.saturating_sub(got) > EPOCHS_BEHIND_MAX {
            return Err(BidRefusal::OtherEpoch { got, now }.into());
        }
        Ok(())
    }

    fn require_only_cash(&self, bidder: Account, target: Account) -> Result<(), Refusal> {
        if bidder == target {
            return Err(Refusal::SameSub { account: bidder });
        }
        let sub = self
            .subs
            .get(&bidder)
            .ok_or(Refusal::UnknownSub { account: bidder })?;
        if sub.status != Status::Open {
            return Err(Refusal::NotOpen { account: bidder });
        }
        let cash = |asset: &AssetId| {
            self.assets
                .get(asset)
                .is_some_and(|books| books.terms.class == Class::Cash)
        };
        if !sub.is_cash_only() || !sub.balances.keys().all(cash) {
            return Err(BidRefusal::NotOnlyCash { bidder }.into());
        }
        Ok(())
    }

    /// Which fraction at which price, or why not.
    fn judge(
        &self,
        order: &LiquidationBid,
        cash: AssetId,
        auction: &Auction,
        standing: &Standing,
    ) -> Result<Bid, Refusal> {
        let LiquidationBid {
            account: bidder,
            target,
            ..
        } = *order;
        let got = Fixed::from_raw(order.fraction);
        if !got.is_positive() || got > Fixed::ONE {
            return Err(BidRefusal::BadFraction { got }.into());
        }
        let terms = self.auction_terms();
        let unit = self.price_of(cash)?;
        let discount = terms.discount(auction.clock_ms)?;
        let left = match auction.kind {
            AuctionKind::Solvent => terms.largest_fraction(standing, discount)?,
            AuctionKind::Insolvent => Fixed::ONE,
        };
        let fraction = got.min(left);
        let least = fraction_min(standing.value)?;
        if fraction.is_zero() || fraction < left.min(least) {
            return Err(BidRefusal::FractionTooSmall { got, least, left }.into());
        }
        let price = match auction.kind {
            AuctionKind::Solvent => terms.bid_up(standing, discount, fraction)?.div_ceil(unit)?,
            AuctionKind::Insolvent => {
                let whole = terms.insolvent_payout(standing, auction.clock_ms)?;
                whole.mul_floor(fraction)?.div_floor(unit)?.negate()
            }
        };
        let limit = Fixed::from_raw(order.price_limit);
        if price > limit {
            return Err(BidRefusal::AbovePriceLimit { price, limit }.into());
        }
        Ok(Bid {
            bidder,
            target,
            cash,
            fraction,
            price,
            takes_all: fraction == left,
        })
    }

    fn require_cash(&self, bid: &Bid, standing: &Standing) -> Result<(), Refusal> {
        let (cash, unit) = (bid.cash, self.price_of(bid.cash)?);
        let paid = bid.price.max_zero().mul_ceil(unit)?;
        let required = self
            .auction_terms()
            .bidder_needs_up(standing, paid, bid.fraction)?
            .div_ceil(unit)?;
        let available = self.claim(bid.bidder, cash)?;
        if required > available {
            return Err(BidRefusal::TooLittleCash {
                cash,
                required,
                available,
            }
            .into());
        }
        Ok(())
    }

    /// Moves the fraction of everything from the target to the bidder.
    fn hand_over(&mut self, bid: &Bid, reserved: Fixed) -> Result<(), Refusal> {
        let Some(sub) = self.subs.get(&bid.target) else {
            return Ok(());
        };
        let positions: Vec<(Instrument, Position)> =
            sub.positions.iter().map(|(id, row)| (*id, *row)).collect();
        let assets: Vec<AssetId> = sub.balances.keys().copied().collect();
        for (instrument, position) in positions {
            self.hand_over_position(bid, instrument, position)?;
        }
        for asset in assets {
            let kept = if asset == bid.cash { reserved } else { Fixed::ZERO };
            self.hand_over_balance(bid, asset, kept)?;
        }
        Ok(())
    }

    fn hand_over_position(
        &mut self,
        bid: &Bid,
        instrument: Instrument,
        position: Position,
    ) -> Result<(), Refusal> {
        let quantity = position.quantity.mul_trunc(bid.fraction)?;
        if quantity.is_zero() {
            return Ok(());
        }
        let cost = position
            .cost
            .mul_div_ceil(quantity.abs(), position.quantity.abs())?;
        self.trade(bid.target, instrument, quantity.negate(), cost.negate())?;
        self.trade(bid.bidder, instrument, quantity, cost)
    }

    fn hand_over_balance(&mut self, bid: &Bid, asset: AssetId, kept: Fixed) -> Result<(), Refusal> {
        let shares = self
            .subs
            .get(&bid.target)
            .map_or(Fixed::ZERO, |sub| sub.shares(&asset));
        let amount = self
            .asset(asset)?
            .value(shares)?
            .sub(kept)?
            .mul_trunc(bid.fraction)?;
        let (target, bidder) = (Place::Margin(bid.target), Place::Margin(bid.bidder));
        let (from, to) = if amount.is_negative() {
            (bidder, target)
        } else {
            (target, bidder)
        };
        self.post(asset, from, to, amount.abs())
    }

    fn pay(&mut self, bid: &Bid) -> Result<(), Refusal> {
        if bid.price.is_negative() {
            return self.pay_out(bid, bid.price.abs());
        }
        self.post(
            bid.cash,
            Place::Margin(bid.bidder),
            Place::Margin(bid.target),
            bid.price,
        )?;
        if let Some(auction) = self.auctions.row(&bid.target) {
            auction.reserved = auction.reserved.add(bid.price)?;
            auction.cash = Some(bid.cash);
        }
        Ok(())
    }

    /// Pays the bidder out of insurance, on the account of the markets that the target is in.
    fn pay_out(&mut self, bid: &Bid, required: Fixed) -> Result<(), Refusal> {
        let charges = self.split_over_markets(bid.target, required)?;
        let mut available = self.asset(bid.cash)?.insurance;
        for (instrument, charge) in &charges {
            let left = self.insurance_left(*instrument)?;
            if *charge > left {
                available = available.min(left);
            }
        }
        if required > available || charges.iter().any(|(_, charge)| *charge > available) {
            return Err(BidRefusal::InsuranceExhausted { required, available }.into());
        }
        for (instrument, charge) in charges {
            self.count_insurance(instrument, charge)?;
        }
        self.post(bid.cash, Place::Insurance, Place::Margin(bid.bidder), required)
    }
}

/// Epochs, of a second at least, that a bid may lie behind: beyond, the prices it saw are not fresh any more.
const EPOCHS_BEHIND_MAX: u64 = 30;
/// Least fraction of a bid.
const FRACTION_MIN: Fixed = Fixed::from_ppm(10_000);
/// Least value of a bid's fraction.
const VALUE_MIN: Fixed = Fixed::from_int(100);

/// The least fraction of a bid: a hundredth, or what is worth the least value.
fn fraction_min(value: Fixed) -> Result<Fixed, Refusal> {
    if value.abs() <= VALUE_MIN {
        return Ok(Fixed::ONE);
    }
    Ok(VALUE_MIN.div_ceil(value.abs())?.max(FRACTION_MIN))
}
