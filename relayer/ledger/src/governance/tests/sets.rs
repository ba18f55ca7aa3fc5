//! Sets per epoch, stake and evidence.

use super::*;

#[test]
fn the_next_set_is_frozen_a_block_before_it_takes_over() {
    let mut world = World::new();
    let newcomer = Address([9; 20]);
    world.state.attesters.row_or_default(&newcomer).weight = 1;
    world.block_after(DAY_MS, vec![]);
    let next = world.state.next_set().clone();
    assert_eq!((next.id, next.members.len()), (1, 5));
    assert_eq!(world.state.sets.current.id, 0);
    world.state.attesters.row_or_default(&Address([8; 20])).weight = 1;
    world.block(vec![]);
    assert_eq!(
        world.state.sets.current, next,
        "what changed in the last block counts one epoch later"
    );
    assert_eq!((world.state.sets.epoch, world.state.sets.next.clone()), (1, None));
    world.block_after(DAY_MS, vec![]);
    assert_eq!(world.state.next_set().members.len(), 6);
}

#[test]
fn an_epoch_without_change_keeps_its_set() {
    let mut world = World::new();
    world.block_after(DAY_MS, vec![]);
    world.block(vec![]);
    assert_eq!((world.state.sets.epoch, world.state.sets.current.id), (1, 0));
}

/// Six attesters, so that one may leave, of which the last is not in the first set.
fn with_six() -> World {
    let mut world = World::new();
    for index in 4..6 {
        world.state.attesters.insert(
            attester(index),
            crate::state::Attester {
                weight: 1,
                stake: int(100),
                ..Default::default()
            },
        );
        world.state.sets.current.members.insert(attester(index), 1);
    }
    world
}

fn rotate(world: &mut World, set_id: u32) {
    for chain in [HOME, AWAY] {
        let event = Rotated {
            seq: world.next_seq(chain),
            set_id,
            set_hash: Hash([1; 32]),
            height: 1,
        };
        world.event(chain, VaultEvent::Rotated(event));
    }
    world.block(vec![]);
}

#[test]
fn stake_leaves_when_every_vault_has_rotated_and_the_delay_is_over() {
    let mut world = with_six();
    let command = unstake(&mut world, 5, 60);
    world.one(command).unwrap();
    let stakes = |world: &World| world.state.stake_releases();
    world.block_after(DAY_MS, vec![]);
    world.block(vec![]);
    assert!(!world.state.sets.current.members.contains_key(&attester(5)));
    world.block_after(30 * DAY_MS, vec![]);
    assert!(stakes(&world).is_empty(), "a vault still takes its signature");
    let set = world.state.sets.current.id;
    rotate(&mut world, set);
    world.block_after(20 * DAY_MS, vec![]);
    assert!(stakes(&world).is_empty(), "the delay began with the rotation");
    world.block_after(DAY_MS, vec![]);
    let release = stakes(&world).pop().unwrap();
    assert_eq!(
        (release.asset, release.recipient),
        (STAKE, of_address(attester(5)))
    );
    assert_eq!(release.amount, U256::from(60_000_000_u64));
    assert!(world.state.outbox().contains(&OutboxEntry::Release(release)));
    let event = StakeReleased {
        seq: world.next_seq(HOME),
        attester: attester(5),
        amount: release.amount,
        stake: U256::from(40_000_000_u64),
    };
    world.event(HOME, VaultEvent::StakeReleased(event));
    world.block(vec![]);
    assert_eq!(world.state.attesters[&attester(5)].stake, int(40));
    assert!(stakes(&world).is_empty());
}

#[test]
fn who_asked_for_its_stake_gets_no_weight_until_it_is_paid() {
    let mut world = with_six();
    let subject = of_address(attester(5));
    let early = propose(&world, 1, "weight", subject, Fixed::from_raw(2));
    world.one(early).unwrap();
    world.block_after(LOOSEN_MS, vec![]);
    let command = unstake(&mut world, 5, 60);
    world.one(command).unwrap();
    let late = propose(&world, 2, "weight", subject, Fixed::from_raw(1));
    let attester = attester(5);
    assert_eq!(
        refused(&mut world, late),
        GovernanceRefusal::UnstakingAlready { attester }
    );
    let stale = enact(&mut world, 1);
    assert!(matches!(
        refused(&mut world, stale),
        GovernanceRefusal::Superseded { .. }
    ));
    assert_eq!(world.state.attesters[&attester].weight, 0);
}

#[test]
pub(crate) fn requests_for_stake_that_is_not_there_are_refused() {
    let mut world = with_six();
    let command = unstake(&mut world, 5, 101);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::TooMuchStake {
            amount: int(101),
            stake: int(100)
        }
    );
    let command = unstake(&mut world, 5, 0);
    assert_eq!(world.refused(command), Refusal::ZeroAmount);
    let command = unstake(&mut world, 5, -1);
    assert_eq!(
        world.refused(command),
        Refusal::NegativeAmount { amount: int(-1) }
    );
    let command = unstake(&mut world, 9, 1);
    assert_eq!(
        world.refused(command),
        Refusal::NotAnAttester { signer: attester(9) }
    );
    let command = unstake(&mut world, 5, 60);
    world.one(command).unwrap();
    let command = unstake(&mut world, 5, 1);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::UnstakingAlready {
            attester: attester(5)
        }
    );
}

#[test]
pub(crate) fn evidence_takes_the_weight_and_blocks_the_stake() {
    let mut world = with_six();
    let command = unstake(&mut world, 5, 60);
    world.one(command).unwrap();
    let block = Block {
        height: world.state.height + 1,
        time_ms: world.state.time_ms + 1_000,
        offenders: [4, 5]
            .map(|number| Offender {
                attester: attester(number),
                falsified: None,
            })
            .to_vec(),
        ..Block::default()
    };
    crate::block::apply_block(&mut world.state, &block)
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    let row = world.state.attesters[&attester(5)];
    assert_eq!((row.weight, row.accused, row.unstaking), (0, true, None));
    assert_eq!(row.stake, int(100), "stake follows the vault's events only");
    let command = unstake(&mut world, 5, 60);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::Accused {
            attester: attester(5)
        }
    );
    let command = halt_by(&mut world, 4, HOME);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::Accused {
            attester: attester(4)
        }
    );
    let command = propose(&world, 1, "weight", of_address(attester(4)), Fixed::from_raw(1));
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::Accused {
            attester: attester(4)
        }
    );
    let event = Slashed {
        seq: world.next_seq(HOME),
        attester: attester(5),
        amount: U256::from(1_u64),
        bucket: U256::from(1_u64),
    };
    world.event(HOME, VaultEvent::Slashed(event));
    world.block(vec![]);
    assert_eq!(world.state.attesters[&attester(5)].stake, Fixed::ZERO);
}

#[test]
fn stake_follows_the_vault_that_holds_it_and_no_other() {
    let mut world = World::new();
    for chain in [AWAY, HOME] {
        let stake = U256::from(7_000_000_u64 + u64::from(chain.0));
        let event = StakeDeposited {
            seq: world.next_seq(chain),
            attester: attester(0),
            amount: stake,
            stake,
        };
        world.event(chain, VaultEvent::StakeDeposited(event));
        world.block(vec![]);
    }
    assert_eq!(world.state.attesters[&attester(0)].stake, decimal("7.000001"));
}
