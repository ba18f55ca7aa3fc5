//! The Dutch auction of an under-margined account: what a bid may take and what it pays.
//!
//! *Value*: worth at marks. *Margin*: maintenance excess, below zero. *Reserved*: cash paid by earlier bids and kept out.
//! ```text
//!   target BM = margin + (margin - value)·buffer
//!   discount d(t): start → cutoff over `fast`, → 0 over `slow`, linear
//!   fMax = 1 where value < cutoff value, else BM / (BM - value·d - reserved·(1 - d))
//!   bid(f) = (value - reserved)·d·f              the bidder's sub holds at least bid + |BM - reserved|·f in cash
//!   fee    = share · fMax(d = 1, reserved = 0) · |value|
//!   insolvent payout(t): min(value, 0) → margin over `ramp`, paid to the bidder
//! ```
//! A bid pays rounded up, takes a fraction rounded down. Source: Derive (`reference/margin.md` 2.8).

use super::whole;
use crate::math::{ArithmeticError, Fixed, Wide};

/// Law of the discount and of what a bid may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionTerms {
    /// Discount at the start.
    pub start: Fixed,
    /// Discount after the fast part.
    pub cutoff: Fixed,
    /// Length of the fast part.
    pub fast_ms: u64,
    /// Length of the slow part, to zero.
    pub slow_ms: u64,
    /// How far beyond maintenance a liquidation goes.
    pub buffer: Fixed,
    /// Share of the first possible liquidation that goes to insurance.
    pub fee: Fixed,
    /// Length of the insolvent ramp.
    pub insolvent_ms: u64,
    /// Below this value all may be taken at once.
    pub whole_below: Fixed,
}

impl Default for AuctionTerms {
    fn default() -> Self {
        Self {
            start: Fixed::from_ppm(950_000),
            cutoff: Fixed::from_ppm(700_000),
            fast_ms: 900_000,
            slow_ms: 43_200_000,
            buffer: Fixed::from_ppm(150_000),
            fee: Fixed::from_ppm(100_000),
            insolvent_ms: 3_600_000,
            whole_below: Fixed::ZERO,
        }
    }
}

/// The account under auction, both numbers signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Worth at marks.
    pub value: Fixed,
    /// Maintenance excess.
    pub margin: Fixed,
    /// Cash from earlier bids.
    pub reserved: Fixed,
}

impl AuctionTerms {
    /// The part of the value that a bidder pays, on the auction's clock.
    pub fn discount(&self, clock_ms: u64) -> Result<Fixed, ArithmeticError> {
        if clock_ms < self.fast_ms {
            let fallen = self
                .start
                .sub(self.cutoff)?
                .mul_div_floor(whole(clock_ms), whole(self.fast_ms))?;
            return self.start.sub(fallen);
        }
        let slow = clock_ms.saturating_sub(self.fast_ms);
        if slow >= self.slow_ms {
            return Ok(Fixed::ZERO);
        }
        self.cutoff
            .sub(self.cutoff.mul_div_floor(whole(slow), whole(self.slow_ms))?)
    }

    /// The margin that liquidation aims at: maintenance with the buffer, signed.
    pub fn target(&self, standing: &Standing) -> Result<Fixed, ArithmeticError> {
        let distance = standing.margin.sub(standing.value)?;
        standing.margin.add(distance.mul_floor(self.buffer)?)
    }

    /// The largest fraction a bid may take, within 0 to 1, rounded down.
    pub fn largest_fraction(&self, standing: &Standing, discount: Fixed) -> Result<Fixed, ArithmeticError> {
        if standing.value < self.whole_below {
            return Ok(Fixed::ONE);
        }
        let target = self.target(standing)?;
        if !target.is_negative() {
            return Ok(Fixed::ZERO);
        }
        let kept = Fixed::ONE.sub(discount)?;
        let gained = Wide::product(standing.value, discount)
            .add_product(standing.reserved, kept)?
            .floor()?;
        let whole = target.sub(gained)?;
        if whole >= target {
            return Ok(Fixed::ONE);
        }
        Ok(target.div_floor(whole)?.min(Fixed::ONE))
    }

    /// What fraction `fraction` costs, rounded up.
    pub fn bid_up(
        &self,
        standing: &Standing,
        discount: Fixed,
        fraction: Fixed,
    ) -> Result<Fixed, ArithmeticError> {
        let free = standing.value.sub(standing.reserved)?.max_zero();
        free.mul_ceil(discount)?.mul_ceil(fraction)
    }

    /// The cash that a bidder's sub must hold for a fraction, rounded up.
    pub fn bidder_needs_up(
        &self,
        standing: &Standing,
        bid: Fixed,
        fraction: Fixed,
    ) -> Result<Fixed, ArithmeticError> {
        let backed = self.target(standing)?.sub(standing.reserved)?.abs();
        bid.add(backed.mul_ceil(fraction)?)
    }

    /// The fee for opening a solvent auction.
    pub fn opening_fee(&self, standing: &Standing) -> Result<Fixed, ArithmeticError> {
        let fresh = Standing {
            reserved: Fixed::ZERO,
            ..*standing
        };
        let fraction = self.largest_fraction(&fresh, Fixed::ONE)?;
        standing.value.abs().mul_floor(fraction)?.mul_floor(self.fee)
    }

    /// What insurance pays to whoever takes all of an insolvent account, zero or above, rounded down.
    pub fn insolvent_payout(&self, standing: &Standing, clock_ms: u64) -> Result<Fixed, ArithmeticError> {
        let from = standing.value.min_zero();
        let elapsed = whole(clock_ms.min(self.insolvent_ms));
        let moved = standing
            .margin
            .sub(from)?
            .min_zero()
            .mul_div_ceil(elapsed, whole(self.insolvent_ms.max(1)))?;
        Ok(from.add(moved)?.negate())
    }
}
