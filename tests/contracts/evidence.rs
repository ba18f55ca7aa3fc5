//! Evidence: whom `wire::evidence` convicts the vault slashes, and nobody else.
//!
//! Each case takes two statements, alike but for one twist or none, and signs them by one key or two, here or elsewhere, as what they are or
//! as something else.

use alloy_sol_types::{SolCall as _, SolError as _, SolEvent as _};
use wire::{
    attestation::Attestation,
    consensus::{Header, Precommit, Prevote, Proposal},
    eip712::{Digest, Domain, Statement},
    evidence::{
        ConflictingAttestations, ConflictingProposals, DoublePrecommit, Evidence, EvidenceError, Finality,
        ForkingPrecommits,
    },
    signature::{Signature, Signed},
    types::{Address, ChainId, Hash, NetworkId},
};

use super::{
    abi::Vault,
    chain::{Done, Failure},
    dice::{Dice, Verdicts, from_seeds},
    scene::{AWAY, HOME, Scene, WORK},
};

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("UnknownChain", "UnknownChain"),
    ("HeaderMismatch", "HeaderMismatch"),
    ("HeightMismatch", "HeightMismatch"),
    ("NoConflict", "NoConflict"),
    ("DifferentSigners", "DifferentSigners"),
    ("RecoveryByte", "RecoveryByte"),
    ("HighS", "HighS"),
    ("OutOfRange", "Unrecoverable"),
    ("Unrecoverable", "Unrecoverable"),
];

fn finality_of(chain: ChainId) -> Option<Finality> {
    match chain {
        HOME | AWAY => Some(Finality::Finalising),
        WORK => Some(Finality::Probabilistic),
        _ => None,
    }
}

fn attestation(dice: &mut Dice) -> Attestation {
    Attestation {
        chain: *dice.pick(&[HOME, AWAY, WORK, WORK, ChainId(4)]),
        height: dice.below(1 << 40),
        block_hash: Hash(dice.bytes()),
        timestamp: dice.below(1 << 40),
        previous: dice.below(1 << 40),
        first_seq: dice.below(1 << 40),
        event_count: dice.below(1 << 20) as u32,
        events_root: Hash(dice.bytes()),
    }
}

const ATTESTATION_TWISTS: &[fn(&mut Attestation, &mut Dice)] = &[
    |_, _| {},
    |two, dice| two.chain = *dice.pick(&[HOME, AWAY, WORK, ChainId(4)]),
    |two, _| two.height += 1,
    |two, dice| two.block_hash = Hash(dice.bytes()),
    |two, dice| two.timestamp ^= 1 << dice.below(64),
    |two, dice| two.previous ^= 1 << dice.below(64),
    |two, dice| two.first_seq ^= 1 << dice.below(64),
    |two, dice| two.event_count ^= 1 << dice.below(32),
    |two, dice| dice.flip(&mut two.events_root.0),
    |two, dice| *two = attestation(dice),
];

fn proposal(dice: &mut Dice) -> Proposal {
    Proposal {
        height: dice.below(1 << 40),
        round: dice.below(5) as u32,
        pol_round: dice.below(5) as i64 - 1,
        block_id: block_id(dice),
    }
}

fn block_id(dice: &mut Dice) -> Hash {
    if dice.once_in(8) {
        Hash::ZERO
    } else {
        Hash(dice.bytes())
    }
}

const PROPOSAL_TWISTS: &[fn(&mut Proposal, &mut Dice)] = &[
    |_, _| {},
    |two, _| two.height += 1,
    |two, _| two.round += 1,
    |two, dice| two.pol_round = dice.below(4) as i64 - 1,
    |two, dice| two.pol_round ^= i64::MIN | dice.below(9) as i64,
    |two, dice| two.block_id = block_id(dice),
    |two, dice| *two = proposal(dice),
];

fn precommit(dice: &mut Dice) -> Precommit {
    Precommit {
        height: dice.below(1 << 40),
        round: dice.below(5) as u32,
        block_id: block_id(dice),
    }
}

