//! Who decides what: attesters' orders, quorum statements, governed values, sets and stake.
//!
//! ```text
//!   attester ─ Unstake, Enact, Halt ─┐                    ┌─ halts (scope, reason, end)
//!   quorum ── Propose, Halt, Resume ─┼─► once per id ─────┼─ proposals ─► delay ─► governed values, weights, vault values (outbox)
//!             RegisterVault,         │                    ├─ vaults, trust roots, losses, reorganisations
//!             Checkpoint, losses ────┘                    └─ stake on its way back
//!   end of block: epoch over? ─► next set frozen ─► takes over with the next block's end
//! ```
//! Guarantees: each order takes effect once; no value changes but by an enacted proposal within its bounds and after its delay; no set changes
//! by more than a third; no attester's stake leaves while a vault still takes its signature or evidence stands.
//! Not decided here: signatures and quorum weight ([`crate::authenticate`] has checked them).
//! Spec: `spec/relayer.md`, Security layers and Replica; `spec/parameters.md`.

mod chains;
mod halts;
mod orders;
mod proposals;
mod refusal;
mod sets;
mod stake;
mod succession;
mod target;

pub use halts::RESUME_DELAY_MS;
pub use refusal::GovernanceRefusal;
pub use stake::STAKE;
pub use succession::{MEMBERS_MAX, MEMBERS_MIN};
pub use target::{of_address, of_number, padded, subject_of_series};

use crate::state::State;

impl State {
    /// What time alone does: halts end, ids and proposals are forgotten, stake comes free.
    pub(crate) fn tick_governance(&mut self) {
        self.lift_halts();
        self.forget_orders();
        self.drop_proposals();
        self.release_stakes();
    }
}

#[cfg(test)]
pub(crate) mod tests;
