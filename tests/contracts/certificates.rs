//! Block certificates: what `wire::certificate` verifies is what `submitHeader` takes, and for the same reason is refused.
//!
//! Beyond the certificate, the vault wants what a caller of `wire` checks beside it: the set it holds, a height above the newest, roots
//! that are none of them zero, an outbox root that fits its count.

use revm::primitives::{U256, uint};
use wire::{
    attesters::AttesterSet,
    certificate::{BlockCertificate, CertificateError},
    consensus::{Header, Prevote, Proposal},
    eip712::{Digest, Domain, Statement as _},
    signature::Signature,
    types::{Hash, NetworkId},
};

use super::{
    abi::Vault,
    dice::{Dice, Verdicts, from_seeds},
    scene::{Scene, random_set, submission},
};

/// Order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("NotAbove", "StaleHeader"),
    ("WrongSet", "WrongSetId"),
    ("UnknownSet", "WrongSet"),
    ("ZeroHash", "ZeroRoot"),
    ("ZeroRoot", "RootAgainstCount"),
    ("EmptyTreeWithRoot", "RootAgainstCount"),
    ("LeavesWithoutRoot", "RootAgainstCount"),
    ("TooManyLeaves", "RootAgainstCount"),
    ("NotSignatures", "SignatureLength"),
    ("RecoveryByte", "RecoveryByte"),
    ("HighS", "HighS"),
    ("OutOfRange", "Unrecoverable"),
    ("Unrecoverable", "Unrecoverable"),
    ("NotAMember", "NotANextMember"),
    ("DuplicateSigner", "NotANextMember"),
    ("UnsortedSigners", "NotANextMember"),
    ("SurplusSignature", "SurplusSignature"),
    ("BelowQuorum", "BelowQuorum"),
];

/// What is submitted.
struct Draft {
    header: Header,
    round: u32,
    set: AttesterSet,
    signatures: Vec<u8>,
}

/// Something wrong with what the quorum signs.
type Misstatement = fn(&mut Header, &mut Dice);

const MISSTATEMENTS: &[Misstatement] = &[
    |header, _| header.height = 0,
    |header, dice| header.height -= 1 + dice.below(header.height),
    |header, _| header.set_id += 1,
    |header, _| header.state_root = Hash::ZERO,
    |header, _| header.next_set = Hash::ZERO,
    |header, _| header.outbox_root = Hash::ZERO,
    |header, dice| header.outbox_root = Hash(dice.bytes()),
    |header, _| header.outbox_count = 1,
    |header, dice| (header.outbox_count, header.outbox_root) = ((1 << 24) + 1, Hash(dice.bytes())),
];

/// Something done to a certificate after it was signed.
type Damage = fn(&mut Draft, &Scene, &mut Dice);

