//! Pauses: the signature of one attester over `VaultPause`, once per set.

use alloy_sol_types::SolEvent as _;
use wire::{
    command::VaultPause,
    eip712::{Digest, Domain, Statement as _, Struct as _},
    signature::Signature,
    types::{Address, ChainId, Hash, NetworkId},
};

use super::{
    abi::{self, Vault},
    dice::{Dice, Verdicts, from_seeds},
    scene::{AWAY, HOME, Scene},
};

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("NotAMember", "NotAnAttester"),
    ("PausedBefore", "PausedBefore"),
    ("RecoveryByte", "RecoveryByte"),
    ("HighS", "HighS"),
    ("OutOfRange", "Unrecoverable"),
    ("Unrecoverable", "Unrecoverable"),
];

type Damage = fn(&mut VaultPause, &mut Dice);

const DAMAGES: &[Damage] = &[
    |pause, _| pause.chain = AWAY,
    |pause, dice| dice.flip(&mut pause.vault.0),
    |pause, dice| pause.set_id ^= 1 << dice.below(32),
];

fn digest(scene: &Scene, dice: &mut Dice) -> Digest {
    let mut pause = VaultPause {
        chain: ChainId(HOME.0),
        vault: scene.vault_id(),
        set_id: scene.set.id(),
    };
    match dice.below(12) {
        0..3 => dice.pick(DAMAGES)(&mut pause, dice),
        3 => return pause.digest(&Domain::new(NetworkId(Hash(dice.bytes())))),
        4 => return Digest(pause.struct_hash().0),
        _ => {}
    }
    pause.digest(&scene.domain)
}

fn by_wire(signature: Signature, scene: &Scene, paused: &[Address]) -> Result<Address, &'static str> {
    let pause = VaultPause {
        chain: HOME,
        vault: scene.vault_id(),
        set_id: scene.set.id(),
    };
    let signer = signature
        .recover(pause.digest(&scene.domain))
        .map_err(|error| <&str>::from(&error))?;
    if scene.set.weight_of(signer).is_none() {
        return Err("NotAMember");
    }
    match paused.contains(&signer) {
        true => Err("PausedBefore"),
        false => Ok(signer),
    }
}

fn by_the_vault(signature: Signature, scene: &mut Scene) -> Result<Address, &'static str> {
    let call = Vault::pauseCall {
        set: (&scene.set).into(),
        signature: abi::signatures(&[signature]),
    };
    let done = scene.send(&call).map_err(|failure| failure.name())?;
    let paused = Vault::Paused::decode_log(&done.logs[0]).expect("pausing says so");
    assert_eq!(paused.until, scene.chain.time() + 86_400);
    Ok(Address(paused.attester.0.0))
}

#[test]
fn an_attester_pauses_by_its_signature_over_this_vault_and_set() {
    let mut verdicts = Verdicts::default();
    from_seeds(100, |dice| {
        let mut scene = Scene::new(dice);
        let mut paused = Vec::new();
        for _ in 0..12 {
            let signer = match dice.once_in(8) {
                true => scene.keys.add(dice),
                false => dice.pick(scene.set.members()).attester,
            };
            let digest = digest(&scene, dice);
            let mut signature = scene.keys.sign(signer, digest);
            match dice.below(12) {
                0 => dice.flip(&mut signature.0),
                1 => signature.0[..32].fill(0),
                2 => signature.0[32] |= 0x80,
                _ => {}
            }
            let ours = by_wire(signature, &scene, &paused);
            paused.extend(ours.ok());
            verdicts.note(AGREED, "pause", ours, by_the_vault(signature, &mut scene));
        }
    });
    verdicts.reached(AGREED);
}
