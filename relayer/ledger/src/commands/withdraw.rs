//! `RequestWithdraw`: a claim leaves the sub and becomes entries that wait for the governor.
//!
//! ```text
//!   amount = Σ (entry + fee)      entry <= entry cap, whole units, >= the destination's minimum
//! ```
//! The destination's fee is held beside each entry for the submitter whom `Released` will name; what is below a unit stays the sub's.
//! Spec: `spec/ledger.md`, Withdrawals.

use super::transfer_sub::positive;
use crate::facts::floor_to_unit;
use crate::ids::EntryId;
use crate::limits::ReleaseTerms;
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Stage, State, Withdrawal};
use alloc::vec::Vec;
use wire::command::RequestWithdraw;

/// Most entries of one request.
const ENTRIES_MAX: usize = 32;

/// What a request comes to.
struct Split {
    /// Paid to the recipient, entry by entry.
    amounts: Vec<Fixed>,
    /// Fee of each.
    fee: Fixed,
}

impl State {
    pub(super) fn request_withdraw(&mut self, request: &RequestWithdraw) -> Result<Effect, Refusal> {
        let RequestWithdraw {
            account,
            asset,
            destination,
            ..
        } = *request;
        let amount = positive(request.amount)?;
        self.require_vault(asset.chain)?;
        self.require_vault(destination)?;
        self.require_not_in_auction(account)?;
        self.touch(account)?;
        self.require_withdraw_prices(account)?;
        let split = self.split(request, amount)?;
        let entries = self.enqueue(request, &split)?;
        self.require_withdrawable(account)?;
        let fee = Fixed::sum(split.amounts.iter().map(|_| split.fee))?;
        Ok(Effect::Withdrawing { entries, fee })
    }

    fn require_vault(&self, chain: crate::ids::ChainId) -> Result<(), Refusal> {
        let row = self
            .chains
            .get(&chain)
            .filter(|row| row.vault.is_some())
            .ok_or(Refusal::UnknownChain { chain })?;
        if row.exited {
            return Err(Refusal::Exited { chain });
        }
        Ok(())
    }

    /// Cuts the amount into entries that the governor can pass one by one.
    fn split(&self, request: &RequestWithdraw, amount: Fixed) -> Result<Split, Refusal> {
        let RequestWithdraw {
            asset, destination, ..
        } = *request;
        let ReleaseTerms { fee, minimum } = self.release_terms(asset, destination)?;
        let decimals = self.asset(asset)?.terms.decimals;
        let cap = self.entry_cap(asset)?.max(minimum);
        let mut amounts = Vec::new();
        let mut left = amount;
        while left > fee {
            let entry = floor_to_unit(left.sub(fee)?.min(cap), decimals);
            if entry.is_zero() || entry < minimum {
                break;
            }
            if amounts.len() >= ENTRIES_MAX {
                return Err(Refusal::TooManyEntries { most: ENTRIES_MAX });
            }
            amounts.push(entry);
            left = left.sub(entry)?.sub(fee)?;
        }
        if amounts.is_empty() {
            return Err(Refusal::BelowMinimum {
                amount,
                minimum: minimum.add(fee)?,
            });
        }
        let fees = Fixed::sum(amounts.iter().map(|_| fee))?;
        let most = Fixed::from_raw(request.max_fee);
        if fees > most {
            return Err(Refusal::FeeTooHigh { fee: fees, most });
        }
        Ok(Split { amounts, fee })
    }

    fn enqueue(&mut self, request: &RequestWithdraw, split: &Split) -> Result<Vec<EntryId>, Refusal> {
        let RequestWithdraw {
            account,
            nonce,
            asset,
            destination,
            recipient,
            ..
        } = *request;
        let not_before_ms = self.not_before_ms(asset, Fixed::from_raw(request.amount))?;
        let mut entries = Vec::new();
        for amount in &split.amounts {
            let entry = self.next_entry();
            self.post(asset, Place::Sub(account), Place::Queue, *amount)?;
            self.post(asset, Place::Sub(account), Place::Fees, split.fee)?;
            let stage = Stage::Queued {
                since_ms: self.time_ms,
                not_before_ms,
            };
            let fee = split.fee;
            let withdrawal = Withdrawal {
                sub: account,
                nonce,
                asset,
                destination,
                recipient,
                amount: *amount,
                fee,
                stage,
            };
            self.withdrawals.insert(entry, withdrawal);
            self.queue.insert((asset, account, entry), ());
            let sub = self.subs.row_or_default(&account);
            sub.withdrawals.insert(entry);
            let deposits = sub.net_deposits.entry(asset).or_default();
            *deposits = deposits.sub(amount.add(fee)?)?;
            entries.push(entry);
        }
        Ok(entries)
    }

    fn next_entry(&mut self) -> EntryId {
        let entry = self.scans.next_entry;
        self.scans.next_entry = EntryId(entry.0.saturating_add(1));
        entry
    }
}
