//! Vault events that move no user's money by themselves, and exits.
//!
//! Stake follows these events only; a declared exit freezes the chain's claims until it is cancelled or each is paid by its proof.
//! Spec: `spec/relayer.md`, Security layers (slashing, exit).

use crate::ids::{AssetId, ChainId, EntryId};
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::risk::Origin;
use crate::state::{Chain, State};
use wire::{
    command::Scope,
    event::{Exited, VaultEvent},
};

impl State {
    pub(super) fn vault_notice(&mut self, chain: ChainId, event: &VaultEvent) -> Result<Effect, Refusal> {
        match event {
            VaultEvent::Rotated(rotation) => self.chain_mut(chain)?.rotated_set = rotation.set_id,
            VaultEvent::ExitDeclared(_) => self.chain_mut(chain)?.exited = true,
            VaultEvent::ExitCancelled(_) => self.chain_mut(chain)?.exited = false,
            VaultEvent::StakeDeposited(deposit) => self.set_stake(chain, deposit.attester, deposit.stake)?,
            VaultEvent::StakeReleased(release) => self.stake_released(chain, release)?,
            VaultEvent::Slashed(slash) => self.slashed(chain, slash)?,
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
        self.take_back(asset, Some(event.account), Place::Vault, amount, Origin::Other)?;
        self.reconcile(asset, &event.holdings)?;
        Ok(Effect::Done)
    }

    fn chain_mut(&mut self, chain: ChainId) -> Result<&mut Chain, Refusal> {
        self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })
    }
}
