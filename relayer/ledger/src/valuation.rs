//! From a sub's rows to the margin model's inputs.
//!
//! ```text
//!   positions ─► groups by (underlying, cash) ─► standard or portfolio ─► requirement in the cash ─► · price of the cash
//!   claims, loans ─► value at price; collateral with its haircuts
//! ```
//! Marks, scores and rows of options come from the family's arrays where those hold ([`crate::arrays`]); else they are calculated here.
//! Positions keep their cost, so that their value is `quantity · mark - cost` and the models give requirements only. Groups add up without
//! offset. Spec: `spec/ledger.md`, Margin.

use crate::arrays::FamilyArrays;
use crate::ids::{Account, AssetId, Instrument, Underlying};
use crate::margin::{
    Requirement,
    arrays::{ExpiryMarket, OptionTerms, RiskArrays},
    contingency::confidence_score,
    latency::{ChainTier, concentration, initial_haircut, maintenance_haircut},
    portfolio::{self, Linear, OptionPosition, Portfolio},
    standard::{self, ExpiryHoldings, LinearHolding, Market, OptionHolding, StandardParameters, Tier},
};
use crate::margin_check::{Basis, Risk};
use crate::marks::pricing_kind;
use crate::math::Fixed;
use crate::prices::option_fields;
use crate::refusal::Refusal;
use crate::state::{Accepted, Class, Feed, Position, State, Sub};
use alloc::{collections::BTreeMap, vec::Vec};
use wire::command::MarginModel;

/// A position with its mark.
struct Held {
    /// Place of its group in the order in which the positions met them.
    group: usize,
    instrument: Instrument,
    quantity: Fixed,
    mark: Fixed,
    score: Fixed,
    /// Row in the family's arrays.
    row: Option<usize>,
}

/// What a sub's positions in one underlying and cash have in common.
struct Family<'a> {
    id: Underlying,
    cash: AssetId,
    /// Price of the cash.
    price: Fixed,
    /// The underlying's feed and how far its spot price can be trusted.
    feed: &'a Feed,
    spot_score: Fixed,
    arrays: Option<&'a FamilyArrays>,
}

/// A sub's positions in one underlying and cash.
#[derive(Clone, Copy)]
struct Group<'a> {
    family: &'a Family<'a>,
    held: &'a [Held],
}

impl State {
    /// Values a sub at the accepted prices.
    ///
    /// # Errors
    /// A missing price, arithmetic.
    pub fn risk(&self, account: Account) -> Result<Risk, Refusal> {
        self.risk_at(account, Basis::Accepted)
    }

    /// Values a sub.
    ///
    /// # Errors
    /// As [`State::risk`].
    pub fn risk_at(&self, account: Account, basis: Basis) -> Result<Risk, Refusal> {
        let mut risk = Risk::default();
        let Some(sub) = self.subs.get(&account) else {
            return Ok(risk);
        };
        for (asset, balance) in &sub.balances {
            self.add_balance(*asset, balance.shares, basis, &mut risk)?;
        }
        for (instrument, unmatured) in &sub.unmatured {
            let amount = unmatured
                .at(self.time_ms)?
                .mul_ceil(self.price_at(instrument.cash(), basis)?)?;
            risk.unmatured = risk.unmatured.add(amount)?;
        }
        let (families, held) = self.held_by_family(sub, basis, &mut risk)?;
        let mut linear = Vec::new();
        for group in groups(&families, &held) {
            let price = group.family.price;
            let required = match sub.model {
                MarginModel::Standard => self.standard(group, basis, &mut linear)?,
                MarginModel::Portfolio => self.portfolio(group, basis)?,
            };
            let total = &mut risk.requirement;
            let (initial, maintenance) = (
                required.initial.mul_ceil(price)?,
                required.maintenance.mul_ceil(price)?,
            );
            total.initial = total.initial.add(initial)?;
            total.maintenance = total.maintenance.add(maintenance)?;
        }
        risk.requirement = risk.requirement.with_initial_at_least_maintenance();
        Ok(risk)
    }

