//! Why a command was not applied: one typed reason with its numbers.
//!
//! Two families: *malformed* (the command says nothing that could be applied, or nobody signed it) burns nothing; *business* (it could have
//! been applied in another state) burns the nonce. [`Refusal::burns`] tells them apart. Spec: `spec/ledger.md`, Commands.

use crate::authenticate::Inauthentic;
use crate::governance::GovernanceRefusal;
use crate::ids::{Account, Address, AssetId, ChainId, EntryId, Instrument, Underlying};
use crate::margin::MarginError;
use crate::math::{ArithmeticError, Fixed};
use crate::posting::Place;
use crate::prices::{Action, Condition};
use crate::pricing::PricingError;
use crate::risk::BidRefusal;
use crate::state::Ending;
use crate::transfer::Unposted;
use alloc::boxed::Box;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::{
    U256,
    command::{BatchError, HaltReason, Scope},
    encoding::DecodeError,
};

/// Why a command was not applied.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
#[expect(missing_docs, reason = "each field is what the message says of it")]
pub enum Refusal {
    /// Its time is over.
    #[error("expired at {expiry_ms}, block time is {time_ms}")]
    Expired { expiry_ms: u64, time_ms: u64 },
    /// It would live too long for the table of nonces.
    #[error("expiry {expiry_ms} is more than {most_ms} ms after block time {time_ms}")]
    ExpiryTooFar {
        expiry_ms: u64,
        time_ms: u64,
        most_ms: u64,
    },
    /// The same command was seen.
    #[error("nonce {nonce} exists and was {ending:?}")]
    Exists { nonce: u64, ending: Ending },
    /// Another command has the id.
    #[error("nonce {nonce} exists with different {field}")]
    ExistsWithDifferent { nonce: u64, field: &'static str },
    /// Too many live nonces.
    #[error("{live} nonces are live, at most {most} may be")]
    TooManyNonces { live: u32, most: u32 },
    /// A forced command is no command.
    #[error(transparent)]
    Unreadable(#[from] DecodeError),
    /// A forced command that nobody with a right to it signed.
    #[error("{reason}")]
    Unauthorised { reason: Box<Inauthentic> },
    /// Not an attester of the current set.
    #[error("{signer} is no attester of the current set")]
    NotAnAttester { signer: Address },
    /// No such asset.
    #[error("unknown asset {asset:?}")]
    UnknownAsset { asset: AssetId },
    /// No such chain, or no vault registered there.
    #[error("unknown chain {chain}")]
    UnknownChain { chain: ChainId },
    /// No such instrument.
    #[error("unknown instrument {instrument:?}")]
    UnknownInstrument { instrument: Instrument },
    /// No such feed.
    #[error("unknown feed {feed}")]
    UnknownFeed { feed: Underlying },
    /// No such sub.
    #[error("unknown sub {account:?}")]
    UnknownSub { account: Account },
    /// No such entry, or it ended.
    #[error("unknown withdrawal {entry:?}")]
    UnknownWithdrawal { entry: EntryId },
    /// Money flows one way.
    #[error("amount {amount} is negative")]
    NegativeAmount { amount: Fixed },
    /// Nothing to do.
    #[error("amount is zero")]
    ZeroAmount,
    /// Nothing to do.
    #[error("quantity is zero")]
    ZeroQuantity,
    /// A value beyond what the arithmetic is proved for.
    #[error("{what} {got} is above {most}")]
    TooLarge {
        what: &'static str,
        got: Fixed,
        most: Fixed,
    },
    /// An amount of a chain that the ledger cannot hold.
    #[error("{units} units do not fit")]
    TooManyUnits { units: U256 },
    /// Two names for one thing.
    #[error("source and target are both {account:?}")]
    SameSub { account: Account },
    /// Not enough there.
    #[error("{required} of {asset:?} required, {available} available")]
    InsufficientClaim {
        asset: AssetId,
        required: Fixed,
        available: Fixed,
    },
    /// A place of the books holds less.
    #[error("{place:?} lacks {required}: it holds {available}")]
    Overdrawn {
        place: Place,
        required: Fixed,
        available: Fixed,
    },
    /// The vault's double entry refuses.
    #[error(transparent)]
    Vault(#[from] Unposted),
    /// A custody loss took everything: no amount buys a share.
    #[error("the asset's shares are worth nothing")]
    WorthlessShares,
    /// Margin.
    #[error("initial margin {required} required, {available} available")]
    InitialMargin { required: Fixed, available: Fixed },
    /// The sub is below initial margin and the command raises its risk.
    #[error("risk grows from {required_before} over {value_before} to {required} over {value}")]
    RiskGrows {
        required_before: Fixed,
        value_before: Fixed,
        required: Fixed,
        value: Fixed,
    },
    /// Only closing is allowed.
    #[error("{account:?} may only reduce")]
    ReduceOnly { account: Account },
    /// An auction over the sub runs.
    #[error("{account:?} is in liquidation")]
    NotOpen { account: Account },
    /// The price table forbids it.
    #[error("{action:?} is not allowed while the price of {feed} is {condition:?}")]
    Price {
        action: Action,
        feed: Underlying,
        condition: Condition,
    },
    /// No price was ever accepted.
    #[error("feed {feed} has no price")]
    NoPrice { feed: Underlying },
    /// A halt covers it.
    #[error("halted: {scope:?}, {reason:?}")]
    Halted { scope: Scope, reason: HaltReason },
    /// The chain's exit was declared.
    #[error("chain {chain} is in exit")]
    Exited { chain: ChainId },
    /// Both intents on one side.
    #[error("both intents are on one side")]
    SameSide,
    /// Both intents by one sub.
    #[error("{account:?} is on both sides")]
    SelfTrade { account: Account },
    /// The two intents do not meet.
    #[error("post at {post} and take at {take} do not cross")]
    NotCrossing { post: Fixed, take: Fixed },
    /// The two intents are for different things.
    #[error("intents differ in {field}")]
    IntentsDiffer { field: &'static str },
    /// A post where a take belongs, or the reverse.
    #[error("the {place} intent has the other role")]
    WrongRole { place: &'static str },
    /// The intent names another counterparty.
    #[error("counterparty {got} is not {wanted}")]
    WrongCounterparty { wanted: Address, got: Address },
    /// More than the intent has left.
    #[error("{quantity} asked of an intent with {left} left")]
    Overfilled { quantity: Fixed, left: Fixed },
    /// Cancelled.
    #[error("intent {nonce} of {account:?} is cancelled")]
    IntentCancelled { account: Account, nonce: u64 },
    /// Too far from mark.
    #[error("price {price} is outside {low} to {high}")]
    OutsideBand { price: Fixed, low: Fixed, high: Fixed },
    /// The venue asks too much.
    #[error("fee {fee} is above {most}")]
    FeeTooHigh { fee: Fixed, most: Fixed },
    /// It has expired.
    #[error("instrument {instrument:?} has settled")]
    Settled { instrument: Instrument },
    /// One position more than a sub may have.
    #[error("at most {most} positions")]
    TooManyPositions { most: usize },
    /// One asset more than a sub may have.
    #[error("at most {most} assets")]
    TooManyAssets { most: usize },
    /// Too small to pay out.
    #[error("{amount} is below the minimum {minimum}")]
    BelowMinimum { amount: Fixed, minimum: Fixed },
    /// A withdrawal that would need too many entries.
    #[error("more than {most} entries")]
    TooManyEntries { most: usize },
    /// Too late to cancel.
    #[error("entry {entry:?} is in the outbox")]
    NotCancellable { entry: EntryId },
    /// No withdrawal under that nonce.
    #[error("no withdrawal under nonce {nonce}")]
    UnknownRequest { nonce: u64 },
    /// Nothing there to claim.
    #[error("no deposit {seq} of chain {chain} is in suspense for {account:?}")]
    NothingInSuspense {
        account: Account,
        chain: ChainId,
        seq: u64,
    },
    /// An empty batch, or one with steps of another owner.
    #[error(transparent)]
    BadBatch(#[from] BatchError),
    /// Two steps of a batch under one id.
    #[error("{steps} steps under {ids} ids")]
    RepeatedId { steps: usize, ids: usize },
    /// What attesters and the quorum order.
    #[error(transparent)]
    Governance(#[from] GovernanceRefusal),
    /// A liquidation bid.
    #[error(transparent)]
    Bid(#[from] BidRefusal),
    /// More subs than wait for the liquidation scan.
    #[error("{most} subs are flagged")]
    TooManyFlagged { most: usize },
    /// Nothing to liquidate.
    #[error("value {value} is not below maintenance {maintenance}")]
    Healthy { value: Fixed, maintenance: Fixed },
    /// A fill that would leave dust.
    #[error("{account:?} would hold {quantity}, neither nothing nor {least}")]
    Dust {
        account: Account,
        quantity: Fixed,
        least: Fixed,
    },
    /// One live instrument more than a family may have.
    #[error("at most {most} live instruments")]
    TooManyInstruments { most: u32 },
    /// An event that was applied, or one before its turn.
    #[error("event {seq} of chain {chain}, expected {expected}")]
    EventOutOfOrder { chain: ChainId, seq: u64, expected: u64 },
    /// An attestation that does not follow the one applied last.
    #[error("attestation of chain {chain} follows height {previous}, expected {expected}")]
    AttestationOutOfOrder {
        chain: ChainId,
        previous: u64,
        expected: u64,
    },
    /// Times of an attester rise strictly.
    #[error("report of {time_ms} is not after {last_ms}")]
    StaleReport { time_ms: u64, last_ms: u64 },
    /// A report from the future.
    #[error("report of {time_ms} is after block time {block_ms}")]
    FutureReport { time_ms: u64, block_ms: u64 },
    /// A report without meaning.
    #[error("report's {field} is out of range")]
    BadReport { field: &'static str },
    /// A limit of the security layers.
    #[error("{limit} leaves {available}, {required} required")]
    Limit {
        limit: &'static str,
        required: Fixed,
        available: Fixed,
    },
    /// The margin cannot be calculated.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// An option has no price.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// Arithmetic left its range.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
}

impl Refusal {
    /// Whether the refused command's nonce is used up: not where the command could never have been applied, or was not new.
    pub const fn burns(&self) -> bool {
        !matches!(
            self,
            Self::NegativeAmount { .. }
                | Self::ZeroAmount
                | Self::ZeroQuantity
                | Self::TooLarge { .. }
                | Self::SameSub { .. }
                | Self::BadBatch(_)
                | Self::RepeatedId { .. }
                | Self::Expired { .. }
                | Self::ExpiryTooFar { .. }
                | Self::Exists { .. }
                | Self::ExistsWithDifferent { .. }
                | Self::TooManyNonces { .. }
        )
    }
}
