//! Posting the order of losses: the deficit of one market is paid by [`super::waterfall`]'s split.
//!
//! Profit of a sub in a market = cash realised there + what its position is worth above cost. What is not realised, or not matured, is
//! unmatured here: it could not have been withdrawn. What a sub pays comes off what it realised and off what has not matured, so that
//! nothing is taken twice. Prices make a market's deficit, so that slashed stake pays nothing of it ([`super::indemnity`]). Spec: `spec/ledger.md`, Liquidation and losses.

use super::allocation::by_largest_remainder;
use super::waterfall::{Entitlement, Sources, cover};
use crate::ids::{Account, AssetId, Instrument, Series};
use crate::math::Fixed;
use crate::posting::Place;
use crate::refusal::Refusal;
use crate::state::{AuctionKind, State};
use alloc::vec::Vec;

impl State {
    /// Covers `deficit` of `debtor` in the cash of `instrument`, by the order of losses.
    pub(super) fn cover_deficit(
        &mut self,
        debtor: Account,
        instrument: Instrument,
        deficit: Fixed,
    ) -> Result<(), Refusal> {
        let cash = instrument.cash();
        let accounts = self.winners(debtor, instrument)?;
        let mut profits = Vec::with_capacity(accounts.len());
        for account in &accounts {
            profits.push(self.entitlement(*account, instrument)?);
        }
        let insurance = self.asset(cash)?.insurance.min(self.insurance_left(instrument)?);
        let split = cover(
            deficit,
            &Sources {
                insurance,
                profits,
                ..Sources::default()
            },
        )?;
        self.post(cash, Place::Insurance, Place::Margin(debtor), split.insurance)?;
        self.count_insurance(instrument, split.insurance)?;
        for (account, paid) in accounts.into_iter().zip(split.profits) {
            self.give_up_profit(account, debtor, instrument, paid)?;
        }
        self.share_among_claims(cash, split.rate, debtor)
    }

    /// Cuts the rate of a cash by as much as leaves `debtor` better off by `loss`: what it claims in that cash itself, against a loan in
    /// another, falls with all claims.
    pub(super) fn share_among_claims(
        &mut self,
        cash: AssetId,
        loss: Fixed,
        debtor: Account,
    ) -> Result<(), Refusal> {
        let (claims, to) = (self.asset(cash)?.claims()?, Place::Margin(debtor));
        let others = claims.sub(self.claim(debtor, cash)?)?;
        if loss > others {
            return Err(Refusal::Overdrawn {
                place: to,
                required: loss,
                available: others,
            });
        }
        if loss.is_zero() {
            return Ok(());
        }
        self.cut_rate(cash, loss.mul_div_ceil(claims, others)?, to)
    }

    /// Subs that have or had something in the market, brought up to date, ascending.
    fn winners(&mut self, debtor: Account, instrument: Instrument) -> Result<Vec<Account>, Refusal> {
        let involved = self.subs.iter().filter(|(account, sub)| {
            **account != debtor
                && (sub.realised.contains_key(&instrument) || sub.positions.contains_key(&instrument))
        });
        let accounts: Vec<Account> = involved.map(|(account, _)| *account).collect();
        accounts.iter().try_for_each(|account| self.touch(*account))?;
        Ok(accounts)
    }

