//! `ClaimSuspense`: credits a deposit that had to wait. Spec: `spec/ledger.md`, Commands.

use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{State, Suspended};
use wire::command::ClaimSuspense;

impl State {
    pub(super) fn claim_suspense(&mut self, claim: &ClaimSuspense) -> Result<Effect, Refusal> {
        let ClaimSuspense {
            account, chain, seq, ..
        } = *claim;
        let nothing = Refusal::NothingInSuspense { account, chain, seq };
        let suspended = self.suspense.get(&(chain, seq)).copied().ok_or(nothing.clone())?;
        if suspended.account != account {
            return Err(nothing);
        }
        let Suspended {
            asset, units, booked, ..
        } = suspended;
        let amount = self.amount_of(asset, units)?;
        self.creditable(account, asset, chain)?;
        let from = if booked { Place::Suspense } else { Place::Vault };
        self.credit_deposit(account, asset, from, amount)?;
        self.suspense.remove(&(chain, seq));
        Ok(Effect::Credited {
            account,
            asset,
            amount,
        })
    }
}
