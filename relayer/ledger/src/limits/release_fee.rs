//! What a release costs its user: the fee of the destination, and the least amount that it pays out.
//!
//! ```text
//!   cost    = weighted median of the attesters' reports for the destination, in its native coin      (`tick/health.rs`)
//!   fee     = max(⌈⌈cost · price of the native coin⌉ · 1.2⌉, governed release_fee)
//!   minimum = max(fee, governed release_minimum)
//!   in an asset: ⌈fee / price of the asset⌉, ⌈minimum / price of the asset⌉
//! ```
//! Attesters report what a release of one entry costs the submitter, in the coin that pays for it there, because that is what they see; the
//! ledger converts it with its own accepted prices. Reports that are stale, or lack quorum weight, leave the last accepted cost in force, at
//! the last accepted price of the coin, whatever its age: neither ever brings the fee below the governed floor. The user is protected by
//! `max_fee`, the submitter by 1.2.
//!
//! Guarantees: fee and minimum round up and never fall below their floors; a minority of attesters moves neither beyond what the others
//! report. Not guaranteed: that the fee pays for a release whose gas rises after its request.
//! Spec: `spec/parameters.md` (release fee and minimum amount per destination); `spec/relayer.md`, Security layers (fees).

use crate::ids::{AssetId, ChainId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::State;

/// What a submitter is paid above the reported cost.
const SURCHARGE: Fixed = Fixed::from_ppm(1_200_000);

/// What one release to a chain costs, and the least that it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseTerms {
    /// Held for the submitter.
    pub fee: Fixed,
    /// Paid to the recipient at least.
    pub minimum: Fixed,
}

impl State {
    /// The terms of a release to `destination`, in units of `asset`.
    ///
    /// # Errors
    /// [`Refusal::UnknownChain`], [`Refusal::UnknownAsset`], [`Refusal::NoPrice`] of the asset, a fee that does not fit.
    pub fn release_terms(&self, asset: AssetId, destination: ChainId) -> Result<ReleaseTerms, Refusal> {
        let unknown = Refusal::UnknownChain { chain: destination };
        let risk = self.chains.get(&destination).ok_or(unknown)?.risk;
        let price = self.price_of(asset)?;
        let fee = risk.release_fee.max(self.reported_fee(destination)?);
        let minimum = risk.release_minimum.max(fee);
        Ok(ReleaseTerms {
            fee: fee.div_ceil(price)?,
            minimum: minimum.div_ceil(price)?,
        })
    }

    /// The fee that the attesters' reports make, in the unit in which feeds quote; zero without a report or a price of the coin.
    fn reported_fee(&self, chain: ChainId) -> Result<Fixed, Refusal> {
        let cost = self
            .health
            .get(&chain)
            .map_or(Fixed::ZERO, |row| row.release_cost);
        let native = self
            .chains
            .get(&chain)
            .and_then(|row| self.feeds.get(&row.native));
        let price = native
            .and_then(|feed| feed.spot)
            .map_or(Fixed::ZERO, |spot| spot.price);
        Ok(cost.mul_ceil(price)?.mul_ceil(SURCHARGE)?)
    }
}
