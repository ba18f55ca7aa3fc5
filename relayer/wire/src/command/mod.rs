//! Commands: what a block asks the ledger to do.
//!
//! | signed by | commands |
//! |---|---|
//! | the sub's owner | [`owner`], [`intent`], [`batch`] |
//! | nobody: anyone submits | [`Fill`] (its two intents are signed), [`Flag`] |
//! | one attester | [`attester`], [`report`] |
//! | a quorum | [`quorum`] |
//!
//! Money is `i128` at 1e18. Certified vault events, evidence and reports stand in sections of their own in a block
//! ([`crate::block::Body`]), because they apply before the other commands.
//!
//! Specification: `spec/ledger.md`, Commands.

pub mod attester;
pub mod batch;
pub mod intent;
pub mod owner;
pub mod quorum;
pub mod report;

pub use self::{
    attester::{AttesterCommand, Enact, HaltByOne, Unstake, VaultPause},
    batch::{Batch, BatchError, Step},
    intent::{Fill, Intent, IntentKind},
    owner::{
        CancelIntents, CancelScope, CancelWithdraw, ClaimSuspense, Flag, LiquidationBid, MarginModel,
        OwnerCommand, RequestWithdraw, SetModel, TransferSub,
    },
    quorum::{
        Checkpoint, CustodyLoss, Halt, HaltReason, Propose, RegisterVault, ReorgStatement, Resume, Reversal,
        Scope,
    },
    report::{AssetPrice, ChainHealth, ExpiryPrice, HealthReport, PriceReport, Quote, Report, Svi},
};
pub(crate) use owner::owner_commands;

use crate::{
    certificate::Certified,
    encoding::{Listed, choice},
    signature::Signed,
};

choice! {
    /// A command with what authorises it.
    #[expect(clippy::large_enum_variant, reason = "fills are the bulk of a full block")]
    pub enum Command {
        /// See [`ClaimSuspense`].
        0 => ClaimSuspense(Signed<ClaimSuspense>),
        /// See [`RequestWithdraw`].
        1 => RequestWithdraw(Signed<RequestWithdraw>),
        /// See [`CancelWithdraw`].
        2 => CancelWithdraw(Signed<CancelWithdraw>),
        /// See [`CancelIntents`].
        3 => CancelIntents(Signed<CancelIntents>),
        /// See [`TransferSub`].
        4 => TransferSub(Signed<TransferSub>),
        /// See [`SetModel`].
        5 => SetModel(Signed<SetModel>),
        /// See [`LiquidationBid`].
        6 => LiquidationBid(Signed<LiquidationBid>),
        /// See [`Batch`].
        7 => Batch(Signed<Batch>),
        /// See [`Fill`].
        16 => Fill(Fill),
        /// See [`Flag`].
        17 => Flag(Flag),
        /// See [`Unstake`].
        32 => Unstake(Signed<Unstake>),
        /// See [`Enact`].
        33 => Enact(Signed<Enact>),
        /// See [`HaltByOne`].
        34 => HaltByOne(Signed<HaltByOne>),
        /// See [`RegisterVault`].
        48 => RegisterVault(Certified<RegisterVault>),
        /// See [`Propose`].
        49 => Propose(Certified<Propose>),
        /// See [`Halt`].
        50 => Halt(Certified<Halt>),
        /// See [`Resume`].
        51 => Resume(Certified<Resume>),
        /// See [`Checkpoint`].
        52 => Checkpoint(Certified<Checkpoint>),
        /// See [`CustodyLoss`].
        53 => CustodyLoss(Certified<CustodyLoss>),
        /// See [`ReorgStatement`].
        54 => Reorg(Certified<ReorgStatement>),
    }
}

impl Listed for Command {
    /// Commands of one block.
    const LIMIT: u32 = 10_000;
}
