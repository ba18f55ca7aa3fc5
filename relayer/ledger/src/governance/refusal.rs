//! Why an order of an attester or a quorum has no effect.

use crate::ids::{Address, ChainId, Hash};
use crate::math::Fixed;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::command::Scope;

/// Why an order of an attester or a quorum has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
#[expect(missing_docs, reason = "each field is what the message says of it")]
pub enum GovernanceRefusal {
    /// Not a member of the current set.
    #[error("{attester} is not in set {set}")]
    NotInSet { attester: Address, set: u32 },
    /// Evidence stands against it.
    #[error("evidence stands against {attester}")]
    Accused { attester: Address },
    /// The attester has used the nonce.
    #[error("{attester} has used nonce {nonce}")]
    NonceUsed { attester: Address, nonce: u64 },
    /// The statement was taken before.
    #[error("serial {serial} of kind {kind} was taken before")]
    SerialUsed { kind: u8, serial: u64 },
    /// More live ids than are remembered.
    #[error("{live} ids are live, at most {most} may be")]
    TooManyIds { live: usize, most: usize },
    /// One halt per attester and day.
    #[error("{attester} halted at {last_ms}, again from {next_ms}")]
    HaltTooSoon {
        attester: Address,
        last_ms: u64,
        next_ms: u64,
    },
    /// A stronger halt runs.
    #[error("{scope:?} is halted by more than one attester already")]
    HaltedAlready { scope: Scope },
    /// Nothing to resume.
    #[error("no halt of {scope:?} waits to be resumed")]
    NothingHalted { scope: Scope },
    /// No governed value has this name.
    #[error("unknown parameter {parameter}")]
    UnknownParameter { parameter: Hash },
    /// Nothing of that kind goes by this subject.
    #[error("parameter {parameter} has no subject {subject}")]
    UnknownSubject { parameter: &'static str, subject: Hash },
    /// Proposals' ids rise.
    #[error("proposal {id} is below {next}, the next id")]
    ProposalTaken { id: u64, next: u64 },
    /// No such proposal waits.
    #[error("no proposal {id} waits")]
    UnknownProposal { id: u64 },
    /// A value outside the bounds that no vote can leave.
    #[error("{parameter} {value} is outside {low} to {high}")]
    OutOfBounds {
        parameter: &'static str,
        value: i128,
        low: i128,
        high: i128,
    },
    /// Too much at once.
    #[error("{parameter} may not step from {old} to {value}")]
    StepTooLarge {
        parameter: &'static str,
        old: i128,
        value: i128,
    },
    /// The value is in force already.
    #[error("{parameter} is {value} already")]
    NoChange { parameter: &'static str, value: i128 },
    /// Two values contradict each other.
    #[error("{smaller} would be above {larger}")]
    Contradiction {
        smaller: &'static str,
        larger: &'static str,
    },
    /// The weights would not make a set.
    #[error("weight {weight} of {attester} leaves no sound set: 4 to 64 members, none above a third")]
    UnsoundSet { attester: Address, weight: i128 },
    /// It expires before its delay is over.
    #[error("cannot be enacted before {not_before_ms} and expires at {expiry_ms}")]
    NeverEnacted { not_before_ms: u64, expiry_ms: u64 },
    /// Its delay runs.
    #[error("cannot be enacted before {not_before_ms}, block time is {time_ms}")]
    TooEarly { not_before_ms: u64, time_ms: u64 },
    /// The value that it was to replace has changed.
    #[error("proposed against {old}, the value is {now}")]
    Superseded { old: i128, now: i128 },
    /// A vault is registered there.
    #[error("chain {chain} has a vault")]
    VaultExists { chain: ChainId },
    /// No vault has this address.
    #[error("a vault's address is not zero")]
    ZeroVault,
    /// Trust roots only go forward.
    #[error("checkpoint at {height} of chain {chain} is not above {last}")]
    CheckpointTooLow { chain: ChainId, height: u64, last: u64 },
    /// A trust root that is none any more.
    #[error("checkpoint is no trust root after {not_after} s, block time is {time_ms} ms")]
    CheckpointOver { not_after: u64, time_ms: u64 },
    /// A reorganisation that contradicts the cursor or itself.
    #[error("reorganisation's {field} contradicts the events applied")]
    BadReorganisation { field: &'static str },
    /// A loss laid to an attestation that no evidence has proved false.
    #[error("no evidence proves an attestation of chain {chain} at height {height} false")]
    Unproved { chain: ChainId, height: u64 },
    /// More than the stake.
    #[error("{amount} asked back of a stake of {stake}")]
    TooMuchStake { amount: Fixed, stake: Fixed },
    /// One at a time.
    #[error("{attester} has asked for its stake already")]
    UnstakingAlready { attester: Address },
}