const DAMAGES: &[Damage] = &[
    |draft, _, dice| dice.flip(&mut draft.signatures),
    |draft, _, dice| one_of(draft, dice)[..32].fill(0),
    |draft, _, dice| one_of(draft, dice)[32..64].fill(0),
    |draft, _, dice| one_of(draft, dice)[..32].fill(0xff),
    |draft, _, dice| one_of(draft, dice)[64] -= 27,
    |draft, _, dice| raise_s(one_of(draft, dice)),
    |draft, _, _| draft.signatures.clear(),
    |draft, _, dice| {
        draft
            .signatures
            .truncate(65 * dice.index(draft.signatures.len() / 65))
    },
    |draft, _, dice| draft.signatures.truncate(dice.index(draft.signatures.len())),
    |draft, _, dice| {
        drop(
            draft
                .signatures
                .drain(..65 * (1 + dice.index(draft.signatures.len() / 65))),
        )
    },
    |draft, _, _| draft.signatures.push(0),
    |draft, _, _| draft.signatures.extend([0; 65]),
    |draft, _, _| draft.signatures.copy_within(..65, 65),
    |draft, _, _| draft.signatures.rotate_left(65),
    |draft, scene, dice| replace_by_a_stranger(draft, scene, dice),
    |draft, _, dice| draft.round ^= 1 << dice.below(32),
    |draft, _, _| draft.header.height += 1,
    |draft, _, dice| dice.flip(&mut draft.header.parent.0),
    |draft, _, dice| draft.header.time_ms ^= 1 << dice.below(64),
    |draft, _, dice| draft.header.set_id ^= 1 << dice.below(32),
    |draft, _, dice| draft.header.command_count ^= 1 << dice.below(32),
    |draft, _, dice| dice.flip(&mut draft.header.commands_root.0),
    |draft, _, dice| dice.flip(&mut draft.header.state_root.0),
    |draft, _, dice| draft.header.outbox_count ^= 1 << dice.below(32),
    |draft, _, dice| dice.flip(&mut draft.header.outbox_root.0),
    |draft, _, dice| dice.flip(&mut draft.header.next_set.0),
    |draft, scene, dice| draft.set = random_set(dice, &mut scene.keys.clone(), scene.set.id()),
    |draft, scene, _| draft.set = AttesterSet::new(scene.set.id() + 1, scene.set.members().into()).unwrap(),
    |draft, scene, _| {
        sign_as(
            draft,
            scene,
            prevote(&draft.header, draft.round).digest(&scene.domain),
        )
    },
    |draft, scene, _| {
        sign_as(
            draft,
            scene,
            proposal(&draft.header, draft.round).digest(&scene.domain),
        )
    },
    |draft, scene, _| sign_as(draft, scene, Digest(draft.header.block_id().0)),
    |draft, scene, dice| {
        let elsewhere = Domain::new(NetworkId(Hash(dice.bytes())));
        sign_as(
            draft,
            scene,
            draft.header.precommit(draft.round).digest(&elsewhere),
        );
    },
    |draft, scene, _| {
        let digest = draft.header.precommit(draft.round).digest(&scene.domain);
        let all = scene.set.members().iter();
        let all: Vec<Signature> = all
            .map(|member| scene.keys.sign(member.attester, digest))
            .collect();
        draft.signatures = all.iter().flat_map(|signature| signature.0).collect();
    },
];

fn one_of<'a>(draft: &'a mut Draft, dice: &mut Dice) -> &'a mut [u8] {
    let place = 65 * dice.index(draft.signatures.len() / 65);
    &mut draft.signatures[place..place + 65]
}

/// The other signature over the same digest: (r, n - s) and the other v.
fn raise_s(signature: &mut [u8]) {
    let s = U256::from_be_slice(&signature[32..64]);
    signature[32..64].copy_from_slice(&(ORDER - s).to_be_bytes::<32>());
    signature[64] = 27 + 28 - signature[64];
}

fn replace_by_a_stranger(draft: &mut Draft, scene: &Scene, dice: &mut Dice) {
    let mut keys = scene.keys.clone();
    let stranger = keys.add(dice);
    let digest = draft.header.precommit(draft.round).digest(&scene.domain);
    one_of(draft, dice).copy_from_slice(&keys.sign(stranger, digest).0);
}

fn sign_as(draft: &mut Draft, scene: &Scene, digest: Digest) {
    draft.signatures = scene
        .quorum_over(digest)
        .iter()
        .flat_map(|signature| signature.0)
        .collect();
}

fn prevote(header: &Header, round: u32) -> Prevote {
    Prevote {
        height: header.height,
        round,
        block_id: header.block_id(),
    }
}

fn proposal(header: &Header, round: u32) -> Proposal {
    Proposal {
        height: header.height,
        round,
        pol_round: -1,
        block_id: header.block_id(),
    }
}

/// What a vault keeps of a header: height, count and root of the outbox, state root.
type Kept = (u64, u32, Hash, Hash);

