//! What a vault pays by a leaf once its chain has exited. Spec: `spec/ledger.md`, Root.

use super::*;
use crate::root::{Amounts, Roots};

/// What the leaf of a sub says it could take out, proved against the state's root.
fn exitable(world: &World, account: Account) -> Amounts {
    let mut state = world.state.clone();
    crate::root::seal(&mut state).unwrap();
    let (mut roots, found) = Roots::of(&state).unwrap();
    let proof = roots.subs().prove(&account, found.globals).unwrap().unwrap();
    proof.verify(&found.state_root()).unwrap().sums.exitable.clone()
}

fn cash(amount: i64) -> Amounts {
    Amounts::new(vec![(CASH, int(amount).raw().unsigned_abs())]).unwrap()
}

#[test]
fn exit_leaf_pays_at_most_equity() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_000, 100);
    world.price = 96;
    world.block(vec![]);
    assert_eq!(world.state.risk(ALICE).unwrap().requirement.value, int(6_000));
    assert_eq!(exitable(&world, ALICE), cash(6_000));
    assert_eq!(
        exitable(&world, BOB),
        cash(10_000),
        "nobody has paid for his profit yet"
    );
    assert_eq!(exitable(&world, CAROL), cash(10_000));
    let posted = world.state.assets[&CASH].vault.posted();
    assert!(int(26_000) <= posted);
}

#[test]
fn a_pending_withdrawal_is_in_no_leaf() {
    let mut world = World::funded();
    let request = world.withdraw(CAROL, CASH, int(1_001), HOME);
    world.one(request).unwrap();
    assert_eq!(exitable(&world, CAROL), cash(8_999));
}
