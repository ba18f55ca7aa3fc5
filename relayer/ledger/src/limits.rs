//! What the security layers allow: deposits, and what may leave.
//!
//! Spec: `spec/relayer.md`, Security layers; `spec/ledger.md`, Limits.

use crate::ids::{AssetId, ChainId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Halt, State};
use wire::command::Scope;

impl State {
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
        self.halts
            .get(&scope)
            .copied()
            .filter(|halt| halt.until_ms.is_none_or(|until| self.time_ms < until))
    }

    /// Refuses while a halt covers `asset` on `chain`.
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
        for chain in [asset.chain, chain] {
            if self.chains.get(&chain).is_some_and(|row| row.exited) {
                return Err(Refusal::Exited { chain });
            }
        }
        Ok(())
    }

    /// How much of `asset` may enter the outbox now.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn outflow_available(&self, asset: AssetId) -> Result<Fixed, Refusal> {
        Ok(self.asset(asset)?.vault.owed())
    }

    /// The largest entry: a quarter of the hourly window.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`], no price.
    pub fn entry_cap(&self, asset: AssetId) -> Result<Fixed, Refusal> {
        let books = self.asset(asset)?;
        let least = self
            .parameters
            .governor_minimum
            .div_floor(self.price_of(asset)?)?;
        let hour = books
            .vault
            .posted()
            .mul_floor(self.parameters.governor_hour)?
            .max(least);
        Ok(hour.div_floor(Fixed::from_int(4))?)
    }

    /// Block time before which an entry of `amount` must wait.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn not_before_ms(&self, asset: AssetId, amount: Fixed) -> Result<u64, Refusal> {
        let large = self
            .asset(asset)?
            .vault
            .posted()
            .mul_floor(self.parameters.large_transfer)?;
        let delay_ms = if amount > large {
            self.parameters.large_transfer_delay_ms
        } else {
            0
        };
        Ok(self.time_ms.saturating_add(delay_ms))
    }
}
