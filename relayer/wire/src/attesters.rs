//! Attester sets: who attests, with what weight, and how far a set may change at once.
//!
//! Terms: *member*, an address with a weight; *operator*, who runs a member: a 32-byte name that the genesis file, or the proposal that
//! admits the member, declares for it (keccak256 of the operator's legal name); *quorum*, the weight that a certificate needs.
//!
//! ```text
//! members    4 ..= 64, strictly ascending by address, weight >= 1, total < 2^32
//! operator   3 · Σ weight of its members <= total
//! quorum     floor(2 · total / 3) + 1
//! change     3 · max(added, removed) <= old total, ids one apart; a weight that grows is added by the growth, one that falls removed
//! hash       struct hash of AttesterSet(uint32 id,uint256[] members), member = address << 32 | weight
//! ```
//! A member is one word, so that a contract hashes calldata as it is and finds the order of addresses in the order of words.
//!
//! Guarantees: every [`AttesterSet`] obeys the first, the third and the fifth line, and the second as far as a member alone shows it.
//! Operators are checked where they are declared ([`AttesterSet::check_operators`]), changes where a set follows another.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/parameters.md`, attesters.

use alloc::{collections::BTreeMap, vec::Vec};

use ruint::aliases::U256;

use crate::{
    eip712::{Struct as _, Word, impl_struct},
    encoding::{Canonical, DecodeError, Listed, Reader},
    types::{Address, Hash},
};

/// Fewest members of a set.
pub const MIN_MEMBERS: usize = 4;
/// Most members of a set.
pub const MAX_MEMBERS: usize = 64;

/// An attester and its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Who.
    pub attester: Address,
    /// At least 1.
    pub weight: u32,
}

impl Member {
    /// Address and weight in one word, as the set's hash holds it: `uint256(address) << 32 | weight`.
    pub fn word(&self) -> Word {
        let packed = self
            .attester
            .0
            .iter()
            .chain(&self.weight.to_be_bytes())
            .rev()
            .copied()
            .collect::<Vec<u8>>();
        let mut word = [0; 32];
        word.iter_mut()
            .rev()
            .zip(packed)
            .for_each(|(to, from)| *to = from);
        word
    }
}

impl Listed for Member {
    const LIMIT: u32 = 64;
}

impl Canonical for Member {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.attester.encode_to(out);
        self.weight.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            attester: Canonical::decode_from(input)?,
            weight: Canonical::decode_from(input)?,
        })
    }
}

/// Why members make no set, or a set may not follow another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SetError {
    /// There are fewer than [`MIN_MEMBERS`].
    #[error("{got} members are fewer than {MIN_MEMBERS}")]
    TooFewMembers {
        /// The count.
        got: usize,
    },
    /// There are more than [`MAX_MEMBERS`].
    #[error("{got} members are more than {MAX_MEMBERS}")]
    TooManyMembers {
        /// The count.
        got: usize,
    },
    /// A member's address is zero.
    #[error("member {index} has the zero address")]
    ZeroAddress {
        /// Position of the member.
        index: usize,
    },
    /// A member's weight is zero.
    #[error("member {attester} has no weight")]
    ZeroWeight {
        /// Who.
        attester: Address,
    },
    /// A member stands twice.
    #[error("member {attester} stands twice")]
    DuplicateMember {
        /// Who.
        attester: Address,
    },
    /// A member stands behind one with a higher address.
    #[error("member {attester} stands behind {previous}")]
    UnsortedMembers {
        /// Who.
        attester: Address,
        /// Who stands before.
        previous: Address,
    },
    /// The weights add up to 2^32 or more.
    #[error("the total weight {total} is not below 2^32")]
    TotalTooLarge {
        /// The sum.
        total: u64,
    },
    /// One member has more than a third of the weight.
    #[error("member {attester} has {weight} of {total}, more than a third")]
    HeavyMember {
        /// Who.
        attester: Address,
        /// Its weight.
        weight: u32,
        /// The total.
        total: u64,
    },
    /// No operator is declared for a member.
    #[error("member {attester} has no declared operator")]
    UndeclaredOperator {
        /// Who.
        attester: Address,
    },
    /// One operator has more than a third of the weight.
    #[error("operator {operator} has {weight} of {total}, more than a third")]
    HeavyOperator {
        /// Who.
        operator: Hash,
        /// The weight of all its members.
        weight: u64,
        /// The total.
        total: u64,
    },
    /// The next set's id is not one above.
    #[error("set {got} cannot follow set {current}")]
    WrongNextId {
        /// Id of the next set.
        got: u32,
        /// Id of the current set.
        current: u32,
    },
    /// More than a third of the weight changes.
    #[error("{added} weight added and {removed} removed: more than a third of {total}")]
    ChangeTooLarge {
        /// Weight that the next set has more.
        added: u64,
        /// Weight that the next set has less.
        removed: u64,
        /// The current total.
        total: u64,
    },
}

/// A set that obeys the rules in the module's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttesterSet {
    id: u32,
    members: Vec<Member>,
    total: u64,
}

impl_struct!(AttesterSet, "AttesterSet", |value| {
    "id" => u32 = value.id,
    "members" => Vec<U256> = value.packed(),
});

