//! Stake on its way back to an attester.
//!
//! ```text
//!   Unstake ─► weight 0 ─► leaves the set ─► every vault has rotated beyond its last set ─► unstake delay ─► outbox ─► StakeReleased
//!                                                    evidence at any time: all of it stops
//! ```
//! The delay starts only when no vault accepts a signature of the member any more, so that whatever it signed can still be slashed. The
//! release is an outbox entry of the asset [`STAKE`] without an end; the vault pays it from the attester's stake.
//! Spec: `spec/relayer.md`, Security layers (slashing); `spec/parameters.md` (unstake delay).

use super::refusal::GovernanceRefusal;
use super::target::of_address;
use crate::command::Offender;
use crate::facts::to_units;
use crate::ids::{Address, ChainId, Hash};
use crate::math::Fixed;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Attester, State, Unstaking};
use alloc::vec::Vec;
use wire::{
    U256,
    command::Unstake,
    event::{Slashed, StakeReleased},
    outbox::Release,
};

/// What a release of stake names as its asset: the ASCII name right-padded, which is no asset of any chain.
pub const STAKE: Hash = Hash(*b"stake\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

impl State {
    pub(super) fn unstake(&mut self, order: &Unstake) -> Result<Effect, Refusal> {
        let (attester, amount) = (order.attester, Fixed::from_raw(order.amount));
        let row = self
            .attesters
            .row(&attester)
            .ok_or(Refusal::NotAnAttester { signer: attester })?;
        if row.accused {
            return Err(GovernanceRefusal::Accused { attester }.into());
        }
        if row.unstaking.is_some() {
            return Err(GovernanceRefusal::UnstakingAlready { attester }.into());
        }
        if amount.is_zero() {
            return Err(Refusal::ZeroAmount);
        }
        if amount.is_negative() {
            return Err(Refusal::NegativeAmount { amount });
        }
        if amount > row.stake {
            return Err(GovernanceRefusal::TooMuchStake {
                amount,
                stake: row.stake,
            }
            .into());
        }
        row.weight = 0;
        row.unstaking = Some(Unstaking {
            amount,
            not_before_ms: None,
            entry: None,
        });
        Ok(Effect::Done)
    }

    /// Starts the delay of whoever has left, and puts what has waited long enough into the outbox.
    pub(super) fn release_stakes(&mut self) {
        let waiting = |row: &Attester| row.unstaking.is_some_and(|unstaking| unstaking.entry.is_none());
        let waiting: Vec<Address> = self
            .attesters
            .iter()
            .filter(|row| waiting(row.1))
            .map(|row| *row.0)
            .collect();
        for attester in waiting {
            self.advance_unstaking(attester);
        }
    }

    fn advance_unstaking(&mut self, attester: Address) {
        let (now, gone) = (self.time_ms, self.has_left(&attester));
        let not_before_ms = now.saturating_add(self.parameters.unstake_delay_ms);
        let next_entry = self.scans.next_entry;
        let Some(row) = self.attesters.row(&attester) else {
            return;
        };
        let Some(unstaking) = row.unstaking.as_mut().filter(|_| !row.accused) else {
            return;
        };
        match unstaking.not_before_ms {
            None if gone => unstaking.not_before_ms = Some(not_before_ms),
            Some(not_before_ms) if not_before_ms <= now => {
                unstaking.entry = Some(next_entry);
                self.scans.next_entry.0 = next_entry.0.saturating_add(1);
            }
            _ => {}
        }
    }

    /// Whether no vault accepts the attester's signature any more.
    fn has_left(&self, attester: &Address) -> bool {
        let last_set = self.attesters.get(attester).map_or(0, |row| row.last_set);
        let vaults = self.chains.values().filter(|chain| chain.vault.is_some());
        !self.is_in_a_set(attester) && vaults.into_iter().all(|chain| chain.rotated_set > last_set)
    }

    /// The releases of stake that are in the outbox.
    pub fn stake_releases(&self) -> Vec<Release> {
        let Some(asset) = self.staking.asset else {
            return Vec::new();
        };
        let Some(vault) = self.chains.get(&asset.chain).and_then(|chain| chain.vault) else {
            return Vec::new();
        };
        let Ok(decimals) = self.asset(asset).map(|books| books.terms.decimals) else {
            return Vec::new();
        };
        let release = |(attester, row): (&Address, &Attester)| {
            let unstaking = row.unstaking.filter(|_| !row.accused)?;
            Some(Release {
                id: unstaking.entry?.0,
                chain: asset.chain,
                vault,
                asset: STAKE,
                recipient: of_address(*attester),
                amount: to_units(unstaking.amount.min(row.stake), decimals),
                valid_until: u64::MAX,
            })
        };
        self.attesters.iter().filter_map(release).collect()
    }

    /// An attester's stake is what its vault says; events of other vaults say nothing of it.
    pub(crate) fn set_stake(
        &mut self,
        chain: ChainId,
        attester: Address,
        stake: U256,
    ) -> Result<(), Refusal> {
        let Some(asset) = self.staking.asset.filter(|asset| asset.chain == chain) else {
            return Ok(());
        };
        let stake = self.amount_of(asset, stake)?;
        self.attesters.row_or_default(&attester).stake = stake;
        Ok(())
    }

    /// The vault has paid: the request is done.
    pub(crate) fn stake_released(&mut self, chain: ChainId, event: &StakeReleased) -> Result<(), Refusal> {
        self.set_stake(chain, event.attester, event.stake)?;
        self.attesters.row_or_default(&event.attester).unstaking = None;
        Ok(())
    }

    /// The vault has moved the whole stake to its bucket: evidence was proved to it.
    pub(crate) fn slashed(&mut self, chain: ChainId, event: &Slashed) -> Result<(), Refusal> {
        if self.staking.asset.is_none_or(|asset| asset.chain != chain) {
            return Ok(());
        }
        self.set_stake(chain, event.attester, U256::ZERO)?;
        self.accuse(event.attester)?;
        self.fill_bucket(event.amount, &event.bucket)
    }

    /// Evidence of the block convicts somebody.
    pub(crate) fn convict(&mut self, offender: &Offender) -> Result<Effect, Refusal> {
        self.accuse(offender.attester)?;
        self.remember_falsehood(offender);
        Ok(Effect::Done)
    }

    /// Evidence stands against an attester: no weight in the next set, no stake back.
    fn accuse(&mut self, attester: Address) -> Result<(), Refusal> {
        let row = self
            .attesters
            .row(&attester)
            .ok_or(Refusal::NotAnAttester { signer: attester })?;
        row.weight = 0;
        row.accused = true;
        row.unstaking = None;
        Ok(())
    }
}
