//! What the security layers allow: what may be credited, what may leave, what may be opened.
//!
//! ```text
//!   request  ─► fee and minimum of its destination ──────────────────────────────► split into entries, else refused
//!   deposit  ─► halt, exit ─► source risk of its chain ─────────────────────────► credited, else suspense
//!   entry    ─► halt, exit ─► hour and day window of its asset ─► budget ─► uncovered insolvency ─► outbox, else queue
//!   fill     ─► budget: Σ open interest · largest move ─────────────────────────► opened, else refused
//! ```
//! Each limit only ever stops what is new: nothing credited, opened or released is taken back because a limit falls.
//! Spec: `spec/relayer.md`, Security layers; `spec/ledger.md`, Limits.

mod budget;
mod coalition;
mod governor;
mod release_fee;
mod source_risk;
mod window;

pub use budget::{Bound, Staking};
pub use governor::Outflow;
pub use release_fee::ReleaseTerms;
pub use source_risk::SourceWindow;
pub use window::Window;

use crate::ids::{AssetId, ChainId};
use crate::math::{ArithmeticError, Fixed};
use crate::refusal::Refusal;
use crate::state::{Halt, State};
use alloc::vec::Vec;
use wire::command::Scope;

/// Milliseconds in a day.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// More units of an asset than any vault holds.
const UNITS_MAX: Fixed = Fixed::from_raw(1 << 125);

/// How many units of an asset a value buys at `price`, floored; at most [`UNITS_MAX`], so that no asset is too cheap to be limited.
fn units_at(value: Fixed, price: Fixed) -> Fixed {
    match value.div_floor(price) {
        Ok(units) => units.min(UNITS_MAX),
        Err(ArithmeticError::DivisionByZero) => Fixed::ZERO,
        Err(_) => UNITS_MAX,
    }
}

impl State {
    /// Turns the windows that are over and measures what the budget leaves.
    pub(crate) fn open_windows(&mut self) {
        let assets: Vec<AssetId> = self.assets.keys().copied().collect();
        let chains: Vec<ChainId> = self.chains.keys().copied().collect();
        assets.into_iter().for_each(|asset| self.turn_outflow(asset));
        chains.into_iter().for_each(|chain| self.turn_inflow(chain));
        self.measure_budget();
    }

    /// The halt that covers money of `asset` on `chain`, if one runs.
    pub fn halt_over(&self, asset: AssetId, chain: ChainId) -> Option<(Scope, Halt)> {
        let scopes = [
            Scope::Everything,
            Scope::Chain(asset.chain),
            Scope::Chain(chain),
            Scope::Asset(asset),
        ];
        scopes
            .into_iter()
            .find_map(|scope| self.halt(scope).map(|halt| (scope, halt)))
    }

    /// The halt of exactly this scope, if it runs.
    pub fn halt(&self, scope: Scope) -> Option<Halt> {
        let runs = |halt: &Halt| halt.until_ms.is_none_or(|until| self.time_ms < until);
        self.halts.get(&scope).copied().filter(runs)
    }

    /// Refuses while a halt covers `asset` on `chain`, or either chain's exit was declared.
    ///
    /// # Errors
    /// [`Refusal::Halted`], [`Refusal::Exited`].
    pub fn require_open(&self, asset: AssetId, chain: ChainId) -> Result<(), Refusal> {
        if let Some((scope, halt)) = self.halt_over(asset, chain) {
            return Err(Refusal::Halted {
                scope,
                reason: halt.reason,
            });
        }
        self.require_not_exited(asset)?;
        self.require_not_exited(AssetId { chain, ..asset })
    }

    /// Refuses once the exit of the asset's chain was declared: its vault pays each claim to whom the last root shows it, so that none may
    /// change hands.
    pub(crate) fn require_not_exited(&self, asset: AssetId) -> Result<(), Refusal> {
        let chain = asset.chain;
        if self.chains.get(&chain).is_some_and(|row| row.exited) {
            return Err(Refusal::Exited { chain });
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
