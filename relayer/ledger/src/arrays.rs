//! Risk arrays of every live option, priced once and read by every check until what they were priced from changes.
//!
//! ```text
//!   Tick: feed, phi, discounts, second, live options ─► changed? ─► RiskArrays ─┬─► mark of an option (its first column)
//!   first fill of an option ─► one row more                                     └─► portfolio requirement
//! ```
//! Derived data: no part of snapshot, root or equality, and never decisive. A family's arrays are used only while everything that they were
//! priced from is what the state holds; where they are not, the same numbers are calculated for the sub at hand. So a node that has just
//! loaded a snapshot answers as one that has run for a year, only slower until its next Tick.
//!
//! Guarantees: what is read here equals byte for byte what pricing alone would give. Not guaranteed: that an option is here.
//! Spec: `spec/ledger.md`, Margin (Portfolio), Speed.

use crate::ids::{AssetId, Instrument, OptionKind, Series, Underlying};
use crate::margin::{
    MarginError,
    arrays::{ExpiryMarket, MAX_OPTIONS, OptionTerms, RiskArrays},
    parameters::PortfolioParameters,
};
use crate::margin_check::Basis;
use crate::marks::pricing_kind;
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Feed, Life, State};
use alloc::{collections::BTreeMap, vec::Vec};
use wire::encoding::{Canonical, DecodeError, Reader};

/// The arrays of all families of options.
#[derive(Clone, Debug, Default)]
pub struct EpochArrays(BTreeMap<(Underlying, AssetId), FamilyArrays>);

/// Derived from what is compared anyway.
impl PartialEq for EpochArrays {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Derived from what is encoded anyway: takes no bytes.
impl Canonical for EpochArrays {
    fn encode_to(&self, _: &mut Vec<u8>) {}

    fn decode_from(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::default())
    }
}

/// The arrays of one family, with what they were priced from.
#[derive(Clone, Debug)]
pub(crate) struct FamilyArrays {
    source: Source,
    parameters: PortfolioParameters,
    expiries: Vec<u64>,
    initial: RiskArrays,
    slower: Option<RiskArrays>,
}

/// Everything that a family's arrays depend on, but for the options themselves.
#[derive(Clone, Debug, PartialEq)]
struct Source {
    time_ms: u64,
    feed: Feed,
    phi_initial: Fixed,
    phi_maintenance: Fixed,
    discount_long: Fixed,
    discount_short: Fixed,
}

impl Source {
    /// Whether prices of `self` are those of `now`: scores, which follow the millisecond, aside.
    fn prices_as(&self, now: &Self) -> bool {
        let second = |source: &Self| source.time_ms.checked_div(1_000);
        second(self) == second(now)
            && *self
                == Self {
                    time_ms: self.time_ms,
                    ..now.clone()
                }
    }
}

impl FamilyArrays {
    /// Under the latency factor of initial margin.
    pub(crate) const fn initial(&self) -> &RiskArrays {
        &self.initial
    }

    /// Under that of maintenance.
    pub(crate) fn maintenance(&self) -> &RiskArrays {
        self.slower.as_ref().unwrap_or(&self.initial)
    }

    /// What they were priced with.
    pub(crate) const fn parameters(&self) -> &PortfolioParameters {
        &self.parameters
    }

    /// An option's row.
    pub(crate) fn find(&self, expiry: u64, strike: i128, kind: OptionKind) -> Option<usize> {
        let expiry = self.expiries.binary_search(&expiry).ok()?;
        self.initial
            .find(expiry, Fixed::from_raw(strike), pricing_kind(kind))
    }

    /// Present price of the option in `row`, and the score of its expiry.
    pub(crate) fn mark(&self, row: usize) -> Option<(Fixed, Fixed)> {
        let option = self.initial.options().get(row)?;
        let expiry = self.initial.expiries().get(option.expiry)?;
        Some((self.initial.mark(row)?, expiry.market.confidence))
    }
}

impl State {
    /// The arrays of a family, if they hold at `basis` as the state stands now.
    pub(crate) fn family_arrays(&self, id: Underlying, cash: AssetId, basis: Basis) -> Option<&FamilyArrays> {
        let arrays = self.arrays.0.get(&(id, cash))?;
        let source = &arrays.source;
        let (phi_initial, phi_maintenance) = self.phi(cash);
        let holds = basis == Basis::Accepted
            && source.time_ms == self.time_ms
            && source.phi_initial == phi_initial
            && source.phi_maintenance == phi_maintenance
            && source.discount_long == self.parameters.discount_long
            && source.discount_short == self.parameters.discount_short
            && self.feeds.get(&id) == Some(&source.feed);
        holds.then_some(arrays)
    }

    /// Latency factors of initial and maintenance margin in `cash`.
    pub(crate) fn phi(&self, cash: AssetId) -> (Fixed, Fixed) {
        self.health
            .get(&cash.chain)
            .map_or((Fixed::ONE, Fixed::ONE), |row| {
                (row.phi_initial, row.phi_maintenance)
            })
    }

    /// The portfolio model's numbers as governed now.
    pub(crate) fn portfolio_parameters(&self) -> PortfolioParameters {
        let mut parameters = PortfolioParameters::default();
        parameters.discount.long = self.parameters.discount_long;
        parameters.discount.short = self.parameters.discount_short;
        parameters
    }

