//! `ClaimSuspense`: credits a deposit that had to wait, or as much of it as its chain has room for. Spec: `spec/ledger.md`, Commands.

use crate::facts::to_units;
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
        let whole = self.amount_of(asset, units)?;
        self.creditable(account, asset, chain)?;
        let amount = self.source_part(asset, chain, whole)?;
        let from = if booked { Place::Suspense } else { Place::Vault };
        self.credit_deposit(account, asset, from, amount)?;
        self.record_source(asset, chain, amount)?;
        if amount == whole {
            self.suspense.remove(&(chain, seq));
        } else {
            let left = to_units(whole.sub(amount)?, self.asset(asset)?.terms.decimals);
            self.suspense.insert(
                (chain, seq),
                Suspended {
                    units: left,
                    ..suspended
                },
            );
        }
        Ok(Effect::Credited {
            account,
            asset,
            amount,
        })
    }
}
