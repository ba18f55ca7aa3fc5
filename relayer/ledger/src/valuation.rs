//! From a sub's rows to the margin model's inputs.
//!
//! ```text
//!   positions ─► groups by (underlying, cash) ─► standard or portfolio ─► requirement in the cash ─► · price of the cash
//!   claims, loans ─► value at price; collateral with its haircuts
//! ```
//! Positions keep their cost, so that their value is `quantity · mark - cost` and the models give requirements only. Groups add up without
//! offset. Spec: `spec/ledger.md`, Margin.

use crate::ids::{Account, AssetId, Instrument, Underlying};
use crate::margin::{
    Requirement,
    arrays::{ExpiryMarket, OptionTerms, RiskArrays},
    contingency::confidence_score,
    latency::{ChainTier, concentration, initial_haircut, maintenance_haircut},
    parameters::PortfolioParameters,
    portfolio::{self, Linear, OptionPosition, Portfolio},
    standard::{self, ExpiryHoldings, LinearHolding, Market, OptionHolding, StandardParameters, Tier},
};
use crate::margin_check::{Basis, Risk};
use crate::marks::pricing_kind;
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Accepted, Class, Position, State, Sub};
use alloc::{collections::BTreeMap, vec::Vec};
use wire::command::MarginModel;

/// A position with its mark.
struct Held {
    instrument: Instrument,
    quantity: Fixed,
    mark: Fixed,
    score: Fixed,
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
        let groups = self.groups(sub, basis, &mut risk)?;
        for ((underlying, cash), held) in &groups {
            let required = match sub.model {
                MarginModel::Standard => self.standard(*underlying, *cash, held, basis)?,
                MarginModel::Portfolio => self.portfolio(*underlying, *cash, held, basis)?,
            };
            let price = self.price_at(*cash, basis)?;
            let requirement = &mut risk.requirement;
            requirement.initial = requirement.initial.add(required.initial.mul_ceil(price)?)?;
            requirement.maintenance = requirement
                .maintenance
                .add(required.maintenance.mul_ceil(price)?)?;
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

    /// Positions by underlying and cash, their values added up.
    fn groups(
        &self,
        sub: &Sub,
        basis: Basis,
        risk: &mut Risk,
    ) -> Result<BTreeMap<(Underlying, AssetId), Vec<Held>>, Refusal> {
        let mut groups: BTreeMap<_, Vec<Held>> = BTreeMap::new();
        for (instrument, position) in &sub.positions {
            let Some(underlying) = crate::ids::underlying(instrument) else {
                continue;
            };
            let held = self.held(*instrument, position, basis)?;
            let price = self.price_at(instrument.cash(), basis)?;
            let profit = position
                .quantity
                .mul_floor(held.mark)?
                .sub(position.cost)?
                .mul_floor(price)?;
            risk.requirement.value = risk.requirement.value.add(profit)?;
            risk.unrealised = risk.unrealised.add(profit.max_zero())?;
            groups
                .entry((underlying, instrument.cash()))
                .or_default()
                .push(held);
        }
        Ok(groups)
    }

    fn held(&self, instrument: Instrument, position: &Position, basis: Basis) -> Result<Held, Refusal> {
        let mark = self.mark_at(&instrument, basis)?;
        Ok(Held {
            instrument,
            quantity: position.quantity,
            mark,
            score: self.score_of(&instrument)?,
        })
    }

    /// How far the prices of an instrument can be trusted: the lowest score of its fields.
    fn score_of(&self, instrument: &Instrument) -> Result<Fixed, Refusal> {
        let fields = self.valuing_fields(instrument)?;
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
        id: Underlying,
        cash: AssetId,
        held: &[Held],
        basis: Basis,
    ) -> Result<Requirement, Refusal> {
        let mut linear = Vec::new();
        let mut options: BTreeMap<u64, (Fixed, Fixed, Vec<OptionHolding>)> = BTreeMap::new();
        for held in held {
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
            spot_confidence: self.score(self.feed(id)?.spot.as_ref())?,
            stable: self.price_at(cash, basis)?,
            cash: Fixed::ZERO,
            linear: &linear,
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

    fn portfolio(
        &self,
        id: Underlying,
        cash: AssetId,
        held: &[Held],
        basis: Basis,
    ) -> Result<Requirement, Refusal> {
        let mut parameters = PortfolioParameters::default();
        parameters.discount.long = self.parameters.discount_long;
        parameters.discount.short = self.parameters.discount_short;
        let (expiries, terms, options) = self.option_set(id, held, basis)?;
        let linear = self.portfolio_linear(id, held, basis)?;
        let (phi_initial, phi_maintenance) = self
            .health
            .get(&cash.chain)
            .map_or((Fixed::ONE, Fixed::ONE), |row| {
                (row.phi_initial, row.phi_maintenance)
            });
        let initial = RiskArrays::price(&expiries, &terms, phi_initial, &parameters)?;
        let sub = Portfolio {
            spot: self.spot_at(id, basis)?,
            spot_confidence: self.score(self.feed(id)?.spot.as_ref())?,
            stable: self.price_at(cash, basis)?,
            cash: Fixed::ZERO,
            linear: &linear,
            options: &options,
            collateral: &[],
        };
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
                expiries.push(self.expiry_market(held, id, expiry, basis)?);
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

    fn expiry_market(
        &self,
        held: &Held,
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
            confidence: held.score,
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