    /// Brings the arrays of every listed family up to now.
    pub(crate) fn price_arrays(&mut self) {
        let mut kept = core::mem::take(&mut self.arrays).0;
        let mut families = BTreeMap::new();
        for series in self.listings.keys() {
            let Series::Options { underlying, cash } = *series else {
                continue;
            };
            let kept = kept.remove(&(underlying, cash));
            // What cannot be priced is left out: whoever asks for it gets the reason.
            if let Ok(arrays) = self.priced(underlying, cash, kept) {
                families.insert((underlying, cash), arrays);
            }
        }
        self.arrays = EpochArrays(families);
    }

    /// Adds an option that the last Tick did not know.
    pub(crate) fn price_option(&mut self, instrument: &Instrument) {
        let Instrument::Option {
            underlying,
            cash,
            expiry,
            strike,
            kind,
        } = *instrument
        else {
            return;
        };
        let known = self.family_arrays(underlying, cash, Basis::Accepted);
        if known.is_none_or(|arrays| arrays.find(expiry, strike, kind).is_some()) {
            return;
        }
        let Ok(volatility) = self.volatility(underlying, expiry, Fixed::from_raw(strike)) else {
            return;
        };
        let family = (underlying, cash);
        let added = self
            .arrays
            .0
            .get_mut(&family)
            .map(|arrays| arrays.add(expiry, strike, kind, volatility));
        if let Some(Err(_)) = added {
            // Half added, or one that has no price in some scenario: until the next Tick each sub of the family is priced alone.
            self.arrays.0.remove(&family);
        }
    }

    fn priced(
        &self,
        id: Underlying,
        cash: AssetId,
        kept: Option<FamilyArrays>,
    ) -> Result<FamilyArrays, Refusal> {
        let (phi_initial, phi_maintenance) = self.phi(cash);
        let source = Source {
            time_ms: self.time_ms,
            feed: self.feed(id)?.clone(),
            phi_initial,
            phi_maintenance,
            discount_long: self.parameters.discount_long,
            discount_short: self.parameters.discount_short,
        };
        let (expiries, markets) = self.expiry_markets(id, &source.feed)?;
        let terms = self.live_terms(id, cash, &expiries);
        if let Some(kept) = kept
            && kept.source.prices_as(&source)
            && kept.expiries == expiries
            && kept.initial.options() == terms
        {
            return Ok(kept.scored(source, &markets));
        }
        let parameters = self.portfolio_parameters();
        let initial = RiskArrays::price(&markets, &terms, phi_initial, &parameters)?;
        let slower = if phi_initial == phi_maintenance {
            None
        } else {
            Some(RiskArrays::price(&markets, &terms, phi_maintenance, &parameters)?)
        };
        Ok(FamilyArrays {
            source,
            parameters,
            expiries,
            initial,
            slower,
        })
    }

    /// Every expiry of a feed that options can be priced for, ascending.
    fn expiry_markets(&self, id: Underlying, feed: &Feed) -> Result<(Vec<u64>, Vec<ExpiryMarket>), Refusal> {
        let priced = feed
            .expiries
            .iter()
            .filter(|(_, row)| row.forward.is_some() && row.smile.is_some());
        let (mut expiries, mut markets) = (Vec::new(), Vec::new());
        for (expiry, _) in priced {
            expiries.push(*expiry);
            markets.push(self.expiry_market(id, *expiry, Basis::Accepted)?);
        }
        Ok((expiries, markets))
    }

    /// The live options of a family in the arrays' order, at most as many as arrays hold.
    fn live_terms(&self, id: Underlying, cash: AssetId, expiries: &[u64]) -> Vec<OptionTerms> {
        let live = self
            .markets
            .iter()
            .filter(|(_, market)| market.life == Life::Live);
        let terms = live.filter_map(|(instrument, _)| {
            let Instrument::Option {
                underlying,
                cash: settled_in,
                expiry,
                strike,
                kind,
            } = *instrument
            else {
                return None;
            };
            if (underlying, settled_in) != (id, cash) {
                return None;
            }
            let strike = Fixed::from_raw(strike);
            Some(OptionTerms {
                expiry: expiries.binary_search(&expiry).ok()?,
                strike,
                kind: pricing_kind(kind),
                volatility: self.volatility(id, expiry, strike).ok()?,
            })
        });
        terms.take(MAX_OPTIONS).collect()
    }
}

impl FamilyArrays {
    /// The same prices under the scores of now.
    fn scored(mut self, source: Source, markets: &[ExpiryMarket]) -> Self {
        for arrays in [Some(&mut self.initial), self.slower.as_mut()]
            .into_iter()
            .flatten()
        {
            arrays.score(markets.iter().map(|market| market.confidence));
        }
        self.source = source;
        self
    }

    fn add(
        &mut self,
        expiry: u64,
        strike: i128,
        kind: OptionKind,
        volatility: Fixed,
    ) -> Result<(), MarginError> {
        let Ok(expiry) = self.expiries.binary_search(&expiry) else {
            return Ok(());
        };
        let option = OptionTerms {
            expiry,
            strike: Fixed::from_raw(strike),
            kind: pricing_kind(kind),
            volatility,
        };
        self.initial.add(option, &self.parameters)?;
        self.slower
            .as_mut()
            .map_or(Ok(()), |arrays| arrays.add(option, &self.parameters))
    }
}
