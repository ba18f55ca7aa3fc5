//! What a command did: its effect in numbers, and the touched subs as they are now.
//!
//! Spec: `spec/ledger.md`, Commands.

use crate::ids::{Account, Address, AssetId, ChainId, EntryId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Shared, Sub};
use alloc::{boxed::Box, vec::Vec};

/// A command's receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What happened.
    pub effect: Effect,
    /// Subs that it touched, ascending, as they are after it.
    pub subs: Vec<(Account, Shared<Sub>)>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A deposit was credited.
    Credited {
        /// To which sub.
        account: Account,
        /// Asset.
        asset: AssetId,
        /// Amount.
        amount: Fixed,
    },
    /// A deposit waits in suspense.
    Suspended {
        /// Its chain.
        chain: ChainId,
        /// Its number.
        seq: u64,
        /// Why it was not credited.
        reason: Box<Refusal>,
    },
    /// An entry was paid; its fee went to the submitter.
    Released {
        /// Entry.
        entry: EntryId,
        /// Who is credited with the fee.
        submitter: Address,
        /// Fee.
        fee: Fixed,
    },
    /// A release failed on its chain; the claim returns once it is proved impossible.
    ReleaseFailed {
        /// Entry.
        entry: EntryId,
    },
    /// Attestations made progress; entries proved impossible are void.
    Attested {
        /// Chain.
        chain: ChainId,
        /// Height.
        height: u64,
        /// Void entries, whose claims returned.
        void: Vec<EntryId>,
    },
    /// A withdrawal was taken up as these entries.
    Withdrawing {
        /// Entries, ascending.
        entries: Vec<EntryId>,
        /// Sum of the release fees.
        fee: Fixed,
    },
    /// A withdrawal's queued entries were taken back.
    WithdrawalCancelled {
        /// Amount and fees returned.
        amount: Fixed,
    },
    /// Two intents met.
    Filled {
        /// Price.
        price: Fixed,
        /// Quantity.
        quantity: Fixed,
        /// Fees of buyer and seller.
        fees: [Fixed; 2],
    },
    /// A bid took a fraction of a sub.
    Liquidated {
        /// The sub under auction.
        target: Account,
        /// Of every position, balance and loan.
        fraction: Fixed,
        /// In which it was paid.
        cash: AssetId,
        /// What the bidder paid, negative where it was paid.
        price: Fixed,
    },
    /// A report was taken.
    Reported {
        /// By whom.
        attester: Address,
    },
    /// A forced command's turn came; this is what it came to.
    Forced(Box<Result<Receipt, Refusal>>),
    /// A batch, step by step.
    Batch(Vec<Effect>),
    /// Done; the post-state says it all.
    Done,
}
