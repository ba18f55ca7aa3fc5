//! Vaults, trust roots, losses and reorganisations.

use super::*;

#[test]
pub(crate) fn a_chain_has_one_vault_and_it_has_an_address() {
    let mut world = World::new();
    world.state.chains.row(&AWAY).unwrap().vault = None;
    let vault = |chain, address| {
        quorum(QuorumOrder::RegisterVault(RegisterVault {
            chain,
            evm_chain_id: 1,
            address,
            code_hash: Hash([4; 32]),
            from_height: 100,
        }))
    };
    assert_eq!(
        refused(&mut world, vault(AWAY, Hash::ZERO)),
        GovernanceRefusal::ZeroVault
    );
    world.one(vault(AWAY, Hash([2; 32]))).unwrap();
    assert_eq!(world.state.chains[&AWAY].cursor.height, 99);
    assert_eq!(world.state.chains[&AWAY].evm_chain_id, 1);
    assert_eq!(
        refused(&mut world, vault(AWAY, Hash([3; 32]))),
        GovernanceRefusal::VaultExists { chain: AWAY }
    );
    assert_eq!(
        world.refused(vault(ChainId(9), Hash([3; 32]))),
        Refusal::UnknownChain { chain: ChainId(9) }
    );
}

#[test]
pub(crate) fn checkpoints_only_rise_and_end() {
    let mut world = World::new();
    let checkpoint = |height, not_after| {
        quorum(QuorumOrder::Checkpoint(Checkpoint {
            chain: HOME,
            height,
            hash: Hash([1; 32]),
            not_after,
        }))
    };
    world.one(checkpoint(10, u64::MAX)).unwrap();
    assert_eq!(
        refused(&mut world, checkpoint(10, u64::MAX)),
        GovernanceRefusal::CheckpointTooLow {
            chain: HOME,
            height: 10,
            last: 10
        }
    );
    assert!(matches!(
        refused(&mut world, checkpoint(11, 1_000)),
        GovernanceRefusal::CheckpointOver { not_after: 1_000, .. }
    ));
    assert_eq!(world.state.checkpoints[&HOME].height, 10);
}

#[test]
fn a_custody_loss_is_paid_by_the_sub_then_insurance_then_all_claims() {
    let mut world = World::funded();
    world
        .state
        .post(
            CASH,
            crate::posting::Place::Sub(BOB),
            crate::posting::Place::Insurance,
            int(1_000),
        )
        .unwrap();
    let command = loss(&mut world, Some(ALICE), 12_000);
    world.one(command).unwrap();
    assert_eq!(world.claim(ALICE, CASH), Fixed::ZERO);
    assert!(world.state.assets[&CASH].insurance < decimal("0.000001"));
    // 1,000 of the 19,000 that Bob and Carol hold.
    let bob = world.claim(BOB, CASH);
    assert!(bob > decimal("8526.31") && bob < decimal("8526.32"), "{bob}");
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(18_000));
    let command = loss(&mut world, None, 0);
    assert_eq!(world.refused(command), Refusal::ZeroAmount);
    let command = loss(&mut world, None, -1);
    assert_eq!(
        world.refused(command),
        Refusal::NegativeAmount { amount: int(-1) }
    );
    let command = loss(&mut world, None, 1_000_000);
    assert!(matches!(world.refused(command), Refusal::Overdrawn { .. }));
}

#[test]
fn what_a_thief_asked_to_withdraw_is_called_off() {
    let mut world = World::funded();
    world.state.parameters.large_transfer_delay_ms = DAY_MS;
    let request = world.withdraw(ALICE, CASH, int(9_900), HOME);
    world.one(request).unwrap();
    assert!(!world.state.queue.is_empty());
    let command = loss(&mut world, Some(ALICE), 10_000);
    world.one(command).unwrap();
    assert!(world.state.queue.is_empty() && world.state.withdrawals.is_empty());
    assert_eq!(world.claim(BOB, CASH), int(10_000));
    assert_eq!(world.state.assets[&CASH].rate, Fixed::ONE);
}

fn reorganisation(world: &mut World, first_seq: u64, reversals: Vec<Reversal>) -> ReorgStatement {
    let cursor = world.state.chains[&HOME].cursor;
    let at = |height, byte| BlockRef {
        height,
        hash: Hash([byte; 32]),
    };
    ReorgStatement {
        serial: world.next_nonce(),
        expiry_ms: world.expiry_ms(),
        chain: HOME,
        old: at(cursor.height, 1),
        new: at(cursor.height, 2),
        first_seq,
        reversals,
    }
}

fn reversal(seq: u64, account: Account, amount: i64) -> Reversal {
    Reversal {
        seq,
        account,
        asset: CASH,
        amount: int(amount).raw(),
    }
}

#[test]
fn a_reorganisation_takes_credits_back_and_the_cursor_with_them() {
    let mut world = World::new();
    world.deposit(ALICE, CASH, 10_000);
    world.deposit(BOB, CASH, 20_000);
    world.deposit(BOB, CASH, 80_000);
    world.block(vec![]);
    assert_eq!(world.state.suspense.len(), 1, "above what the chain may bring in");
    let order = reorganisation(
        &mut world,
        1,
        vec![reversal(1, BOB, 20_000), reversal(2, BOB, 80_000)],
    );
    world.one(quorum(QuorumOrder::Reorg(order))).unwrap();
    assert_eq!(world.claim(BOB, CASH), Fixed::ZERO);
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    assert!(world.state.suspense.is_empty());
    let cursor = world.state.chains[&HOME].cursor;
    assert_eq!((cursor.next_seq, cursor.remaining), (1, 0));
    assert_eq!(
        cursor.attestation, None,
        "nothing is proved by the orphaned block"
    );
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(10_000));
    assert_eq!(world.state.subs[&BOB].net_deposits[&CASH], Fixed::ZERO);
}

#[test]
pub(crate) fn a_reorganisation_that_contradicts_the_events_is_refused() {
    let mut world = World::funded();
    let mut field = |change: &dyn Fn(&mut ReorgStatement)| {
        let mut order = reorganisation(&mut world, 1, vec![reversal(1, BOB, 1), reversal(2, BOB, 1)]);
        change(&mut order);
        match refused(&mut world, quorum(QuorumOrder::Reorg(order))) {
            GovernanceRefusal::BadReorganisation { field } => field,
            other => unreachable!("{other}"),
        }
    };
    assert_eq!(field(&|order| order.first_seq = 9), "first_seq");
    assert_eq!(field(&|order| order.old.height += 1), "old");
    assert_eq!(field(&|order| order.reversals[1].seq = 3), "seq");
    assert_eq!(field(&|order| order.reversals.swap(0, 1)), "order");
}
