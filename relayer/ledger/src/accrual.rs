//! What changes everybody's claim or loan at once: interest, and a loss that claims must share.
//!
//! ```text
//!   interest = ⌊loan_shares · borrow_index'⌋ - ⌊loan_shares · borrow_index⌋     20 % of it and what flooring leaves go to insurance
//!   loss:  rate' = rate · (claims - loss) / claims, rounded down                the rest goes to insurance
//! ```
//! Indexes are applied when a sub is touched; nothing scans the subs. Spec: `spec/ledger.md`, State, Liquidation and losses, Rounding.

use crate::ids::AssetId;
use crate::math::{ArithmeticError, Fixed};
use crate::parameters::NetworkParameters;
use crate::posting::Place;
use crate::rates::interest::{RateModel, utilisation};
use crate::refusal::Refusal;
use crate::state::{Asset, Class, State};

/// Longest time that interest is counted for at once.
const YEAR_MS: u64 = 365 * 86_400_000;

impl State {
    /// Brings the indexes of a cash up to block time.
    ///
    /// # Errors
    /// An unknown asset, or an index that no longer fits.
    pub(crate) fn accrue_interest(&mut self, asset: AssetId) -> Result<(), Refusal> {
        let (now, parameters) = (self.time_ms, self.parameters);
        let books = self.books(asset)?;
        let elapsed_ms = now.saturating_sub(books.interest_ms);
        books.interest_ms = now;
        if books.terms.class == Class::Cash && books.loan_shares.is_positive() {
            accrue(books, &parameters, elapsed_ms)?;
        }
        Ok(())
    }

    /// Takes `loss` from all claims in `asset` alike and gives it to `to`.
    ///
    /// # Errors
    /// [`Refusal::Overdrawn`] when the claims are worth less.
    pub fn cut_rate(&mut self, asset: AssetId, loss: Fixed, to: Place) -> Result<(), Refusal> {
        let books = self.books(asset)?;
        let claims = books.claims()?;
        if loss > claims {
            return Err(Refusal::Overdrawn {
                place: to,
                required: loss,
                available: claims,
            });
        }
        if loss.is_zero() {
            return Ok(());
        }
        // Two units less than floored: the unit per share is floored too, and claims must not keep what was lost.
        let rate = books
            .rate
            .mul_div_floor(claims.sub(loss)?, claims)?
            .sub(Fixed::from_raw(2))?;
        books.rate = rate.max_zero();
        let freed = claims.sub(books.claims()?)?;
        books.insurance = books.insurance.add(freed)?;
        self.post(asset, Place::Insurance, to, loss)
    }
}

fn accrue(books: &mut Asset, parameters: &NetworkParameters, elapsed_ms: u64) -> Result<(), ArithmeticError> {
    let (claims, loans) = (books.claims()?, books.loans()?);
    let curve = RateModel {
        base: parameters.rate_base,
        slope: parameters.rate_slope,
        kink: parameters.rate_kink,
        steep: parameters.rate_steep,
    };
    let growth = curve.growth(utilisation(loans, claims)?, elapsed_ms.min(YEAR_MS))?;
    books.borrow_index = books.borrow_index.mul_floor(growth)?;
    let interest = books.loans()?.sub(loans)?;
    let insured = interest.mul_floor(parameters.rate_insurance)?;
    if claims.is_positive() {
        let with_interest = claims.add(interest.sub(insured)?)?;
        books.supply_index = books.supply_index.mul_div_floor(with_interest, claims)?;
    }
    let supplied = books.claims()?.sub(claims)?;
    books.insurance = books.insurance.add(interest.sub(supplied)?)?;
    Ok(())
}