impl AttesterSet {
    /// Checks the members, which must be in ascending order.
    ///
    /// # Errors
    /// [`SetError`], in the order of its variants up to `HeavyMember`.
    pub fn new(id: u32, members: Vec<Member>) -> Result<Self, SetError> {
        check_count(members.len())?;
        for (index, member) in members.iter().enumerate() {
            check_member(index, member)?;
        }
        check_order(&members)?;
        let total = check_total(&members)?;
        check_shares(&members, total)?;
        Ok(Self { id, members, total })
    }

    /// Counts the sets from genesis.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Ascending by address.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Sum of the weights, below 2^32.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The weight that a certificate needs: floor(2 · total / 3) + 1.
    pub fn quorum(&self) -> u64 {
        (self.total.saturating_mul(2) / 3).saturating_add(1)
    }

    /// The weight of a member; none for anybody else.
    pub fn weight_of(&self, attester: Address) -> Option<u32> {
        let index = self
            .members
            .binary_search_by_key(&attester, |member| member.attester)
            .ok()?;
        self.members.get(index).map(|member| member.weight)
    }

    /// What headers and vaults know the set by.
    pub fn hash(&self) -> Hash {
        self.struct_hash()
    }

    /// Checks that no operator has more than a third of the weight.
    ///
    /// # Errors
    /// [`SetError::UndeclaredOperator`], [`SetError::HeavyOperator`].
    pub fn check_operators(&self, operators: &BTreeMap<Address, Hash>) -> Result<(), SetError> {
        let mut weights: BTreeMap<Hash, u64> = BTreeMap::new();
        for Member { attester, weight } in &self.members {
            let operator = operators
                .get(attester)
                .ok_or(SetError::UndeclaredOperator { attester: *attester })?;
            let sum = weights.entry(*operator).or_default();
            *sum = sum.saturating_add(u64::from(*weight));
        }
        match weights
            .into_iter()
            .find(|(_, weight)| is_above_third(*weight, self.total))
        {
            None => Ok(()),
            Some((operator, weight)) => Err(SetError::HeavyOperator {
                operator,
                weight,
                total: self.total,
            }),
        }
    }

    /// Checks that `next` may follow this set: its id is one above, and at most a third of the weight changes.
    ///
    /// # Errors
    /// [`SetError::WrongNextId`], [`SetError::ChangeTooLarge`].
    pub fn check_change(&self, next: &Self) -> Result<(), SetError> {
        if self.id.checked_add(1) != Some(next.id) {
            return Err(SetError::WrongNextId {
                got: next.id,
                current: self.id,
            });
        }
        let (added, removed) = (next.weight_above(self), self.weight_above(next));
        if is_above_third(added.max(removed), self.total) {
            return Err(SetError::ChangeTooLarge {
                added,
                removed,
                total: self.total,
            });
        }
        Ok(())
    }

    /// Sum over the members of what each weighs more here than in `other`.
    fn weight_above(&self, other: &Self) -> u64 {
        self.members
            .iter()
            .map(|member| {
                member
                    .weight
                    .saturating_sub(other.weight_of(member.attester).unwrap_or(0))
            })
            .fold(0, |sum, weight| sum.saturating_add(u64::from(weight)))
    }

    fn packed(&self) -> Vec<U256> {
        self.members
            .iter()
            .map(|member| U256::from_be_bytes(member.word()))
            .collect()
    }
}

fn check_count(got: usize) -> Result<(), SetError> {
    if got < MIN_MEMBERS {
        return Err(SetError::TooFewMembers { got });
    }
    if got > MAX_MEMBERS {
        return Err(SetError::TooManyMembers { got });
    }
    Ok(())
}

fn check_member(index: usize, member: &Member) -> Result<(), SetError> {
    if member.attester.is_zero() {
        return Err(SetError::ZeroAddress { index });
    }
    if member.weight == 0 {
        return Err(SetError::ZeroWeight {
            attester: member.attester,
        });
    }
    Ok(())
}

fn check_order(members: &[Member]) -> Result<(), SetError> {
    for (before, after) in members.iter().zip(members.iter().skip(1)) {
        let (previous, attester) = (before.attester, after.attester);
        if attester == previous {
            return Err(SetError::DuplicateMember { attester });
        }
        if attester < previous {
            return Err(SetError::UnsortedMembers { attester, previous });
        }
    }
    Ok(())
}

fn check_total(members: &[Member]) -> Result<u64, SetError> {
    let total = members
        .iter()
        .fold(0_u64, |sum, member| sum.saturating_add(u64::from(member.weight)));
    match u32::try_from(total) {
        Ok(_) => Ok(total),
        Err(_) => Err(SetError::TotalTooLarge { total }),
    }
}

fn check_shares(members: &[Member], total: u64) -> Result<(), SetError> {
    match members
        .iter()
        .find(|member| is_above_third(u64::from(member.weight), total))
    {
        None => Ok(()),
        Some(&Member { attester, weight }) => Err(SetError::HeavyMember {
            attester,
            weight,
            total,
        }),
    }
}

/// Whether 3 · `part` > `total`; both are below 2^38.
fn is_above_third(part: u64, total: u64) -> bool {
    part.saturating_mul(3) > total
}

impl Canonical for AttesterSet {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.id.encode_to(out);
        self.members.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = Canonical::decode_from(input)?;
        let members = Canonical::decode_from(input)?;
        Self::new(id, members).map_err(|_| DecodeError::Invalid { of: "AttesterSet" })
    }
}

#[cfg(test)]
mod tests;
