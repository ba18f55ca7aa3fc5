//! The engine's view of the wire types: what a height, a block's name, a validator and a vote are.
//!
//! ```text
//! engine          here                      wire
//! Address         Attester                  Address (20 bytes)
//! PublicKey       Attester                  a signature is checked by recovering the address, so the address is the key
//! ValidatorSet    Validators                AttesterSet, in its order
//! Value = Id      BlockId                   Hash: the header's struct hash; the block travels beside it (part.rs)
//! Vote            Vote                      Prevote | Precommit; nil is the zero block id
//! Proposal        Proposal                  Proposal; polRound nil is -1
//! ```
//! Proposers take turns by `(height - 1 + round) mod n` in the set's order, whatever their weight: a round that fails is followed by
//! another's turn, and weight decides votes only.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/relayer.md`, Replica.

use std::{fmt, sync::Arc};

use arc_malachitebft_core_types::{
    self as engine, LinearTimeouts, NilOrVal, Round, SignedExtension, VoteType,
};
use bytes::Bytes;
use wire::{
    attesters::AttesterSet,
    types::{Address, Hash},
};

use crate::{part::ProposedBlock, signing::RecoverableSecp256k1};

/// Names this network's types to the engine.
#[derive(Clone, Copy, Debug)]
pub struct Context;

/// A block's height; the first block's is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

impl fmt::Display for Height {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl engine::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }

    fn decrement_by(&self, count: u64) -> Option<Self> {
        self.0.checked_sub(count).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// An attester, by the address that its signatures recover to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attester(pub Address);

impl fmt::Display for Attester {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Attester {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl engine::Address for Attester {}

/// A block's name: the struct hash of its header, never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub Hash);

impl fmt::Display for BlockId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for BlockId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl engine::Value for BlockId {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A member of the attester set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validator {
    attester: Attester,
    weight: u64,
}

impl engine::Validator<Context> for Validator {
    fn address(&self) -> &Attester {
        &self.attester
    }

    fn public_key(&self) -> &Attester {
        &self.attester
    }

    fn voting_power(&self) -> u64 {
        self.weight
    }
}

/// An attester set: never empty, ascending by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    members: Arc<Vec<Validator>>,
    total: u64,
}

impl From<&AttesterSet> for Validators {
    fn from(set: &AttesterSet) -> Self {
        let members = set.members().iter().map(|member| Validator {
            attester: Attester(member.attester),
            weight: u64::from(member.weight),
        });
        Self {
            members: Arc::new(members.collect()),
            total: set.total(),
        }
    }
}

impl Validators {
    /// Whose turn it is to propose.
    pub fn proposer(&self, height: Height, round: u32) -> Attester {
        self.at_turn(height, round).attester
    }

    fn at_turn(&self, height: Height, round: u32) -> &Validator {
        let turn = u128::from(height.0.saturating_sub(1)) + u128::from(round);
        // The set has at least four members, so that the remainder is an index.
        &self.members[(turn % self.members.len() as u128) as usize]
    }
}

impl engine::ValidatorSet<Context> for Validators {
    fn count(&self) -> usize {
        self.members.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.total
    }

    fn get_by_address(&self, attester: &Attester) -> Option<&Validator> {
        let index = self
            .members
            .binary_search_by_key(attester, |validator| validator.attester)
            .ok()?;
        self.members.get(index)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.members.get(index)
    }
}

/// A vote, its voter beside it: the signed statement names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Prevote or precommit.
    pub kind: VoteType,
    /// The block's height.
    pub height: Height,
    /// The round, always defined.
    pub round: Round,
    /// The block, or nil.
    pub block: NilOrVal<BlockId>,
    /// Who votes.
    pub voter: Attester,
}

impl Vote {
    /// The block id that the signed statement holds: zero for nil.
    pub fn block_id(&self) -> Hash {
        match self.block {
            NilOrVal::Nil => Hash::ZERO,
            NilOrVal::Val(id) => id.0,
        }
    }
}

/// A block id as the signed statements hold it: zero is nil.
pub fn nil_or(block_id: Hash) -> NilOrVal<BlockId> {
    match block_id.is_zero() {
        true => NilOrVal::Nil,
        false => NilOrVal::Val(BlockId(block_id)),
    }
}

impl engine::Vote<Context> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.block
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.block
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Attester {
        &self.voter
    }

    fn extension(&self) -> Option<&SignedExtension<Context>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Context>> {
        None
    }

    fn extend(self, _: SignedExtension<Context>) -> Self {
        self
    }
}

/// A proposal, its proposer beside it: the signed statement names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The block's height.
    pub height: Height,
    /// The round, always defined.
    pub round: Round,
    /// The round in which the block gathered a quorum of prevotes before, if any.
    pub pol_round: Round,
    /// The block.
    pub block: BlockId,
    /// Who proposes.
    pub proposer: Attester,
}