const PRECOMMIT_TWISTS: &[fn(&mut Precommit, &mut Dice)] = &[
    |_, _| {},
    |two, _| two.height += 1,
    |two, _| two.round += 1,
    |two, dice| two.block_id = block_id(dice),
    |two, dice| dice.flip(&mut two.block_id.0),
    |two, dice| *two = precommit(dice),
];

fn header(dice: &mut Dice) -> Header {
    Header {
        height: 1 + dice.below(1 << 40),
        parent: Hash(dice.bytes()),
        time_ms: dice.below(1 << 50),
        set_id: dice.below(9) as u32,
        command_count: dice.below(99) as u32,
        commands_root: Hash(dice.bytes()),
        state_root: Hash(dice.bytes()),
        outbox_count: dice.below(99) as u32,
        outbox_root: Hash(dice.bytes()),
        next_set: Hash(dice.bytes()),
    }
}

const HEADER_TWISTS: &[fn(&mut Header, &mut Dice)] = &[
    |_, _| {},
    |two, _| two.height += 1,
    |two, dice| dice.flip(&mut two.parent.0),
    |two, dice| two.time_ms ^= 1 << dice.below(64),
    |two, dice| two.set_id ^= 1 << dice.below(32),
    |two, dice| two.command_count ^= 1 << dice.below(32),
    |two, dice| dice.flip(&mut two.commands_root.0),
    |two, dice| dice.flip(&mut two.state_root.0),
    |two, dice| two.outbox_count ^= 1 << dice.below(32),
    |two, dice| dice.flip(&mut two.outbox_root.0),
    |two, dice| dice.flip(&mut two.next_set.0),
    |two, dice| *two = header(dice),
];

/// Two statements, alike but for one twist.
fn pair<T: Clone>(dice: &mut Dice, make: fn(&mut Dice) -> T, twists: &[fn(&mut T, &mut Dice)]) -> (T, T) {
    let one = make(dice);
    let mut two = one.clone();
    dice.pick(twists)(&mut two, dice);
    if dice.once_in(2) { (one, two) } else { (two, one) }
}

/// Who signs both, mostly: one of the set, or a stranger.
fn suspect(scene: &mut Scene, dice: &mut Dice) -> Address {
    match dice.once_in(8) {
        true => scene.keys.add(dice),
        false => dice.pick(scene.set.members()).attester,
    }
}

/// A signature of the suspect, mostly.
fn sign<T: Statement>(scene: &Scene, dice: &mut Dice, suspect: Address, statement: T) -> Signed<T> {
    let digest = match dice.below(30) {
        0 => statement.digest(&Domain::new(NetworkId(Hash(dice.bytes())))),
        1 => Digest(statement.struct_hash().0),
        2 => prevote_like(&statement).digest(&scene.domain),
        _ => statement.digest(&scene.domain),
    };
    let signer = if dice.once_in(30) {
        dice.pick(scene.set.members()).attester
    } else {
        suspect
    };
    let mut signature = scene.keys.sign(signer, digest);
    damage(&mut signature, dice);
    Signed { statement, signature }
}

/// A statement of another type with one of the same hash in it.
fn prevote_like(statement: &impl Statement) -> Prevote {
    Prevote {
        height: 1,
        round: 0,
        block_id: statement.struct_hash(),
    }
}

fn damage(signature: &mut Signature, dice: &mut Dice) {
    match dice.below(120) {
        0 => dice.flip(&mut signature.0),
        1 => signature.0[64] -= 27,
        2 => signature.0[32..64].fill(0x7f + 1),
        3 => signature.0[..32].fill(0),
        4 => signature.0[32..64].fill(0),
        5 => dice.flip(&mut signature.0[..32]),
        _ => {}
    }
}

