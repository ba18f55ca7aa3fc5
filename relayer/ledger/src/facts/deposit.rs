//! Deposits and burned bridged tokens: credited, or kept in suspense for their owner. Spec: `spec/ledger.md`, Commands.

use super::from_units;
use crate::ids::{Account, AssetId, ChainId};
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{BALANCES_MAX, State, Suspended};
use alloc::boxed::Box;
use wire::{
    U256,
    event::{Burned, Deposited},
};

impl State {
    pub(super) fn deposited(&mut self, chain: ChainId, event: &Deposited) -> Result<Effect, Refusal> {
        let asset = AssetId {
            chain,
            asset: event.asset,
        };
        let suspended = Suspended {
            account: event.account,
            asset,
            units: event.amount,
            booked: false,
        };
        let amount = match self.amount_of(asset, event.amount) {
            Ok(amount) => amount,
            Err(reason) => return Ok(self.suspend(chain, event.seq, suspended, reason)),
        };
        let effect = self.receive(chain, event.seq, suspended, Place::Vault, amount)?;
        self.reconcile(asset, &event.holdings)?;
        Ok(effect)
    }

    pub(super) fn burned(&mut self, chain: ChainId, event: &Burned) -> Result<Effect, Refusal> {
        let asset = event.home;
        let amount = self.amount_of(asset, event.amount)?;
        let supply = self.bridged.row_or_default(&(asset, chain));
        if amount > *supply {
            return Err(Refusal::Overdrawn {
                place: Place::Bearer,
                required: amount,
                available: *supply,
            });
        }
        *supply = supply.sub(amount)?;
        let suspended = Suspended {
            account: event.account,
            asset,
            units: event.amount,
            booked: false,
        };
        let effect = self.receive(chain, event.seq, suspended, Place::Bearer, amount)?;
        self.reconcile_supply(asset, chain, &event.holdings)?;
        Ok(effect)
    }

    /// Credits what has come, or books it as suspended.
    fn receive(
        &mut self,
        chain: ChainId,
        seq: u64,
        suspended: Suspended,
        from: Place,
        amount: Fixed,
    ) -> Result<Effect, Refusal> {
        let Suspended { account, asset, .. } = suspended;
        self.record_inflow(asset, amount)?;
        let verdict = self
            .creditable(account, asset, chain)
            .and_then(|()| self.require_source_room(asset, chain, amount));
        match verdict {
            Ok(()) => {
                self.credit_deposit(account, asset, from, amount)?;
                self.record_source(asset, chain, amount)?;
                Ok(Effect::Credited {
                    account,
                    asset,
                    amount,
                })
            }
            Err(reason) => {
                self.post(asset, from, Place::Suspense, amount)?;
                Ok(self.suspend(
                    chain,
                    seq,
                    Suspended {
                        booked: true,
                        ..suspended
                    },
                    reason,
                ))
            }
        }
    }

    /// Whether a deposit may be credited now.
    pub(crate) fn creditable(&self, account: Account, asset: AssetId, chain: ChainId) -> Result<(), Refusal> {
        self.require_open(asset, chain)?;
        if self.asset(asset)?.unit()?.is_zero() {
            return Err(Refusal::WorthlessShares);
        }
        self.require_room_for(account, asset)
    }

    /// Refuses one asset more than a sub may hold.
    pub(crate) fn require_room_for(&self, account: Account, asset: AssetId) -> Result<(), Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(());
        };
        if sub.balances.len() >= BALANCES_MAX && !sub.balances.contains_key(&asset) {
            return Err(Refusal::TooManyAssets { most: BALANCES_MAX });
        }
        Ok(())
    }

    /// Credits a deposit.
    pub(crate) fn credit_deposit(
        &mut self,
        account: Account,
        asset: AssetId,
        from: Place,
        amount: Fixed,
    ) -> Result<(), Refusal> {
        self.post(asset, from, Place::Sub(account), amount)?;
        let deposits = self
            .subs
            .row_or_default(&account)
            .net_deposits
            .entry(asset)
            .or_default();
        *deposits = deposits.add(amount)?;
        Ok(())
    }

    /// A chain's units of a known asset in the ledger's scale.
    pub(crate) fn amount_of(&self, asset: AssetId, units: U256) -> Result<Fixed, Refusal> {
        let decimals = self.asset(asset)?.terms.decimals;
        from_units(units, decimals)
            .filter(|amount| *amount <= AMOUNT_MAX)
            .ok_or(Refusal::TooManyUnits { units })
    }

    fn suspend(&mut self, chain: ChainId, seq: u64, suspended: Suspended, reason: Refusal) -> Effect {
        self.suspense.insert((chain, seq), suspended);
        Effect::Suspended {
            chain,
            seq,
            reason: Box::new(reason),
        }
    }
}

/// Largest amount at once: 2^110 raw.
pub(crate) const AMOUNT_MAX: Fixed = Fixed::from_raw(1 << 110);
