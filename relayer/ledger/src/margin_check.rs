//! What a sub is worth and must be worth, from the state; and the rules that commands apply to it.
//!
//! | value | claims | unrealised | unmatured profit | haircut |
//! |---|---|---|---|---|
//! | initial | yes | yes | no | initial |
//! | maintenance | yes | yes | yes | maintenance |
//! | free | yes | losses only | no | initial |
//!
//! Everything is in the unit in which feeds quote; a cash counts at its own price, whatever its sign. The sub is touched before it is valued.
//! Spec: `spec/ledger.md`, Margin.

use crate::ids::{Account, AssetId, Instrument, Underlying};
use crate::math::{Fixed, compare_ratios};
use crate::prices::{Action, Condition};
use crate::refusal::Refusal;
use crate::state::{Authority, Class, Position, State, Sub};
use core::cmp::Ordering;
use wire::command::Scope;

/// Value and requirement of one sub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// At marks, without any haircut.
    pub equity: Fixed,
    /// Counted against `initial`.
    pub value_initial: Fixed,
    /// Counted against `maintenance`.
    pub value_maintenance: Fixed,
    /// Counted against `initial` for what leaves the sub.
    pub value_free: Fixed,
    /// Required to open.
    pub initial: Fixed,
    /// Required to be left alone.
    pub maintenance: Fixed,
}

impl Risk {
    /// Whether the sub may open.
    pub fn meets_initial(&self) -> bool {
        self.value_initial >= self.initial
    }

    /// Whether the sub is left alone.
    pub fn meets_maintenance(&self) -> bool {
        self.value_maintenance >= self.maintenance
    }

    /// Whether risk is not above `before`'s: no higher requirement, no lower value per requirement.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn is_no_riskier_than(&self, before: &Self) -> Result<bool, Refusal> {
        if self.maintenance > before.maintenance {
            return Ok(false);
        }
        if !self.maintenance.is_positive() || !before.maintenance.is_positive() {
            return Ok(self.value_maintenance >= before.value_maintenance || !self.maintenance.is_positive());
        }
        let ours = (self.value_maintenance, self.maintenance);
        let theirs = (before.value_maintenance, before.maintenance);
        Ok(compare_ratios(ours, theirs)? != Ordering::Less)
    }
}

