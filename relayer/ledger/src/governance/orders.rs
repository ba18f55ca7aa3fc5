//! Orders of one attester and statements of a quorum: who may, once each, and which rule applies.
//!
//! An attester's order carries a nonce, a quorum's statement a serial; each is remembered until the order's expiry, after which it is refused
//! for its age. Statements that cannot be said twice by their content (a vault's registration, a checkpoint, a proposal) carry neither.
//! Spec: `spec/ledger.md`, Commands; `spec/relayer.md`, Security layers.

use super::refusal::GovernanceRefusal;
use crate::command::{AttesterOrder, QuorumOrder};
use crate::ids::Address;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::State;
use alloc::vec::Vec;
use wire::command::AttesterCommand as _;

/// Most live nonces of attesters, and most live serials.
const IDS_MAX: usize = 1_024;

/// The kinds of statements that have a serial.
#[derive(Clone, Copy)]
enum Kind {
    Halt,
    Resume,
    CustodyLoss,
    Reorg,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Halt => 0,
            Self::Resume => 1,
            Self::CustodyLoss => 2,
            Self::Reorg => 3,
        }
    }
}

impl State {
    /// Applies what one attester orders.
    pub(crate) fn attester_order(&mut self, order: &AttesterOrder) -> Result<Effect, Refusal> {
        match order {
            AttesterOrder::Unstake(unstake) => {
                self.take_nonce(unstake.attester, unstake.nonce(), unstake.expiry_ms())?;
                self.unstake(unstake)
            }
            AttesterOrder::Enact(enact) => {
                self.require_member(enact.attester)?;
                self.take_nonce(enact.attester, enact.nonce(), enact.expiry_ms())?;
                self.enact(enact.proposal)
            }
            AttesterOrder::Halt(halt) => {
                self.require_member(halt.attester)?;
                self.take_nonce(halt.attester, halt.nonce(), halt.expiry_ms())?;
                self.halt_by_one(halt)
            }
        }
    }

    /// Applies what a quorum states.
    pub(crate) fn quorum_order(&mut self, order: &QuorumOrder) -> Result<Effect, Refusal> {
        match order {
            QuorumOrder::RegisterVault(registration) => self.register_vault(registration),
            QuorumOrder::Propose(proposal) => {
                self.require_live(proposal.expiry_ms)?;
                self.propose(proposal)
            }
            QuorumOrder::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            QuorumOrder::Halt(halt) => {
                self.take_serial(Kind::Halt, halt.serial, halt.expiry_ms)?;
                self.halt_by_quorum(halt)
            }
            QuorumOrder::Resume(resume) => {
                self.take_serial(Kind::Resume, resume.serial, resume.expiry_ms)?;
                self.resume(resume)
            }
            QuorumOrder::CustodyLoss(loss) => {
                self.take_serial(Kind::CustodyLoss, loss.serial, loss.expiry_ms)?;
                self.custody_loss(loss)
            }
            QuorumOrder::Reorg(statement) => {
                self.take_serial(Kind::Reorg, statement.serial, statement.expiry_ms)?;
                self.reorganise(statement)
            }
        }
    }

    /// Refuses whoever is not in the current set, or stands accused.
    fn require_member(&self, attester: Address) -> Result<(), Refusal> {
        let set = &self.sets.current;
        if !set.members.contains_key(&attester) {
            return Err(GovernanceRefusal::NotInSet {
                attester,
                set: set.id,
            }
            .into());
        }
        if self.attesters.get(&attester).is_some_and(|row| row.accused) {
            return Err(GovernanceRefusal::Accused { attester }.into());
        }
        Ok(())
    }

    fn take_nonce(&mut self, attester: Address, nonce: u64, expiry_ms: u64) -> Result<(), Refusal> {
        self.require_live(expiry_ms)?;
        require_room(self.attester_nonces.len())?;
        if self
            .attester_nonces
            .insert((attester, nonce), expiry_ms)
            .is_some()
        {
            return Err(GovernanceRefusal::NonceUsed { attester, nonce }.into());
        }
        Ok(())
    }

    fn take_serial(&mut self, kind: Kind, serial: u64, expiry_ms: u64) -> Result<(), Refusal> {
        self.require_live(expiry_ms)?;
        require_room(self.statements.len())?;
        let kind = kind.code();
        if self.statements.insert((kind, serial), expiry_ms).is_some() {
            return Err(GovernanceRefusal::SerialUsed { kind, serial }.into());
        }
        Ok(())
    }

    /// Forgets ids whose orders are refused for their age by now.
    pub(super) fn forget_orders(&mut self) {
        let now = self.time_ms;
        let over = |expiry_ms: &u64| *expiry_ms <= now;
        let nonces: Vec<_> = self
            .attester_nonces
            .iter()
            .filter(|row| over(row.1))
            .map(|row| *row.0)
            .collect();
        let serials: Vec<_> = self
            .statements
            .iter()
            .filter(|row| over(row.1))
            .map(|row| *row.0)
            .collect();
        for key in nonces {
            self.attester_nonces.remove(&key);
        }
        for key in serials {
            self.statements.remove(&key);
        }
    }
}

fn require_room(live: usize) -> Result<(), Refusal> {
    if live >= IDS_MAX {
        return Err(GovernanceRefusal::TooManyIds { live, most: IDS_MAX }.into());
    }
    Ok(())
}
