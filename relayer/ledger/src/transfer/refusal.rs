//! Why an account or a transfer was not created, in the order in which it is asked.

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::account::Unposted;

/// Why an account was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum AccountRefusal {
    /// Another event of its chain was refused.
    #[error("another event of the linked chain failed")]
    LinkedEventFailed,
    /// The batch ends inside a chain.
    #[error("the batch ends inside a linked chain")]
    LinkedEventChainOpen,
    /// Zero names nothing.
    #[error("id must not be zero")]
    IdMustNotBeZero,
    /// The greatest number names nothing.
    #[error("id must not be the greatest number")]
    IdMustNotBeIntMax,
    /// The same account is there already.
    #[error("account {id} exists")]
    Exists {
        /// The account.
        id: u128,
    },
    /// Another account has this id.
    #[error("account {id} exists with a different {field}")]
    ExistsWithDifferent {
        /// The account.
        id: u128,
        /// The first field that differs.
        field: &'static str,
    },
    /// Ledgers are numbered from one.
    #[error("ledger must not be zero")]
    LedgerMustNotBeZero,
    /// Codes are numbered from one.
    #[error("code must not be zero")]
    CodeMustNotBeZero,
}

/// Why a transfer was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum TransferRefusal {
    /// Another event of its chain was refused.
    #[error("another event of the linked chain failed")]
    LinkedEventFailed,
    /// The batch ends inside a chain.
    #[error("the batch ends inside a linked chain")]
    LinkedEventChainOpen,
    /// Zero names nothing.
    #[error("id must not be zero")]
    IdMustNotBeZero,
    /// The greatest number names nothing.
    #[error("id must not be the greatest number")]
    IdMustNotBeIntMax,
    /// The same transfer is there already.
    #[error("transfer {id} exists")]
    Exists {
        /// The transfer.
        id: u128,
    },
    /// Another transfer has this id.
    #[error("transfer {id} exists with a different {field}")]
    ExistsWithDifferent {
        /// The transfer.
        id: u128,
        /// The first field that differs.
        field: &'static str,
    },
    /// A transfer of this id was refused for a reason that could pass; it stays refused.
    #[error("transfer {id} failed before")]
    IdAlreadyFailed {
        /// The transfer.
        id: u128,
    },
    /// Zero names no account.
    #[error("debit account id must not be zero")]
    DebitAccountIdMustNotBeZero,
    /// The greatest number names no account.
    #[error("debit account id must not be the greatest number")]
    DebitAccountIdMustNotBeIntMax,
    /// Zero names no account.
    #[error("credit account id must not be zero")]
    CreditAccountIdMustNotBeZero,
    /// The greatest number names no account.
    #[error("credit account id must not be the greatest number")]
    CreditAccountIdMustNotBeIntMax,
    /// Nothing moves from an account to itself.
    #[error("both accounts are {id}")]
    AccountsMustBeDifferent {
        /// The account.
        id: u128,
    },
    /// Zero names no transfer.
    #[error("pending id must not be zero")]
    PendingIdMustNotBeZero,
    /// The greatest number names no transfer.
    #[error("pending id must not be the greatest number")]
    PendingIdMustNotBeIntMax,
    /// A transfer can not settle itself.
    #[error("transfer {id} names itself as pending")]
    PendingIdMustBeDifferent {
        /// The transfer.
        id: u128,
    },
    /// Ledgers are numbered from one.
    #[error("ledger must not be zero")]
    LedgerMustNotBeZero,
    /// Codes are numbered from one.
    #[error("code must not be zero")]
    CodeMustNotBeZero,
    /// No such account.
    #[error("debit account {id} not found")]
    DebitAccountNotFound {
        /// The account.
        id: u128,
    },
    /// No such account.
    #[error("credit account {id} not found")]
    CreditAccountNotFound {
        /// The account.
        id: u128,
    },
    /// Two accounts of different ledgers count different things.
    #[error("debit account is of ledger {debit}, credit account of ledger {credit}")]
    AccountsMustHaveTheSameLedger {
        /// Ledger of the debited account.
        debit: u32,
        /// Ledger of the credited account.
        credit: u32,
    },
    /// The transfer counts something else than its accounts.
    #[error("transfer is of ledger {got}, its accounts of ledger {accounts}")]
    TransferMustHaveTheSameLedgerAsAccounts {
        /// Ledger of the transfer.
        got: u32,
        /// Ledger of both accounts.
        accounts: u32,
    },
    /// No such transfer.
    #[error("pending transfer {id} not found")]
    PendingTransferNotFound {
        /// The transfer.
        id: u128,
    },
    /// That transfer reserved nothing.
    #[error("transfer {id} is not pending")]
    PendingTransferNotPending {
        /// The transfer.
        id: u128,
    },
    /// What is named beside the pending id contradicts it.
    #[error("pending transfer {id} has a different {field}")]
    PendingTransferHasDifferent {
        /// The pending transfer.
        id: u128,
        /// The first field that differs.
        field: &'static str,
    },
    /// More is to be settled than was reserved.
    #[error("{amount} is above the pending transfer's {reserved}")]
    ExceedsPendingTransferAmount {
        /// Asked.
        amount: u128,
        /// Reserved.
        reserved: u128,
    },
    /// Settled before.
    #[error("pending transfer {id} is posted already")]
    PendingTransferAlreadyPosted {
        /// The pending transfer.
        id: u128,
    },
    /// Given back before.
    #[error("pending transfer {id} is voided already")]
    PendingTransferAlreadyVoided {
        /// The pending transfer.
        id: u128,
    },
    /// Given back by time.
    #[error("pending transfer {id} is expired")]
    PendingTransferExpired {
        /// The pending transfer.
        id: u128,
    },
    /// The time-out ends after the end of time.
    #[error("a time-out of {timeout_s} s from {now_ms} ms is out of range")]
    OverflowsTimeout {
        /// Asked, in seconds.
        timeout_s: u32,
        /// The book's time, in milliseconds.
        now_ms: u64,
    },
    /// The accounts do not take the amount.
    #[error(transparent)]
    Unposted(#[from] Unposted),
}

impl TransferRefusal {
    /// Whether the same transfer could succeed at another time. Its id is burnt, so that it can not.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::DebitAccountNotFound { .. }
                | Self::CreditAccountNotFound { .. }
                | Self::PendingTransferNotFound { .. }
                | Self::Unposted(Unposted::ExceedsCredits { .. } | Unposted::ExceedsDebits { .. })
        )
    }
}
