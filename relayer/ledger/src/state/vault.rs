//! What a chain's vault holds, which of its events were applied, and what is on its way out.
//!
//! ```text
//!   Requested ─► Queued(governor) ─► InOutbox ─┬───────────────┬─► Released
//!       └── CancelWithdraw: refunded           └─► Failed ─────┴─► Void: the claim returns once the release is proved impossible
//! ```
//! A release that failed leaves its bit clear in the vault, so that anybody may try it again there against an outbox root the vault still
//! accepts, until `validUntil`. Its entry leaves the outbox, but the claim returns only on the proof that voids any other entry: returned
//! at once, it could be paid twice.
//! `posted` follows the vault's own counter by its events; `pending` is what entries not yet ended may still take out; `bearer` is the supply
//! of bridged tokens on other chains that stand for the asset. Spec: `spec/ledger.md`, State and Withdrawals.

use crate::ids::{Account, Address, AssetId, ChainId, Hash, Underlying};
use crate::math::Fixed;
use crate::parameters::ChainRisk;
use crate::transfer::{self, Limit};
use wire::{U256, attestation::Attestation};

/// The vault's side of an asset's books, double entry; units of 1e-18.
///
/// | what happens | debit | credit |
/// |---|---|---|
/// | deposit | holdings | owed |
/// | release home: reserved, then posted or void | owed | holdings |
/// | release elsewhere, as a bridged token | owed | bearer |
/// | bridged token burned | bearer | owed |
///
/// No account can be overdrawn: what is owed is `posted - pending - bearer` and never below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vault {
    /// What the vault holds.
    pub holdings: transfer::Account,
    /// What the ledger owes against it.
    pub owed: transfer::Account,
    /// Bridged tokens on other chains.
    pub bearer: transfer::Account,
}

impl Default for Vault {
    fn default() -> Self {
        let limited = |limit| transfer::Account {
            limit,
            ..transfer::Account::default()
        };
        Self {
            holdings: limited(Limit::CreditsMustNotExceedDebits),
            owed: limited(Limit::DebitsMustNotExceedCredits),
            bearer: limited(Limit::DebitsMustNotExceedCredits),
        }
    }
}

impl Vault {
    /// Proved holdings: the vault's own counter.
    pub fn posted(&self) -> Fixed {
        units(
            self.holdings
                .debits_posted
                .saturating_sub(self.holdings.credits_posted),
        )
    }

    /// Reserved by entries that have not ended.
    pub fn pending(&self) -> Fixed {
        units(self.owed.debits_pending)
    }

    /// Supply of bridged tokens that stand for the asset.
    pub fn bearer(&self) -> Fixed {
        units(
            self.bearer
                .credits_posted
                .saturating_sub(self.bearer.debits_posted),
        )
    }

    /// `posted - pending - bearer`: what the books may owe, and the most that a further entry may take out.
    pub fn owed(&self) -> Fixed {
        let debits = self.owed.debits_posted.saturating_add(self.owed.debits_pending);
        units(self.owed.credits_posted.saturating_sub(debits))
    }
}

/// Amounts come from [`Fixed`], so that they fit; the sums are bounded by what was deposited.
fn units(raw: u128) -> Fixed {
    Fixed::from_raw(i128::try_from(raw).unwrap_or(i128::MAX))
}

/// How a chain's entries end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Custody {
    /// A vault contract: an entry expires at its `validUntil`.
    #[default]
    Contract,
    /// A native multisig: an entry never expires and ends by a certified spend.
    Multisig,
}

/// One chain: its registered vault and how far its events are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Contract or native multisig.
    pub custody: Custody,
    /// Governed values.
    pub risk: ChainRisk,
    /// Where the price of its native coin comes from, in which releases on it are paid for; constant since genesis.
    pub native: Underlying,
    /// The registered vault's address, left-padded; none until `RegisterVault`.
    pub vault: Option<Hash>,
    /// EIP-155 id as registered, 0 where the chain is not an EVM: submitters sign for it and nodes compare it with what their endpoints say;
    /// no rule of the ledger reads it.
    pub evm_chain_id: u64,
    /// The hash of the registered vault's code.
    pub code_hash: Hash,
    /// Events apply strictly from here.
    pub cursor: Cursor,
    /// The newest attester set the vault announced by `Rotated`.
    pub rotated_set: u32,
    /// An exit was declared: the chain's claims are frozen.
    pub exited: bool,
}

impl Chain {
    /// A chain of genesis: no vault, no event.
    pub fn new(custody: Custody, risk: ChainRisk, native: Underlying) -> Self {
        Self {
            custody,
            risk,
            native,
            vault: None,
            evm_chain_id: 0,
            code_hash: Hash::ZERO,
            cursor: Cursor::default(),
            rotated_set: 0,
            exited: false,
        }
    }
}

/// Where the chain of attestations and events of a vault stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Height of the attestation applied last.
    pub height: u64,
    /// Its timestamp, in seconds.
    pub timestamp: u64,
    /// Number of the vault's next event.
    pub next_seq: u64,
    /// Events of the attestation at `height` that are still to come; the next attestation waits for them.
    pub remaining: u32,
    /// That attestation, which the events still to come are proved against.
    pub attestation: Option<Attestation>,
}

/// How far a withdrawal entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Waits for the governor.
    Queued {
        /// Block time since it waits.
        since_ms: u64,
        /// Not before this block time (large transfers).
        not_before_ms: u64,
    },
    /// In every outbox root from `height` on.
    InOutbox {
        /// The block that put it there.
        height: u64,
        /// Unix seconds after which the vault refuses it; none for a native multisig.
        valid_until: Option<u64>,
    },
    /// Its release failed; in no later outbox root, but payable by an earlier one until it lapses.
    Failed {
        /// Unix seconds after which the vault refuses it.
        valid_until: u64,
    },
}

/// One entry of a withdrawal that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The sub it was taken from and returns to.
    pub sub: Account,
    /// The nonce of its request.
    pub nonce: u64,
    /// What is withdrawn.
    pub asset: AssetId,
    /// Where it is paid: the home chain releases, another mints a bridged token.
    pub destination: ChainId,
    /// Recipient on the destination, left-padded.
    pub recipient: Hash,
    /// Paid to the recipient, at 1e18, a whole number of the chain's units.
    pub amount: Fixed,
    /// Held for the submitter whom `Released` names.
    pub fee: Fixed,
    /// Stage.
    pub stage: Stage,
}

/// A deposit that could not be credited, and why is in its receipt; kept under its chain and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The sub that it named, and that may claim it.
    pub account: Account,
    /// The asset.
    pub asset: AssetId,
    /// How much, in the chain's unit.
    pub units: U256,
    /// Whether the books know of it; not while the asset is unknown or the amount does not fit.
    pub booked: bool,
}

/// The submitter of a release, where its fee is credited: the owner's sub 0.
pub const fn fee_sub(submitter: Address) -> Account {
    Account {
        owner: submitter,
        sub: 0,
    }
}
