//! Statements of a quorum about a chain: its vault, its trust root, collateral that is gone, blocks that are orphaned.
//!
//! What is gone is taken from the sub that has it without right first: what it asked to withdraw and is still in the queue, then its claim;
//! then from insurance, then from that asset's rate, against which slashed stake indemnifies its holders where the loss stems from a proved
//! false attestation (`risk/indemnity.rs`). Its net deposits fall with it, for what was never there is no principal.
//! Spec: `spec/ledger.md`, Commands; `spec/relayer.md`, Security layers (trust roots).

use super::refusal::GovernanceRefusal;
use crate::ids::{Account, AssetId, EntryId};
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::risk::Origin;
use crate::risk::waterfall::{Sources, cover};
use crate::state::{Cursor, State};
use alloc::vec::Vec;
use wire::command::{Checkpoint, CustodyLoss, RegisterVault, ReorgStatement, Reversal};

/// Milliseconds in a second.
const SECOND_MS: u64 = 1_000;

impl State {
    pub(super) fn register_vault(&mut self, order: &RegisterVault) -> Result<Effect, Refusal> {
        let RegisterVault {
            chain,
            evm_chain_id,
            address,
            code_hash,
            from_height,
        } = *order;
        let row = self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })?;
        if row.vault.is_some() {
            return Err(GovernanceRefusal::VaultExists { chain }.into());
        }
        if address.is_zero() {
            return Err(GovernanceRefusal::ZeroVault.into());
        }
        row.vault = Some(address);
        row.evm_chain_id = evm_chain_id;
        row.code_hash = code_hash;
        row.cursor = Cursor {
            height: from_height.saturating_sub(1),
            ..Cursor::default()
        };
        Ok(Effect::Done)
    }

    pub(super) fn checkpoint(&mut self, order: &Checkpoint) -> Result<Effect, Refusal> {
        let Checkpoint {
            chain,
            height,
            not_after,
            ..
        } = *order;
        let time_ms = self.time_ms;
        if !self.chains.contains_key(&chain) {
            return Err(Refusal::UnknownChain { chain });
        }
        if not_after.saturating_mul(SECOND_MS) <= time_ms {
            return Err(GovernanceRefusal::CheckpointOver { not_after, time_ms }.into());
        }
        if let Some(last) = self.checkpoints.get(&chain).filter(|last| height <= last.height) {
            return Err(GovernanceRefusal::CheckpointTooLow {
                chain,
                height,
                last: last.height,
            }
            .into());
        }
        self.checkpoints.insert(chain, *order);
        Ok(Effect::Done)
    }

    pub(super) fn custody_loss(&mut self, order: &CustodyLoss) -> Result<Effect, Refusal> {
        let amount = positive(order.amount)?;
        let origin = self.origin_of_loss(order.cause)?;
        self.take_back(order.asset, order.account, Place::Vault, amount, origin)?;
        // What a sub was credited without right was never in the vault's counter; what the vault was robbed of still is.
        if order.account.is_none() {
            let books = self.books(order.asset)?;
            books.lost = books.lost.add(amount)?;
        }
        Ok(Effect::Done)
    }

    pub(super) fn reorganise(&mut self, order: &ReorgStatement) -> Result<Effect, Refusal> {
        let ReorgStatement {
            chain,
            new,
            first_seq,
            ..
        } = order;
        let cursor = self
            .chains
            .get(chain)
            .ok_or(Refusal::UnknownChain { chain: *chain })?
            .cursor;
        require_consistent(order, &cursor)?;
        let origin = self.origin_of_reorganisation(*chain, order.old.height..=cursor.height);
        for reversal in &order.reversals {
            self.reverse(order, reversal, origin)?;
        }
        let row = self
            .chains
            .row(chain)
            .ok_or(Refusal::UnknownChain { chain: *chain })?;
        row.cursor = Cursor {
            height: new.height,
            next_seq: *first_seq,
            remaining: 0,
            // The orphaned block's events are proved no more: another block may come at its height.
            attestation: None,
            ..cursor
        };
        Ok(Effect::Done)
    }

    /// Takes one credit back: what still waits in suspense from there, the rest from whoever claimed it.
    fn reverse(
        &mut self,
        order: &ReorgStatement,
        reversal: &Reversal,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let Reversal {
            seq,
            account,
            asset,
            amount,
        } = *reversal;
        let amount = positive(amount)?;
        let chain = order.chain;
        let to = if asset.chain == chain {
            Place::Vault
        } else {
            Place::Bearer
        };
        if to == Place::Bearer {
            let supply = self.bridged.row_or_default(&(asset, chain));
            *supply = supply.add(amount)?;
        }
        let Some(suspended) = self.suspense.remove(&(chain, seq)) else {
            return self.take_back(asset, Some(account), to, amount, origin);
        };
        // Nothing was claimed of a deposit that has no amount here.
        let waiting = self
            .amount_of(suspended.asset, suspended.units)
            .unwrap_or(amount)
            .min(amount);
        if suspended.booked {
            self.post(asset, Place::Suspense, to, waiting)?;
        }
        let claimed = amount.sub(waiting)?;
        if claimed.is_zero() {
            return Ok(());
        }
        self.take_back(asset, Some(account), to, claimed, origin)
    }

    /// Takes `amount` out of the books: from `account`, then by the order of losses from insurance and from all claims alike, whose owners
    /// slashed stake pays for as much of it as `origin` and the bucket allow.
    ///
    /// # Errors
    /// [`Refusal::Overdrawn`] when less than that was owed.
    pub(crate) fn take_back(
        &mut self,
        asset: AssetId,
        account: Option<Account>,
        to: Place,
        amount: Fixed,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let mut left = amount;
        if let Some(account) = account {
            self.call_off_withdrawals(account, asset)?;
            let paid = self.claim(account, asset)?.min(left);
            self.post(asset, Place::Margin(account), to, paid)?;
            let deposits = self
                .subs
                .row_or_default(&account)
                .net_deposits
                .entry(asset)
                .or_default();
            *deposits = deposits.sub(amount)?;
            left = left.sub(paid)?;
        }
        let sources = Sources {
            insurance: self.asset(asset)?.insurance,
            slashed: self.slashed_for(asset, origin),
            ..Sources::default()
        };
        let split = cover(left, &sources)?;
        self.post(asset, Place::Insurance, to, split.insurance)?;
        self.indemnify(asset, account, split.slashed)?;
        self.cut_rate(asset, split.slashed.add(split.rate)?, to)
    }

    /// Returns what a sub asked to withdraw of `asset` and is not in the outbox yet.
    fn call_off_withdrawals(&mut self, account: Account, asset: AssetId) -> Result<(), Refusal> {
        let all = (asset, account, EntryId(0))..=(asset, account, EntryId(u64::MAX));
        let queued: Vec<EntryId> = self.queue.range(all).map(|((_, _, entry), ())| *entry).collect();
        for entry in queued {
            let withdrawal = self
                .withdrawals
                .remove(&entry)
                .ok_or(Refusal::UnknownWithdrawal { entry })?;
            self.queue.remove(&(asset, account, entry));
            self.refund(&withdrawal, Place::Queue)?;
            self.subs.row_or_default(&account).withdrawals.remove(&entry);
        }
        Ok(())
    }
}

/// The numbers of a statement must fit the events applied and each other.
fn require_consistent(order: &ReorgStatement, cursor: &Cursor) -> Result<(), Refusal> {
    let wrong = |field| Err(GovernanceRefusal::BadReorganisation { field }.into());
    if order.first_seq > cursor.next_seq {
        return wrong("first_seq");
    }
    if order.old.height > cursor.height || order.old == order.new {
        return wrong("old");
    }
    let mut seqs = order.reversals.iter().map(|reversal| reversal.seq);
    if !seqs.all(|seq| (order.first_seq..cursor.next_seq).contains(&seq)) {
        return wrong("seq");
    }
    let mut pairs = order.reversals.iter().zip(order.reversals.iter().skip(1));
    if !pairs.all(|(lower, higher)| lower.seq < higher.seq) {
        return wrong("order");
    }
    Ok(())
}

/// An amount of money that a statement names.
fn positive(raw: i128) -> Result<Fixed, Refusal> {
    let amount = Fixed::from_raw(raw);
    if amount.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if amount.is_negative() {
        return Err(Refusal::NegativeAmount { amount });
    }
    Ok(amount)
}
