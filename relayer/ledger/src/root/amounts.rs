//! Lists of amounts per (chain, asset): what a leaf says about a sub, and what a node says about its subtree.

use alloc::vec::Vec;
use core::{cmp::Ordering, iter::Peekable};

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::{
    encoding::{Canonical, DecodeError, Reader},
    types::{AssetId, ChainId, Hash, keccak256},
};

/// Amounts and sums of amounts are below this: 2^126.
pub const AMOUNT_LIMIT: u128 = 1 << 126;

/// Most assets in one list: far above what a network registers, small enough to read from a stranger.
pub const ASSETS_MAX: u32 = 1_024;

/// Why amounts can not stand in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum AmountRejection {
    /// An amount, or the sum of two subtrees, is out of range.
    #[error("{amount} of {asset:?} is not below 2^126")]
    OutOfRange {
        /// Of what.
        asset: AssetId,
        /// How much; the greatest number where not even that holds it.
        amount: u128,
    },
    /// Nothing of an asset is not listed.
    #[error("{asset:?} is listed with nothing")]
    Zero {
        /// Of what.
        asset: AssetId,
    },
    /// Assets stand in ascending order, each once.
    #[error("{asset:?} does not follow {previous:?}")]
    NotAscending {
        /// The asset.
        asset: AssetId,
        /// The one before it.
        previous: AssetId,
    },
    /// More assets than a list may have.
    #[error("{got} assets are above the limit of {ASSETS_MAX}")]
    TooMany {
        /// How many.
        got: usize,
    },
}

/// Amounts per asset: ascending by (chain, asset), each once, none zero, all below [`AMOUNT_LIMIT`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(Vec<(AssetId, u128)>);

impl Amounts {
    /// A list in canonical order.
    ///
    /// # Errors
    /// [`AmountRejection`]: nothing is sorted or dropped on the way.
    pub fn new(amounts: Vec<(AssetId, u128)>) -> Result<Self, AmountRejection> {
        if u32::try_from(amounts.len()).map_or(true, |count| count > ASSETS_MAX) {
            return Err(AmountRejection::TooMany { got: amounts.len() });
        }
        let mut previous = None;
        for (asset, amount) in &amounts {
            follows(previous.replace(*asset), *asset)?;
            if *amount == 0 {
                return Err(AmountRejection::Zero { asset: *asset });
            }
            in_range(*asset, *amount)?;
        }
        Ok(Self(amounts))
    }

    /// How much of `asset`.
    #[must_use]
    pub fn of(&self, asset: &AssetId) -> u128 {
        let found = self.0.binary_search_by(|(listed, _)| listed.cmp(asset));
        found
            .ok()
            .and_then(|place| self.0.get(place))
            .map_or(0, |(_, amount)| *amount)
    }

    /// The list.
    #[must_use]
    pub fn as_slice(&self) -> &[(AssetId, u128)] {
        &self.0
    }

    fn plus(&self, other: &Self) -> Result<Self, AmountRejection> {
        let mut sums = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let Some((asset, amount)) = next_sum(&mut left, &mut right) {
            in_range(asset, amount)?;
            sums.push((asset, amount));
        }
        Ok(Self(sums))
    }
}

type Listed<'a> = Peekable<core::slice::Iter<'a, (AssetId, u128)>>;

fn next_sum(left: &mut Listed<'_>, right: &mut Listed<'_>) -> Option<(AssetId, u128)> {
    let order = match (left.peek(), right.peek()) {
        (Some((left, _)), Some((right, _))) => left.cmp(right),
        (Some(_), None) => Ordering::Less,
        (None, _) => Ordering::Greater,
    };
    match order {
        Ordering::Less => left.next().copied(),
        Ordering::Greater => right.next().copied(),
        Ordering::Equal => {
            let ((asset, amount), (_, other)) = (left.next()?, right.next()?);
            Some((*asset, amount.saturating_add(*other)))
        }
    }
}

fn follows(previous: Option<AssetId>, asset: AssetId) -> Result<(), AmountRejection> {
    match previous {
        Some(previous) if asset <= previous => Err(AmountRejection::NotAscending { asset, previous }),
        _ => Ok(()),
    }
}

fn in_range(asset: AssetId, amount: u128) -> Result<(), AmountRejection> {
    if amount >= AMOUNT_LIMIT {
        return Err(AmountRejection::OutOfRange { asset, amount });
    }
    Ok(())
}

impl Canonical for Amounts {
    fn encode_to(&self, out: &mut Vec<u8>) {
        // A list of canonical length fits, whatever the width of a length here.
        u32::try_from(self.0.len()).unwrap_or(u32::MAX).encode_to(out);
        for (asset, amount) in &self.0 {
            out.extend_from_slice(&asset.chain.0.to_be_bytes());
            out.extend_from_slice(&asset.asset.0);
            out.extend_from_slice(&amount.to_be_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = input.count(ASSETS_MAX)?;
        let mut amounts = Vec::new();
        for _ in 0..count {
            let chain = ChainId(u32::decode_from(input)?);
            let asset = Hash::decode_from(input)?;
            amounts.push((AssetId { chain, asset }, u128::from_be_bytes(input.array()?)));
        }
        Self::new(amounts).map_err(|_| DecodeError::Invalid { of: "Amounts" })
    }
}

/// What a sub, or all subs below a node, are owed, owe and could take out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What is owed to them, in shares.
    pub claims: Amounts,
    /// What they owe, in shares.
    pub loans: Amounts,
    /// What they could take out of the vaults if the ledger ended here, in units at 1e18.
    pub exitable: Amounts,
}

impl Sums {
    /// keccak(claims ‖ loans ‖ exitable).
    #[must_use]
    pub fn hash(&self) -> Hash {
        keccak256(&[&self.encode()])
    }

    /// Sums of two disjoint sets of subs.
    ///
    /// # Errors
    /// [`AmountRejection::OutOfRange`].
    pub fn plus(&self, other: &Self) -> Result<Self, AmountRejection> {
        Ok(Self {
            claims: self.claims.plus(&other.claims)?,
            loans: self.loans.plus(&other.loans)?,
            exitable: self.exitable.plus(&other.exitable)?,
        })
    }
}

impl Canonical for Sums {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.claims.encode_to(out);
        self.loans.encode_to(out);
        self.exitable.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            claims: Amounts::decode_from(input)?,
            loans: Amounts::decode_from(input)?,
            exitable: Amounts::decode_from(input)?,
        })
    }
}
