//! Slashed stake pays the harmed where evidence proved an attestation false, and nobody else.

use super::*;
use crate::ids::{ChainHeight, EntryId};
use crate::posting::Place;
use crate::receipt::Effect;
use crate::risk::BUCKET;
use crate::state::{Bucket, Indemnity};
use wire::event::Released;

/// Where attester 0 is convicted.
const PLACE: ChainHeight = ChainHeight {
    chain: HOME,
    height: 7,
};

/// Attester 0 is convicted of a false attestation.
fn convict(world: &mut World, falsified: Option<ChainHeight>) {
    let block = Block {
        height: world.state.height + 1,
        time_ms: world.state.time_ms + 1_000,
        offenders: vec![Offender {
            attester: attester(0),
            falsified,
        }],
        ..Block::default()
    };
    crate::block::apply_block(&mut world.state, &block)
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
}

/// The vault slashes it of this much cash.
fn slash(world: &mut World, amount: i64) {
    let held = world.state.assets[&CASH].bucket.held.add(int(amount)).unwrap();
    let event = Slashed {
        seq: world.next_seq(HOME),
        attester: attester(0),
        amount: crate::facts::to_units(int(amount), 6),
        bucket: crate::facts::to_units(held, 6),
    };
    world.event(HOME, VaultEvent::Slashed(event));
    world.block(vec![]);
    assert!(world.state.halts.is_empty());
}

