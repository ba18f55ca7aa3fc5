//! What a sub is worth and must be worth, from the state; and the rules that commands apply to it.
//!
//! | rule | value counted | against |
//! |---|---|---|
//! | maintenance | all, at marks | maintenance requirement |
//! | initial | less unmatured profit | initial requirement |
//! | withdrawal | less unmatured and unrealised profit | initial requirement |
//!
//! A sub below its initial requirement may only reduce, and each reduction must leave it no riskier. Of a sub that is worth nothing or less,
//! a reduction below mark is refused whatever it closes, and no venue takes a fee for one at mark: what it costs is not the sub's money any
//! more but that of whoever covers the deficit, and a friend on the other side of the fill could carry it off. Such a sub is closed at mark, or by a bid that
//! insurance pays as far as the auction says.
//!
//! Haircuts are part of the requirements. Everything is in the unit in which feeds quote; a cash counts at its own price, whatever its sign. The
//! sub is touched before it is valued. Spec: `spec/ledger.md`, Margin.

use crate::ids::{Account, AssetId};
use crate::margin::Requirement;
use crate::math::{Fixed, compare_ratios};
use crate::prices::Action;
use crate::refusal::Refusal;
use crate::state::{Authority, State};
use core::cmp::Ordering;
use wire::command::Scope;

/// At which prices a sub is valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The accepted ones, which every rule uses.
    Accepted,
    /// The weighted medians behind them, which differ while a price is clamped.
    Median,
}

/// Value and requirement of one sub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Value at marks, and what is required.
    pub requirement: Requirement,
    /// Realised profit that has not matured.
    pub unmatured: Fixed,
    /// Unrealised profit, without the losses.
    pub unrealised: Fixed,
}

impl Risk {
    /// What counts against the initial requirement.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn value_initial(&self) -> Result<Fixed, Refusal> {
        Ok(self.requirement.value.sub(self.unmatured)?)
    }

    /// What counts against the initial requirement when something leaves.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn value_free(&self) -> Result<Fixed, Refusal> {
        Ok(self.value_initial()?.sub(self.unrealised)?)
    }

    /// Whether the sub may open.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn meets_initial(&self) -> Result<bool, Refusal> {
        Ok(self.value_initial()? >= self.requirement.initial)
    }

    /// Whether the sub is left alone.
    pub fn meets_maintenance(&self) -> bool {
        self.requirement.value >= self.requirement.maintenance
    }

    /// Whether risk is not above `before`'s: no higher requirement, and no lower value for it.
    ///
    /// | value before | value after must be |
    /// |---|---|
    /// | not negative | as large a share of its requirement; not negative where nothing is required any more |
    /// | negative | not lower: the ratio of a negative value falls as its requirement does, and each loss is insurance's |
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn is_no_riskier_than(&self, before: &Self) -> Result<bool, Refusal> {
        let (ours, theirs) = (self.requirement, before.requirement);
        if ours.maintenance > theirs.maintenance {
            return Ok(false);
        }
        if theirs.value.is_negative() || !theirs.maintenance.is_positive() {
            return Ok(ours.value.add(TRADE_ROUNDING)? >= theirs.value);
        }
        if !ours.maintenance.is_positive() {
            return Ok(!ours.value.is_negative());
        }
        let order = compare_ratios((ours.value, ours.maintenance), (theirs.value, theirs.maintenance))?;
        Ok(order != Ordering::Less)
    }
}

/// What the floors of one trade may take from a sub's value.
const TRADE_ROUNDING: Fixed = Fixed::from_raw(1_000_000);

impl State {
    /// Refuses unless the sub meets its initial requirement.
    ///
    /// # Errors
    /// [`Refusal::InitialMargin`].
    pub fn require_initial(&self, account: Account) -> Result<(), Refusal> {
        if self.subs.get(&account).is_none_or(|sub| sub.is_cash_only()) {
            return Ok(());
        }
        let risk = self.risk(account)?;
        require(risk.requirement.initial, risk.value_initial()?)
    }