impl engine::Proposal<Context> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockId {
        &self.block
    }

    fn take_value(self) -> BlockId {
        self.block
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Attester {
        &self.proposer
    }
}

impl engine::ProposalPart<Context> for ProposedBlock {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

impl engine::Context for Context {
    type Address = Attester;
    type Height = Height;
    type ProposalPart = ProposedBlock;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = Validators;
    type Timeouts = LinearTimeouts;
    type Value = BlockId;
    type Vote = Vote;
    type Extension = Bytes;
    type SigningScheme = RecoverableSecp256k1;

    fn select_proposer<'a>(&self, set: &'a Validators, height: Height, round: Round) -> &'a Validator {
        set.at_turn(height, round.as_u32().unwrap_or(0))
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        block: BlockId,
        pol_round: Round,
        proposer: Attester,
    ) -> Proposal {
        Proposal {
            height,
            round,
            pol_round,
            block,
            proposer,
        }
    }

    fn new_prevote(&self, height: Height, round: Round, block: NilOrVal<BlockId>, voter: Attester) -> Vote {
        Vote {
            kind: VoteType::Prevote,
            height,
            round,
            block,
            voter,
        }
    }

    fn new_precommit(&self, height: Height, round: Round, block: NilOrVal<BlockId>, voter: Attester) -> Vote {
        Vote {
            kind: VoteType::Precommit,
            height,
            round,
            block,
            voter,
        }
    }
}

#[cfg(test)]
mod tests {
    use arc_malachitebft_core_types::{Context as _, Validator as _, ValidatorSet as _};

    use super::*;
    use crate::sample::set_of;

    #[test]
    fn a_failed_round_is_followed_by_another_members_turn_and_all_take_part() {
        let set = Validators::from(&set_of(4).0);
        let at = |height, round| set.proposer(Height(height), round);
        assert_ne!(at(1, 0), at(1, 1));
        assert_eq!(at(1, 1), at(2, 0));
        assert_eq!(at(1, 0), at(5, 0));
        let seen: std::collections::BTreeSet<_> = (1..=4).map(|height| at(height, 0)).collect();
        assert_eq!(seen.len(), 4);
        let last = Context.select_proposer(&set, Height(u64::MAX), Round::new(u32::MAX));
        assert!(set.get_by_address(last.address()).is_some());
    }

    #[test]
    fn members_are_found_by_address_and_strangers_are_not() {
        let (attesters, _) = set_of(7);
        let set = Validators::from(&attesters);
        for member in attesters.members() {
            let found = set.get_by_address(&Attester(member.attester)).unwrap();
            assert_eq!(found.voting_power(), u64::from(member.weight));
        }
        assert!(set.get_by_address(&Attester(Address([0xff; 20]))).is_none());
        assert_eq!(set.total_voting_power(), attesters.total());
    }

    #[test]
    fn nil_is_the_zero_block_id() {
        assert_eq!(nil_or(Hash::ZERO), NilOrVal::Nil);
        let vote = Context.new_precommit(
            Height(1),
            Round::new(0),
            NilOrVal::Nil,
            Attester(Address([1; 20])),
        );
        assert_eq!(vote.block_id(), Hash::ZERO);
        assert_eq!(nil_or(Hash([7; 32])), NilOrVal::Val(BlockId(Hash([7; 32]))));
    }
}
