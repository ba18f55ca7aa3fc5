//! Attester sets: which members make one, what its hash and quorum are, and which set may follow another.

use alloy_sol_types::SolStruct as _;
use revm::primitives::U256;
use wire::{
    attesters::{AttesterSet, Member, SetError},
    consensus::Header,
    types::{Address, Hash, NetworkId},
};

use super::{
    abi::{self, Vault},
    chain::Chain,
    dice::{Dice, Verdicts, from_seeds},
    scene::{ROTATION_DELAY, START, Scene, deploy_token, deploy_vault, deployment, submission},
};

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("TooFewMembers", "MemberCount"),
    ("TooManyMembers", "MemberCount"),
    ("ZeroAddress", "ZeroMember"),
    ("ZeroWeight", "ZeroWeight"),
    ("DuplicateMember", "UnsortedMember"),
    ("UnsortedMembers", "UnsortedMember"),
    ("TotalTooLarge", "TotalTooLarge"),
    ("HeavyMember", "HeavyMember"),
];

/// As above, for one set after another.
const AGREED_CHANGES: &[(&str, &str)] = &[
    ("TooEarly", "RotationTooEarly"),
    ("NotTheNamedSet", "NotTheNamedSet"),
    ("WrongNextId", "WrongNextId"),
    ("ChangeTooLarge", "ChangeTooLarge"),
    ("TooFewMembers", "MemberCount"),
    ("TooManyMembers", "MemberCount"),
    ("ZeroAddress", "ZeroMember"),
    ("ZeroWeight", "ZeroWeight"),
    ("DuplicateMember", "UnsortedMember"),
    ("UnsortedMembers", "UnsortedMember"),
    ("TotalTooLarge", "TotalTooLarge"),
    ("HeavyMember", "HeavyMember"),
];

/// Members that may be no set.
type Members = Vec<Member>;
type Damage = fn(&mut Members, &mut Dice);

const DAMAGES: &[Damage] = &[
    |members, dice| members.truncate(dice.index(4)),
    |members, dice| *members = random_members(dice, 65, 1),
    |members, dice| one_of(members, dice).attester = Address::ZERO,
    |members, dice| one_of(members, dice).weight = 0,
    |members, dice| one_of(members, dice).weight = u32::MAX,
    |members, dice| one_of(members, dice).weight = dice.below(1 << 32) as u32,
    |members, dice| *members = random_members(dice, members.len(), u32::MAX),
    |members, dice| {
        let place = dice.index(members.len() - 1);
        members.swap(place, place + 1);
    },
    |members, dice| {
        let place = dice.index(members.len() - 1);
        members[place + 1] = members[place];
    },
    |members, _| members.rotate_left(1),
];

fn one_of<'a>(members: &'a mut Members, dice: &mut Dice) -> &'a mut Member {
    let place = dice.index(members.len());
    &mut members[place]
}

fn random_members(dice: &mut Dice, count: usize, heaviest: u32) -> Members {
    let mut members: Members = (0..count)
        .map(|_| Member {
            attester: Address(dice.bytes()),
            weight: 1 + dice.below(u64::from(heaviest)) as u32,
        })
        .collect();
    members.sort();
    members
}

fn some_members(dice: &mut Dice) -> Members {
    let count = *dice.pick(&[4, 4, 5, 6, 13, 64]);
    let heaviest = *dice.pick(&[1, 2, 3, 1 << 10, 1 << 25]);
    random_members(dice, count, heaviest)
}

/// The set as a caller gives it to the contract, whether it is one or not.
fn raw(id: u32, members: &[Member]) -> Vault::AttesterSet {
    Vault::AttesterSet {
        id,
        members: members.iter().map(abi::member).collect(),
    }
}

/// What a vault knows a set by: id, hash, quorum.
type Known = (u32, Hash, u64);

fn known(set: &AttesterSet) -> Known {
    (set.id(), set.hash(), set.quorum())
}

fn known_to(chain: &mut Chain, vault: revm::primitives::Address) -> Known {
    let set = chain.read(vault, &Vault::currentSetCall {});
    (set.id, Hash(set.hash.0), set.quorum)
}

fn reason(error: SetError) -> &'static str {
    error.into()
}

#[test]
fn a_vault_deploys_with_what_wire_calls_a_set_and_only_with_that() {
    let mut verdicts = Verdicts::default();
    let mut chain = Chain::new(1, START);
    let usd = deploy_token(&mut chain);
    from_seeds(600, |dice| {
        let (id, mut members) = (dice.below(1 << 32) as u32, some_members(dice));
        if !dice.once_in(3) {
            dice.pick(DAMAGES)(&mut members, dice);
        }
        let given = deployment(NetworkId(Hash(dice.bytes())), usd, raw(id, &members));
        let theirs = deploy_vault(&mut chain, &given).map_err(|failure| failure.name());
        let theirs = theirs.map(|vault| known_to(&mut chain, vault));
        let ours = AttesterSet::new(id, members)
            .map_err(reason)
            .map(|set| known(&set));
        verdicts.note(AGREED, "set", ours, theirs);
    });
    verdicts.reached(AGREED);
}

