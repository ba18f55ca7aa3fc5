//! A state from a snapshot taken in the middle of everything goes on as the one that wrote it. Spec: `spec/ledger.md`, Root.

use super::*;
use crate::root::{Roots, seal};
use crate::snapshot;
use crate::state::Stage;

/// Two auctions' worth of trouble: Alice under auction, Bob's withdrawals in the outbox and in the queue, a deposit in suspense, an intent
/// filled in part, an id burned.
fn in_the_middle() -> World {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_500, 100);
    world.price = 95;
    world.block(vec![]);
    world.block(vec![]);
    let small = world.withdraw(CAROL, CASH, int(1_001), HOME);
    let large = world.withdraw(CAROL, CASH, int(5_000), AWAY);
    let failing = world.withdraw(CAROL, CASH, int(1_000_000), HOME);
    world.block(vec![small, large, failing]);
    let mut part = world.meet(CAROL, BOB, 3, 95);
    part.quantity = int(1).raw();
    world.one(Command::Fill(part)).unwrap();
    world.deposit(BOB, CASH, 200_000);
    world.block(vec![]);
    let stages = || world.state.withdrawals.values().map(|row| &row.stage);
    assert!(stages().any(|stage| matches!(stage, Stage::Queued { .. })));
    assert!(stages().any(|stage| matches!(stage, Stage::InOutbox { .. })));
    assert!(world.state.auctions.contains_key(&ALICE) && !world.state.suspense.is_empty());
    world
}

fn root(world: &mut World, roots: &mut Roots) -> Hash {
    let changes = seal(&mut world.state).unwrap();
    roots.apply(changes).unwrap().state_root()
}

/// Goes on with the same blocks for two hours: the auction runs out, the queue empties, funding falls due.
fn go_on(world: &mut World) -> Vec<Hash> {
    seal(&mut world.state).unwrap();
    let (mut roots, first) = Roots::of(&world.state).unwrap();
    let mut found = vec![first.state_root()];
    for place in 0..60 {
        world.price = [95, 93, 92, 94][place % 4];
        let command = world.transfer(CAROL, 2, CASH, int(1));
        world.block_after([1_000, 5_000, 400_000][place % 3], vec![command]);
        found.push(root(world, &mut roots));
    }
    found
}

#[test]
fn a_replay_from_a_snapshot_in_the_middle_gives_the_same_roots() {
    let mut world = in_the_middle();
    let bytes = snapshot::encode(&world.state);
    let mut other = World {
        state: snapshot::restore(&bytes, &snapshot::hash(&bytes)).unwrap(),
        nonce: world.nonce,
        price: world.price,
        ..World::new()
    };
    assert_eq!(go_on(&mut world), go_on(&mut other));
    let (first, second) = (snapshot::encode(&world.state), snapshot::encode(&other.state));
    assert_eq!(first, second);
    assert!(first != bytes, "something happened");
}