    /// Refuses unless what left was the sub's to take.
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
        require(risk.requirement.initial, risk.value_free()?)
    }

    /// How much of `cash` may leave the sub by its margin: the rest above initial margin with unmatured and unrealised profit at nothing.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`], arithmetic.
    pub(crate) fn spare(&self, account: Account, cash: AssetId) -> Result<Fixed, Refusal> {
        let risk = self.risk(account)?;
        let rest = risk.value_free()?.sub(risk.requirement.initial)?.max_zero();
        Ok(rest.div_floor(self.price_of(cash)?)?)
    }

    /// The rule after a trade: whoever opened meets initial margin; whoever reduced meets it or is no riskier than before.
    ///
    /// # Errors
    /// [`Refusal::InitialMargin`], [`Refusal::RiskGrows`].
    pub(crate) fn require_margin_after(&self, account: Account, before: Option<Risk>) -> Result<(), Refusal> {
        if self.subs.get(&account).is_none_or(|sub| sub.is_cash_only()) {
            return Ok(());
        }
        let after = self.risk(account)?;
        let initial = require(after.requirement.initial, after.value_initial()?);
        match before {
            Some(before) if initial.is_err() => {
                if after.is_no_riskier_than(&before)? {
                    return Ok(());
                }
                let (then, now) = (before.requirement, after.requirement);
                Err(Refusal::RiskGrows {
                    required_before: then.maintenance,
                    value_before: then.value,
                    required: now.maintenance,
                    value: now.value,
                })
            }
            _ => initial,
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
        let feed = self.asset(asset)?.terms.feed;
        self.require_price(action, feed, self.spot_condition(feed)?)
    }

    /// Whether some of the sub's money is on a chain that a quorum halted.
    pub(crate) fn holds_halted_collateral(&self, account: Account) -> bool {
        let sub = self.subs.get(&account);
        sub.into_iter()
            .flat_map(|sub| sub.balances.keys())
            .any(|asset| self.is_asset_halted_by_quorum(*asset))
    }

    /// Whether a quorum's halt covers the chain.
    pub(crate) fn is_halted_by_quorum(&self, chain: crate::ids::ChainId) -> bool {
        self.has_quorum_halt(Scope::Everything) || self.has_quorum_halt(Scope::Chain(chain))
    }

    /// Whether a quorum's halt covers the asset, alone or with its chain: as collateral its tier is that of a halted chain.
    pub(crate) fn is_asset_halted_by_quorum(&self, asset: AssetId) -> bool {
        self.is_halted_by_quorum(asset.chain) || self.has_quorum_halt(Scope::Asset(asset))
    }

    fn has_quorum_halt(&self, scope: Scope) -> bool {
        self.halt(scope)
            .is_some_and(|halt| halt.authority == Authority::Quorum)
    }
}

fn require(required: Fixed, available: Fixed) -> Result<(), Refusal> {
    if available >= required {
        Ok(())
    } else {
        Err(Refusal::InitialMargin { required, available })
    }
}

#[cfg(test)]
mod tests {
    use super::{Requirement, Risk};
    use crate::math::Fixed;

    fn risk(value: i64, maintenance: i64) -> Risk {
        let requirement = Requirement {
            value: Fixed::from_int(value),
            initial: Fixed::from_int(maintenance),
            maintenance: Fixed::from_int(maintenance),
        };
        Risk {
            requirement,
            ..Risk::default()
        }
    }

    fn may_go(from: (i64, i64), to: (i64, i64)) -> bool {
        let (before, after) = (risk(from.0, from.1), risk(to.0, to.1));
        after.is_no_riskier_than(&before).unwrap()
    }

    #[test]
    fn a_reduction_keeps_its_share_of_the_requirement() {
        assert!(may_go((50, 100), (25, 50)));
        assert!(may_go((50, 100), (50, 50)));
        assert!(!may_go((50, 100), (24, 50)));
        assert!(!may_go((50, 100), (60, 101)));
    }

    #[test]
    fn a_sub_that_closes_everything_may_pay_for_it_out_of_its_own() {
        assert!(may_go((50, 100), (49, 0)));
        assert!(may_go((50, 100), (0, 0)));
        assert!(!may_go((50, 100), (-1, 0)));
    }

    #[test]
    fn a_sub_of_negative_value_may_reduce_as_long_as_it_loses_nothing() {
        assert!(may_go((-50, 100), (-50, 50)));
        assert!(may_go((-50, 100), (-50, 0)));
        assert!(may_go((-50, 100), (-40, 100)));
        assert!(!may_go((-50, 100), (-51, 50)));
        assert!(!may_go((-50, 100), (-50, 101)));
    }
}
