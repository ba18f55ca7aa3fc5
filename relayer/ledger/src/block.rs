//! One block, applied in the specified order; nothing else changes the state.
//!
//! ```text
//!   certified facts ─► evidence ─► reports ─► Tick(time) ─► cancels ─► forced commands ─► the other commands ─► epoch
//! ```
//! Results come back in the order of the block's sections: facts, offenders, reports, commands, then forced commands in the order of their
//! events. Every input has its own outcome; a refused one leaves the subs as they were. Spec: `spec/ledger.md`, A block applies.

use crate::command::{Block, Command, Fact};
use crate::receipt::{Effect, Receipt};
use crate::refusal::Refusal;
use crate::state::State;
use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use wire::command::Step;

/// What became of one input.
pub type Outcome = Result<Receipt, Refusal>;

/// Applies `block`, whose height and time its certificate has already bound to follow the state's.
pub fn apply_block(state: &mut State, block: &Block) -> Vec<Outcome> {
    state.height = block.height;
    state.time_ms = state.time_ms.max(block.time_ms);
    let mut outcomes: Vec<Outcome> = block
        .facts
        .iter()
        .map(|fact| state.input(|state| state.fact(fact)))
        .collect();
    outcomes.extend(
        block
            .offenders
            .iter()
            .map(|offender| state.input(|state| state.isolated(|state| state.convict(offender)))),
    );
    outcomes.extend(
        block
            .reports
            .iter()
            .map(|report| state.input(|state| state.isolated(|state| state.report(report)))),
    );
    state.tick();
    let commands = apply_commands(state, block, &outcomes);
    outcomes.extend(commands);
    state.close_block();
    outcomes
}

/// Cancels first, forced commands whose event was applied next, the others last; outcomes by place in the block, forced ones behind.
/// `applied` begins with the outcomes of the facts.
fn apply_commands(state: &mut State, block: &Block, applied: &[Outcome]) -> Vec<Outcome> {
    let cancels = block.commands.iter().filter(|command| is_cancel(command));
    let mut cancelled: VecDeque<Outcome> = cancels
        .map(|command| state.input(|state| state.command(command)))
        .collect();
    let forced: Vec<Outcome> = block
        .facts
        .iter()
        .zip(applied)
        .filter_map(|(fact, outcome)| match fact {
            Fact::Forced { command, .. } if outcome.is_ok() => Some(command),
            _ => None,
        })
        .map(|command| {
            state.input(|state| match command {
                Ok(command) => state.command(command),
                Err(refusal) => Err(refusal.clone()),
            })
        })
        .map(|outcome| {
            Ok(Receipt {
                effect: Effect::Forced(Box::new(outcome)),
                subs: Vec::new(),
            })
        })
        .collect();
    let mut outcomes = Vec::with_capacity(block.commands.len().saturating_add(forced.len()));
    for command in &block.commands {
        let done = if is_cancel(command) {
            cancelled.pop_front()
        } else {
            None
        };
        outcomes.push(done.unwrap_or_else(|| state.input(|state| state.command(command))));
    }
    outcomes.extend(forced);
    outcomes
}

fn is_cancel(command: &Command) -> bool {
    matches!(
        command,
        Command::Owner(Step::CancelIntents(_) | Step::CancelWithdraw(_))
    )
}

impl State {
    /// Applies one input of the block; every outcome that a block answers comes from here, so that tests see each refusal beside its subs.
    fn input(&mut self, apply: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        #[cfg(test)]
        let before = crate::tests::witness::Before::of(self);
        let outcome = apply(self);
        #[cfg(test)]
        before.judge(self, &outcome);
        outcome
    }

    /// Runs `work`; keeps all of what it wrote and names the subs, or keeps nothing.
    pub(crate) fn isolated(&mut self, work: impl FnOnce(&mut Self) -> Result<Effect, Refusal>) -> Outcome {
        self.begin();
        match work(self) {
            Ok(effect) => {
                let subs = self.subs.written();
                self.commit();
                Ok(Receipt { effect, subs })
            }
            Err(refusal) => {
                #[cfg(test)]
                crate::tests::witness::rolled_back(&refusal);
                self.roll_back();
                Err(refusal)
            }
        }
    }
}
