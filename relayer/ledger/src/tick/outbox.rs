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
use wire::outbox::{OutboxEntry, Progress, Release};

/// Most entries of one asset that enter per block.
const ENTER_MAX: usize = 64;

impl State {
    /// Lets queued entries of an asset into the outbox, one account after the other.
    pub(super) fn release_queued(&mut self, asset: AssetId) -> Result<(), Refusal> {
        let mut available = self
            .outflow_available(asset)?
            .min(self.asset(asset)?.vault.owed());
        for _ in 0..ENTER_MAX {
            let Some((account, entry)) = self.next_due(asset, available) else {
                return Ok(());
            };
            let amount = self.enter(entry)?;
            self.record_outflow(asset, amount)?;
            available = available.sub(amount)?;
            self.scans.queue.insert(asset, account);
        }
        Ok(())
    }

    /// The first due entry that fits, of the accounts after the one served last.
    fn next_due(&self, asset: AssetId, available: Fixed) -> Option<(Account, EntryId)> {
        let last = self.scans.queue.get(&asset).copied();
        let lowest = Account {
            owner: crate::ids::Address::ZERO,
            sub: 0,
        };
        let all = (asset, lowest, EntryId(0))..=(asset, highest(), EntryId(u64::MAX));
        let due = |(_, account, entry): &(AssetId, Account, EntryId)| {
            self.withdrawals
                .get(entry)
                .filter(|row| self.may_enter(row, available))
                .map(|_| (*account, *entry))
        };
        let after = self
            .queue
            .range(all.clone())
            .map(|(key, ())| key)
            .filter(|key| last.is_some_and(|last| key.1 > last));
        let wrapped = self.queue.range(all).map(|(key, ())| key);
        after.chain(wrapped).find_map(due)
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

    /// Every entry that the next header's outbox root holds: releases, of stake too, vault values, progress; in this order, by id or chain.
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

fn highest() -> Account {
    Account {
        owner: crate::ids::Address([0xff; 20]),
        sub: u32::MAX,
    }
}