    fn add_balance(
        &self,
        asset: AssetId,
        shares: Fixed,
        basis: Basis,
        risk: &mut Risk,
    ) -> Result<(), Refusal> {
        let books = self.asset(asset)?;
        let value = books.value(shares)?.mul_floor(self.price_at(asset, basis)?)?;
        let total = &mut risk.requirement;
        total.value = total.value.add(value)?;
        if books.terms.class == Class::Collateral {
            let (initial, maintenance) = self.haircuts(asset, value)?;
            total.initial = total.initial.add(value.mul_ceil(initial)?)?;
            total.maintenance = total.maintenance.add(value.mul_ceil(maintenance)?)?;
        }
        Ok(())
    }

    /// Initial and maintenance haircut of a collateral's value.
    fn haircuts(&self, asset: AssetId, value: Fixed) -> Result<(Fixed, Fixed), Refusal> {
        let risk = self.asset(asset)?.risk;
        let health = self
            .health
            .get(&asset.chain)
            .ok_or(Refusal::UnknownChain { chain: asset.chain })?;
        let tier = if self.is_asset_halted_by_quorum(asset) {
            ChainTier::Halted
        } else {
            health.tier
        };
        let size = concentration(value, risk.concentration_from)?;
        let initial = initial_haircut(risk.haircut, health.factor, size, tier)?;
        let slow = health.factor.min(health.phi_maintenance.max(Fixed::ONE));
        Ok((initial, maintenance_haircut(risk.haircut, slow, size, tier)?))
    }

    /// Positions by underlying and cash, ascending, their values added up.
    fn held_by_family(
        &self,
        sub: &Sub,
        basis: Basis,
        risk: &mut Risk,
    ) -> Result<(Vec<Family<'_>>, Vec<Held>), Refusal> {
        let (mut families, mut all) = (Vec::<Family<'_>>::new(), Vec::with_capacity(sub.positions.len()));
        for (instrument, position) in &sub.positions {
            let Some(id) = crate::ids::underlying(instrument) else {
                continue;
            };
            let cash = instrument.cash();
            let known = families
                .iter()
                .position(|family| family.id == id && family.cash == cash);
            let group = known.unwrap_or(families.len());
            if known.is_none() {
                families.push(self.family(id, cash, basis)?);
            }
            let Some(family) = families.get(group) else {
                continue;
            };
            let held = self.held(*instrument, position, (group, family), basis)?;
            let profit = position
                .quantity
                .mul_floor(held.mark)?
                .sub(position.cost)?
                .mul_floor(family.price)?;
            risk.requirement.value = risk.requirement.value.add(profit)?;
            risk.unrealised = risk.unrealised.add(profit.max_zero())?;
            all.push(held);
        }
        let key = |held: &Held| families.get(held.group).map(|family| (family.id, family.cash));
        all.sort_by_key(key);
        Ok((families, all))
    }

    fn family(&self, id: Underlying, cash: AssetId, basis: Basis) -> Result<Family<'_>, Refusal> {
        let price = self.price_at(cash, basis)?;
        let feed = self.feed(id)?;
        Ok(Family {
            id,
            cash,
            price,
            feed,
            spot_score: self.score(feed.spot.as_ref())?,
            arrays: self.family_arrays(id, cash, basis),
        })
    }

