//! Many accounts and their transfers: identities, idempotency, linked chains, expiry.
//!
//! A batch is cut into chains (an event and all before it that are `linked` to it). A chain applies whole or is rolled back
//! whole; then the event that failed says why and the others answer `LinkedEventFailed`.
//! A transfer's id serves once: the same body again answers `Exists`, another body `ExistsWithDifferent`, and an id that was
//! refused for a transient reason stays refused.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    account::{Account, post, post_pending, reserve, void_pending},
    event::{NewAccount, Phase, Transfer},
    refusal::{AccountRefusal, TransferRefusal},
};

/// Where a created transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Final: a single-phase transfer, a post or a void.
    Done,
    /// Reserved, until the given time in milliseconds if any.
    Pending {
        /// Milliseconds.
        expires_ms: Option<u64>,
    },
    /// A pending transfer that was posted.
    Posted,
    /// A pending transfer that was voided.
    Voided,
    /// A pending transfer whose time ran out.
    Expired,
}

#[derive(Clone, Copy, Debug)]
struct Opened {
    as_created: NewAccount,
    account: Account,
}

#[derive(Clone, Copy, Debug)]
struct Recorded {
    transfer: Transfer,
    status: Status,
}

/// What a rolled back chain puts back: the entry as it was before, if it was.
#[derive(Clone, Copy, Debug)]
enum Before {
    Account(u128, Option<Opened>),
    Transfer(u128, Option<Recorded>),
}

/// Accounts and transfers.
#[derive(Clone, Debug, Default)]
pub struct Book {
    accounts: BTreeMap<u128, Opened>,
    transfers: BTreeMap<u128, Recorded>,
    failed: BTreeSet<u128>,
    expiries: BTreeSet<(u64, u128)>,
    now_ms: u64,
    journal: Option<Vec<Before>>,
}

trait Event: Copy {
    type Refusal: Copy;
    const CHAIN_FAILED: Self::Refusal;
    const CHAIN_OPEN: Self::Refusal;
    fn is_linked(&self) -> bool;
    fn apply(&self, book: &mut Book) -> Result<(), Self::Refusal>;
}

impl Event for NewAccount {
    type Refusal = AccountRefusal;
    const CHAIN_FAILED: AccountRefusal = AccountRefusal::LinkedEventFailed;
    const CHAIN_OPEN: AccountRefusal = AccountRefusal::LinkedEventChainOpen;
    fn is_linked(&self) -> bool {
        self.linked
    }
    fn apply(&self, book: &mut Book) -> Result<(), AccountRefusal> {
        book.open(self)
    }
}

impl Event for Transfer {
    type Refusal = TransferRefusal;
    const CHAIN_FAILED: TransferRefusal = TransferRefusal::LinkedEventFailed;
    const CHAIN_OPEN: TransferRefusal = TransferRefusal::LinkedEventChainOpen;
    fn is_linked(&self) -> bool {
        self.linked
    }
    fn apply(&self, book: &mut Book) -> Result<(), TransferRefusal> {
        let result = book.transfer(self);
        if let Err(refusal) = &result
            && refusal.is_transient()
        {
            book.failed.insert(self.id);
        }
        result
    }
}

impl Book {
    /// Creates accounts; one answer each, in order.
    pub fn create_accounts(&mut self, accounts: &[NewAccount]) -> Vec<Result<(), AccountRefusal>> {
        self.batch(accounts)
    }

    /// Creates transfers; one answer each, in order.
    pub fn create_transfers(&mut self, transfers: &[Transfer]) -> Vec<Result<(), TransferRefusal>> {
        self.batch(transfers)
    }

    /// Moves the book's time on and gives back what expired. Time never goes back: an earlier time changes nothing.
    pub fn advance(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
        while let Some(&(expires_ms, id)) = self.expiries.first()
            && expires_ms <= self.now_ms
        {
            self.expiries.pop_first();
            self.expire(id);
        }
    }

    /// Balances of an account.
    #[must_use]
    pub fn account(&self, id: u128) -> Option<&Account> {
        self.accounts.get(&id).map(|opened| &opened.account)
    }

    /// A created transfer, its amounts and accounts filled in, and where it stands.
    #[must_use]
    pub fn lookup(&self, id: u128) -> Option<(&Transfer, Status)> {
        self.transfers
            .get(&id)
            .map(|recorded| (&recorded.transfer, recorded.status))
    }

    /// Every account with its id, ascending.
    pub fn accounts(&self) -> impl Iterator<Item = (u128, &Account)> {
        self.accounts.iter().map(|(id, opened)| (*id, &opened.account))
    }

    fn batch<E: Event>(&mut self, events: &[E]) -> Vec<Result<(), E::Refusal>> {
        let mut answers = Vec::with_capacity(events.len());
        for chain in events.chunk_by(|event, _| event.is_linked()) {
            match chain {
                [event] if !event.is_linked() => answers.push(event.apply(self)),
                _ => answers.extend(self.chain(chain)),
            }
        }
        answers
    }

