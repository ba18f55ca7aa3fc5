//! What each sub could take out of the vaults if the ledger ended here: the part of its leaf that a vault pays by.
//!
//! ```text
//!   no position, no loan, no auction:  each claim, in units
//!   else:                              claim · min(1, equity / Σ claims at the block's marks), floored; nothing without equity
//! ```
//! The rows are as of the block that touched the sub last; an accepted price touches every sub whose row depends on prices, a cut of
//! an asset's rate every sub that holds it. They are part of the state, so that a node that starts from a snapshot has the same.
//! Claims leave a sub when they are requested, so that pending withdrawals are not in them.
//!
//! Guarantees: a row never exceeds the sub's claims nor, at the marks of its block, its equity. Not guaranteed: that the rows of one
//! asset stay within what its vault holds while part of it is lent out; a vault that is short pays pro rata of their sum.
//! Deviation: profit that is not yet realised raises no row above the claims, since nobody has paid for it.
//! Spec: `spec/ledger.md`, Root.

use crate::ids::{Account, AssetId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::root::Amounts;
use crate::state::{State, Status, Sub};
use alloc::{collections::BTreeMap, vec::Vec};
use litemap::LiteMap;

/// Rows by sub, and the rates they reckon with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exits {
    /// Units at 1e18 per asset; no row is empty.
    pub rows: BTreeMap<Account, LiteMap<AssetId, Fixed>>,
    /// Each asset's rate at the last block.
    pub rates: BTreeMap<AssetId, Fixed>,
}

impl Exits {
    /// The row of a sub.
    pub fn of(&self, account: &Account) -> Amounts {
        let row = self.rows.get(account).into_iter().flatten();
        let amounts = row.map(|(asset, amount)| (*asset, amount.raw().unsigned_abs()));
        // Rows are positive and made of claims, which are in range.
        Amounts::new(amounts.collect()).unwrap_or_default()
    }
}

impl State {
    /// Brings the rows up to the block and answers the subs whose leaf changed, ascending.
    pub(crate) fn refresh_exits(&mut self) -> Vec<Account> {
        let mut stale = self.subs.take_touched();
        let has_new_price = self.feeds.values().any(|feed| feed.epoch_ms == self.time_ms);
        let cut: Vec<AssetId> = self.assets_whose_rate_changed();
        if has_new_price || !cut.is_empty() {
            let is_stale = |sub: &Sub| {
                (has_new_price && !is_plain(sub)) || cut.iter().any(|asset| sub.balances.contains_key(asset))
            };
            stale.extend(
                self.subs
                    .iter()
                    .filter(|(_, sub)| is_stale(sub))
                    .map(|(account, _)| *account),
            );
            stale.sort_unstable();
            stale.dedup();
        }
        for account in &stale {
            let row = self
                .subs
                .get(account)
                .and_then(|sub| self.exitable(*account, sub).ok())
                .unwrap_or_default();
            if row.is_empty() {
                self.exits.rows.remove(account);
            } else {
                self.exits.rows.insert(*account, row);
            }
        }
        stale
    }

    fn assets_whose_rate_changed(&mut self) -> Vec<AssetId> {
        let rates: BTreeMap<AssetId, Fixed> = self
            .assets
            .iter()
            .map(|(asset, books)| (*asset, books.rate))
            .collect();
        let is_changed = |asset: &AssetId| rates.get(asset) != self.exits.rates.get(asset);
        let changed = rates.keys().filter(|asset| is_changed(asset)).copied().collect();
        self.exits.rates = rates;
        changed
    }

    /// What the sub could take out, per asset; nothing where the arithmetic fails, which is the safe side.
    fn exitable(&self, account: Account, sub: &Sub) -> Result<LiteMap<AssetId, Fixed>, Refusal> {
        let mut claims = LiteMap::new();
        for (asset, balance) in &sub.balances {
            let claim = self.asset(*asset)?.value(balance.shares.max_zero())?;
            if claim.is_positive() {
                claims.insert(*asset, claim);
            }
        }
        if is_plain(sub) {
            return Ok(claims);
        }
        let mut worth = Fixed::ZERO;
        for (asset, claim) in &claims {
            worth = worth.add(claim.mul_floor(self.price_of(*asset)?)?)?;
        }
        let equity = self
            .risk(account)?
            .requirement
            .value
            .add(self.funding_due(sub)?)?;
        let payable = equity.min(worth).max_zero();
        if payable.is_zero() {
            return Ok(LiteMap::new());
        }
        if payable < worth {
            for (_, claim) in &mut claims {
                *claim = claim.mul_div_floor(payable, worth)?;
            }
        }
        claims.retain(|_, claim| claim.is_positive());
        Ok(claims)
    }

    /// What funding not yet settled will change, in the unit in which feeds quote.
    fn funding_due(&self, sub: &Sub) -> Result<Fixed, Refusal> {
        let mut due = Fixed::ZERO;
        for (instrument, position) in &sub.positions {
            let moved = self
                .market(*instrument)?
                .funding_index
                .sub(position.funding_index)?;
            let payment = position.quantity.negate().mul_floor(moved)?;
            due = due.add(payment.mul_floor(self.price_of(instrument.cash())?)?)?;
        }
        Ok(due)
    }
}

/// Whether nothing of the sub's worth depends on prices.
fn is_plain(sub: &Sub) -> bool {
    sub.is_cash_only() && sub.status != Status::InAuction
}
