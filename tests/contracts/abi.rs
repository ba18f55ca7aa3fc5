//! The vault's interface as its artifact declares it, and `wire`'s values in its types.
//!
//! Everything is taken over field by field and encoded by `alloy-sol-types`, so that nothing of `wire`'s own encoding reaches the
//! contract: where both hash alike, two implementations did.

use alloy_sol_types::sol;
use revm::primitives::{Address, B256, Bytes, U256};
use wire::{
    attestation::Attestation,
    attesters::{AttesterSet, Member},
    consensus::{Header, Precommit, Proposal},
    evidence,
    outbox::{Govern, Progress, Release},
    signature::{Signature, Signed},
    types::{self, Account, Hash},
};

sol!(
    #[derive(Debug, PartialEq)]
    Vault,
    "../contracts/artifacts/Vault.json"
);
sol! {
    /// What the vault's judge finds wrong with evidence; the vault passes it on.
    #[derive(Debug, PartialEq)]
    interface Judge {
        error UnknownChain(uint32 chain);
        error NoConflict();
        error DifferentSigners(address first, address second);
        error HeaderMismatch(bytes32 got, bytes32 expected);
        error HeightMismatch(uint64 got, uint64 expected);
    }
}
sol!(BridgedToken, "../contracts/artifacts/BridgedToken.json");

/// 32 bytes.
pub(crate) fn word(hash: Hash) -> B256 {
    hash.0.into()
}

/// 20 bytes.
pub(crate) fn address(address: types::Address) -> Address {
    address.0.into()
}

/// As the contract calls it.
pub(crate) fn account(Account { owner, sub }: Account) -> Vault::Account {
    Vault::Account {
        owner: address(owner),
        sub,
    }
}

/// That a leaf stands at an index, as the contract takes it.
pub(crate) fn proof(index: u32, lemmas: &[Hash]) -> Vault::Proof {
    Vault::Proof {
        index,
        lemmas: lemmas.iter().copied().map(word).collect(),
    }
}

/// An address as a vault's identifier of a token, a recipient or itself.
pub(crate) fn padded(address: Address) -> Hash {
    Hash(address.into_word().0)
}

/// As the set's hash holds it.
pub(crate) fn member(member: &Member) -> U256 {
    U256::from_be_slice(&member.attester.0) << 32 | U256::from(member.weight)
}

/// r ‖ s ‖ v of each in a row.
pub(crate) fn signatures(signatures: &[Signature]) -> Bytes {
    signatures.iter().flat_map(|signature| signature.0).collect()
}

impl From<&AttesterSet> for Vault::AttesterSet {
    fn from(set: &AttesterSet) -> Self {
        Self {
            id: set.id(),
            members: set.members().iter().map(member).collect(),
        }
    }
}

impl From<&Header> for Vault::Header {
    fn from(header: &Header) -> Self {
        Self {
            height: header.height,
            parent: word(header.parent),
            timeMs: header.time_ms,
            setId: header.set_id,
            commandCount: header.command_count,
            commandsRoot: word(header.commands_root),
            stateRoot: word(header.state_root),
            outboxCount: header.outbox_count,
            outboxRoot: word(header.outbox_root),
            nextSet: word(header.next_set),
        }
    }
}

impl From<&Precommit> for Vault::Precommit {
    fn from(vote: &Precommit) -> Self {
        Self {
            height: vote.height,
            round: vote.round,
            blockId: word(vote.block_id),
        }
    }
}

impl From<&Proposal> for Vault::Proposal {
    fn from(proposal: &Proposal) -> Self {
        Self {
            height: proposal.height,
            round: proposal.round,
            polRound: proposal.pol_round,
            blockId: word(proposal.block_id),
        }
    }
}

impl From<&Attestation> for Vault::Attestation {
    fn from(attestation: &Attestation) -> Self {
        Self {
            chain: attestation.chain.0,
            height: attestation.height,
            blockHash: word(attestation.block_hash),
            timestamp: attestation.timestamp,
            previous: attestation.previous,
            firstSeq: attestation.first_seq,
            eventCount: attestation.event_count,
            eventsRoot: word(attestation.events_root),
        }
    }
}

impl From<&Release> for Vault::Release {
    fn from(entry: &Release) -> Self {
        Self {
            id: entry.id,
            chain: entry.chain.0,
            vault: word(entry.vault),
            asset: word(entry.asset),
            recipient: word(entry.recipient),
            amount: entry.amount,
            validUntil: entry.valid_until,
        }
    }
}

impl From<&Govern> for Vault::Govern {
    fn from(entry: &Govern) -> Self {
        Self {
            id: entry.id,
            chain: entry.chain.0,
            vault: word(entry.vault),
            key: word(entry.key),
            value: entry.value,
        }
    }
}

impl From<&Progress> for Vault::Progress {
    fn from(entry: &Progress) -> Self {
        Self {
            chain: entry.chain.0,
            processedSeq: entry.processed_seq,
        }
    }
}

fn signature<T>(signed: &Signed<T>) -> Bytes {
    signatures(&[signed.signature])
}

impl From<&evidence::ConflictingAttestations> for Vault::ConflictingAttestations {
    fn from(pair: &evidence::ConflictingAttestations) -> Self {
        Self {
            first: (&pair.first.statement).into(),
            firstSignature: signature(&pair.first),
            second: (&pair.second.statement).into(),
            secondSignature: signature(&pair.second),
        }
    }
}

impl From<&evidence::ConflictingProposals> for Vault::ConflictingProposals {
    fn from(pair: &evidence::ConflictingProposals) -> Self {
        Self {
            first: (&pair.first.statement).into(),
            firstSignature: signature(&pair.first),
            second: (&pair.second.statement).into(),
            secondSignature: signature(&pair.second),
        }
    }
}

impl From<&evidence::DoublePrecommit> for Vault::DoublePrecommit {
    fn from(pair: &evidence::DoublePrecommit) -> Self {
        Self {
            first: (&pair.first.statement).into(),
            firstSignature: signature(&pair.first),
            second: (&pair.second.statement).into(),
            secondSignature: signature(&pair.second),
        }
    }
}

impl From<&evidence::ForkingPrecommits> for Vault::ForkingPrecommits {
    fn from(pair: &evidence::ForkingPrecommits) -> Self {
        Self {
            first: (&pair.first.statement).into(),
            firstSignature: signature(&pair.first),
            firstHeader: (&pair.first_header).into(),
            second: (&pair.second.statement).into(),
            secondSignature: signature(&pair.second),
            secondHeader: (&pair.second_header).into(),
        }
    }
}
