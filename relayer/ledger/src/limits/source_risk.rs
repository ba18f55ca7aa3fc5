//! Source risk: how much value one chain may bring in within a day, whatever the stake.
//!
//! ```text
//!   cap = max(fraction · value the chain's vault held when the window began, minimum)
//! ```
//! A source chain can fail without any attester's fault, so that what it credits in a day is bounded by what it held before: a deposit does
//! not lift the cap of its own window. A deposit beyond what is left waits in suspense; a claim takes as much of it as there is room for, so
//! that a deposit above the whole cap comes in parts. Eligibility is decided there and not taken back. What comes back as a burned token counts against the chain where it was burned, and that chain's bridged supply into its base.
//! Spec: `spec/ledger.md`, Limits.

use super::{DAY_MS, units_at};
use crate::facts::floor_to_unit;
use crate::ids::{AssetId, ChainId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::State;

/// What the refusal calls it.
const SOURCE_RISK: &str = "source risk";

/// What a chain has credited in the running day; values in the unit in which feeds quote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceWindow {
    /// Block time when it began.
    pub start_ms: u64,
    /// Value that the chain held then.
    pub base: Fixed,
    /// Value credited since.
    pub credited: Fixed,
}

impl State {
    /// How much of a deposit of `amount` its chain has room for now, a whole number of its units; never zero.
    ///
    /// # Errors
    /// [`Refusal::Limit`], [`Refusal::NoPrice`].
    pub(crate) fn source_part(
        &self,
        asset: AssetId,
        chain: ChainId,
        amount: Fixed,
    ) -> Result<Fixed, Refusal> {
        let price = self.price_of(asset)?;
        let window = self.inflows.get(&chain).copied().unwrap_or_default();
        let room = self.source_cap(chain, &window)?.sub(window.credited)?.max_zero();
        let part = floor_to_unit(
            amount.min(units_at(room, price)),
            self.asset(asset)?.terms.decimals,
        );
        if part.is_zero() {
            let required = amount.mul_ceil(price)?;
            return Err(Refusal::Limit {
                limit: SOURCE_RISK,
                required,
                available: room,
            });
        }
        Ok(part)
    }

    /// Refuses a deposit that its chain has no room for as a whole.
    ///
    /// # Errors
    /// As [`State::source_part`].
    pub(crate) fn require_source_room(
        &self,
        asset: AssetId,
        chain: ChainId,
        amount: Fixed,
    ) -> Result<(), Refusal> {
        let part = self.source_part(asset, chain, amount)?;
        if part < amount {
            let price = self.price_of(asset)?;
            let (required, available) = (amount.mul_ceil(price)?, part.mul_floor(price)?);
            return Err(Refusal::Limit {
                limit: SOURCE_RISK,
                required,
                available,
            });
        }
        Ok(())
    }

    /// Counts a deposit that was credited.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`], a sum that does not fit.
    pub(crate) fn record_source(
        &mut self,
        asset: AssetId,
        chain: ChainId,
        amount: Fixed,
    ) -> Result<(), Refusal> {
        let value = amount.mul_ceil(self.price_of(asset)?)?;
        let window = self.inflows.row_or_default(&chain);
        window.credited = window.credited.add(value)?;
        Ok(())
    }

    fn source_cap(&self, chain: ChainId, window: &SourceWindow) -> Result<Fixed, Refusal> {
        let risk = self
            .chains
            .get(&chain)
            .ok_or(Refusal::UnknownChain { chain })?
            .risk;
        Ok(window
            .base
            .mul_floor(risk.source_risk)?
            .max(risk.source_risk_minimum))
    }

    pub(super) fn turn_inflow(&mut self, chain: ChainId) {
        let now = self.time_ms;
        let window = self.inflows.get(&chain).copied().unwrap_or_default();
        let passed = now
            .saturating_sub(window.start_ms)
            .checked_div(DAY_MS)
            .unwrap_or(0);
        if passed == 0 {
            return;
        }
        let start_ms = window.start_ms.saturating_add(passed.saturating_mul(DAY_MS));
        let base = self.value_on(chain).unwrap_or(window.base);
        self.inflows.insert(
            chain,
            SourceWindow {
                start_ms,
                base,
                credited: Fixed::ZERO,
            },
        );
    }

    /// Value of what a chain's vault holds, and of the bridged tokens on it.
    fn value_on(&self, chain: ChainId) -> Result<Fixed, Refusal> {
        let mut value = Fixed::ZERO;
        for (asset, books) in self.assets.iter().filter(|(asset, _)| asset.chain == chain) {
            value = value.add(self.value_if_priced(*asset, books.vault.posted())?)?;
        }
        for ((asset, _), supply) in self.bridged.iter().filter(|((_, on), _)| *on == chain) {
            value = value.add(self.value_if_priced(*asset, *supply)?)?;
        }
        Ok(value)
    }

    /// An asset without a price adds nothing.
    pub(super) fn value_if_priced(&self, asset: AssetId, amount: Fixed) -> Result<Fixed, Refusal> {
        match self.price_of(asset) {
            Ok(price) => Ok(amount.mul_floor(price)?),
            Err(Refusal::NoPrice { .. }) => Ok(Fixed::ZERO),
            Err(refusal) => Err(refusal),
        }
    }
}