    /// What a market's loss may take from a sub.
    fn entitlement(&self, account: Account, instrument: Instrument) -> Result<Entitlement, Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(Entitlement::default());
        };
        let realised = sub.realised.get(&instrument).copied().unwrap_or_default();
        let unrealised = match sub.positions.get(&instrument) {
            Some(position) => position
                .quantity
                .mul_floor(self.mark(&instrument)?)?
                .sub(position.cost)?,
            None => Fixed::ZERO,
        };
        let maturing = match sub.unmatured.get(&instrument) {
            Some(unmatured) => unmatured.at(self.time_ms)?,
            None => Fixed::ZERO,
        };
        let unmatured = maturing.add(unrealised.max_zero())?;
        let gain = self.gain(account)?.div_floor(self.price_of(instrument.cash())?)?;
        Ok(Entitlement::new(realised.add(unrealised)?, unmatured, gain)?)
    }

    /// Equity above net deposits, at marks, and no more than all of it: profit that was taken out is not there to be lost.
    fn gain(&self, account: Account) -> Result<Fixed, Refusal> {
        let equity = self.standing(account)?.value;
        let mut gain = equity;
        for (asset, deposits) in self
            .subs
            .get(&account)
            .into_iter()
            .flat_map(|sub| &sub.net_deposits)
        {
            gain = gain.sub(deposits.mul_ceil(self.price_of(*asset)?)?)?;
        }
        Ok(gain.min(equity))
    }

    fn give_up_profit(
        &mut self,
        account: Account,
        debtor: Account,
        instrument: Instrument,
        paid: Entitlement,
    ) -> Result<(), Refusal> {
        let amount = paid.unmatured.add(paid.matured)?;
        if amount.is_zero() {
            return Ok(());
        }
        self.post(
            instrument.cash(),
            Place::Margin(account),
            Place::Margin(debtor),
            amount,
        )?;
        let (now, maturing_ms) = (self.time_ms, self.parameters.maturing_ms);
        let sub = self.subs.row_or_default(&account);
        let realised = sub.realised.entry(instrument).or_default();
        *realised = realised.sub(amount)?;
        if let Some(unmatured) = sub.unmatured.remove(&instrument)
            && let Some(left) = unmatured.with(paid.unmatured.negate(), now, maturing_ms)?
        {
            sub.unmatured.insert(instrument, left);
        }
        Ok(())
    }

    /// Splits an amount over the instruments of a sub by standard maintenance.
    pub(super) fn split_over_markets(
        &self,
        account: Account,
        amount: Fixed,
    ) -> Result<Vec<(Instrument, Fixed)>, Refusal> {
        let weights = self.standard_maintenance(account)?;
        split_by(amount, weights)
    }

    /// What the tier cap leaves of insurance for a market.
    pub(super) fn insurance_left(&self, instrument: Instrument) -> Result<Fixed, Refusal> {
        let listing = self.listing(instrument)?;
        Ok(listing.risk.insurance_cap.sub(listing.insurance_paid)?.max_zero())
    }

    /// Counts what insurance paid for a market.
    pub(super) fn count_insurance(&mut self, instrument: Instrument, paid: Fixed) -> Result<(), Refusal> {
        if paid.is_zero() {
            return Ok(());
        }
        let unknown = Refusal::UnknownInstrument { instrument };
        let listing = self.listings.row(&Series::of(&instrument)).ok_or(unknown)?;
        listing.insurance_paid = listing.insurance_paid.add(paid)?;
        Ok(())
    }

    /// Whether insolvency that nobody has covered yet exceeds the fund of `cash`: withdrawals in it wait.
    pub(crate) fn is_insolvency_uncovered(&self, cash: AssetId) -> Result<bool, Refusal> {
        let insolvent = self
            .auctions
            .values()
            .filter(|auction| auction.kind == AuctionKind::Insolvent);
        let here = insolvent.filter(|auction| auction.closed_ms.is_none() && auction.cash == Some(cash));
        let uncovered = Fixed::sum(here.map(|auction| auction.shortfall))?;
        Ok(uncovered > self.asset(cash)?.insurance)
    }
}

/// Splits an amount by weights of instruments.
pub(super) fn split_by(
    amount: Fixed,
    weights: Vec<(Instrument, Fixed)>,
) -> Result<Vec<(Instrument, Fixed)>, Refusal> {
    let (instruments, weights): (Vec<Instrument>, Vec<Fixed>) = weights.into_iter().unzip();
    Ok(instruments
        .into_iter()
        .zip(by_largest_remainder(amount, &weights)?)
        .collect())
}