impl State {
    /// Values a sub at the accepted prices.
    ///
    /// # Errors
    /// A missing price, arithmetic.
    pub fn risk(&self, account: Account) -> Result<Risk, Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(Risk::default());
        };
        let mut risk = Risk::default();
        self.add_balances(sub, &mut risk)?;
        self.add_positions(sub, &mut risk)?;
        Ok(risk)
    }

    /// Refuses unless the sub meets its initial requirement.
    ///
    /// # Errors
    /// [`Refusal::InitialMargin`].
    pub fn require_initial(&self, account: Account) -> Result<(), Refusal> {
        if self.subs.get(&account).is_none_or(Sub::is_cash_only) {
            return Ok(());
        }
        let risk = self.risk(account)?;
        if risk.meets_initial() {
            return Ok(());
        }
        Err(Refusal::InitialMargin {
            required: risk.initial,
            available: risk.value_initial,
        })
    }

    /// Refuses unless what left was the sub's to take: initial margin with no unrealised and no unmatured profit.
    ///
    /// # Errors
    /// [`Refusal::InitialMargin`].
    pub fn require_withdrawable(&self, account: Account) -> Result<(), Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(());
        };
        if sub.is_cash_only() && sub.unmatured.is_empty() {
            return Ok(());
        }
        let risk = self.risk(account)?;
        if risk.value_free >= risk.initial {
            return Ok(());
        }
        Err(Refusal::InitialMargin {
            required: risk.initial,
            available: risk.value_free,
        })
    }

    /// The rule after a trade: whoever opened meets initial margin; whoever reduced meets it or is no riskier than before.
    ///
    /// # Errors
    /// [`Refusal::InitialMargin`], [`Refusal::RiskGrows`].
    pub(crate) fn require_margin_after(&self, account: Account, before: Option<Risk>) -> Result<(), Refusal> {
        if self.subs.get(&account).is_none_or(Sub::is_cash_only) {
            return Ok(());
        }
        let after = self.risk(account)?;
        if after.meets_initial() {
            return Ok(());
        }
        match before {
            None => Err(Refusal::InitialMargin {
                required: after.initial,
                available: after.value_initial,
            }),
            Some(before) if after.is_no_riskier_than(&before)? => Ok(()),
            Some(before) => Err(Refusal::RiskGrows {
                required_before: before.maintenance,
                value_before: before.value_maintenance,
                required: after.maintenance,
                value: after.value_maintenance,
            }),
        }
    }

    /// Refuses a withdrawal from a sub with positions or loans while any price that values it is not fresh.
    ///
    /// # Errors
    /// [`Refusal::Price`].
    pub(crate) fn require_withdraw_prices(&self, account: Account) -> Result<(), Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Err(Refusal::UnknownSub { account });
        };
        if sub.is_cash_only() {
            return Ok(());
        }
        for instrument in sub.positions.keys() {
            let condition = self.instrument_condition(instrument)?;
            if let Some(feed) = crate::ids::underlying(instrument) {
                self.require_price(Action::Withdraw, feed, condition)?;
            }
        }
        sub.balances
            .keys()
            .try_for_each(|asset| self.require_spot(Action::Withdraw, *asset))
    }

    fn require_spot(&self, action: Action, asset: AssetId) -> Result<(), Refusal> {
        let feed: Underlying = self.asset(asset)?.terms.feed;
        let condition: Condition = self.spot_condition(feed)?;
        self.require_price(action, feed, condition)
    }

    /// Whether some of the sub's money is on a chain that a quorum halted.
    pub(crate) fn holds_halted_collateral(&self, account: Account) -> bool {
        let sub = self.subs.get(&account);
        sub.into_iter()
            .flat_map(|sub| sub.balances.keys())
            .any(|asset| self.is_halted_by_quorum(asset.chain))
    }

    /// Whether a quorum's halt covers the chain.
    pub(crate) fn is_halted_by_quorum(&self, chain: crate::ids::ChainId) -> bool {
        let scopes = [Scope::Everything, Scope::Chain(chain)];
        scopes
            .into_iter()
            .filter_map(|scope| self.halt(scope))
            .any(|halt| halt.authority == Authority::Quorum)
    }

    fn add_balances(&self, sub: &Sub, risk: &mut Risk) -> Result<(), Refusal> {
        for (id, balance) in &sub.balances {
            let books = self.asset(*id)?;
            let value = books.value(balance.shares)?.mul_floor(self.price_of(*id)?)?;
            let (initial, maintenance) = match books.terms.class {
                Class::Cash => (Fixed::ZERO, Fixed::ZERO),
                Class::Collateral => (books.risk.haircut, books.risk.haircut),
            };
            let counted = |haircut: Fixed| value.sub(value.max_zero().mul_ceil(haircut)?);
            risk.equity = risk.equity.add(value)?;
            risk.value_initial = risk.value_initial.add(counted(initial)?)?;
            risk.value_free = risk.value_free.add(counted(initial)?)?;
            risk.value_maintenance = risk.value_maintenance.add(counted(maintenance)?)?;
        }
        for (instrument, unmatured) in &sub.unmatured {
            let price = self.price_of(instrument.cash())?;
            let amount = unmatured.at(self.time_ms)?.mul_ceil(price)?;
            risk.value_initial = risk.value_initial.sub(amount)?;
            risk.value_free = risk.value_free.sub(amount)?;
        }
        Ok(())
    }

    fn add_positions(&self, sub: &Sub, risk: &mut Risk) -> Result<(), Refusal> {
        for (instrument, position) in &sub.positions {
            let mark = self.mark(instrument)?;
            let price = self.price_of(instrument.cash())?;
            let unrealised = position
                .quantity
                .mul_floor(mark)?
                .sub(position.cost)?
                .mul_floor(price)?;
            risk.equity = risk.equity.add(unrealised)?;
            risk.value_initial = risk.value_initial.add(unrealised)?;
            risk.value_maintenance = risk.value_maintenance.add(unrealised)?;
            risk.value_free = risk.value_free.add(unrealised.min_zero())?;
            let (initial, maintenance) = self.requirement(instrument, position, mark.mul_ceil(price)?)?;
            risk.initial = risk.initial.add(initial)?;
            risk.maintenance = risk.maintenance.add(maintenance)?;
        }
        Ok(())
    }

    fn requirement(
        &self,
        instrument: &Instrument,
        position: &Position,
        mark: Fixed,
    ) -> Result<(Fixed, Fixed), Refusal> {
        let terms = self.listing(*instrument)?.risk;
        let notional = position.quantity.abs().mul_ceil(mark)?;
        Ok((
            notional.mul_ceil(terms.initial)?,
            notional.mul_ceil(terms.maintenance)?,
        ))
    }
}
