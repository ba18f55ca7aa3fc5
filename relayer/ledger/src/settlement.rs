//! Positions and the cash they realise: trades, funding, expiry, and profit that matures.
//!
//! ```text
//!   trade of signed cash n:   cost' = cost - closed_cost + n_open      realised = -n_closed - closed_cost
//!   funding:                  ⌊-quantity · (index' - index)⌋           expiry: quantity · price - cost, floored
//!   realised > 0: pool ─► sub        realised < 0: sub ─► pool
//! ```
//! `Σ cost = Σ realised` over an instrument's subs whatever rounds, so that the pool is the unrealised rest exactly; only funding and expiry
//! leave dust in it, which goes to insurance when open interest is zero. Spec: `spec/ledger.md`, State, Margin, Rounding.

use crate::ids::{Account, Instrument};
use crate::math::{ArithmeticError, Fixed};
use crate::posting::Place;
use crate::refusal::Refusal;
use crate::state::{Life, Market, POSITIONS_MAX, Position, State, Sub, Unmatured};
use alloc::vec::Vec;

impl State {
    /// Settles funding and expiries of all positions of a sub up to now.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn touch(&mut self, account: Account) -> Result<(), Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(());
        };
        let due: Vec<Instrument> = sub
            .positions
            .iter()
            .filter(|(instrument, position)| self.is_due(instrument, position))
            .map(|(instrument, _)| *instrument)
            .collect();
        due.into_iter()
            .try_for_each(|instrument| self.settle(account, instrument))?;
        self.forget_markets(account);
        Ok(())
    }

    fn is_due(&self, instrument: &Instrument, position: &Position) -> bool {
        self.markets
            .get(instrument)
            .is_some_and(|market| market.life != Life::Live || market.funding_index != position.funding_index)
    }

    /// Settles funding, and the expiry if it has come, of one position.
    fn settle(&mut self, account: Account, instrument: Instrument) -> Result<(), Refusal> {
        let market = *self
            .markets
            .get(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })?;
        let Some(position) = self.position_mut(account, instrument) else {
            return Ok(());
        };
        let moved = market.funding_index.sub(position.funding_index)?;
        let payment = position.quantity.negate().mul_floor(moved)?;
        position.funding_index = market.funding_index;
        self.realise(account, instrument, payment)?;
        match market.life {
            Life::Live => Ok(()),
            Life::Settled { price } => self.close_at_expiry(account, instrument, price),
        }
    }

    fn close_at_expiry(
        &mut self,
        account: Account,
        instrument: Instrument,
        price: Fixed,
    ) -> Result<(), Refusal> {
        let Some(position) = self.position_mut(account, instrument).copied() else {
            return Ok(());
        };
        let realised = position.quantity.mul_floor(price)?.sub(position.cost)?;
        self.put_position(account, instrument, Position::default())?;
        self.realise(account, instrument, realised)?;
        self.retire(instrument)
    }

    /// Forgets a settled market once nobody has a position in it; what its pool has left goes to insurance.
    pub(crate) fn retire(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        self.sweep_pool(instrument)?;
        let is_over = |market: &Market| market.life != Life::Live && market.holders == 0;
        if self.markets.get(&instrument).is_some_and(is_over) {
            self.markets.remove(&instrument);
        }
        Ok(())
    }

    /// Drops what a sub remembers of markets that are gone, and of profit that has matured.
    fn forget_markets(&mut self, account: Account) {
        let (now, markets) = (self.time_ms, &self.markets);
        let Some(sub) = self.subs.get(&account) else {
            return;
        };
        let is_gone = sub.realised.keys().any(|id| !markets.contains_key(id));
        if !is_gone && sub.unmatured.values().all(|unmatured| unmatured.end_ms > now) {
            return;
        }
        if let Some(sub) = self.subs.row(&account) {
            sub.realised.retain(|id, _| markets.contains_key(id));
            sub.unmatured.retain(|_, unmatured| unmatured.end_ms > now);
        }
    }

    /// Adds `quantity` (signed) at a cash of `notional` (signed alike) to a position.
    ///
    /// # Errors
    /// [`Refusal::TooManyPositions`], arithmetic.
    pub fn trade(
        &mut self,
        account: Account,
        instrument: Instrument,
        quantity: Fixed,
        notional: Fixed,
    ) -> Result<(), Refusal> {
        let funding_index = self.markets.get(&instrument).map(|market| market.funding_index);
        let funding_index = funding_index.ok_or(Refusal::UnknownInstrument { instrument })?;
        let before = self
            .position_mut(account, instrument)
            .copied()
            .unwrap_or_default();
        let (mut after, realised) = traded(before, quantity, notional)?;
        after.funding_index = funding_index;
        self.put_position(account, instrument, after)?;
        self.realise(account, instrument, realised)
    }

    /// Moves realised cash between pool and sub, and keeps the sub's books of its profit.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn realise(&mut self, account: Account, instrument: Instrument, cash: Fixed) -> Result<(), Refusal> {
        if cash.is_zero() {
            return Ok(());
        }
        let (pool, margin) = (Place::Pool(instrument), Place::Margin(account));
        let (from, to) = if cash.is_positive() {
            (pool, margin)
        } else {
            (margin, pool)
        };
        self.post(instrument.cash(), from, to, cash.abs())?;
        let (now, maturing_ms) = (self.time_ms, self.parameters.maturing_ms);
        let sub = self.subs.row_or_default(&account);
        let realised = sub.realised.entry(instrument).or_default();
        *realised = realised.add(cash)?;
        let unmatured = sub.unmatured.get(&instrument).copied().unwrap_or_default();
        match unmatured.with(cash, now, maturing_ms)? {
            Some(unmatured) => sub.unmatured.insert(instrument, unmatured),
            None => sub.unmatured.remove(&instrument),
        };
        Ok(())
    }

    /// Gives what is left in the pool to insurance once nobody has a position.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn sweep_pool(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        let Some(market) = self.markets.get(&instrument) else {
            return Ok(());
        };
        if market.holders > 0 || !market.pool.is_positive() {
            return Ok(());
        }
        self.post(
            instrument.cash(),
            Place::Pool(instrument),
            Place::Insurance,
            market.pool,
        )
    }

    fn position_mut(&mut self, account: Account, instrument: Instrument) -> Option<&mut Position> {
        self.subs.row(&account)?.positions.get_mut(&instrument)
    }

    /// Replaces a position and keeps open interest and the number of holders.
    fn put_position(
        &mut self,
        account: Account,
        instrument: Instrument,
        position: Position,
    ) -> Result<(), Refusal> {
        let sub = self.subs.row_or_default(&account);
        let before = replace(sub, instrument, position)?;
        let market = self
            .markets
            .row(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })?;
        let grown = position.quantity.max_zero().sub(before.quantity.max_zero())?;
        market.open_interest = market.open_interest.add(grown)?;
        market.holders = market
            .holders
            .saturating_add(u32::from(!position.quantity.is_zero()));
        market.holders = market
            .holders
            .saturating_sub(u32::from(!before.quantity.is_zero()));
        Ok(())
    }
}

