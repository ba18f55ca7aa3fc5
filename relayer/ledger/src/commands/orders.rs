//! What attesters order: one alone, or a quorum. Spec: `spec/relayer.md`, Security layers; `spec/ledger.md`, Commands.

use crate::command::{AttesterOrder, QuorumOrder};
use crate::ids::Address;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Authority, Halt, State};
use wire::command::{Checkpoint, CustodyLoss, HaltByOne, RegisterVault, Scope};

/// A single attester may halt once in this time.
const HALT_PAUSE_MS: u64 = 86_400_000;

/// Kinds of quorum statements that carry a serial.
#[derive(Clone, Copy)]
enum Serial {
    Halt,
    Resume,
    CustodyLoss,
    Reorg,
}

impl State {
    pub(super) fn attester_order(&mut self, order: &AttesterOrder) -> Result<Effect, Refusal> {
        match order {
            AttesterOrder::Halt(halt) => {
                self.admit_attester(halt.attester, halt.nonce, halt.expiry_ms)?;
                self.halt_by_one(halt)
            }
            AttesterOrder::Unstake(_) => Err(Refusal::NotInForce { what: "Unstake" }),
            AttesterOrder::Enact(_) => Err(Refusal::NotInForce { what: "Enact" }),
        }
    }

    pub(super) fn quorum_order(&mut self, order: &QuorumOrder) -> Result<Effect, Refusal> {
        match order {
            QuorumOrder::RegisterVault(vault) => self.register_vault(vault),
            QuorumOrder::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            QuorumOrder::Halt(halt) => {
                self.admit_statement(Serial::Halt, halt.serial, halt.expiry_ms)?;
                let row = Halt {
                    authority: Authority::Quorum,
                    reason: halt.reason,
                    until_ms: None,
                };
                self.halts.insert(halt.scope, row);
                Ok(Effect::Done)
            }
            QuorumOrder::CustodyLoss(loss) => {
                self.admit_statement(Serial::CustodyLoss, loss.serial, loss.expiry_ms)?;
                self.custody_loss(loss)
            }
            QuorumOrder::Resume(resume) => {
                self.admit_statement(Serial::Resume, resume.serial, resume.expiry_ms)?;
                self.resume(resume.scope)
            }
            QuorumOrder::Reorg(reorg) => {
                self.admit_statement(Serial::Reorg, reorg.serial, reorg.expiry_ms)?;
                Err(Refusal::NotInForce {
                    what: "ReorgStatement",
                })
            }
            QuorumOrder::Propose(_) => Err(Refusal::NotInForce { what: "Propose" }),
        }
    }

    fn admit_attester(&mut self, attester: Address, nonce: u64, expiry_ms: u64) -> Result<(), Refusal> {
        self.require_live(expiry_ms)?;
        if !self.sets.current.members.contains_key(&attester) {
            return Err(Refusal::NotAnAttester { signer: attester });
        }
        match self.attester_nonces.insert((attester, nonce), expiry_ms) {
            None => Ok(()),
            Some(_) => Err(Refusal::Repeated { serial: nonce }),
        }
    }

    fn admit_statement(&mut self, kind: Serial, serial: u64, expiry_ms: u64) -> Result<(), Refusal> {
        self.require_live(expiry_ms)?;
        match self.statements.insert((code(kind), serial), expiry_ms) {
            None => Ok(()),
            Some(_) => Err(Refusal::Repeated { serial }),
        }
    }

    fn register_vault(&mut self, vault: &RegisterVault) -> Result<Effect, Refusal> {
        let chain = vault.chain;
        let row = self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })?;
        if row.vault.is_some() {
            return Err(Refusal::VaultKnown { chain });
        }
        row.vault = Some(vault.address);
        row.code_hash = vault.code_hash;
        Ok(Effect::Done)
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<Effect, Refusal> {
        let newest = self
            .checkpoints
            .get(&checkpoint.chain)
            .map_or(0, |known| known.height);
        if checkpoint.height <= newest {
            return Err(Refusal::OldCheckpoint {
                height: checkpoint.height,
                newest,
            });
        }
        self.checkpoints.insert(checkpoint.chain, *checkpoint);
        Ok(Effect::Done)
    }

    fn custody_loss(&mut self, loss: &CustodyLoss) -> Result<Effect, Refusal> {
        let amount = super::transfer_sub::positive(loss.amount)?;
        if let Some(account) = loss.account {
            self.touch(account)?;
        }
        self.lose(loss.asset, loss.account, amount)?;
        Ok(Effect::Done)
    }

    fn halt_by_one(&mut self, order: &HaltByOne) -> Result<Effect, Refusal> {
        let (now, chain) = (self.time_ms, order.chain);
        if !self.chains.contains_key(&chain) {
            return Err(Refusal::UnknownChain { chain });
        }
        let attester = self.attesters.row_or_default(&order.attester);
        if let Some(last_ms) = attester
            .halt_ms
            .filter(|last_ms| now < last_ms.saturating_add(HALT_PAUSE_MS))
        {
            return Err(Refusal::HaltedToday {
                last_ms,
                time_ms: now,
            });
        }
        attester.halt_ms = Some(now);
        let until_ms = now.saturating_add(self.parameters.attester_halt_ms);
        if self.halt(Scope::Chain(chain)).is_none() {
            let row = Halt {
                authority: Authority::Attester,
                reason: order.reason,
                until_ms: Some(until_ms),
            };
            self.halts.insert(Scope::Chain(chain), row);
        }
        Ok(Effect::Done)
    }

    /// Ends a halt after the delay of every loosening.
    fn resume(&mut self, scope: Scope) -> Result<Effect, Refusal> {
        let until_ms = self.time_ms.saturating_add(crate::parameters::LOOSEN_MS);
        let halt = self.halts.row(&scope).ok_or(Refusal::NotHalted { scope })?;
        halt.until_ms = Some(halt.until_ms.map_or(until_ms, |sooner| sooner.min(until_ms)));
        Ok(Effect::Done)
    }
}

const fn code(kind: Serial) -> u8 {
    match kind {
        Serial::Halt => 0,
        Serial::Resume => 1,
        Serial::CustodyLoss => 2,
        Serial::Reorg => 3,
    }
}
