//! Vault events that move no user's money by themselves, and exits.
//!
//! Stake follows these events only; a declared exit freezes the chain's claims until it is cancelled or each is paid by its proof.
//! Spec: `spec/relayer.md`, Security layers (slashing, exit).

use super::{from_units, to_units};
use crate::ids::{Account, Address, AssetId, ChainId, EntryId};
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Chain, State};
use wire::{
    U256,
    command::Scope,
    event::{Exited, VaultEvent},
};

/// Stake is counted at 1e18 in its vault.
const STAKE_DECIMALS: u8 = 18;

impl State {
    pub(super) fn vault_notice(&mut self, chain: ChainId, event: &VaultEvent) -> Result<Effect, Refusal> {
        match event {
            VaultEvent::Rotated(rotation) => self.chain_mut(chain)?.rotated_set = rotation.set_id,
            VaultEvent::ExitDeclared(_) => self.chain_mut(chain)?.exited = true,
            VaultEvent::ExitCancelled(_) => self.chain_mut(chain)?.exited = false,
            VaultEvent::StakeDeposited(deposit) => self.set_stake(deposit.attester, deposit.stake)?,
            VaultEvent::StakeReleased(release) => self.set_stake(release.attester, release.stake)?,
            VaultEvent::Slashed(slash) => self.slashed(slash.attester)?,
            VaultEvent::Governed(change) => drop(self.vault_changes.remove(&EntryId(change.id))),
            VaultEvent::Report(report) if report.balance < report.holdings => {
                self.halt_for_gap(Scope::Asset(AssetId {
                    chain,
                    asset: report.asset,
                }));
            }
            _ => {}
        }
        Ok(Effect::Done)
    }

    /// A claim that its vault paid by the exit's proof leaves the books.
    pub(super) fn exited(&mut self, chain: ChainId, event: &Exited) -> Result<Effect, Refusal> {
        let asset = AssetId {
            chain,
            asset: event.asset,
        };
        let amount = self.amount_of(asset, event.amount)?;
        self.lose(asset, Some(event.account), amount)?;
        self.reconcile(asset, &event.holdings)?;
        Ok(Effect::Done)
    }

    /// Takes what has left the vault out of the books: from the sub that has it first, then from insurance, then from all claims alike.
    ///
    /// # Errors
    /// [`Refusal::Overdrawn`] when less than that was owed.
    pub(crate) fn lose(
        &mut self,
        asset: AssetId,
        account: Option<Account>,
        amount: Fixed,
    ) -> Result<(), Refusal> {
        let mut left = amount;
        if let Some(account) = account {
            let claim = self.claim(account, asset)?.min(left);
            self.post(asset, Place::Margin(account), Place::Vault, claim)?;
            left = left.sub(claim)?;
        }
        let insured = self.asset(asset)?.insurance.min(left);
        self.post(asset, Place::Insurance, Place::Vault, insured)?;
        self.cut_rate(asset, left.sub(insured)?, Place::Vault)
    }

    fn chain_mut(&mut self, chain: ChainId) -> Result<&mut Chain, Refusal> {
        self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })
    }

    fn set_stake(&mut self, attester: Address, stake: U256) -> Result<(), Refusal> {
        let stake = from_units(stake, STAKE_DECIMALS).ok_or(Refusal::TooManyUnits { units: stake })?;
        self.attesters.row_or_default(&attester).stake = stake;
        Ok(())
    }

    fn slashed(&mut self, attester: Address) -> Result<(), Refusal> {
        self.set_stake(attester, to_units(Fixed::ZERO, STAKE_DECIMALS))?;
        self.accuse(attester).map(drop)
    }

    /// Evidence stands against an attester: no weight in the next set, no stake back.
    pub(crate) fn accuse(&mut self, attester: Address) -> Result<Effect, Refusal> {
        let row = self
            .attesters
            .row(&attester)
            .ok_or(Refusal::NotAnAttester { signer: attester })?;
        row.weight = 0;
        row.accused = true;
        Ok(Effect::Done)
    }
}