fn replace(sub: &mut Sub, instrument: Instrument, position: Position) -> Result<Position, Refusal> {
    let before = if position.quantity.is_zero() {
        sub.positions.remove(&instrument)
    } else {
        sub.positions.insert(instrument, position)
    };
    if sub.positions.len() > POSITIONS_MAX {
        return Err(Refusal::TooManyPositions { most: POSITIONS_MAX });
    }
    Ok(before.unwrap_or_default())
}

/// The position after a trade, and the cash that it realises.
fn traded(before: Position, quantity: Fixed, notional: Fixed) -> Result<(Position, Fixed), ArithmeticError> {
    let after = before.quantity.add(quantity)?;
    let opens = before.quantity.is_zero() || before.quantity.is_negative() == quantity.is_negative();
    if opens {
        return Ok((
            Position {
                quantity: after,
                cost: before.cost.add(notional)?,
                ..before
            },
            Fixed::ZERO,
        ));
    }
    let closed = quantity.abs().min(before.quantity.abs());
    let closed_cost = before.cost.mul_div_ceil(closed, before.quantity.abs())?;
    let closing = notional.mul_div_ceil(closed, quantity.abs())?;
    let realised = closing.negate().sub(closed_cost)?;
    let cost = before.cost.sub(closed_cost)?.add(notional.sub(closing)?)?;
    Ok((
        Position {
            quantity: after,
            cost,
            ..before
        },
        realised,
    ))
}

