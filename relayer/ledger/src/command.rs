//! Commands as the state machine takes them: authenticated, without their signatures.
//!
//! [`crate::authenticate`] makes them from a block's signed ones; replay of an authenticated log and benches start here.
//! Spec: `spec/ledger.md`, Commands.

use crate::ids::{Address, ChainHeight, ChainId};
use crate::refusal::Refusal;
use alloc::{boxed::Box, vec::Vec};
use wire::{
    attestation::Attestation,
    command::{
        Batch, Checkpoint, CustodyLoss, Enact, Flag, Halt, HaltByOne, HealthReport, Intent, PriceReport,
        Propose, RegisterVault, ReorgStatement, Resume, Step, Unstake,
    },
    event::VaultEvent,
};

/// A command whose authority was checked.
#[expect(
    clippy::large_enum_variant,
    reason = "most of a block are fills: boxed, each would cost an allocation"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One command of a sub's owner.
    Owner(Step),
    /// Several, all or none.
    Batch(Batch),
    /// Two intents that meet.
    Fill(Match),
    /// A sub for the liquidation scan.
    Flag(Flag),
    /// One attester's.
    Attester(AttesterOrder),
    /// A quorum's.
    Quorum(QuorumOrder),
}

/// Two intents that meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Makes the price.
    pub post: Intent,
    /// Meets it.
    pub take: Intent,
    /// How much, at 1e18.
    pub quantity: i128,
}

/// What one attester may order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttesterOrder {
    /// See [`Unstake`].
    Unstake(Unstake),
    /// See [`Enact`].
    Enact(Enact),
    /// See [`HaltByOne`].
    Halt(HaltByOne),
}

/// What a quorum may order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumOrder {
    /// See [`RegisterVault`].
    RegisterVault(RegisterVault),
    /// See [`Propose`].
    Propose(Propose),
    /// See [`Halt`].
    Halt(Halt),
    /// See [`Resume`].
    Resume(Resume),
    /// See [`Checkpoint`].
    Checkpoint(Checkpoint),
    /// See [`CustodyLoss`].
    CustodyLoss(CustodyLoss),
    /// See [`ReorgStatement`].
    Reorg(ReorgStatement),
}

/// An attester's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Prices.
    Price(PriceReport),
    /// Health of the chains.
    Health(HealthReport),
}

/// A certified fact about a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A quorum attests a block.
    Attestation(Attestation),
    /// An event of the chain's vault, proved in the newest attestation.
    Event(ChainId, VaultEvent),
    /// A command that its user gave to the vault; it runs after Tick.
    Forced {
        /// The vault's chain.
        chain: ChainId,
        /// Number of the event.
        seq: u64,
        /// What the bytes came to.
        command: Result<Box<Command>, Refusal>,
    },
}

/// Somebody against whom evidence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offender {
    /// Whose key signed what no honest signer signs.
    pub attester: Address,
    /// Of which chain and height it attested falsely; none: the evidence is of blocks.
    pub falsified: Option<ChainHeight>,
}

/// One block, authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Height; one above the state's.
    pub height: u64,
    /// Time; above the state's.
    pub time_ms: u64,
    /// Certified facts, per chain in order.
    pub facts: Vec<Fact>,
    /// Attesters against whom evidence stands in the block.
    pub offenders: Vec<Offender>,
    /// Reports.
    pub reports: Vec<Report>,
    /// Commands in block order.
    pub commands: Vec<Command>,
}
