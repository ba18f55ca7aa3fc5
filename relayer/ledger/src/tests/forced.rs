//! Forced commands: bytes that a user gave to a vault, run when their event is applied. Spec: `spec/relayer.md`, forced inclusion.

use super::*;
use crate::state::Ending;
use wire::encoding::DecodeError;

/// What the forced commands of a block came to.
fn forced(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let effects = outcomes.into_iter().filter_map(Result::ok);
    effects
        .filter_map(|receipt| match receipt.effect {
            Effect::Forced(outcome) => Some(*outcome),
            _ => None,
        })
        .collect()
}

#[test]
fn a_forced_command_does_what_it_would_have_done_if_sent() {
    let mut world = World::funded();
    let transfer = world.transfer(ALICE, 2, CASH, int(10));
    world.force(Ok(transfer));
    let outcomes = forced(world.block(vec![]));
    assert!(matches!(outcomes.as_slice(), [Ok(receipt)] if receipt.subs.len() == 2));
    assert_eq!(world.claim(ALICE, CASH), int(9_990));
}

#[test]
fn bytes_that_are_no_command_move_the_cursor_and_nothing_else() {
    let mut world = World::funded();
    let (before, seq) = (world.state.subs.clone(), world.next_seq(HOME));
    let unreadable = Refusal::from(DecodeError::Truncated { missing: 1 });
    world.force(Err(unreadable.clone()));
    assert_eq!(forced(world.block(vec![])), [Err(unreadable)]);
    assert_eq!(world.next_seq(HOME), seq + 1);
    assert_eq!(world.state.subs, before);
    assert!(world.state.uses.is_empty());
    world.deposit(BOB, CASH, 5);
    world.block(vec![]);
    assert_eq!(world.claim(BOB, CASH), int(10_005), "the vault's events go on");
}

#[test]
fn a_forced_duplicate_of_a_sent_command_exists() {
    let mut world = World::funded();
    let transfer = world.transfer(ALICE, 2, CASH, int(10));
    world.one(transfer.clone()).unwrap();
    let nonce = world.nonce;
    world.force(Ok(transfer));
    let exists = Refusal::Exists {
        nonce,
        ending: Ending::Applied,
    };
    assert_eq!(forced(world.block(vec![])), [Err(exists)]);
    assert_eq!(world.claim(ALICE, CASH), int(9_990));
}

#[test]
fn a_command_sent_and_forced_in_one_block_is_done_once_by_the_forced_one() {
    let mut world = World::funded();
    let transfer = world.transfer(ALICE, 2, CASH, int(10));
    world.force(Ok(transfer.clone()));
    let outcomes = world.block(vec![transfer]);
    assert!(matches!(outcomes.first(), Some(Err(Refusal::Exists { .. }))));
    assert!(matches!(forced(outcomes).as_slice(), [Ok(_)]));
    assert_eq!(world.claim(ALICE, CASH), int(9_990));
}

#[test]
fn cancels_come_before_forced_commands_and_those_before_the_others() {
    let mut world = World::funded();
    let fill = world.meet(ALICE, BOB, 1, 100);
    let (stale, mut fresh) = (fill.clone(), world.meet(ALICE, BOB, 1, 100));
    fresh.take = Intent {
        reduce_only: true,
        ..fresh.take
    };
    let cancel = world.cancel(ALICE, CancelScope::One, stale.post.nonce);
    let all = world.transfer(ALICE, 2, CASH, int(10_000));
    let late = world.transfer(ALICE, 3, CASH, int(1));
    world.force(Ok(Command::Fill(stale)));
    world.force(Ok(all));
    let outcomes = world.block(vec![late, Command::Fill(fresh), cancel]);
    assert!(
        matches!(outcomes[0], Err(Refusal::InsufficientClaim { .. })),
        "behind the forced transfer of everything: {:?}",
        outcomes[0]
    );
    assert!(outcomes[1].is_err() && outcomes[2].is_ok());
    let forced = forced(outcomes);
    assert!(
        matches!(forced[0], Err(Refusal::IntentCancelled { .. })),
        "cancelled in the same block: {:?}",
        forced[0]
    );
    assert!(forced[1].is_ok());
    assert!(world.state.subs[&ALICE].positions.is_empty());
}

#[test]
fn forced_commands_run_in_the_order_of_their_events() {
    let mut world = World::funded();
    for (from, to) in [(1, 2), (2, 3), (3, 4)] {
        let order = world.transfer(Account { sub: from, ..ALICE }, to, CASH, int(10_000));
        world.force(Ok(order));
    }
    assert!(forced(world.block(vec![])).iter().all(Result::is_ok));
    assert_eq!(world.claim(Account { sub: 4, ..ALICE }, CASH), int(10_000));
}

#[test]
fn a_forced_withdrawal_leaves_like_any_other() {
    let mut world = World::funded();
    let request = world.withdraw(BOB, CASH, int(101), HOME);
    world.force(Ok(request));
    assert!(matches!(
        forced(world.block(vec![])).as_slice(),
        [Ok(Receipt {
            effect: Effect::Withdrawing { .. },
            ..
        })]
    ));
    world.block(vec![]);
    assert_eq!(world.state.assets[&CASH].vault.pending(), int(100));
}