/// What `wire` makes of the draft for somebody who trusts `set` and has a header of height `newest`.
fn by_wire(draft: &Draft, set: &AttesterSet, domain: &Domain, newest: u64) -> Result<Kept, &'static str> {
    let header = draft.header;
    if header.height <= newest {
        return Err("NotAbove");
    }
    if header.set_id != set.id() {
        return Err("WrongSet");
    }
    if draft.set.hash() != set.hash() {
        return Err("UnknownSet");
    }
    if header.state_root.is_zero() || header.next_set.is_zero() {
        return Err("ZeroHash");
    }
    let outbox = header.outbox().map_err(|error| <&str>::from(&error))?;
    let certificate = BlockCertificate {
        header,
        round: draft.round,
        signatures: signatures(&draft.signatures)?,
    };
    let committed = certificate.verify(domain, set).map_err(reason)?;
    Ok((
        committed.header().height,
        outbox.count(),
        outbox.root(),
        committed.header().state_root,
    ))
}

fn signatures(bytes: &[u8]) -> Result<Vec<Signature>, &'static str> {
    let (whole, rest) = bytes.as_chunks::<65>();
    match rest.is_empty() {
        true => Ok(whole.iter().map(|signature| Signature(*signature)).collect()),
        false => Err("NotSignatures"),
    }
}

fn reason(error: CertificateError) -> &'static str {
    match error {
        CertificateError::Signature { error, .. } => error.into(),
        other => other.into(),
    }
}

fn by_the_vault(draft: &Draft, scene: &mut Scene) -> Result<Kept, &'static str> {
    let call = Vault::submitHeaderCall {
        header: (&draft.header).into(),
        round: draft.round,
        set: (&draft.set).into(),
        signatures: draft.signatures.clone().into(),
    };
    scene.send(&call).map_err(|failure| failure.name())?;
    let kept = scene.chain.read(scene.vault, &Vault::newestHeaderCall {});
    Ok((
        kept.height,
        kept.outboxCount,
        Hash(kept.outboxRoot.0),
        Hash(kept.stateRoot.0),
    ))
}

fn draft(scene: &mut Scene, dice: &mut Dice) -> Draft {
    let mut header = scene.header(dice);
    if dice.once_in(4) {
        dice.pick(MISSTATEMENTS)(&mut header, dice);
    }
    let round = dice.below(3) as u32;
    let certificate = scene.certified(header, round);
    let signatures = certificate
        .signatures
        .iter()
        .flat_map(|signature| signature.0)
        .collect();
    let mut draft = Draft {
        header,
        round,
        set: scene.set.clone(),
        signatures,
    };
    if !dice.once_in(4) {
        dice.pick(DAMAGES)(&mut draft, scene, dice);
    }
    draft
}

#[test]
fn a_header_is_taken_when_wire_verifies_it_and_only_then() {
    let mut verdicts = Verdicts::default();
    from_seeds(120, |dice| {
        let mut scene = Scene::new(dice);
        for _ in 0..20 {
            let newest = scene.chain.read(scene.vault, &Vault::newestHeaderCall {}).height;
            let draft = draft(&mut scene, dice);
            let ours = by_wire(&draft, &scene.set, &scene.domain, newest);
            // A quorum that names another set ends its own: rotations are tried apart.
            if ours.is_err() || draft.header.next_set == scene.set.hash() {
                verdicts.note(AGREED, "header", ours, by_the_vault(&draft, &mut scene));
            }
        }
    });
    verdicts.reached(AGREED);
}

#[test]
fn a_fork_of_the_chain_is_not_served() {
    from_seeds(5, |dice| {
        let mut scene = Scene::new(dice);
        let header = scene.header(dice);
        let call = submission(&scene.certified(header, 0), &scene.set);
        assert!(scene.attempt(&call).is_ok());
        scene.chain.fork(1 << 41);
        assert_eq!(scene.attempt(&call).unwrap_err().name(), "ForkedChain");
    });
}
