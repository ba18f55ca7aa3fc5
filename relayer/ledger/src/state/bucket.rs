//! The bucket of slashed stake: what the stake vault holds of it, and whose it is.
//!
//! ```text
//!   Slashed ─► free ─► owed to the harmed ─► Released: paid        held = free + owed
//! ```
//! It is a book of its own beside the deposits: the vault counts it apart from its holdings, so that nothing in it backs a claim and no
//! claim is paid out of it. Spec: `spec/relayer.md`, Security layers (slashing); `spec/ledger.md`, Liquidation and losses.

use crate::ids::Address;
use crate::math::{ArithmeticError, Fixed};

/// Slashed stake in one asset, at 1e18; all not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// By the vault's own events.
    pub held: Fixed,
    /// Nobody's yet.
    pub free: Fixed,
    /// Owed to harmed users and not yet paid.
    pub owed: Fixed,
}

/// What one harmed user is paid by one entry of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indemnity {
    /// To whom.
    pub owner: Address,
    /// How much, a whole number of the chain's units.
    pub amount: Fixed,
}

impl Bucket {
    /// `free + owed - held`; zero always.
    ///
    /// # Errors
    /// A sum does not fit.
    pub fn gap(&self) -> Result<Fixed, ArithmeticError> {
        self.free.add(self.owed)?.sub(self.held)
    }

    /// With a stake that was slashed.
    ///
    /// # Errors
    /// A sum does not fit.
    pub fn with_stake(&self, amount: Fixed) -> Result<Self, ArithmeticError> {
        Ok(Self {
            held: self.held.add(amount)?,
            free: self.free.add(amount)?,
            ..*self
        })
    }

    /// With `amount <= free` owed to somebody.
    ///
    /// # Errors
    /// A difference does not fit.
    pub fn with_debt(&self, amount: Fixed) -> Result<Self, ArithmeticError> {
        Ok(Self {
            free: self.free.sub(amount)?,
            owed: self.owed.add(amount)?,
            ..*self
        })
    }

    /// With `amount <= owed` paid.
    ///
    /// # Errors
    /// A difference does not fit.
    pub fn with_payment(&self, amount: Fixed) -> Result<Self, ArithmeticError> {
        Ok(Self {
            held: self.held.sub(amount)?,
            owed: self.owed.sub(amount)?,
            ..*self
        })
    }
}
