//! What is submitted to a book: accounts and transfers to be created, and how two of one id are compared.

use core::mem::discriminant;

use super::{account::Limit, refusal::TransferRefusal};

/// What the book's user keeps beside an account or a transfer; opaque here. Zeros in a post or void take the pending one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserData {
    /// For instance the id of what caused the transfer.
    pub user_data_128: u128,
    /// For instance a time.
    pub user_data_64: u64,
    /// For instance a place.
    pub user_data_32: u32,
}

/// An account to be created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// Not zero and not the greatest number.
    pub id: u128,
    /// Opaque.
    pub user_data: UserData,
    /// What the account counts; not zero. Transfers stay within one ledger.
    pub ledger: u32,
    /// Why the account exists; not zero.
    pub code: u16,
    /// What may not outgrow what.
    pub limit: Limit,
    /// Whether the next event of the batch stands and falls with this one.
    pub linked: bool,
}

/// What a transfer does with its amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Posts at once.
    Single,
    /// Reserves until posted, voided, or `timeout_s` seconds have passed (0: no time-out).
    Pending {
        /// Seconds.
        timeout_s: u32,
    },
    /// Settles a pending transfer: `amount` up to the reserved one, the greatest number for all of it.
    Post {
        /// The pending transfer.
        pending_id: u128,
    },
    /// Gives a pending transfer back: `amount` is the reserved one, or zero.
    Void {
        /// The pending transfer.
        pending_id: u128,
    },
}

/// A transfer to be created. In a post or void, zero for accounts, ledger and code means "as the pending transfer".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Not zero and not the greatest number.
    pub id: u128,
    /// The account whose debits grow.
    pub debit_account_id: u128,
    /// The account whose credits grow.
    pub credit_account_id: u128,
    /// In units of the ledger.
    pub amount: u128,
    /// Opaque.
    pub user_data: UserData,
    /// What the accounts count.
    pub ledger: u32,
    /// Why the money moves; not zero.
    pub code: u16,
    /// What is done with the amount.
    pub phase: Phase,
    /// Whether the next event of the batch stands and falls with this one.
    pub linked: bool,
}

impl NewAccount {
    /// The first field in which `got` differs from this account.
    pub(super) fn first_difference(&self, got: &Self) -> Option<&'static str> {
        let differs = [
            ("flags", (self.limit, self.linked) != (got.limit, got.linked)),
            (
                "user_data_128",
                self.user_data.user_data_128 != got.user_data.user_data_128,
            ),
            (
                "user_data_64",
                self.user_data.user_data_64 != got.user_data.user_data_64,
            ),
            (
                "user_data_32",
                self.user_data.user_data_32 != got.user_data.user_data_32,
            ),
            ("ledger", self.ledger != got.ledger),
            ("code", self.code != got.code),
        ];
        first(&differs)
    }
}

impl Transfer {
    /// The first field in which `got` differs from this recorded transfer; `pending` is what this one settled, if it did.
    pub(super) fn first_difference(&self, got: &Self, pending: Option<&Self>) -> Option<&'static str> {
        if got.linked != self.linked || discriminant(&got.phase) != discriminant(&self.phase) {
            return Some("flags");
        }
        let meant = pending.map_or(*got, |pending| got.filled_in(pending));
        let differs = [
            (
                "debit_account_id",
                meant.debit_account_id != self.debit_account_id,
            ),
            (
                "credit_account_id",
                meant.credit_account_id != self.credit_account_id,
            ),
            ("amount", meant.amount != self.amount),
            ("pending_id", pending.is_some() && meant.phase != self.phase),
            (
                "user_data_128",
                meant.user_data.user_data_128 != self.user_data.user_data_128,
            ),
            (
                "user_data_64",
                meant.user_data.user_data_64 != self.user_data.user_data_64,
            ),
            (
                "user_data_32",
                meant.user_data.user_data_32 != self.user_data.user_data_32,
            ),
            ("timeout", meant.phase != self.phase),
            ("ledger", meant.ledger != self.ledger),
            ("code", meant.code != self.code),
        ];
        first(&differs)
    }

    pub(super) fn names_two_accounts(&self) -> Result<(), TransferRefusal> {
        match (self.debit_account_id, self.credit_account_id) {
            (0, _) => Err(TransferRefusal::DebitAccountIdMustNotBeZero),
            (u128::MAX, _) => Err(TransferRefusal::DebitAccountIdMustNotBeIntMax),
            (_, 0) => Err(TransferRefusal::CreditAccountIdMustNotBeZero),
            (_, u128::MAX) => Err(TransferRefusal::CreditAccountIdMustNotBeIntMax),
            (debit, credit) if debit == credit => Err(TransferRefusal::AccountsMustBeDifferent { id: debit }),
            _ if self.ledger == 0 => Err(TransferRefusal::LedgerMustNotBeZero),
            _ if self.code == 0 => Err(TransferRefusal::CodeMustNotBeZero),
            _ => Ok(()),
        }
    }

    /// A filled-in post or void must name what the pending transfer names.
    pub(super) fn agrees_with_pending(&self, pending: &Self) -> Result<(), TransferRefusal> {
        let differs = [
            (
                "debit_account_id",
                self.debit_account_id != pending.debit_account_id,
            ),
            (
                "credit_account_id",
                self.credit_account_id != pending.credit_account_id,
            ),
            ("ledger", self.ledger != pending.ledger),
            ("code", self.code != pending.code),
        ];
        match first(&differs) {
            Some(field) => Err(TransferRefusal::PendingTransferHasDifferent {
                id: pending.id,
                field,
            }),
            None => Ok(()),
        }
    }

    /// A filled-in post takes at most what is pending, a void exactly that.
    pub(super) fn amount_is_within(&self, pending: &Self) -> Result<(), TransferRefusal> {
        if self.amount > pending.amount {
            return Err(TransferRefusal::ExceedsPendingTransferAmount {
                amount: self.amount,
                reserved: pending.amount,
            });
        }
        if matches!(self.phase, Phase::Void { .. }) && self.amount != pending.amount {
            return Err(TransferRefusal::PendingTransferHasDifferent {
                id: pending.id,
                field: "amount",
            });
        }
        Ok(())
    }

    /// A post or void with its zeros replaced by what the pending transfer says.
    pub(super) fn filled_in(&self, pending: &Self) -> Self {
        let takes_all = match self.phase {
            Phase::Void { .. } => self.amount == 0,
            _ => self.amount == u128::MAX,
        };
        let (data, theirs) = (self.user_data, pending.user_data);
        Self {
            debit_account_id: or_else(self.debit_account_id, pending.debit_account_id),
            credit_account_id: or_else(self.credit_account_id, pending.credit_account_id),
            amount: if takes_all { pending.amount } else { self.amount },
            user_data: UserData {
                user_data_128: or_else(data.user_data_128, theirs.user_data_128),
                user_data_64: or_else(data.user_data_64, theirs.user_data_64),
                user_data_32: or_else(data.user_data_32, theirs.user_data_32),
            },
            ledger: or_else(self.ledger, pending.ledger),
            code: or_else(self.code, pending.code),
            ..*self
        }
    }
}

fn first(differs: &[(&'static str, bool)]) -> Option<&'static str> {
    differs
        .iter()
        .find(|(_, differs)| *differs)
        .map(|(field, _)| *field)
}

fn or_else<T: Default + PartialEq>(got: T, otherwise: T) -> T {
    if got == T::default() { otherwise } else { got }
}