/// Cash is lost for this cause.
fn lose(world: &mut World, account: Option<Account>, amount: i64, cause: Option<ChainHeight>) -> Command {
    let (serial, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    quorum(QuorumOrder::CustodyLoss(CustodyLoss {
        serial,
        expiry_ms,
        asset: CASH,
        amount: int(amount).raw(),
        account,
        cause,
    }))
}

fn owed(world: &World) -> Vec<(Address, Fixed)> {
    let rows = world.state.indemnities.iter();
    rows.map(|(owner, amount)| (*owner, *amount)).collect()
}

fn bucket(world: &World) -> Bucket {
    world.state.assets[&CASH].bucket
}

/// Convicted, and its stake in the bucket.
fn slashed(amount: i64) -> World {
    let mut world = World::funded();
    convict(&mut world, Some(PLACE));
    slash(&mut world, amount);
    world
}

#[test]
fn what_the_vault_slashed_is_free_until_a_loss_stems_from_it() {
    let world = slashed(900);
    let expected = Bucket {
        held: int(900),
        free: int(900),
        owed: Fixed::ZERO,
    };
    assert_eq!(bucket(&world), expected);
    assert!(owed(&world).is_empty());
}

#[test]
pub(crate) fn without_evidence_slashed_stake_pays_nothing() {
    let mut world = World::funded();
    convict(&mut world, None);
    slash(&mut world, 900);
    let command = lose(&mut world, None, 600, None);
    world.one(command).unwrap();
    assert!(owed(&world).is_empty());
    assert_eq!(bucket(&world).free, int(900));
    for cause in [
        PLACE,
        ChainHeight { height: 8, ..PLACE },
        ChainHeight { chain: AWAY, ..PLACE },
    ] {
        let command = lose(&mut world, None, 600, Some(cause));
        let ChainHeight { chain, height } = cause;
        assert_eq!(
            refused(&mut world, command),
            GovernanceRefusal::Unproved { chain, height }
        );
    }
    convict(&mut world, Some(PLACE));
    let command = lose(&mut world, None, 600, None);
    world.one(command).unwrap();
    assert!(owed(&world).is_empty(), "a loss of another cause");
}

#[test]
fn slashed_stake_pays_behind_insurance_and_before_the_rest_at_most_the_bucket() {
    let mut world = slashed(900);
    let fund = (Place::Sub(CAROL), Place::Insurance);
    world.state.post(CASH, fund.0, fund.1, int(4_000)).unwrap();
    // Carol holds 6,000, Alice and Bob 10,000 each; insurance pays 4,000 of 5,000, the bucket 900 of the rest.
    let command = lose(&mut world, None, 5_000, Some(PLACE));
    world.one(command).unwrap();
    let parts = owed(&world);
    let owners: Vec<Address> = parts.iter().map(|part| part.0).collect();
    assert_eq!(owners, [ALICE.owner, BOB.owner, CAROL.owner]);
    assert_eq!(Fixed::sum(parts.iter().map(|part| part.1)).unwrap(), int(900));
    // 900 · 10 / 26 = 346.1538461538 and 900 · 6 / 26 = 207.6923076923, in millionths by largest remainder.
    assert_eq!(parts[0].1, decimal("346.153846"));
    assert_eq!(parts[2].1, decimal("207.692308"));
    let after = bucket(&world);
    assert_eq!(
        (after.free, after.owed, after.held),
        (Fixed::ZERO, int(900), int(900))
    );
    let lost = int(26_000)
        .sub(world.state.assets[&CASH].claims().unwrap())
        .unwrap();
    assert!(
        lost >= int(1_000) && lost < decimal("1000.000001"),
        "the claims bear what is gone: {lost}"
    );
    world.books_balance();
}

#[test]
fn slashed_stake_never_pays_more_than_the_loss_nor_the_owner_who_is_debited() {
    let mut world = slashed(50_000);
    let command = lose(&mut world, Some(ALICE), 12_000, Some(PLACE));
    world.one(command).unwrap();
    assert_eq!(world.claim(ALICE, CASH), Fixed::ZERO);
    assert_eq!(owed(&world), [(BOB.owner, int(1_000)), (CAROL.owner, int(1_000))]);
    assert_eq!(bucket(&world).free, int(48_000));
}

#[test]
fn a_loss_in_another_asset_is_worth_what_prices_say() {
    let mut world = slashed(900);
    world.deposit(ALICE, COIN, 20);
    world.block(vec![]);
    let (serial, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let order = CustodyLoss {
        serial,
        expiry_ms,
        asset: COIN,
        amount: int(8).raw(),
        account: None,
        cause: Some(PLACE),
    };
    world.one(quorum(QuorumOrder::CustodyLoss(order))).unwrap();
    assert_eq!(owed(&world), [(ALICE.owner, int(800))]);
    assert_eq!(bucket(&world).free, int(100));
}

#[test]
fn a_reorganisation_at_or_below_a_proved_false_attestation_is_indemnified() {
    for (above, expected) in [(0, int(2_000)), (1, Fixed::ZERO)] {
        let mut world = World::funded();
        let cursor = world.state.chains[&HOME].cursor;
        let place = ChainHeight {
            chain: HOME,
            height: cursor.height + above,
        };
        convict(&mut world, Some(place));
        slash(&mut world, 50_000);
        let cursor = world.state.chains[&HOME].cursor;
        // Alice's deposit is gone, and she has spent 2,000 of it on Bob.
        world
            .state
            .post(CASH, Place::Sub(ALICE), Place::Sub(BOB), int(2_000))
            .unwrap();
        let at = |byte| BlockRef {
            height: place.height - above,
            hash: Hash([byte; 32]),
        };
        let order = ReorgStatement {
            serial: world.next_nonce(),
            expiry_ms: world.expiry_ms(),
            chain: HOME,
            old: at(1),
            new: at(2),
            first_seq: 0,
            reversals: vec![Reversal {
                seq: 0,
                account: ALICE,
                asset: CASH,
                amount: int(10_000).raw(),
            }],
        };
        // The newest attestation applied is that of the slash, one above.
        assert_eq!(cursor.height, place.height + 1 - above);
        let falsified_above = ChainHeight {
            height: cursor.height + 1,
            ..place
        };
        if above == 1 {
            world.state.falsified.remove(&(attester(0), place));
            world.state.falsified.insert((attester(0), falsified_above), ());
        }
        world.one(quorum(QuorumOrder::Reorg(order))).unwrap();
        let paid = Fixed::sum(owed(&world).into_iter().map(|part| part.1)).unwrap();
        assert_eq!(paid, expected);
    }
}

/// What is in the outbox out of the bucket: entry, amount.
fn entries(world: &World) -> Vec<(EntryId, Fixed)> {
    let rows = world.state.indemnity_entries.iter();
    rows.map(|(entry, Indemnity { amount, .. })| (*entry, *amount))
        .collect()
}

fn paid(world: &mut World, chain: ChainId, asset: Hash, entry: EntryId, amount: Fixed, rest: i64) {
    let event = Released {
        seq: world.next_seq(chain),
        id: entry.0,
        asset,
        recipient: of_address(BOB.owner),
        amount: crate::facts::to_units(amount, 6),
        submitter: attester(1),
        holdings: crate::facts::to_units(int(rest), 6),
    };
    world.event(chain, VaultEvent::Released(event));
}

/// The convicted attester has left; nobody reports any more.
fn next_set(world: &mut World) {
    world.state.sets.current.members.remove(&attester(0));
    world.reporting = false;
    world.block(vec![]);
}

#[test]
fn a_later_set_certifies_what_is_owed_and_each_entry_is_paid_once() {
    let mut world = slashed(50_000);
    let command = lose(&mut world, Some(ALICE), 12_000, Some(PLACE));
    world.one(command).unwrap();
    world.block(vec![]);
    assert!(entries(&world).is_empty(), "the convicted could certify it");
    next_set(&mut world);
    assert!(owed(&world).is_empty());
    let [(bob, half), (carol, other)] = entries(&world)[..] else {
        panic!()
    };
    assert_eq!((half, other), (int(1_000), int(1_000)));
    let release = |entry| match entry {
        OutboxEntry::Release(release) => Some((release.asset, release.recipient, release.amount)),
        _ => None,
    };
    let releases: Vec<_> = world.state.outbox().into_iter().filter_map(release).collect();
    let thousand = U256::from(1_000_000_000_u64);
    assert_eq!(
        releases,
        [
            (BUCKET, of_address(BOB.owner), thousand),
            (BUCKET, of_address(CAROL.owner), thousand)
        ]
    );
    paid(&mut world, HOME, BUCKET, bob, half, 49_000);
    world.block(vec![]);
    assert!(world.state.halts.is_empty());
    assert_eq!(entries(&world), [(carol, other)], "the other waits");
    let after = bucket(&world);
    assert_eq!((after.held, after.owed), (int(49_000), int(1_000)));
}

#[test]
fn a_payment_that_contradicts_the_bucket_halts() {
    let contradictions: [fn(&mut World, EntryId); 4] = [
        |world, entry| paid(world, AWAY, BUCKET, entry, int(1_000), 49_000),
        |world, entry| paid(world, HOME, STAKE, entry, int(1_000), 49_000),
        |world, entry| paid(world, HOME, BUCKET, entry, int(999), 49_000),
        |world, entry| paid(world, HOME, BUCKET, entry, int(1_000), 48_999),
    ];
    for contradict in contradictions {
        let mut world = slashed(50_000);
        let command = lose(&mut world, Some(ALICE), 12_000, Some(PLACE));
        world.one(command).unwrap();
        next_set(&mut world);
        let entry = entries(&world)[0].0;
        contradict(&mut world, entry);
        let facts = world.attested(world.state.time_ms / 1_000);
        let outcomes = world.facts(facts);
        let halted = !world.state.halts.is_empty();
        assert!(halted, "{outcomes:?}");
    }
}

#[test]
fn a_slash_of_another_vault_or_of_another_sum_is_noticed() {
    let mut world = World::funded();
    let event = |world: &World, chain, bucket| Slashed {
        seq: world.next_seq(chain),
        attester: attester(0),
        amount: U256::from(5_000_000),
        bucket: U256::from(bucket),
    };
    let foreign = event(&world, AWAY, 5_000_000);
    world.event(AWAY, VaultEvent::Slashed(foreign));
    world.block(vec![]);
    assert!(!world.state.attesters[&attester(0)].accused && bucket(&world) == Bucket::default());
    let short = event(&world, HOME, 4_000_000);
    world.event(HOME, VaultEvent::Slashed(short));
    world.block(vec![]);
    assert_eq!(bucket(&world).held, int(5));
    assert!(world.state.halt(Scope::Asset(CASH)).is_some());
}

#[test]
fn many_false_attestations_of_one_attester_are_kept_to_a_limit() {
    let mut world = World::funded();
    for height in 0..2_000 {
        world.state.remember_falsehood(&Offender {
            attester: attester(0),
            falsified: Some(ChainHeight { height, ..PLACE }),
        });
    }
    convict(&mut world, Some(PLACE));
    assert_eq!(world.state.falsified.len(), 1_024);
    world.state.remember_falsehood(&Offender {
        attester: attester(1),
        falsified: Some(PLACE),
    });
    assert_eq!(world.state.falsified.len(), 1_025, "each has its own");
}

#[test]
fn receipts_name_what_was_paid() {
    let mut world = slashed(50_000);
    let command = lose(&mut world, Some(ALICE), 12_000, Some(PLACE));
    world.one(command).unwrap();
    next_set(&mut world);
    let entry = entries(&world)[0].0;
    paid(&mut world, HOME, BUCKET, entry, int(1_000), 49_000);
    let facts = world.attested(world.state.time_ms / 1_000);
    let outcome = world.facts(facts).pop().unwrap().unwrap();
    let expected = Effect::Released {
        entry,
        submitter: attester(1),
        fee: Fixed::ZERO,
    };
    assert_eq!(outcome.effect, expected);
}