    fn chain<E: Event>(&mut self, chain: &[E]) -> Vec<Result<(), E::Refusal>> {
        let is_open = chain.last().is_some_and(Event::is_linked);
        let closed_length = chain.len().saturating_sub(usize::from(is_open));
        self.journal = Some(Vec::new());
        let mut broken = None;
        for (place, event) in chain.iter().enumerate().take(closed_length) {
            if let Err(refusal) = event.apply(self) {
                broken = Some((place, refusal));
                break;
            }
        }
        let journal = self.journal.take().unwrap_or_default();
        if broken.is_none() && !is_open {
            return chain.iter().map(|_| Ok(())).collect();
        }
        self.roll_back(journal);
        let answer = |place| match broken {
            Some((failed, refusal)) if failed == place => Err(refusal),
            _ if is_open && place == closed_length => Err(E::CHAIN_OPEN),
            _ => Err(E::CHAIN_FAILED),
        };
        (0..chain.len()).map(answer).collect()
    }

    fn roll_back(&mut self, journal: Vec<Before>) {
        for before in journal.into_iter().rev() {
            match before {
                Before::Account(id, Some(opened)) => drop(self.accounts.insert(id, opened)),
                Before::Account(id, None) => drop(self.accounts.remove(&id)),
                Before::Transfer(id, recorded) => self.record(id, recorded),
            }
        }
    }

    fn open(&mut self, account: &NewAccount) -> Result<(), AccountRefusal> {
        let id = account.id;
        match id {
            0 => return Err(AccountRefusal::IdMustNotBeZero),
            u128::MAX => return Err(AccountRefusal::IdMustNotBeIntMax),
            _ => {}
        }
        if let Some(opened) = self.accounts.get(&id) {
            return Err(match opened.as_created.first_difference(account) {
                Some(field) => AccountRefusal::ExistsWithDifferent { id, field },
                None => AccountRefusal::Exists { id },
            });
        }
        if account.ledger == 0 {
            return Err(AccountRefusal::LedgerMustNotBeZero);
        }
        if account.code == 0 {
            return Err(AccountRefusal::CodeMustNotBeZero);
        }
        let balances = Account {
            limit: account.limit,
            ..Account::default()
        };
        self.set_account(
            id,
            Opened {
                as_created: *account,
                account: balances,
            },
        );
        Ok(())
    }

    fn transfer(&mut self, transfer: &Transfer) -> Result<(), TransferRefusal> {
        let id = transfer.id;
        match id {
            0 => return Err(TransferRefusal::IdMustNotBeZero),
            u128::MAX => return Err(TransferRefusal::IdMustNotBeIntMax),
            _ => {}
        }
        if let Some(recorded) = self.transfers.get(&id) {
            let pending = self.pending_of(&recorded.transfer);
            return Err(match recorded.transfer.first_difference(transfer, pending) {
                Some(field) => TransferRefusal::ExistsWithDifferent { id, field },
                None => TransferRefusal::Exists { id },
            });
        }
        if self.failed.contains(&id) {
            return Err(TransferRefusal::IdAlreadyFailed { id });
        }
        match transfer.phase {
            Phase::Single => self.create(transfer, Status::Done),
            Phase::Pending { timeout_s } => {
                let expires_ms = self.expires_ms(timeout_s);
                self.create(
                    transfer,
                    Status::Pending {
                        expires_ms: expires_ms?,
                    },
                )
            }
            Phase::Post { pending_id } | Phase::Void { pending_id } => self.settle(transfer, pending_id),
        }
    }

    fn expires_ms(&self, timeout_s: u32) -> Result<Option<u64>, TransferRefusal> {
        if timeout_s == 0 {
            return Ok(None);
        }
        let expires_ms = u64::from(timeout_s)
            .checked_mul(1000)
            .and_then(|ms| self.now_ms.checked_add(ms));
        expires_ms.map(Some).ok_or(TransferRefusal::OverflowsTimeout {
            timeout_s,
            now_ms: self.now_ms,
        })
    }

    fn create(&mut self, transfer: &Transfer, status: Status) -> Result<(), TransferRefusal> {
        transfer.names_two_accounts()?;
        let (mut debit, mut credit) = self.accounts_of(transfer)?;
        if debit.as_created.ledger != credit.as_created.ledger {
            return Err(TransferRefusal::AccountsMustHaveTheSameLedger {
                debit: debit.as_created.ledger,
                credit: credit.as_created.ledger,
            });
        }
        if transfer.ledger != debit.as_created.ledger {
            return Err(TransferRefusal::TransferMustHaveTheSameLedgerAsAccounts {
                got: transfer.ledger,
                accounts: debit.as_created.ledger,
            });
        }
        match status {
            Status::Pending { .. } => reserve(&mut debit.account, &mut credit.account, transfer.amount)?,
            _ => post(&mut debit.account, &mut credit.account, transfer.amount)?,
        }
        self.set_account(transfer.debit_account_id, debit);
        self.set_account(transfer.credit_account_id, credit);
        self.set_transfer(Recorded {
            transfer: *transfer,
            status,
        });
        Ok(())
    }