impl Unmatured {
    /// What is unmatured at `now_ms`, rounded up.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn at(&self, now_ms: u64) -> Result<Fixed, ArithmeticError> {
        let left = self.end_ms.saturating_sub(now_ms.max(self.start_ms));
        let whole = self.end_ms.saturating_sub(self.start_ms);
        if whole == 0 {
            Ok(Fixed::ZERO)
        } else {
            self.amount.mul_div_ceil(milliseconds(left), milliseconds(whole))
        }
    }

    /// With more profit, or less by a loss: each part keeps its own time, averaged by amount, so that adding to it never matures it sooner.
    pub(crate) fn with(
        &self,
        cash: Fixed,
        now_ms: u64,
        maturing_ms: u64,
    ) -> Result<Option<Self>, ArithmeticError> {
        let old = self.at(now_ms)?;
        let amount = old.add(cash)?;
        if !amount.is_positive() {
            return Ok(None);
        }
        let left = milliseconds(self.end_ms.saturating_sub(now_ms));
        let fresh = cash.max_zero();
        let left = if fresh.is_zero() {
            left
        } else {
            let weighed = old.mul_div_ceil(left, amount)?;
            weighed.add(fresh.mul_div_ceil(milliseconds(maturing_ms), amount)?)?
        };
        let left_ms = u64::try_from(left.raw()).unwrap_or(maturing_ms).min(maturing_ms);
        Ok(Some(Self {
            amount,
            start_ms: now_ms,
            end_ms: now_ms.saturating_add(left_ms),
        }))
    }
}

/// Milliseconds as a factor; only ratios of two of them are used, so that the scale cancels.
fn milliseconds(count: u64) -> Fixed {
    Fixed::from_raw(i128::from(count))
}

#[cfg(test)]
mod tests {
    use super::{Position, Unmatured, traded};
    use crate::math::Fixed;

    fn int(value: i64) -> Fixed {
        Fixed::from_int(value)
    }

    #[test]
    fn a_flip_realises_the_closed_part_and_opens_the_rest_at_its_price() {
        let long = Position {
            quantity: int(2),
            cost: int(200),
            funding_index: Fixed::ZERO,
        };
        let (after, realised) = traded(long, int(-3), int(-330)).unwrap();
        assert_eq!(
            (after.quantity, after.cost, realised),
            (int(-1), int(-110), int(20))
        );
    }

    #[test]
    fn cost_and_realised_cash_balance_whatever_rounds() {
        for quantity in [-7, -3, 5] {
            let before = Position {
                quantity: int(3),
                cost: Fixed::from_raw(100),
                funding_index: Fixed::ZERO,
            };
            let notional = Fixed::from_raw(i128::from(quantity) * 33 + 1);
            let (after, realised) = traded(before, int(quantity), notional).unwrap();
            assert_eq!(
                after.cost.sub(before.cost).unwrap(),
                notional.add(realised).unwrap()
            );
        }
    }

    #[test]
    fn profit_matures_in_a_straight_line() {
        let fresh = Unmatured::default()
            .with(int(30), 1_000, 30_000)
            .unwrap()
            .unwrap();
        assert_eq!(fresh.at(1_000).unwrap(), int(30));
        assert_eq!(fresh.at(11_000).unwrap(), int(20));
        assert_eq!(fresh.at(31_000).unwrap(), Fixed::ZERO);
    }

    #[test]
    fn a_loss_takes_from_unmatured_profit_first() {
        let fresh = Unmatured::default().with(int(30), 0, 30_000).unwrap().unwrap();
        assert_eq!(
            fresh.with(int(-10), 0, 30_000).unwrap().unwrap().at(0).unwrap(),
            int(20)
        );
        assert_eq!(fresh.with(int(-30), 0, 30_000).unwrap(), None);
    }
}
