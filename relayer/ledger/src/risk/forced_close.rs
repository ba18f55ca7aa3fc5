//! Forced close: the end of an auction that nobody bought.
//!
//! ```text
//!   weights by standard maintenance ─► each position closed at mark against opposite ones ─► equity left?
//!        yes: the fee comes off, the rest stays        no: the deficit, split by the weights, enters the order of losses
//! ```
//! Closing at mark moves nobody's equity; who closes is chosen by [`super::counterparties`]. A sub that is left with a loan against
//! collateral and no position goes on with equity of zero or more. A deficit of a sub without positions (a loan whose collateral fell) is no
//! market's: insurance pays it, then the rate of the cash that was lent. Spec: `spec/ledger.md`, Liquidation and losses.

use super::counterparties::{Opposite, allot};
use super::losses::split_by;
use crate::ids::{Account, Instrument};
use crate::math::Fixed;
use crate::posting::Place;
use crate::refusal::Refusal;
use crate::state::{State, Status};
use alloc::vec::Vec;

impl State {
    /// Closes everything that the sub holds, and covers what it then owes.
    pub(super) fn force_close(&mut self, account: Account) -> Result<(), Refusal> {
        self.touch(account)?;
        let weights = self.standard_maintenance(account)?;
        for (instrument, _) in &weights {
            self.close_at_mark(account, *instrument)?;
        }
        let equity = self.standing(account)?.value;
        if equity.is_negative() {
            self.cover_all(account, equity.negate(), weights)?;
        } else {
            self.charge_fee(account, equity)?;
        }
        self.auctions.remove(&account);
        self.set_status(account, Status::Open);
        Ok(())
    }

    /// Closes one position at mark against the opposite side.
    fn close_at_mark(&mut self, account: Account, instrument: Instrument) -> Result<(), Refusal> {
        let held = self
            .subs
            .get(&account)
            .and_then(|sub| sub.positions.get(&instrument));
        let Some(quantity) = held.map(|position| position.quantity) else {
            return Ok(());
        };
        let mark = self.mark(&instrument)?;
        let opposites = self.opposites(account, instrument, quantity, mark)?;
        for (other, size) in allot(quantity.abs(), &opposites)? {
            let closed = if quantity.is_negative() {
                size
            } else {
                size.negate()
            };
            let notional = closed.mul_floor(mark)?;
            self.trade(account, instrument, closed, notional)?;
            self.trade(other, instrument, closed.negate(), notional.negate())?;
        }
        self.sweep_pool(instrument)
    }

    /// Positions on the other side, brought up to date, ascending.
    fn opposites(
        &mut self,
        account: Account,
        instrument: Instrument,
        quantity: Fixed,
        mark: Fixed,
    ) -> Result<Vec<Opposite>, Refusal> {
        let holders: Vec<Account> = self
            .subs
            .iter()
            .filter(|(holder, sub)| **holder != account && sub.positions.contains_key(&instrument))
            .map(|(holder, _)| *holder)
            .collect();
        let mut opposites = Vec::with_capacity(holders.len());
        for holder in holders {
            self.touch(holder)?;
            let held = self
                .subs
                .get(&holder)
                .and_then(|sub| sub.positions.get(&instrument))
                .copied();
            let Some(held) = held.filter(|held| held.quantity.is_negative() != quantity.is_negative()) else {
                continue;
            };
            let profitable = held.quantity.mul_floor(mark)? > held.cost;
            opposites.push(Opposite {
                account: holder,
                size: held.quantity.abs(),
                profitable,
            });
        }
        Ok(opposites)
    }

    /// Takes the liquidation fee off what is left.
    fn charge_fee(&mut self, account: Account, equity: Fixed) -> Result<(), Refusal> {
        let Some(auction) = self.auctions.get(&account).copied() else {
            return Ok(());
        };
        let Some(cash) = auction.cash else { return Ok(()) };
        let fee = equity
            .mul_floor(self.parameters.auction_fee)?
            .div_floor(self.price_of(cash)?)?;
        self.post(
            cash,
            Place::Margin(account),
            Place::Insurance,
            fee.sub(auction.fee_paid)?.max_zero(),
        )
    }

    fn cover_all(
        &mut self,
        account: Account,
        deficit: Fixed,
        weights: Vec<(Instrument, Fixed)>,
    ) -> Result<(), Refusal> {
        if weights.is_empty() {
            return self.cover_loan(account, deficit);
        }
        for (instrument, part) in split_by(deficit, weights)? {
            let amount = part.div_ceil(self.price_of(instrument.cash())?)?;
            self.cover_deficit(account, instrument, amount)?;
        }
        Ok(())
    }

    /// Covers a deficit that no market made.
    fn cover_loan(&mut self, account: Account, deficit: Fixed) -> Result<(), Refusal> {
        let cash = self.liquidation_cash(account)?;
        let amount = deficit.div_ceil(self.price_of(cash)?)?;
        let insured = self.asset(cash)?.insurance.min(amount);
        self.post(cash, Place::Insurance, Place::Margin(account), insured)?;
        self.share_among_claims(cash, amount.sub(insured)?, account)
    }
}
