//! Outbox trees: an entry that `wire::tree` proves is carried out, and no other.

use alloy_sol_types::SolEvent as _;
use revm::primitives::U256;
use wire::{
    consensus::Header,
    outbox::{Govern, OutboxEntry, Progress, Release},
    tree::{EMPTY_ROOT, ProofError, Tree},
    types::{ChainId, Hash},
};

use super::{
    abi::{self, Vault},
    dice::{Dice, Verdicts, from_seeds},
    scene::{AWAY, AWAY_ASSET, HOME, Scene, coin, key},
};

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("OtherChain", "WrongChain"),
    ("OtherVault", "WrongVault"),
    ("Applied", "ForcedCommandApplied"),
    ("IndexOutOfRange", "IndexOutOfRange"),
    ("MissingLemma", "MissingLemma"),
    ("SurplusLemmas", "SurplusLemmas"),
    ("RootMismatch", "RootMismatch"),
];

/// More than the age at which a forced command permits an exit.
const PATIENCE: u64 = 4 * 86_400;
/// Number of the forced command in these scenes.
const FORCED: u64 = 2;

/// A vault with collateral of every kind, and a forced command that grew old.
fn scene(dice: &mut Dice) -> Scene {
    let mut scene = Scene::new(dice);
    let account = wire::types::Account {
        owner: wire::types::Address(dice.bytes()),
        sub: 0,
    };
    scene.deposit_usd(account, 1 << 60);
    scene.deposit_coin(account, 1 << 60);
    scene
        .send(&Vault::forceCommandCall {
            command: vec![1].into(),
        })
        .expect("anybody may force");
    scene.chain.wait(PATIENCE);
    scene
}

fn entry(scene: &Scene, dice: &mut Dice, id: u64) -> OutboxEntry {
    let chain = if dice.once_in(6) { AWAY } else { HOME };
    let vault = if dice.once_in(10) {
        Hash(dice.bytes())
    } else {
        scene.vault_id()
    };
    match dice.below(4) {
        0 => OutboxEntry::Progress(Progress {
            chain,
            processed_seq: dice.below(2 * FORCED + 1),
        }),
        1 => OutboxEntry::Govern(Govern {
            id,
            chain,
            vault,
            key: Hash(key("payment_gas").0),
            value: U256::from(500_001 + dice.below(400_000)),
        }),
        _ => OutboxEntry::Release(Release {
            id,
            chain,
            vault,
            asset: *dice.pick(&[scene.usd_id(), coin(), AWAY_ASSET.bridged()]),
            recipient: abi::padded(revm::primitives::Address::from(dice.bytes::<20>())),
            amount: U256::from(1 + dice.below(1 << 40)),
            valid_until: scene.chain.time() + dice.below(1 << 20),
        }),
    }
}

/// What is claimed: that the entry stands at the index.
#[derive(Clone)]
struct Claim {
    entry: OutboxEntry,
    index: u32,
    lemmas: Vec<Hash>,
}

type Damage = fn(&mut Claim, &mut Dice);

const DAMAGES: &[Damage] = &[
    |claim, _| claim.index = claim.index.wrapping_add(1),
    |claim, _| claim.index = claim.index.wrapping_sub(1),
    |claim, dice| claim.index ^= 1 << dice.below(32),
    |claim, _| claim.lemmas.truncate(claim.lemmas.len().saturating_sub(1)),
    |claim, _| {
        claim.lemmas = claim
            .lemmas
            .split_first()
            .map_or(Vec::new(), |(_, above)| above.to_vec())
    },
    |claim, dice| claim.lemmas.push(Hash(dice.bytes())),
    |claim, dice| claim.lemmas.insert(0, Hash(dice.bytes())),
    |claim, _| claim.lemmas.reverse(),
    |claim, _| claim.lemmas.clear(),
    |claim, _| claim.lemmas.extend_from_within(..),
    |claim, dice| {
        if let Some(lemma) = claim.lemmas.first_mut() {
            dice.flip(&mut lemma.0);
        }
    },
    |claim, dice| {
        if let Some(lemma) = claim.lemmas.last_mut() {
            dice.flip(&mut lemma.0);
        }
    },
    |claim, dice| alter(&mut claim.entry, dice),
];

fn alter(entry: &mut OutboxEntry, dice: &mut Dice) {
    let field = dice.below(5);
    match entry {
        OutboxEntry::Release(release) => match field {
            0 => release.id += 1,
            1 => dice.flip(&mut release.asset.0),
            2 => dice.flip(&mut release.recipient.0[12..]),
            3 => release.amount += U256::from(1),
            _ => release.valid_until += 1,
        },
        OutboxEntry::Govern(govern) => match field {
            0 => govern.id += 1,
            1 => dice.flip(&mut govern.key.0),
            _ => govern.value += U256::from(1),
        },
        OutboxEntry::Progress(progress) => progress.processed_seq ^= 1 << dice.below(64),
    }
}

/// What was carried out: an id with an amount or a value, or an exit declared against a progress.
type Executed = (u64, U256);

