//! `Batch`: all of it or nothing, wherever the step stands that fails. Spec: `spec/ledger.md`, Commands.

use super::*;
use wire::command::Batch;

fn step(command: Command) -> Step {
    match command {
        Command::Owner(step) => step,
        other => unreachable!("{other:?}"),
    }
}

fn batch(steps: Vec<Step>) -> Command {
    Command::Batch(Batch {
        owner: ALICE.owner,
        steps,
    })
}

/// Three steps that each write another part of the state: the subs, the way out, the nonces.
fn steps(world: &mut World) -> Vec<Step> {
    [
        world.transfer(ALICE, 2, CASH, int(10)),
        world.withdraw(ALICE, CASH, int(101), HOME),
        world.cancel(ALICE, CancelScope::AllBelow, 1_000),
    ]
    .map(step)
    .to_vec()
}

#[test]
fn all_steps_apply_in_order() {
    let mut world = World::funded();
    let steps = steps(&mut world);
    let outcome = world.one(batch(steps));
    assert!(matches!(effect(outcome), Effect::Batch(effects) if effects.len() == 3));
    assert_eq!(world.claim(Account { sub: 2, ..ALICE }, CASH), int(10));
    assert_eq!(world.claim(ALICE, CASH), int(9_889));
    assert_eq!(world.state.withdrawals.len(), 1);
    assert_eq!(world.state.nonces[&ALICE].intents_from, 1_000);
}

#[test]
fn a_later_step_stands_on_an_earlier_one() {
    let mut world = World::funded();
    let there = step(world.transfer(ALICE, 2, CASH, int(10_000)));
    let back = step(world.transfer(Account { sub: 2, ..ALICE }, 1, CASH, int(4_000)));
    world.one(batch(vec![there, back])).unwrap();
    assert_eq!(world.claim(ALICE, CASH), int(4_000));
}

#[test]
fn one_step_that_fails_undoes_all_wherever_it_stands() {
    for place in 0..4 {
        let mut world = World::funded();
        let mut steps = steps(&mut world);
        steps.insert(place, step(world.transfer(ALICE, 3, CASH, int(1_000_000))));
        let refusal = world.refused(batch(steps.clone()));
        assert!(
            matches!(refusal, Refusal::InsufficientClaim { .. }),
            "{place}: {refusal}"
        );
        assert!(world.state.withdrawals.is_empty() && world.state.queue.is_empty());
        assert_eq!(world.state.nonces[&ALICE].intents_from, 0);
        for step in steps {
            let again = world.refused(Command::Owner(step));
            assert!(matches!(again, Refusal::Exists { .. }), "{place}: {again}");
        }
    }
}

#[test]
fn a_step_that_may_not_be_admitted_burns_none_of_them() {
    for place in 0..4 {
        let mut world = World::funded();
        let mut steps = steps(&mut world);
        let mut late = world.transfer(ALICE, 3, CASH, int(1));
        if let Command::Owner(Step::TransferSub(transfer)) = &mut late {
            transfer.expiry_ms = world.state.time_ms;
        }
        steps.insert(place, step(late));
        assert!(matches!(
            world.refused(batch(steps.clone())),
            Refusal::Expired { .. }
        ));
        steps.remove(place);
        world.one(batch(steps)).unwrap();
    }
}
