//! Ids: the same command twice, another under its id, expiry, and what burns a nonce.

use super::*;
use crate::state::{Ending, VALIDITY_MAX_MS};

fn changed(command: &Command, change: impl FnOnce(&mut TransferSub)) -> Command {
    let Command::Owner(Step::TransferSub(transfer)) = command else {
        panic!()
    };
    let mut transfer = *transfer;
    change(&mut transfer);
    Command::Owner(Step::TransferSub(transfer))
}

#[test]
pub(crate) fn the_same_command_exists_and_another_under_its_id_differs() {
    let mut world = World::funded();
    let first = world.transfer(ALICE, 2, CASH, int(10));
    let nonce = world.nonce;
    world.one(first.clone()).unwrap();
    assert_eq!(
        world.refused(first.clone()),
        Refusal::Exists {
            nonce,
            ending: Ending::Applied
        }
    );
    let other = changed(&first, |transfer| transfer.amount = 1);
    assert_eq!(
        world.refused(other),
        Refusal::ExistsWithDifferent {
            nonce,
            field: "amount"
        }
    );
    assert_eq!(world.claim(Account { sub: 2, ..ALICE }, CASH), int(10));
}

#[test]
fn a_business_refusal_burns_the_nonce_and_a_malformed_command_does_not() {
    let mut world = World::funded();
    let poor = world.transfer(ALICE, 2, CASH, int(1_000_000));
    let nonce = world.nonce;
    assert!(matches!(
        world.refused(poor.clone()),
        Refusal::InsufficientClaim { .. }
    ));
    assert_eq!(
        world.refused(poor),
        Refusal::Exists {
            nonce,
            ending: Ending::Refused
        }
    );

    let empty = world.transfer(ALICE, 2, CASH, Fixed::ZERO);
    assert_eq!(world.refused(empty.clone()), Refusal::ZeroAmount);
    world
        .one(changed(&empty, |transfer| transfer.amount = 1))
        .unwrap();
}

#[test]
pub(crate) fn an_expired_command_is_refused_and_its_nonce_forgotten() {
    let mut world = World::funded();
    let first = world.transfer(ALICE, 2, CASH, int(10));
    world.one(first.clone()).unwrap();
    assert_eq!(world.state.nonces[&ALICE].live, 1);
    world.block_after(DAY_MS, vec![]);
    assert!(!world.state.nonces.contains_key(&ALICE));
    assert!(world.state.uses.is_empty());
    assert!(world.state.expiring.is_empty());
    assert!(matches!(world.refused(first), Refusal::Expired { .. }));
}

#[test]
pub(crate) fn a_command_lives_a_week_at_most() {
    let mut world = World::funded();
    let long = world.transfer(ALICE, 2, CASH, int(10));
    let long = changed(&long, |transfer| transfer.expiry_ms += VALIDITY_MAX_MS);
    assert!(matches!(world.refused(long), Refusal::ExpiryTooFar { .. }));
}
