//! How withdrawal entries end: released, failed, void. Spec: `spec/ledger.md`, Withdrawals.

use crate::ids::{Account, AssetId, ChainId, EntryId};
use crate::math::Fixed;
use crate::posting::{Place, Route};
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Stage, State, Withdrawal, fee_sub};
use wire::event::Released;

impl State {
    pub(super) fn released(&mut self, chain: ChainId, event: &Released) -> Result<Effect, Refusal> {
        let entry = EntryId(event.id);
        if self.indemnity_entries.contains_key(&entry) {
            return self.indemnity_paid(chain, event);
        }
        let withdrawal = self.take_entry(chain, entry)?;
        let Withdrawal {
            asset,
            amount,
            fee,
            destination,
            ..
        } = withdrawal;
        if self.amount_of(asset, event.amount)? != amount {
            return Err(Refusal::UnknownWithdrawal { entry });
        }
        self.post_reserved(asset, withdrawal.route(), amount)?;
        let submitter = self.payee(asset, fee_sub(event.submitter))?;
        self.post(asset, Place::Fees, submitter, fee)?;
        match withdrawal.route() {
            Route::Home => self.reconcile(asset, &event.holdings)?,
            Route::Bridged => {
                let supply = self.bridged.row_or_default(&(asset, destination));
                *supply = supply.add(amount)?;
                self.reconcile_supply(asset, destination, &event.holdings)?;
            }
        }
        Ok(Effect::Released {
            entry,
            submitter: event.submitter,
            fee,
        })
    }

    /// The entry leaves the outbox; its claim stays reserved until the release is proved impossible (see [`Stage::Failed`]).
    pub(super) fn release_failed(&mut self, chain: ChainId, id: u64) -> Result<Effect, Refusal> {
        let entry = EntryId(id);
        let unknown = Refusal::UnknownWithdrawal { entry };
        let withdrawal = self.withdrawals.row(&entry).ok_or(unknown.clone())?;
        if withdrawal.destination != chain {
            return Err(unknown);
        }
        withdrawal.stage = match withdrawal.stage {
            Stage::InOutbox {
                valid_until: Some(valid_until),
                ..
            }
            | Stage::Failed { valid_until } => Stage::Failed { valid_until },
            Stage::InOutbox {
                valid_until: None, ..
            }
            | Stage::Queued { .. } => return Err(unknown),
        };
        Ok(Effect::ReleaseFailed { entry })
    }

    /// Ends an entry in the outbox without payment: claim and fee return to the sub.
    pub(super) fn return_entry(&mut self, entry: EntryId) -> Result<Fixed, Refusal> {
        let destination = self
            .withdrawals
            .get(&entry)
            .map(|withdrawal| withdrawal.destination);
        let withdrawal = self.take_entry(destination.ok_or(Refusal::UnknownWithdrawal { entry })?, entry)?;
        self.refund(&withdrawal, Place::Reserved(withdrawal.route()))
    }

    /// Gives amount and fee of an entry back to its sub, out of `held`.
    pub(crate) fn refund(&mut self, withdrawal: &Withdrawal, held: Place) -> Result<Fixed, Refusal> {
        let Withdrawal {
            sub: account,
            asset,
            amount,
            fee,
            ..
        } = *withdrawal;
        let payee = self.payee(asset, account)?;
        self.post(asset, held, payee, amount)?;
        self.post(asset, Place::Fees, payee, fee)?;
        let total = amount.add(fee)?;
        let deposits = self
            .subs
            .row_or_default(&account)
            .net_deposits
            .entry(asset)
            .or_default();
        *deposits = deposits.add(total)?;
        Ok(total)
    }

    /// Who gets what an entry returns: its sub, or insurance once a loss has made the asset's shares worthless, for a chain's events must
    /// not stop at one asset of it.
    fn payee(&self, asset: AssetId, account: Account) -> Result<Place, Refusal> {
        let is_worthless = self.asset(asset)?.unit()?.is_zero();
        Ok(if is_worthless {
            Place::Insurance
        } else {
            Place::Sub(account)
        })
    }

    /// Takes an entry that was in an outbox out of every table.
    fn take_entry(&mut self, chain: ChainId, entry: EntryId) -> Result<Withdrawal, Refusal> {
        let unknown = Refusal::UnknownWithdrawal { entry };
        let withdrawal = self.withdrawals.get(&entry).cloned().ok_or(unknown.clone())?;
        let valid_until = match withdrawal.stage {
            Stage::InOutbox { valid_until, .. } => valid_until,
            Stage::Failed { valid_until } => Some(valid_until),
            Stage::Queued { .. } => return Err(unknown),
        };
        if withdrawal.destination != chain {
            return Err(unknown);
        }
        self.withdrawals.remove(&entry);
        if let Some(valid_until) = valid_until {
            self.lapsing.remove(&(chain, valid_until, entry));
        }
        self.subs
            .row_or_default(&withdrawal.sub)
            .withdrawals
            .remove(&entry);
        Ok(withdrawal)
    }
}

impl Withdrawal {
    /// Home it leaves the vault, elsewhere a bridged token stands for it.
    pub fn route(&self) -> Route {
        if self.destination == self.asset.chain {
            Route::Home
        } else {
            Route::Bridged
        }
    }
}
