//! The way out: queued entries enter the outbox as the governor's windows allow, shared round-robin over accounts.
//!
//! What enters is reserved in the vault's books; the outbox of a header is every entry that has not ended. Spec: `spec/ledger.md`, Withdrawals.

use crate::facts::to_units;
use crate::ids::{Account, AssetId, EntryId};
use crate::math::Fixed;
use crate::posting::{Place, Route};
use crate::refusal::Refusal;
use crate::state::{AttesterSet, Custody, Stage, State, Withdrawal};
use alloc::vec::Vec;
use core::ops::Bound::{Excluded, Included};
use wire::outbox::{OutboxEntry, Progress, Release};

/// Most entries of one asset that enter per block.
const ENTER_MAX: usize = 64;
/// Most that a block looks at, whatever waits.
const LOOKED_MAX: usize = 1_024;

impl State {
    /// Lets queued entries of an asset into the outbox, one of each account after the other.
    pub(super) fn release_queued(&mut self, asset: AssetId) -> Result<(), Refusal> {
        let mut available = self
            .outflow_available(asset)?
            .min(self.asset(asset)?.vault.owed());
        if !available.is_positive() {
            return Ok(());
        }
        let looked = self.next_queued(asset);
        let mut last = looked
            .last()
            .map(|(account, _)| *account)
            .filter(|_| looked.len() >= LOOKED_MAX);
        let mut entered = 0_usize;
        for (account, entry) in by_turns(&looked) {
            let row = self.withdrawals.get(&entry);
            if entered >= ENTER_MAX || row.is_none_or(|row| !self.may_enter(row, available)) {
                continue;
            }
            let amount = self.enter(entry)?;
            self.record_outflow(asset, amount)?;
            available = available.sub(amount)?;
            entered = entered.saturating_add(1);
            if looked.len() < LOOKED_MAX || entered >= ENTER_MAX {
                last = Some(account);
            }
        }
        if let Some(account) = last {
            self.scans.queue.insert(asset, account);
        }
        Ok(())
    }

    /// Queued entries in order from the account behind the one served last, around to it; as many as a block looks at.
    fn next_queued(&self, asset: AssetId) -> Vec<(Account, EntryId)> {
        let lowest = Account {
            owner: crate::ids::Address::ZERO,
            sub: 0,
        };
        let last = self.scans.queue.get(&asset).copied().unwrap_or(highest());
        let (first, turn) = ((asset, lowest, EntryId(0)), (asset, last, EntryId(u64::MAX)));
        let end = (asset, highest(), EntryId(u64::MAX));
        let behind = self.queue.range((Excluded(turn), Included(end.max(turn))));
        let before = self.queue.range(first..=turn);
        behind
            .chain(before)
            .take(LOOKED_MAX)
            .map(|((_, account, entry), ())| (*account, *entry))
            .collect()
    }

    fn may_enter(&self, withdrawal: &Withdrawal, available: Fixed) -> bool {
        let Stage::Queued { not_before_ms, .. } = withdrawal.stage else {
            return false;
        };
        not_before_ms <= self.time_ms
            && withdrawal.amount <= available
            && self
                .require_open(withdrawal.asset, withdrawal.destination)
                .is_ok()
    }

    fn enter(&mut self, entry: EntryId) -> Result<Fixed, Refusal> {
        let height = self.height;
        let unknown = Refusal::UnknownWithdrawal { entry };
        let Withdrawal {
            sub,
            asset,
            destination,
            amount,
            ..
        } = *self.withdrawals.get(&entry).ok_or(unknown.clone())?;
        let valid_until = self.valid_until(destination);
        let withdrawal = self.withdrawals.row(&entry).ok_or(unknown)?;
        withdrawal.stage = Stage::InOutbox { height, valid_until };
        let route = withdrawal.route();
        self.queue.remove(&(asset, sub, entry));
        if let Some(valid_until) = valid_until {
            self.lapsing.insert((destination, valid_until, entry), ());
        }
        self.post(asset, Place::Queue, Place::Reserved(route), amount)?;
        Ok(amount)
    }

    /// Second after which the destination's vault refuses an entry made now; a native multisig never does.
    fn valid_until(&self, destination: crate::ids::ChainId) -> Option<u64> {
        let row = self.chains.get(&destination)?;
        let until_ms = self.time_ms.saturating_add(self.parameters.release_validity_ms);
        (row.custody == Custody::Contract).then(|| until_ms.checked_div(1_000).unwrap_or(0))
    }

    /// Every entry that the next header's outbox root holds: releases, of stake and of slashed stake too, vault values, progress; in this
    /// order, by id or chain.
    pub fn outbox(&self) -> Vec<OutboxEntry> {
        let releases = self
            .withdrawals
            .iter()
            .filter_map(|(id, row)| self.release(*id, row));
        let changes = self.vault_changes.values().copied();
        let progress = self
            .chains
            .iter()
            .filter(|(_, row)| row.vault.is_some())
            .map(|(chain, row)| {
                OutboxEntry::Progress(Progress {
                    chain: *chain,
                    processed_seq: row.cursor.next_seq,
                })
            });
        releases
            .map(OutboxEntry::Release)
            .chain(self.stake_releases().into_iter().map(OutboxEntry::Release))
            .chain(self.indemnity_releases().into_iter().map(OutboxEntry::Release))
            .chain(changes.map(OutboxEntry::Govern))
            .chain(progress)
            .collect()
    }

    fn release(&self, id: EntryId, row: &Withdrawal) -> Option<Release> {
        let Stage::InOutbox { valid_until, .. } = row.stage else {
            return None;
        };
        let asset = match row.route() {
            Route::Home => row.asset.asset,
            Route::Bridged => row.asset.bridged(),
        };
        Some(Release {
            id: id.0,
            chain: row.destination,
            vault: self.chains.get(&row.destination)?.vault?,
            asset,
            recipient: row.recipient,
            amount: to_units(row.amount, self.assets.get(&row.asset)?.terms.decimals),
            valid_until: valid_until.unwrap_or(u64::MAX),
        })
    }

    /// The set that the next header's `nextSet` names: the frozen one in an epoch's last block, else the current one.
    pub fn next_set(&self) -> &AttesterSet {
        self.sets.next.as_ref().unwrap_or(&self.sets.current)
    }
}

/// The first entry of every account, then the second of every account, and so on.
fn by_turns(looked: &[(Account, EntryId)]) -> Vec<(Account, EntryId)> {
    let mut turns: Vec<(usize, (Account, EntryId))> = Vec::with_capacity(looked.len());
    for (account, entry) in looked {
        let turn = match turns.last() {
            Some((turn, (last, _))) if last == account => turn.saturating_add(1),
            _ => 0,
        };
        turns.push((turn, (*account, *entry)));
    }
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().map(|(_, entry)| entry).collect()
}

fn highest() -> Account {
    Account {
        owner: crate::ids::Address([0xff; 20]),
        sub: u32::MAX,
    }
}