    fn held(
        &self,
        instrument: Instrument,
        position: &Position,
        (group, family): (usize, &Family<'_>),
        basis: Basis,
    ) -> Result<Held, Refusal> {
        let arrays = family.arrays;
        let row = arrays.and_then(|arrays| row_of(arrays, &instrument));
        let read = arrays.zip(row).and_then(|(arrays, row)| arrays.mark(row));
        let (mark, score) = match read {
            Some(read) => read,
            None => (
                self.mark_at(&instrument, basis)?,
                self.score_of(family, &instrument)?,
            ),
        };
        Ok(Held {
            group,
            instrument,
            quantity: position.quantity,
            mark,
            score,
            row,
        })
    }

    /// How far the prices of an instrument can be trusted: the lowest score of the fields behind them.
    fn score_of(&self, family: &Family<'_>, instrument: &Instrument) -> Result<Fixed, Refusal> {
        let least = match instrument {
            Instrument::Perpetual { .. } => self.score(family.feed.perpetual.as_ref())?,
            _ => self.least_score(self.valuing_fields(instrument)?)?,
        };
        Ok(least.min(family.spot_score))
    }

    fn least_score(&self, fields: [Option<Accepted>; 3]) -> Result<Fixed, Refusal> {
        let mut scores = fields.iter().map(|field| self.score(field.as_ref()));
        scores.try_fold(Fixed::ONE, |least, score| Ok(least.min(score?)))
    }

    fn score(&self, accepted: Option<&Accepted>) -> Result<Fixed, Refusal> {
        let Some(Accepted {
            price,
            confidence,
            time_ms,
            ..
        }) = accepted
        else {
            return Ok(Fixed::ZERO);
        };
        let stale_ms = self
            .time_ms
            .saturating_sub(time_ms.saturating_add(self.parameters.price_age_ms));
        Ok(confidence_score(
            *confidence,
            *price,
            stale_ms.checked_div(1_000).unwrap_or(0),
        )?)
    }

    fn standard(
        &self,
        group: Group<'_>,
        basis: Basis,
        linear: &mut Vec<LinearHolding>,
    ) -> Result<Requirement, Refusal> {
        let Family {
            id,
            price,
            spot_score,
            ..
        } = *group.family;
        linear.clear();
        let mut options: BTreeMap<u64, (Fixed, Fixed, Vec<OptionHolding>)> = BTreeMap::new();
        for held in group.held {
            if let Instrument::Option {
                expiry, strike, kind, ..
            } = held.instrument
            {
                let forward = self.forward(id, expiry, basis)?.whole()?;
                let (_, score, holdings) = options.entry(expiry).or_insert((forward, Fixed::ONE, Vec::new()));
                *score = held.score.min(*score);
                let (strike, kind) = (Fixed::from_raw(strike), pricing_kind(kind));
                holdings.push(OptionHolding {
                    strike,
                    kind,
                    quantity: held.quantity,
                    mark: held.mark,
                });
            } else {
                linear.push(self.linear(held)?);
            }
        }
        let expiries: Vec<ExpiryHoldings<'_>> = options
            .values()
            .map(|(forward, confidence, options)| ExpiryHoldings {
                forward: *forward,
                confidence: *confidence,
                options,
            })
            .collect();
        let market = Market {
            spot: self.spot_at(id, basis)?,
            spot_confidence: spot_score,
            stable: price,
            cash: Fixed::ZERO,
            linear,
            expiries: &expiries,
            collateral: &[],
        };
        Ok(standard::requirement(&market, &StandardParameters::default())?)
    }

    fn linear(&self, held: &Held) -> Result<LinearHolding, Refusal> {
        let risk = self.listing(held.instrument)?.risk;
        let open = self.market(held.instrument)?.open_interest.mul_ceil(held.mark)?;
        let tier = Tier {
            initial: risk.initial,
            maintenance: risk.maintenance,
            lower: risk.open_interest_lower,
            upper: risk.open_interest_upper,
        };
        let (quantity, mark) = (held.quantity, held.mark);
        Ok(LinearHolding {
            quantity,
            mark,
            value: Fixed::ZERO,
            confidence: held.score,
            tier,
            open_interest: open,
        })
    }

    fn portfolio(&self, group: Group<'_>, basis: Basis) -> Result<Requirement, Refusal> {
        let family = group.family;
        let linear = self.portfolio_linear(family.id, group.held, basis)?;
        let sub = Portfolio {
            spot: self.spot_at(family.id, basis)?,
            spot_confidence: family.spot_score,
            stable: family.price,
            cash: Fixed::ZERO,
            linear: &linear,
            options: &[],
            collateral: &[],
        };
        if let Some((arrays, options)) = family.arrays.zip(rows(group.held)) {
            let sub = Portfolio {
                options: &options,
                ..sub
            };
            let (initial, maintenance) = (arrays.initial(), arrays.maintenance());
            return Ok(portfolio::requirement(
                &sub,
                initial,
                maintenance,
                arrays.parameters(),
            )?);
        }
        self.portfolio_alone(group, &sub, basis)
    }

    /// The requirement by arrays of the sub's own options.
    fn portfolio_alone(
        &self,
        group: Group<'_>,
        sub: &Portfolio<'_>,
        basis: Basis,
    ) -> Result<Requirement, Refusal> {
        let parameters = self.portfolio_parameters();
        let (expiries, terms, options) = self.option_set(group.family.id, group.held, basis)?;
        let sub = Portfolio {
            options: &options,
            ..*sub
        };
        let (phi_initial, phi_maintenance) = self.phi(group.family.cash);
        let initial = RiskArrays::price(&expiries, &terms, phi_initial, &parameters)?;
        if phi_initial == phi_maintenance {
            return Ok(portfolio::requirement(&sub, &initial, &initial, &parameters)?);
        }
        let maintenance = RiskArrays::price(&expiries, &terms, phi_maintenance, &parameters)?;
        Ok(portfolio::requirement(&sub, &initial, &maintenance, &parameters)?)
    }

    /// Expiries, options in the arrays' order, and the amounts held of each.
    #[expect(
        clippy::type_complexity,
        reason = "three lists that index each other, taken apart at once"
    )]
    fn option_set(
        &self,
        id: Underlying,
        held: &[Held],
        basis: Basis,
    ) -> Result<(Vec<ExpiryMarket>, Vec<OptionTerms>, Vec<OptionPosition>), Refusal> {
        let (mut expiries, mut terms, mut options) = (Vec::new(), Vec::new(), Vec::new());
        let mut newest = None;
        // Positions are ordered by instrument: expiry, strike, then call before put, as the arrays want them.
        for held in held {
            let Instrument::Option {
                expiry, strike, kind, ..
            } = held.instrument
            else {
                continue;
            };
            if newest != Some(expiry) {
                expiries.push(self.expiry_market(id, expiry, basis)?);
                newest = Some(expiry);
            }
            let row = terms.len();
            let strike = Fixed::from_raw(strike);
            let volatility = self.volatility(id, expiry, strike)?;
            terms.push(OptionTerms {
                expiry: expiries.len().saturating_sub(1),
                strike,
                kind: pricing_kind(kind),
                volatility,
            });
            options.push(OptionPosition {
                option: row,
                quantity: held.quantity,
            });
        }
        Ok((expiries, terms, options))
    }

    /// What options of one expiry are priced from.
    pub(crate) fn expiry_market(
        &self,
        id: Underlying,
        expiry: u64,
        basis: Basis,
    ) -> Result<ExpiryMarket, Refusal> {
        let forward = self.forward(id, expiry, basis)?;
        Ok(ExpiryMarket {
            seconds: forward.seconds,
            forward_fixed: forward.fixed,
            forward_variable: forward.variable,
            rate: self.rate(id, expiry)?,
            confidence: self.least_score(option_fields(self.feed(id)?, expiry))?,
        })
    }

    /// Perpetuals on their mark, futures on the part of their forward that still moves.
    fn portfolio_linear(&self, id: Underlying, held: &[Held], basis: Basis) -> Result<Vec<Linear>, Refusal> {
        let mut linear = Vec::new();
        for held in held {
            let price = match held.instrument {
                Instrument::Future { expiry, .. } => self.forward(id, expiry, basis)?.variable,
                Instrument::Perpetual { .. } => held.mark,
                Instrument::Option { .. } | Instrument::Spot { .. } => continue,
            };
            linear.push(Linear {
                quantity: held.quantity,
                price,
                value: Fixed::ZERO,
                confidence: held.score,
            });
        }
        Ok(linear)
    }
}

/// The positions group by group.
fn groups<'a>(families: &'a [Family<'a>], held: &'a [Held]) -> impl Iterator<Item = Group<'a>> {
    let groups = held.chunk_by(|one, next| one.group == next.group);
    groups.filter_map(|held| {
        let family = families.get(held.first()?.group)?;
        Some(Group { family, held })
    })
}

fn row_of(arrays: &FamilyArrays, instrument: &Instrument) -> Option<usize> {
    match *instrument {
        Instrument::Option {
            expiry, strike, kind, ..
        } => arrays.find(expiry, strike, kind),
        _ => None,
    }
}

/// The options held, by their rows; none if one has no row.
fn rows(held: &[Held]) -> Option<Vec<OptionPosition>> {
    let options = held
        .iter()
        .filter(|held| matches!(held.instrument, Instrument::Option { .. }));
    options
        .map(|held| {
            Some(OptionPosition {
                option: held.row?,
                quantity: held.quantity,
            })
        })
        .collect()
}
