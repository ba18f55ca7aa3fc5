//! Names of governed values: from the 32 bytes of a proposal to one value of one thing.
//!
//! | subject of | encoding |
//! |---|---|
//! | network | zero |
//! | chain, feed | the registry number, right-aligned |
//! | attester | the address, right-aligned |
//! | asset | [`AssetId::bridged`] |
//! | family of instruments | keccak256 of its kind (1 byte: 0 perpetual, 1 futures, 2 options, 3 spot) and its two parts: underlying right-aligned in 32 bytes or base asset, then cash, assets as above |
//!
//! A name is ASCII, right-padded with zeros; those of the ledger are the fields of [`crate::parameters`], `weight` is an attester's, and
//! `vault.NAME` is the value NAME of a chain's vault, which checks its own bounds. Spec: `spec/relayer.md`, Security layers (governance).

use super::refusal::GovernanceRefusal;
use crate::ids::{Address, AssetId, ChainId, Hash, Series, Underlying};
use crate::parameters::{AssetKey, Bound, ChainKey, FeedKey, MarketKey, NetworkKey, Step, Tighter, Unit};
use crate::refusal::Refusal;
use crate::state::{State, Target};
use wire::types::keccak256;

/// What begins the name of a vault's value.
const VAULT_PREFIX: &[u8] = b"vault.";

/// The rule of an attester's weight.
const WEIGHT: Bound = Bound {
    name: "weight",
    unit: Unit::Decimal,
    default: 0,
    low: 0,
    high: 0xffff_ffff,
    step: Step::Any,
    tighter: Tighter::Lower,
};

impl Target {
    /// The rule of the value; none where the vault has its own.
    pub const fn bound(&self) -> Option<Bound> {
        match self {
            Self::Network(key) => Some(key.bound()),
            Self::Chain(_, key) => Some(key.bound()),
            Self::Asset(_, key) => Some(key.bound()),
            Self::Market(_, key) => Some(key.bound()),
            Self::Feed(_, key) => Some(key.bound()),
            Self::Weight(_) => Some(WEIGHT),
            Self::Vault(..) => None,
        }
    }
}

impl State {
    /// What `parameter` of `subject` is.
    pub(super) fn target(&self, parameter: Hash, subject: Hash) -> Result<Target, Refusal> {
        let unknown = GovernanceRefusal::UnknownParameter { parameter };
        let name = name_of(&parameter).ok_or(unknown.clone())?;
        let named = |bound: Bound| bound.name.as_bytes() == name;
        let subjectless = |name| {
            Refusal::from(GovernanceRefusal::UnknownSubject {
                parameter: name,
                subject,
            })
        };
        if let Some(key) = NetworkKey::ALL.iter().copied().find(|key| named(key.bound())) {
            return subject
                .is_zero()
                .then_some(Target::Network(key))
                .ok_or(subjectless(key.bound().name));
        }
        if let Some(key) = ChainKey::ALL.iter().copied().find(|key| named(key.bound())) {
            let chain = self
                .chain_subject(&subject)
                .ok_or(subjectless(key.bound().name))?;
            return Ok(Target::Chain(chain, key));
        }
        if let Some(key) = AssetKey::ALL.iter().copied().find(|key| named(key.bound())) {
            let asset = self.assets.keys().find(|asset| asset.bridged() == subject);
            return Ok(Target::Asset(*asset.ok_or(subjectless(key.bound().name))?, key));
        }
        if let Some(key) = MarketKey::ALL.iter().copied().find(|key| named(key.bound())) {
            let series = self
                .listings
                .keys()
                .find(|series| subject_of_series(series) == subject);
            return Ok(Target::Market(*series.ok_or(subjectless(key.bound().name))?, key));
        }
        if let Some(key) = FeedKey::ALL.iter().copied().find(|key| named(key.bound())) {
            let feed = number(&subject)
                .map(Underlying)
                .filter(|feed| self.feeds.contains_key(feed));
            return Ok(Target::Feed(feed.ok_or(subjectless(key.bound().name))?, key));
        }
        if named(WEIGHT) {
            return address(&subject)
                .map(Target::Weight)
                .ok_or(subjectless(WEIGHT.name));
        }
        let key = name.strip_prefix(VAULT_PREFIX).ok_or(unknown)?;
        let chain = self.chain_subject(&subject).ok_or(subjectless("vault"))?;
        Ok(Target::Vault(chain, padded(key)))
    }

    fn chain_subject(&self, subject: &Hash) -> Option<ChainId> {
        number(subject)
            .map(ChainId)
            .filter(|chain| self.chains.contains_key(chain))
    }
}

/// The subject that stands for a family of instruments.
pub fn subject_of_series(series: &Series) -> Hash {
    let (kind, first, cash) = match series {
        Series::Perpetual { underlying, cash } => (0, of_number(underlying.0), cash),
        Series::Futures { underlying, cash } => (1, of_number(underlying.0), cash),
        Series::Options { underlying, cash } => (2, of_number(underlying.0), cash),
        Series::Spot { base, quote } => (3, base.bridged(), quote),
    };
    keccak256(&[&[kind], &first.0, &AssetId::bridged(cash).0])
}

/// The subject that stands for a chain or a feed.
pub fn of_number(number: u32) -> Hash {
    let mut bytes = [0; 32];
    bytes
        .iter_mut()
        .rev()
        .zip(number.to_le_bytes())
        .for_each(|(to, from)| *to = from);
    Hash(bytes)
}

/// The subject that stands for an attester; also how an outbox leaf names an EVM recipient.
pub fn of_address(address: Address) -> Hash {
    let mut bytes = [0; 32];
    bytes
        .iter_mut()
        .skip(12)
        .zip(address.0)
        .for_each(|(to, from)| *to = from);
    Hash(bytes)
}

/// A name right-padded with zeros; what is beyond 32 bytes is not kept.
pub fn padded(name: &[u8]) -> Hash {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    Hash(bytes)
}

/// The name before the padding: not empty, ASCII, nothing behind the first zero.
fn name_of(parameter: &Hash) -> Option<&[u8]> {
    let length = parameter
        .0
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(parameter.0.len());
    let (name, padding) = parameter.0.split_at_checked(length)?;
    let clean = name.iter().all(u8::is_ascii_graphic) && padding.iter().all(|byte| *byte == 0);
    (clean && !name.is_empty()).then_some(name)
}

fn number(subject: &Hash) -> Option<u32> {
    let (high, low) = subject.0.split_last_chunk::<4>()?;
    high.iter()
        .all(|byte| *byte == 0)
        .then_some(u32::from_be_bytes(*low))
}

fn address(subject: &Hash) -> Option<Address> {
    let (high, low) = subject.0.split_last_chunk::<20>()?;
    let address = Address(*low);
    (high.iter().all(|byte| *byte == 0) && !address.is_zero()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_names_go_there_and_back() {
        assert_eq!(number(&of_number(0x0102_0304)), Some(0x0102_0304));
        assert_eq!(address(&of_address(Address([9; 20]))), Some(Address([9; 20])));
        assert_eq!(name_of(&padded(b"haircut")), Some(&b"haircut"[..]));
    }

    #[test]
    fn rejects_subjects_and_names_with_anything_beside_them() {
        let mut dirty = of_number(7);
        dirty.0[0] = 1;
        assert_eq!(number(&dirty), None);
        assert_eq!(address(&Hash::ZERO), None);
        assert_eq!(name_of(&Hash::ZERO), None);
        let mut dirty = padded(b"haircut");
        dirty.0[31] = b'x';
        assert_eq!(name_of(&dirty), None);
    }
}
