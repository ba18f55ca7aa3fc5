//! `Batch`: commands of one owner, all or none. Spec: `spec/ledger.md`, Commands.
//!
//! Each step is admitted under its own id before any applies; two steps under one id are a malformed batch. All ids are burned alike.

use crate::block::Outcome;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Ending, State};
use alloc::collections::BTreeSet;
use wire::command::Batch;

impl State {
    pub(super) fn batch(&mut self, batch: &Batch) -> Outcome {
        batch.check()?;
        let ids: BTreeSet<_> = batch.steps.iter().map(|step| step.id()).collect();
        if ids.len() != batch.steps.len() {
            return Err(Refusal::RepeatedId {
                steps: batch.steps.len(),
                ids: ids.len(),
            });
        }
        batch.steps.iter().try_for_each(|step| self.admit(step))?;
        let outcome = self.isolated(|state| {
            let effects: Result<_, Refusal> = batch.steps.iter().map(|step| state.step(step)).collect();
            effects.map(Effect::Batch)
        });
        let ending = match &outcome {
            Ok(_) => Ending::Applied,
            Err(refusal) if refusal.burns() => Ending::Refused,
            Err(_) => return outcome,
        };
        batch.steps.iter().for_each(|step| self.burn(step, ending));
        outcome
    }
}