fn by_wire(claim: &Claim, header: &Header, scene: &Scene) -> Result<Executed, &'static str> {
    let (chain, vault) = match claim.entry {
        OutboxEntry::Release(entry) => (entry.chain, Some(entry.vault)),
        OutboxEntry::Govern(entry) => (entry.chain, Some(entry.vault)),
        OutboxEntry::Progress(entry) => (entry.chain, None),
    };
    if chain != HOME {
        return Err("OtherChain");
    }
    if vault.is_some_and(|vault| vault != scene.vault_id()) {
        return Err("OtherVault");
    }
    let outbox = header.outbox().expect("the vault took the header");
    let proven = outbox
        .verify(claim.index, claim.entry.leaf(), &claim.lemmas)
        .map_err(reason)?;
    assert_eq!(proven.leaf(), claim.entry.leaf());
    match claim.entry {
        OutboxEntry::Release(entry) => Ok((entry.id, entry.amount)),
        OutboxEntry::Govern(entry) => Ok((entry.id, entry.value)),
        OutboxEntry::Progress(entry) if FORCED < entry.processed_seq => Err("Applied"),
        OutboxEntry::Progress(_) => Ok((FORCED, U256::ZERO)),
    }
}

fn reason(error: ProofError) -> &'static str {
    error.into()
}

fn by_the_vault(claim: &Claim, scene: &mut Scene) -> Result<Executed, &'static str> {
    let proof = abi::proof(claim.index, &claim.lemmas);
    match &claim.entry {
        OutboxEntry::Release(entry) => {
            let call = Vault::releaseCall {
                entries: vec![entry.into()],
                proofs: vec![proof],
            };
            let done = scene.attempt(&call).map_err(|failure| failure.name())?;
            let released = Vault::Released::decode_log(&done.logs[0]).map_err(|_| "NotReleased")?;
            Ok((released.id, released.amount))
        }
        OutboxEntry::Govern(entry) => {
            let call = Vault::governCall {
                entry: entry.into(),
                proof,
            };
            let done = scene.attempt(&call).map_err(|failure| failure.name())?;
            let governed = Vault::Governed::decode_log(&done.logs[0]).map_err(|_| "NotGoverned")?;
            Ok((governed.id, entry.value))
        }
        OutboxEntry::Progress(entry) => {
            let call = Vault::declareExitByForcedCommandCall {
                seq: FORCED,
                progress: entry.into(),
                proof,
            };
            scene.attempt(&call).map_err(|failure| failure.name())?;
            Ok((FORCED, U256::ZERO))
        }
    }
}

/// A header over a random outbox, and the outbox; the header may miscount.
fn outbox(scene: &mut Scene, dice: &mut Dice) -> (Header, Vec<OutboxEntry>, Tree) {
    let count = *dice.pick(&[1, 2, 3, 5, 8, 13, 33]);
    let entries: Vec<OutboxEntry> = (0..count).map(|id| entry(scene, dice, id)).collect();
    let leaves: Vec<Hash> = entries.iter().map(OutboxEntry::leaf).collect();
    let tree = Tree::new(&leaves).expect("a small tree");
    let mut header = scene.header(dice);
    (header.outbox_count, header.outbox_root) = (tree.root().count(), tree.root().root());
    match dice.below(8) {
        0 => header.outbox_count += 1 + dice.below(3) as u32,
        1 => header.outbox_count = 1.max(header.outbox_count - 1),
        2 => (header.outbox_count, header.outbox_root) = (0, EMPTY_ROOT),
        _ => {}
    }
    (header, entries, tree)
}

#[test]
fn an_entry_is_carried_out_when_wire_proves_it_and_only_then() {
    let mut verdicts = Verdicts::default();
    from_seeds(100, |dice| {
        let mut scene = scene(dice);
        let (header, entries, tree) = outbox(&mut scene, dice);
        scene.submit(header);
        for _ in 0..20 {
            let index = dice.index(entries.len()) as u32;
            let lemmas = tree.lemmas(index).expect("the tree has the leaf");
            let mut claim = Claim {
                entry: entries[index as usize],
                index,
                lemmas,
            };
            if !dice.once_in(3) {
                dice.pick(DAMAGES)(&mut claim, dice);
            }
            let ours = by_wire(&claim, &header, &scene);
            verdicts.note(AGREED, "entry", ours, by_the_vault(&claim, &mut scene));
        }
    });
    verdicts.reached(AGREED);
}

#[test]
fn each_id_is_carried_out_once() {
    from_seeds(10, |dice| {
        let mut scene = scene(dice);
        let mut entries = Vec::new();
        while entries.len() < 12 {
            if let OutboxEntry::Release(entry) = entry(&scene, dice, entries.len() as u64) {
                let vault = scene.vault_id();
                entries.push(Release {
                    chain: ChainId(HOME.0),
                    vault,
                    ..entry
                });
            }
        }
        let leaves: Vec<Hash> = entries
            .iter()
            .map(|entry| OutboxEntry::Release(*entry).leaf())
            .collect();
        let tree = Tree::new(&leaves).expect("a small tree");
        let (outbox_count, outbox_root) = (tree.root().count(), tree.root().root());
        let header = Header {
            outbox_count,
            outbox_root,
            ..scene.header(dice)
        };
        scene.submit(header);
        let proofs: Vec<Vault::Proof> = (0..12)
            .map(|index| abi::proof(index, &tree.lemmas(index).expect("the tree has the leaf")))
            .collect();
        let call = Vault::releaseCall {
            entries: entries.iter().map(Into::into).collect(),
            proofs,
        };
        let first = scene.send(&call).expect("a proved batch");
        assert!(
            first.answer.iter().all(|outcome| *outcome == 1),
            "{:?}",
            first.answer
        );
        let again = scene.send(&call).expect("nothing is left to do");
        assert!(
            again.answer.iter().all(|outcome| *outcome == 3),
            "{:?}",
            again.answer
        );
        assert!(again.logs.is_empty());
    });
}
