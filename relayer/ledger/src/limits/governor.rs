//! The governor: how much of an asset may leave in an hour and in a day, in which pieces and after which delay.
//!
//! ```text
//!   available = min(hour window, day window, budget / price)         zero while insolvency in that cash is not covered by insurance
//!   entry     <= a quarter of the hour's cap                         request above 5 % of holdings waits a day
//! ```
//! What does not fit waits in the queue, shared round-robin over accounts ([`crate::tick`]), and is never lost.
//! Spec: `spec/relayer.md`, Security layers (governor); `spec/ledger.md`, Withdrawals.

use super::{DAY_MS, Window, units_at};
use crate::ids::AssetId;
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::State;

/// Milliseconds in an hour.
const HOUR_MS: u64 = 3_600_000;
/// Entries that a window's cap is cut into at least.
const PIECES: Fixed = Fixed::from_int(4);

/// The windows of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// Of an hour.
    pub hour: Window,
    /// Of a day.
    pub day: Window,
}

impl State {
    /// How much of `asset` may enter the outbox now.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`], [`Refusal::NoPrice`].
    pub fn outflow_available(&self, asset: AssetId) -> Result<Fixed, Refusal> {
        if self.is_insolvency_uncovered(asset)? {
            return Ok(Fixed::ZERO);
        }
        let windows = self.outflows.get(&asset).copied().unwrap_or_default();
        let hour =
            windows
                .hour
                .available(self.cap(asset, &windows.hour, self.parameters.governor_hour)?)?;
        let day = windows
            .day
            .available(self.cap(asset, &windows.day, self.parameters.governor_day)?)?;
        let budget = units_at(self.outflow_budget()?, self.price_of(asset)?);
        Ok(hour.min(day).min(budget).max_zero())
    }

    /// Counts what has entered the outbox.
    ///
    /// # Errors
    /// A sum that does not fit.
    pub(crate) fn record_outflow(&mut self, asset: AssetId, amount: Fixed) -> Result<(), Refusal> {
        let windows = self.outflows.row_or_default(&asset);
        windows.hour.spend(amount)?;
        windows.day.spend(amount)?;
        self.spend_outflow_budget(amount.mul_ceil(self.price_of(asset)?)?)
    }

    /// Counts what has come in.
    ///
    /// # Errors
    /// A sum that does not fit.
    pub(crate) fn record_inflow(&mut self, asset: AssetId, amount: Fixed) -> Result<(), Refusal> {
        let windows = self.outflows.row_or_default(&asset);
        windows.hour.receive(amount)?;
        windows.day.receive(amount)?;
        Ok(())
    }

    /// The largest entry: a quarter of the hour's cap.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`], [`Refusal::NoPrice`].
    pub fn entry_cap(&self, asset: AssetId) -> Result<Fixed, Refusal> {
        let window = self.outflows.get(&asset).copied().unwrap_or_default().hour;
        Ok(self
            .cap(asset, &window, self.parameters.governor_hour)?
            .div_floor(PIECES)?)
    }

    /// Block time before which a request for `amount` in all must wait.
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

    fn cap(&self, asset: AssetId, window: &Window, fraction: Fixed) -> Result<Fixed, Refusal> {
        let minimum = units_at(self.parameters.governor_minimum, self.price_of(asset)?);
        Ok(window.cap(self.asset(asset)?.vault.posted(), fraction, minimum)?)
    }

    pub(super) fn turn_outflow(&mut self, asset: AssetId) {
        let Some(holdings) = self.assets.get(&asset).map(|books| books.vault.posted()) else {
            return;
        };
        let now = self.time_ms;
        let windows = self.outflows.row_or_default(&asset);
        windows.hour.turn(now, HOUR_MS, holdings);
        windows.day.turn(now, DAY_MS, holdings);
    }
}