#[test]
fn a_member_is_an_address_and_a_weight_and_nothing_above() {
    let mut chain = Chain::new(1, START);
    let usd = deploy_token(&mut chain);
    from_seeds(20, |dice| {
        let mut set = raw(0, &random_members(dice, 5, 1));
        let last = set.members.last_mut().unwrap();
        *last |= U256::from(1) << (192 + dice.index(64));
        let given = deployment(NetworkId(Hash(dice.bytes())), usd, set);
        let failure = deploy_vault(&mut chain, &given).unwrap_err();
        assert_eq!(failure.name(), "MemberTooWide");
    });
}

/// What follows a set, perhaps wrongly.
fn successor(scene: &mut Scene, dice: &mut Dice) -> (u32, Members) {
    let mut members: Members = scene.set.members().into();
    for _ in 0..dice.below(3) {
        change_one(&mut members, scene, dice);
    }
    if dice.once_in(6) {
        dice.pick(DAMAGES)(&mut members, dice);
    }
    let wrong_id = [scene.set.id(), scene.set.id() + 2, dice.below(1 << 32) as u32];
    let id = if dice.once_in(12) {
        *dice.pick(&wrong_id)
    } else {
        scene.set.id() + 1
    };
    (id, members)
}

fn change_one(members: &mut Members, scene: &mut Scene, dice: &mut Dice) {
    let typical = members[members.len() / 2].weight;
    match dice.below(3) {
        0 => drop(members.remove(dice.index(members.len()))),
        1 => members.push(Member {
            attester: scene.keys.add(dice),
            weight: typical,
        }),
        _ => one_of(members, dice).weight = typical / 2 + 1 + dice.below(u64::from(typical)) as u32,
    }
    members.sort();
}

fn may_follow(set: &AttesterSet, id: u32, members: Members) -> Result<AttesterSet, &'static str> {
    // The id first, as the contract has it: by what wire says of the same members under it.
    let renumbered = AttesterSet::new(id, set.members().into()).expect("the same members are a set");
    set.check_change(&renumbered).map_err(reason)?;
    let next = AttesterSet::new(id, members).map_err(reason)?;
    set.check_change(&next).map_err(reason)?;
    Ok(next)
}

#[test]
fn a_vault_rotates_to_what_may_follow_and_only_to_that() {
    let mut verdicts = Verdicts::default();
    let mut longest = 0;
    from_seeds(120, |dice| {
        let mut scene = Scene::new(dice);
        for rotations in 0..8 {
            longest = longest.max(rotations);
            let (id, members) = successor(&mut scene, dice);
            let next = raw(id, &members);
            let (is_early, is_named) = (dice.once_in(10), !dice.once_in(10));
            scene.chain.wait(if is_early {
                ROTATION_DELAY - 1
            } else {
                ROTATION_DELAY
            });
            let mut header = scene.header(dice);
            header.next_set = if is_named {
                Hash(next.eip712_hash_struct().0)
            } else {
                Hash(dice.bytes())
            };
            let certificate = scene.certified(header, 0);
            // The header may have been taken before, by itself; one that names its own set is then nobody's last.
            if dice.once_in(3) && header.next_set != scene.set.hash() {
                scene
                    .send(&submission(&certificate, &scene.set.clone()))
                    .expect("a certified header");
            }
            let submission = submission(&certificate, &scene.set);
            let call = Vault::rotateCall {
                header: submission.header,
                round: submission.round,
                set: submission.set,
                signatures: submission.signatures,
                next,
            };
            let ours = match (is_early, is_named) {
                (true, _) => Err("TooEarly"),
                (_, false) => Err("NotTheNamedSet"),
                _ => may_follow(&scene.set, id, members),
            };
            let theirs = scene.send(&call).map_err(|failure| failure.name());
            let theirs = theirs.map(|_| known_to(&mut scene.chain, scene.vault));
            verdicts.note(
                AGREED_CHANGES,
                "rotation",
                ours.as_ref().map(known).map_err(|reason| *reason),
                theirs,
            );
            let Ok(next) = ours else { return };
            scene.set = next;
        }
    });
    verdicts.reached(AGREED_CHANGES);
    assert!(longest > 3, "no chain of rotations came far");
}

#[test]
fn only_the_set_in_force_is_heard() {
    from_seeds(20, |dice| {
        let mut scene = Scene::new(dice);
        let former = scene.set.clone();
        scene.chain.wait(ROTATION_DELAY);
        let next = AttesterSet::new(1, former.members().into()).expect("the same members are a set");
        let header = Header {
            next_set: next.hash(),
            ..scene.header(dice)
        };
        let call = submission(&scene.certified(header, 0), &former);
        let rotate = Vault::rotateCall {
            header: call.header,
            round: call.round,
            set: call.set,
            signatures: call.signatures,
            next: (&next).into(),
        };
        scene.send(&rotate).expect("the vault rotates");
        let late = Header {
            next_set: former.hash(),
            ..scene.header(dice)
        };
        let late = submission(&scene.certified(late, 0), &former);
        assert_eq!(scene.attempt(&late).unwrap_err().name(), "WrongSetId");
        scene.set = next;
        let header = scene.header(dice);
        scene.submit(header);
    });
}