fn by_wire(evidence: &Evidence, scene: &Scene) -> Result<Address, &'static str> {
    match evidence.judge(&scene.domain, finality_of) {
        Ok(offence) => Ok(offence.offender()),
        Err(EvidenceError::Signature(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

fn by_the_vault(evidence: &Evidence, scene: &mut Scene) -> Result<Address, &'static str> {
    match evidence {
        Evidence::DoublePrecommit(pair) => convicted(scene.attempt(&Vault::slash_0Call::new((pair.into(),)))),
        Evidence::ForkingPrecommits(pair) => {
            convicted(scene.attempt(&Vault::slash_1Call::new(((&**pair).into(),))))
        }
        Evidence::Attestations(pair) => convicted(scene.attempt(&Vault::slash_2Call::new((pair.into(),)))),
        Evidence::Proposals(pair) => convicted(scene.attempt(&Vault::slash_3Call::new((pair.into(),)))),
    }
}

/// Whose stake was taken; who has none is convicted all the same.
fn convicted<T>(outcome: Result<Done<T>, Failure>) -> Result<Address, &'static str> {
    match outcome {
        Ok(done) => {
            let slashed = Vault::Slashed::decode_log(&done.logs[0]).expect("slashing says so");
            Ok(Address(slashed.attester.0.0))
        }
        Err(Failure::Declared {
            name: "NothingStaked",
            data,
        }) => {
            let none = Vault::NothingStaked::abi_decode(&data).expect("an error's values");
            Ok(Address(none.attester.0.0))
        }
        Err(failure) => Err(failure.name()),
    }
}

fn evidence(scene: &mut Scene, dice: &mut Dice) -> Evidence {
    let suspect = suspect(scene, dice);
    match dice.below(4) {
        0 => {
            let (first, second) = pair(dice, attestation, ATTESTATION_TWISTS);
            let (first, second) = (
                sign(scene, dice, suspect, first),
                sign(scene, dice, suspect, second),
            );
            Evidence::Attestations(ConflictingAttestations { first, second })
        }
        1 => {
            let (first, second) = pair(dice, proposal, PROPOSAL_TWISTS);
            let (first, second) = (
                sign(scene, dice, suspect, first),
                sign(scene, dice, suspect, second),
            );
            Evidence::Proposals(ConflictingProposals { first, second })
        }
        2 => {
            let (first, second) = pair(dice, precommit, PRECOMMIT_TWISTS);
            let (first, second) = (
                sign(scene, dice, suspect, first),
                sign(scene, dice, suspect, second),
            );
            Evidence::DoublePrecommit(DoublePrecommit { first, second })
        }
        _ => Evidence::ForkingPrecommits(Box::new(fork(scene, dice, suspect))),
    }
}

fn fork(scene: &Scene, dice: &mut Dice, suspect: Address) -> ForkingPrecommits {
    let (first_header, second_header) = pair(dice, header, HEADER_TWISTS);
    let (mut one, mut two) = (
        first_header.precommit(dice.below(2) as u32),
        second_header.precommit(dice.below(2) as u32),
    );
    match dice.below(12) {
        0 => one.height += 1,
        1 => two.height += 1,
        2 => one.block_id = block_id(dice),
        3 => two.block_id = block_id(dice),
        _ => {}
    }
    ForkingPrecommits {
        first: sign(scene, dice, suspect, one),
        first_header,
        second: sign(scene, dice, suspect, two),
        second_header,
    }
}

#[test]
fn whom_wire_convicts_the_vault_slashes_and_nobody_else() {
    let mut verdicts = Verdicts::default();
    from_seeds(60, |dice| {
        let mut scene = Scene::new(dice);
        for member in scene.set.clone().members() {
            scene.stake(member.attester, 1_000_000);
        }
        for _ in 0..60 {
            let evidence = evidence(&mut scene, dice);
            let ours = by_wire(&evidence, &scene);
            verdicts.note(AGREED, "evidence", ours, by_the_vault(&evidence, &mut scene));
        }
    });
    verdicts.reached(AGREED);
}
