//! Commands: admission by id and expiry, then the command's own rule, then what its id is remembered for.
//!
//! ```text
//!   expired? ─► id used? ─► apply ─┬─► Ok: committed, nonce burned as Applied
//!                                  └─► business refusal: rolled back, nonce burned as Refused
//! ```
//! A command that says nothing that could ever be applied burns nothing. Spec: `spec/ledger.md`, Commands.

mod admission;
mod batch;
mod cancel;
mod difference;
mod fill;
mod intents;
mod suspense;
mod transfer_sub;
mod withdraw;

pub(crate) use intents::PRICE_MAX;

use crate::block::Outcome;
use crate::command::Command;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Ending, State};
use wire::command::Step;

impl State {
    /// Applies one command.
    pub(crate) fn command(&mut self, command: &Command) -> Outcome {
        match command {
            Command::Owner(step) => self.owner_command(step),
            Command::Batch(batch) => self.batch(batch),
            Command::Fill(fill) => self.isolated(|state| state.fill(fill)),
            Command::Flag(flag) => self.isolated(|state| state.flag(flag.target)),
            Command::Attester(order) => self.isolated(|state| state.attester_order(order)),
            Command::Quorum(order) => self.isolated(|state| state.quorum_order(order)),
        }
    }

    fn owner_command(&mut self, step: &Step) -> Outcome {
        self.admit(step)?;
        let outcome = self.isolated(|state| state.step(step));
        match &outcome {
            Ok(_) => self.burn(step, Ending::Applied),
            Err(refusal) if refusal.burns() => self.burn(step, Ending::Refused),
            Err(_) => {}
        }
        outcome
    }

    /// The rule of one owner's command.
    fn step(&mut self, step: &Step) -> Result<Effect, Refusal> {
        match step {
            Step::ClaimSuspense(claim) => self.claim_suspense(claim),
            Step::RequestWithdraw(request) => self.request_withdraw(request),
            Step::CancelWithdraw(cancel) => self.cancel_withdraw(cancel),
            Step::CancelIntents(cancel) => self.cancel_intents(cancel),
            Step::TransferSub(transfer) => self.transfer_sub(transfer),
            Step::SetModel(set) => self.set_model(set),
            Step::LiquidationBid(bid) => self.liquidation_bid(bid),
        }
    }
}
