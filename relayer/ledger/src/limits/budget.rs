//! The economic budget: what may be at risk is bounded by what the attesters would lose.
//!
//! ```text
//!   S_min = stake of the cheapest third by weight · price       price of a volatile stake = half its 30-day low
//!   B     = sigma · S_min
//!   value that leaves per day            <= B / 2
//!   Σ open interest · price · max move   <= B / 2 + insurance
//! ```
//! Measured once per block; within a block what leaves and what is opened is taken off what is left. Without a stake there is no budget:
//! nothing leaves and nothing opens. When the budget falls, what is open stays open and may be closed. Spec: `spec/ledger.md`, Limits.

use super::{DAY_MS, coalition::cheapest_third};
use crate::ids::{AssetId, Instrument};
use crate::math::{ArithmeticError, Fixed};
use crate::refusal::Refusal;
use crate::state::{Class, State};
use alloc::{collections::BTreeMap, vec::Vec};

/// Days over which the low of the stake's price is taken.
const LOW_DAYS: u64 = 30;

/// The two halves of the budget, and what was taken of the first: rows of one table, so that a part that is refused takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Value that may still leave today.
    Outflow,
    /// Loss that may still be opened.
    OpenInterest,
    /// Value that has left today.
    Spent,
}

/// What the attesters' stake is and was worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staking {
    /// The asset that is staked, in the vault of the chain that genesis names.
    pub asset: Option<AssetId>,
    /// Lowest accepted price of each of the last 30 days, by days since 1970.
    pub lows: BTreeMap<u64, Fixed>,
    /// Block time when the running day of outflow began.
    pub day_start_ms: u64,
}

impl State {
    /// The budget, in the unit in which feeds quote; zero without a stake or a price of it.
    ///
    /// # Errors
    /// A sum that does not fit.
    pub fn budget_bound(&self) -> Result<Fixed, ArithmeticError> {
        let members: Vec<(u32, Fixed)> = self
            .sets
            .current
            .members
            .iter()
            .map(|(address, weight)| {
                (
                    *weight,
                    self.attesters.get(address).map_or(Fixed::ZERO, |row| row.stake),
                )
            })
            .collect();
        let stake = cheapest_third(&members)?.mul_floor(self.stake_price()?)?;
        stake.mul_floor(self.parameters.sigma)
    }

    /// What the budget leaves for value on its way out.
    pub(super) fn outflow_budget(&self) -> Result<Fixed, Refusal> {
        Ok(self.budget.get(&Bound::Outflow).copied().unwrap_or_default())
    }

    pub(super) fn spend_outflow_budget(&mut self, value: Fixed) -> Result<(), Refusal> {
        let spent = self.budget.row_or_default(&Bound::Spent);
        *spent = spent.add(value)?;
        let left = self.budget.row_or_default(&Bound::Outflow);
        *left = left.sub(value)?.max_zero();
        Ok(())
    }

    /// Takes `grown` open interest off what the budget leaves.
    ///
    /// # Errors
    /// [`Refusal::Limit`], [`Refusal::NoPrice`].
    pub(crate) fn reserve_open_interest(
        &mut self,
        instrument: &Instrument,
        grown: Fixed,
    ) -> Result<(), Refusal> {
        if !grown.is_positive() {
            return Ok(());
        }
        let required = self.largest_loss(instrument, grown)?;
        let left = self.budget.row_or_default(&Bound::OpenInterest);
        if required > *left {
            return Err(Refusal::Limit {
                limit: "economic budget",
                required,
                available: *left,
            });
        }
        *left = left.sub(required)?;
        Ok(())
    }

    /// Measures both halves anew.
    pub(super) fn measure_budget(&mut self) {
        self.follow_stake_price();
        self.turn_outflow_day();
        let outflow = self.outflow_left().unwrap_or(Fixed::ZERO);
        let open_interest = self.open_interest_left().unwrap_or(Fixed::ZERO);
        self.budget.insert(Bound::Outflow, outflow.max_zero());
        self.budget.insert(Bound::OpenInterest, open_interest.max_zero());
    }

    fn turn_outflow_day(&mut self) {
        let passed = self
            .time_ms
            .saturating_sub(self.staking.day_start_ms)
            .checked_div(DAY_MS)
            .unwrap_or(0);
        if passed > 0 {
            let start_ms = self
                .staking
                .day_start_ms
                .saturating_add(passed.saturating_mul(DAY_MS));
            self.staking.day_start_ms = start_ms;
            self.budget.insert(Bound::Spent, Fixed::ZERO);
        }
    }

    fn outflow_left(&self) -> Result<Fixed, Refusal> {
        let spent = self.budget.get(&Bound::Spent).copied().unwrap_or_default();
        Ok(half(self.budget_bound()?)?.sub(spent)?)
    }

    fn open_interest_left(&self) -> Result<Fixed, Refusal> {
        let mut left = half(self.budget_bound()?)?;
        for (asset, books) in self
            .assets
            .iter()
            .filter(|(_, books)| books.terms.class == Class::Cash)
        {
            left = left.add(self.value_if_priced(*asset, books.insurance)?)?;
        }
        for (instrument, market) in self
            .markets
            .iter()
            .filter(|(_, market)| market.open_interest.is_positive())
        {
            left = left.sub(self.largest_loss(instrument, market.open_interest)?)?;
        }
        Ok(left)
    }

    /// What `quantity` of an instrument loses when its underlying moves as far as the budget reckons with, rounded up.
    fn largest_loss(&self, instrument: &Instrument, quantity: Fixed) -> Result<Fixed, Refusal> {
        let Some(feed) = crate::ids::underlying(instrument) else {
            return Ok(Fixed::ZERO);
        };
        let price = self
            .feed(feed)?
            .spot
            .map(|spot| spot.price)
            .ok_or(Refusal::NoPrice { feed })?;
        let max_move = self.listing(*instrument)?.risk.max_move;
        Ok(quantity.mul_ceil(price)?.mul_ceil(max_move)?)
    }

    /// The price at which stake counts: a settlement currency's own, at most one; else half the low of 30 days.
    fn stake_price(&self) -> Result<Fixed, ArithmeticError> {
        let books = self.staking.asset.and_then(|asset| self.assets.get(&asset));
        let low = self.staking.lows.values().min().copied().unwrap_or_default();
        match books.map(|books| books.terms.class) {
            Some(Class::Cash) => Ok(low.min(Fixed::ONE)),
            Some(Class::Collateral) => half(low),
            None => Ok(Fixed::ZERO),
        }
    }

    /// Keeps the lowest price of each of the last 30 days.
    fn follow_stake_price(&mut self) {
        let Some(Ok(price)) = self.staking.asset.map(|asset| self.price_of(asset)) else {
            return;
        };
        let today = self.time_ms.checked_div(DAY_MS).unwrap_or(0);
        let low = self.staking.lows.entry(today).or_insert(price);
        *low = (*low).min(price);
        self.staking
            .lows
            .retain(|day, _| day.saturating_add(LOW_DAYS) > today);
    }
}

fn half(value: Fixed) -> Result<Fixed, ArithmeticError> {
    value.div_floor(Fixed::from_int(2))
}