    fn settle(&mut self, transfer: &Transfer, pending_id: u128) -> Result<(), TransferRefusal> {
        match pending_id {
            0 => return Err(TransferRefusal::PendingIdMustNotBeZero),
            u128::MAX => return Err(TransferRefusal::PendingIdMustNotBeIntMax),
            _ if pending_id == transfer.id => {
                return Err(TransferRefusal::PendingIdMustBeDifferent { id: pending_id });
            }
            _ => {}
        }
        let pending = self.transfers.get(&pending_id).copied();
        let pending = pending.ok_or(TransferRefusal::PendingTransferNotFound { id: pending_id })?;
        let reserved = pending.transfer;
        if !matches!(reserved.phase, Phase::Pending { .. }) {
            return Err(TransferRefusal::PendingTransferNotPending { id: pending_id });
        }
        let settled = transfer.filled_in(&reserved);
        settled.agrees_with_pending(&reserved)?;
        settled.amount_is_within(&reserved)?;
        match pending.status {
            Status::Posted => return Err(TransferRefusal::PendingTransferAlreadyPosted { id: pending_id }),
            Status::Voided => return Err(TransferRefusal::PendingTransferAlreadyVoided { id: pending_id }),
            Status::Expired => return Err(TransferRefusal::PendingTransferExpired { id: pending_id }),
            Status::Pending { .. } | Status::Done => {}
        }
        let (mut debit, mut credit) = self.accounts_of(&settled)?;
        let status = match transfer.phase {
            Phase::Void { .. } => {
                void_pending(&mut debit.account, &mut credit.account, reserved.amount)?;
                Status::Voided
            }
            _ => {
                post_pending(
                    &mut debit.account,
                    &mut credit.account,
                    reserved.amount,
                    settled.amount,
                )?;
                Status::Posted
            }
        };
        self.set_account(settled.debit_account_id, debit);
        self.set_account(settled.credit_account_id, credit);
        self.set_transfer(Recorded {
            transfer: reserved,
            status,
        });
        self.set_transfer(Recorded {
            transfer: settled,
            status: Status::Done,
        });
        Ok(())
    }

    /// The pending transfer that a recorded post or void settled.
    fn pending_of(&self, recorded: &Transfer) -> Option<&Transfer> {
        match recorded.phase {
            Phase::Post { pending_id } | Phase::Void { pending_id } => {
                self.transfers.get(&pending_id).map(|pending| &pending.transfer)
            }
            Phase::Single | Phase::Pending { .. } => None,
        }
    }

    fn expire(&mut self, id: u128) {
        let Some(pending) = self.transfers.get(&id).copied() else {
            return;
        };
        let Ok((mut debit, mut credit)) = self.accounts_of(&pending.transfer) else {
            return;
        };
        // What was reserved is pending on both sides until settled, so that this can not fail.
        let given_back = void_pending(&mut debit.account, &mut credit.account, pending.transfer.amount);
        if given_back.is_ok() {
            self.set_account(pending.transfer.debit_account_id, debit);
            self.set_account(pending.transfer.credit_account_id, credit);
            self.set_transfer(Recorded {
                status: Status::Expired,
                ..pending
            });
        }
    }

    fn accounts_of(&self, transfer: &Transfer) -> Result<(Opened, Opened), TransferRefusal> {
        let (debit, credit) = (transfer.debit_account_id, transfer.credit_account_id);
        let debited = self.accounts.get(&debit);
        let debited = debited.ok_or(TransferRefusal::DebitAccountNotFound { id: debit })?;
        let credited = self.accounts.get(&credit);
        let credited = credited.ok_or(TransferRefusal::CreditAccountNotFound { id: credit })?;
        Ok((*debited, *credited))
    }

    fn set_account(&mut self, id: u128, opened: Opened) {
        let before = self.accounts.insert(id, opened);
        if let Some(journal) = &mut self.journal {
            journal.push(Before::Account(id, before));
        }
    }

    fn set_transfer(&mut self, recorded: Recorded) {
        let id = recorded.transfer.id;
        if let Some(journal) = &mut self.journal {
            journal.push(Before::Transfer(id, self.transfers.get(&id).copied()));
        }
        self.record(id, Some(recorded));
    }

    /// Puts a transfer, or its absence, in place; the expiries follow.
    fn record(&mut self, id: u128, recorded: Option<Recorded>) {
        let before = match recorded {
            Some(recorded) => self.transfers.insert(id, recorded),
            None => self.transfers.remove(&id),
        };
        if let Some(Status::Pending {
            expires_ms: Some(expires_ms),
        }) = before.map(|before| before.status)
        {
            self.expiries.remove(&(expires_ms, id));
        }
        if let Some(Status::Pending {
            expires_ms: Some(expires_ms),
        }) = recorded.map(|now| now.status)
        {
            self.expiries.insert((expires_ms, id));
        }
    }
}
