//! Reading the state: rows by name, claims in units, prices.

use crate::ids::{Account, AssetId, Instrument, Series, Underlying};
use crate::margin_check::Basis;
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Asset, Listing, Market, State};

impl State {
    /// The books of an asset.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn asset(&self, asset: AssetId) -> Result<&Asset, Refusal> {
        self.assets.get(&asset).ok_or(Refusal::UnknownAsset { asset })
    }

    /// The family of an instrument.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`].
    pub fn listing(&self, instrument: Instrument) -> Result<&Listing, Refusal> {
        self.listings
            .get(&Series::of(&instrument))
            .ok_or(Refusal::UnknownInstrument { instrument })
    }

    /// The market of an instrument that was traded.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`].
    pub fn market(&self, instrument: Instrument) -> Result<&Market, Refusal> {
        self.markets
            .get(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })
    }

    /// What a sub may claim of an asset; zero where it owes.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn claim(&self, account: Account, asset: AssetId) -> Result<Fixed, Refusal> {
        let shares = self
            .subs
            .get(&account)
            .map_or(Fixed::ZERO, |sub| sub.shares(&asset));
        Ok(self.asset(asset)?.value(shares.max_zero())?)
    }

    /// The accepted price of an asset, whatever its age.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`].
    pub fn price_of(&self, asset: AssetId) -> Result<Fixed, Refusal> {
        self.price_at(asset, Basis::Accepted)
    }

    /// The price of an asset of `basis`.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`].
    pub fn price_at(&self, asset: AssetId, basis: Basis) -> Result<Fixed, Refusal> {
        self.spot_at(self.asset(asset)?.terms.feed, basis)
    }

    /// The spot price of a feed of `basis`.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`].
    pub fn spot_at(&self, feed: Underlying, basis: Basis) -> Result<Fixed, Refusal> {
        self.feed(feed)?
            .spot
            .map(|spot| spot.at(basis))
            .ok_or(Refusal::NoPrice { feed })
    }
}
