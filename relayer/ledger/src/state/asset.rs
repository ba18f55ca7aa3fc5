//! The books of one (chain, asset): who is owed what, and what the vault holds for it.
//!
//! ```text
//!   Σ claims - Σ loans + insurance + fees + suspense + pools + dust  =  posted - pending - bearer
//!   └───────────────────────── owed ─────────────────────────────┘     └──────── vault ────────┘
//!   slashed stake: free + owed to the harmed = held in the vault's bucket                 (`bucket.rs`)
//!   claim = ⌊shares · unit⌋     unit = ⌊supply_index · rate⌋      loan = ⌈shares · borrow_index⌉
//! ```
//! Pending is what waits (`queued`) and what is reserved in the vault's double entry. Every term is a field here or a sum kept here; [`crate::posting`] is the only writer, moves both sides of each entry at once and puts the
//! rounding into `dust`, so that the identity holds after every entry by construction. The sums over claims and loans are those of the
//! summed shares at the index: never below the sum of the single claims, never above that of the single loans, so dust is never negative.
//! Spec: `spec/ledger.md`, State, Rounding, Root.

use crate::ids::Underlying;
use crate::math::{ArithmeticError, Fixed};
use crate::state::bucket::Bucket;
use crate::state::vault::Vault;

/// What an asset is to the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A settlement currency: may be borrowed, is not haircut.
    #[default]
    Cash,
    /// Counts for margin after its haircut.
    Collateral,
}

/// How an asset is traded and priced, constant since genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetTerms {
    /// Cash or collateral.
    pub class: Class,
    /// Decimals of the chain's unit, at most 18.
    pub decimals: u8,
    /// Where its price comes from.
    pub feed: Underlying,
}

/// The books of one (chain, asset); amounts at 1e18.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Constant terms.
    pub terms: AssetTerms,
    /// Governed values.
    pub risk: crate::parameters::AssetRisk,
    /// Sum of all claim shares.
    pub claim_shares: Fixed,
    /// Sum of all loan shares.
    pub loan_shares: Fixed,
    /// Units per claim share before losses, at 1e18; only grows.
    pub supply_index: Fixed,
    /// Units per loan share, at 1e18; only grows.
    pub borrow_index: Fixed,
    /// What is left after certified losses, at 1e18, at most one.
    pub rate: Fixed,
    /// Block time up to which interest is in the indexes.
    pub interest_ms: u64,
    /// Insurance fund.
    pub insurance: Fixed,
    /// Fees earned, and release fees held for their submitters.
    pub fees: Fixed,
    /// Sum of the suspense rows of this asset.
    pub suspense: Fixed,
    /// Sum of the withdrawal entries that wait for the governor.
    pub queued: Fixed,
    /// Sum of the settlement pools of the instruments that settle in it; may be negative.
    pub pools: Fixed,
    /// Rounding kept by the books, never negative.
    pub dust: Fixed,
    /// Certified as gone: the vault's own counter, which knows nothing of it, is above what is posted by this.
    pub lost: Fixed,
    /// What the chain's vault holds of it.
    pub vault: Vault,
    /// Slashed stake, where this is the asset that attesters stake.
    pub bucket: Bucket,
}

impl Asset {
    /// Fresh books.
    pub fn new(terms: AssetTerms, risk: crate::parameters::AssetRisk) -> Self {
        Self {
            terms,
            risk,
            claim_shares: Fixed::ZERO,
            loan_shares: Fixed::ZERO,
            supply_index: Fixed::ONE,
            borrow_index: Fixed::ONE,
            rate: Fixed::ONE,
            interest_ms: 0,
            insurance: Fixed::ZERO,
            fees: Fixed::ZERO,
            suspense: Fixed::ZERO,
            queued: Fixed::ZERO,
            pools: Fixed::ZERO,
            dust: Fixed::ZERO,
            lost: Fixed::ZERO,
            vault: Vault::default(),
            bucket: Bucket::default(),
        }
    }
}

impl Asset {
    /// Units per claim share.
    ///
    /// # Errors
    /// The product does not fit.
    pub fn unit(&self) -> Result<Fixed, ArithmeticError> {
        if self.rate == Fixed::ONE {
            Ok(self.supply_index)
        } else {
            self.supply_index.mul_floor(self.rate)
        }
    }

    /// What `shares` are worth to their owner: a claim floored, a loan rounded up (and negative).
    ///
    /// # Errors
    /// The product does not fit.
    pub fn value(&self, shares: Fixed) -> Result<Fixed, ArithmeticError> {
        let per_share = if shares.is_negative() {
            self.borrow_index
        } else {
            self.unit()?
        };
        shares.mul_floor(per_share)
    }

    /// Sum of all claims, as the identity counts it.
    ///
    /// # Errors
    /// The product does not fit.
    pub fn claims(&self) -> Result<Fixed, ArithmeticError> {
        self.claim_shares.mul_floor(self.unit()?)
    }

    /// Sum of all loans, as the identity counts it.
    ///
    /// # Errors
    /// The product does not fit.
    pub fn loans(&self) -> Result<Fixed, ArithmeticError> {
        self.loan_shares.mul_floor(self.borrow_index)
    }

    /// Left side less right side of the identity, the bucket's with it; zero always.
    ///
    /// # Errors
    /// A sum does not fit.
    pub fn gap(&self) -> Result<Fixed, ArithmeticError> {
        let loans = self.loans()?;
        let terms = [
            self.claims()?,
            loans.negate(),
            self.insurance,
            self.fees,
            self.suspense,
            self.queued,
            self.pools,
            self.dust,
            self.bucket.gap()?,
        ];
        Fixed::sum(terms)?.sub(self.vault.owed())
    }
}
