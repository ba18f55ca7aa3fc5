//! Random walks over everything that a vault does: its events are numbered without a gap, and their counters are what happened.

use std::collections::{BTreeMap, BTreeSet};

use ledger::root::{Amounts, Leaf, SubsTree, Sums, state_root};
use revm::primitives::{Log, U256};
use wire::{
    attesters::AttesterSet,
    consensus::{Header, Precommit},
    encoding::Canonical as _,
    event::VaultEvent,
    evidence::DoublePrecommit,
    outbox::{Govern, OutboxEntry, Release},
    tree::Tree,
    types::{Account, Address, AssetId, Hash},
};

use super::{
    abi::{self, Vault, word},
    dice::{Dice, from_seeds, is_replay},
    events,
    exits::exit_proof,
    scene::{ANYBODY, AWAY_ASSET, HOME, ROTATION_DELAY, Scene, coin, key, submission},
};

/// Kinds of events that a vault emits.
const KINDS: usize = 15;
const DAY: u64 = 86_400;

/// What a reader of the events alone knows of the vault.
#[derive(Default)]
struct Reader {
    next_seq: u64,
    holdings: BTreeMap<Hash, U256>,
    stakes: BTreeMap<Address, U256>,
    bucket: U256,
    /// First bytes of the events' encodings.
    kinds: BTreeSet<u8>,
}

impl Reader {
    fn follow(&mut self, event: &VaultEvent) {
        assert_eq!(event.seq(), self.next_seq, "{event:?}");
        self.next_seq += 1;
        self.kinds.insert(event.encode()[0]);
        match event {
            VaultEvent::Deposited(event) => self.count(event.asset, event.amount, event.holdings),
            VaultEvent::Burned(event) => self.discount(event.home.bridged(), event.amount, event.holdings),
            VaultEvent::Exited(event) => self.discount(event.asset, event.amount, event.holdings),
            VaultEvent::Released(event) if event.asset == AWAY_ASSET.bridged() => {
                self.count(event.asset, event.amount, event.holdings);
            }
            VaultEvent::Released(event) => self.discount(event.asset, event.amount, event.holdings),
            VaultEvent::Report(event) => self.count(event.asset, U256::ZERO, event.holdings),
            VaultEvent::StakeDeposited(event) => {
                let stake = self.stakes.entry(event.attester).or_default();
                *stake += event.amount;
                assert_eq!(*stake, event.stake);
            }
            VaultEvent::StakeReleased(event) => {
                let stake = self.stakes.entry(event.attester).or_default();
                *stake -= event.amount;
                assert_eq!(*stake, event.stake);
            }
            VaultEvent::Slashed(event) => {
                assert_eq!(self.stakes.remove(&event.attester), Some(event.amount));
                self.bucket += event.amount;
                assert_eq!(self.bucket, event.bucket);
            }
            _ => {}
        }
    }

    fn count(&mut self, asset: Hash, amount: U256, after: U256) {
        let holdings = self.holdings.entry(asset).or_default();
        *holdings += amount;
        assert_eq!(*holdings, after, "{asset}");
    }

    fn discount(&mut self, asset: Hash, amount: U256, after: U256) {
        let holdings = self.holdings.entry(asset).or_default();
        *holdings -= amount;
        assert_eq!(*holdings, after, "{asset}");
    }
}

/// A vault, who reads it, and the next free id.
struct Walk {
    scene: Scene,
    reader: Reader,
    next_id: u64,
}

impl Walk {
    fn new(dice: &mut Dice) -> Self {
        let mut walk = Self {
            scene: Scene::new(dice),
            reader: Reader::default(),
            next_id: 0,
        };
        let logs = walk.scene.deposit_usd(account(dice), 1 << 50);
        walk.read(&logs);
        let logs = walk.scene.deposit_coin(account(dice), 1 << 50);
        walk.read(&logs);
        walk
    }

    fn read(&mut self, logs: &[Log]) {
        for event in events::of_vault(self.scene.vault, logs) {
            self.reader.follow(&event);
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        let amount = 1 + u128::from(dice.below(1 << 20));
        let logs = match dice.below(10) {
            0 => self.scene.deposit_usd(account(dice), amount),
            1 => self.scene.deposit_coin(account(dice), amount),
            2 => self.stake(dice, amount),
            3 => self.force(dice),
            4 => self.report(dice),
            5 => self.pause(dice),
            6 => self.rotate(dice),
            7 => self.slash(dice),
            8 => self.burn(dice),
            _ => self.carry_out(dice),
        };
        self.read(&logs);
        self.scene.chain.wait(dice.below(DAY));
    }

    fn stake(&mut self, dice: &mut Dice, amount: u128) -> Vec<Log> {
        let attester = dice.pick(self.scene.set.members()).attester;
        let is_slashed = self
            .scene
            .chain
            .read(
                self.scene.vault,
                &Vault::stakeOfCall {
                    attester: abi::address(attester),
                },
            )
            .isSlashed;
        if is_slashed {
            Vec::new()
        } else {
            self.scene.stake(attester, amount)
        }
    }

    fn force(&mut self, dice: &mut Dice) -> Vec<Log> {
        let command = vec![7; 1 + dice.index(8_192)].into();
        self.scene
            .send(&Vault::forceCommandCall { command })
            .expect("anybody may force")
            .logs
    }

    fn report(&mut self, dice: &mut Dice) -> Vec<Log> {
        let asset = *dice.pick(&[self.scene.usd_id(), coin(), AWAY_ASSET.bridged()]);
        self.scene
            .send(&Vault::reportCall { asset: word(asset) })
            .expect("a listed asset")
            .logs
    }

    /// One attester's pause, which is over when the walk goes on.
    fn pause(&mut self, dice: &mut Dice) -> Vec<Log> {
        let pause = wire::command::VaultPause {
            chain: HOME,
            vault: self.scene.vault_id(),
            set_id: self.scene.set.id(),
        };
        let attester = dice.pick(self.scene.set.members()).attester;
        let signature = abi::signatures(&[self.scene.signed(attester, pause).signature]);
        let call = Vault::pauseCall {
            set: (&self.scene.set).into(),
            signature,
        };
        let logs = self.scene.send(&call).map_or(Vec::new(), |done| done.logs);
        self.scene.chain.wait(DAY);
        logs
    }

    fn rotate(&mut self, dice: &mut Dice) -> Vec<Log> {
        self.scene.chain.wait(ROTATION_DELAY);
        let next = AttesterSet::new(self.scene.set.id() + 1, self.scene.set.members().into());
        let next = next.expect("the same members are a set");
        let header = Header {
            next_set: next.hash(),
            ..self.scene.header(dice)
        };
        let header = submission(&self.scene.certified(header, 0), &self.scene.set);
        let call = Vault::rotateCall {
            header: header.header,
            round: header.round,
            set: header.set,
            signatures: header.signatures,
            next: (&next).into(),
        };
        let logs = self.scene.send(&call).expect("the same members may follow").logs;
        self.scene.set = next;
        logs
    }

    fn slash(&mut self, dice: &mut Dice) -> Vec<Log> {
        let offender = dice.pick(self.scene.set.members()).attester;
        let mut vote = || {
            let vote = Precommit {
                height: 1,
                round: 0,
                block_id: Hash(dice.bytes()),
            };
            self.scene.signed(offender, vote)
        };
        let pair = DoublePrecommit {
            first: vote(),
            second: vote(),
        };
        let call = <Vault::slash_0Call as alloy_sol_types::SolCall>::new(((&pair).into(),));
        self.scene.send(&call).map_or(Vec::new(), |done| done.logs)
    }

    /// Burns bridged tokens that were minted to whoever deposits.
    fn burn(&mut self, dice: &mut Dice) -> Vec<Log> {
        let minted = self.release(AWAY_ASSET.bridged(), abi::padded(ANYBODY), 1_000);
        let minted = self.submit_and_release(dice, vec![minted]);
        self.read(&minted);
        let call = Vault::depositCall {
            asset: word(AWAY_ASSET.bridged()),
            amount: U256::from(1 + dice.below(1_000)),
            account: abi::account(account(dice)),
        };
        self.scene.send(&call).expect("tokens burn").logs
    }

    /// A batch of releases, of which some fail, and a governed value.
    fn carry_out(&mut self, dice: &mut Dice) -> Vec<Log> {
        let somebody = abi::padded(revm::primitives::Address::from(dice.bytes::<20>()));
        let attester = abi::padded(abi::address(dice.pick(self.scene.set.members()).attester));
        let refuses_coins = self.scene.usd_id();
        let entries = vec![
            self.release(self.scene.usd_id(), somebody, 1 + dice.below(1 << 20)),
            self.release(coin(), somebody, 1 + dice.below(1 << 20)),
            self.release(coin(), refuses_coins, 1 + dice.below(1 << 20)),
            self.release(Hash(key("stake").0), attester, 1 + dice.below(1 << 10)),
        ];
        let mut logs = self.submit_and_release(dice, entries);
        logs.extend(self.govern(dice));
        logs
    }

    fn release(&mut self, asset: Hash, recipient: Hash, amount: u64) -> Release {
        Release {
            id: self.next_id(),
            chain: HOME,
            vault: self.scene.vault_id(),
            asset,
            recipient,
            amount: U256::from(amount),
            valid_until: self.scene.chain.time(),
        }
    }

    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn submit_and_release(&mut self, dice: &mut Dice, entries: Vec<Release>) -> Vec<Log> {
        let proofs = self.submit(
            dice,
            &entries
                .iter()
                .map(|entry| OutboxEntry::Release(*entry))
                .collect::<Vec<_>>(),
        );
        let call = Vault::releaseCall {
            entries: entries.iter().map(Into::into).collect(),
            proofs,
        };
        self.scene.send(&call).expect("proved entries").logs
    }

    fn govern(&mut self, dice: &mut Dice) -> Vec<Log> {
        let key = key("payment_gas");
        let gas = self
            .scene
            .chain
            .read(self.scene.vault, &Vault::settingCall { key })
            .value;
        let vault = self.scene.vault_id();
        let entry = Govern {
            id: self.next_id(),
            chain: HOME,
            vault,
            key: Hash(key.0),
            value: U256::from(gas + 1),
        };
        let proof = self.submit(dice, &[OutboxEntry::Govern(entry)]).remove(0);
        let call = Vault::governCall {
            entry: (&entry).into(),
            proof,
        };
        // Refused within an hour of the last change.
        self.scene.send(&call).map_or(Vec::new(), |done| done.logs)
    }

    /// Has the vault take a header over these entries.
    fn submit(&mut self, dice: &mut Dice, entries: &[OutboxEntry]) -> Vec<Vault::Proof> {
        let tree =
            Tree::new(&entries.iter().map(OutboxEntry::leaf).collect::<Vec<_>>()).expect("a small tree");
        let (outbox_count, outbox_root) = (tree.root().count(), tree.root().root());
        let header = Header {
            outbox_count,
            outbox_root,
            ..self.scene.header(dice)
        };
        self.scene.submit(header);
        let proof = |index| abi::proof(index, &tree.lemmas(index).expect("the tree has the leaf"));
        (0..tree.root().count()).map(proof).collect()
    }

    /// Silence, a header that ends it, silence again, and an exit.
    fn abandon(&mut self, dice: &mut Dice) {
        let account = account(dice);
        let asset = AssetId {
            chain: HOME,
            asset: self.scene.usd_id(),
        };
        let exitable = Amounts::new(vec![(asset, 1 << 50)]).expect("a canonical list");
        let sums = Sums {
            exitable,
            ..Sums::default()
        };
        let mut tree = SubsTree::default();
        tree.set(Leaf {
            account,
            sums,
            rest: Hash(dice.bytes()),
        });
        let globals = Hash(dice.bytes());
        let root = state_root(&tree.root().expect("sums in range"), &globals);

        self.silence();
        let header = Header {
            state_root: root,
            ..self.scene.header(dice)
        };
        let call = submission(&self.scene.certified(header, 0), &self.scene.set);
        let cancelled = self.scene.send(&call).expect("a certified header").logs;
        self.read(&cancelled);
        self.silence();
        self.scene.chain.wait(2 * DAY);
        let proof = exit_proof(&mut tree, &account, globals);
        let call = Vault::exitCall {
            asset: word(asset.asset),
            proof,
        };
        let exited = self.scene.send(&call).expect("a proved claim").logs;
        self.read(&exited);
    }

    fn silence(&mut self) {
        self.scene.chain.wait(7 * DAY);
        let declared = self
            .scene
            .send(&Vault::declareExitCall {})
            .expect("the ledger is silent")
            .logs;
        self.read(&declared);
    }

    /// The vault says of itself what its events say.
    fn compare(&mut self) {
        assert_eq!(
            self.scene.chain.read(self.scene.vault, &Vault::nextSeqCall {}),
            self.reader.next_seq
        );
        assert_eq!(
            self.scene.chain.read(self.scene.vault, &Vault::bucketCall {}),
            self.reader.bucket
        );
        for (asset, holdings) in &self.reader.holdings {
            let call = Vault::assetOfCall { asset: word(*asset) };
            assert_eq!(
                U256::from(self.scene.chain.read(self.scene.vault, &call).holdings),
                *holdings,
                "{asset}"
            );
        }
        let staked: U256 = self.reader.stakes.values().sum();
        assert_eq!(
            self.scene.chain.read(self.scene.vault, &Vault::totalStakeCall {}),
            staked
        );
    }
}

fn account(dice: &mut Dice) -> Account {
    Account {
        owner: Address(dice.bytes()),
        sub: dice.below(3) as u32,
    }
}

#[test]
fn events_are_numbered_without_a_gap_and_tell_what_the_vault_holds() {
    let mut kinds = BTreeSet::new();
    from_seeds(20, |dice| {
        let mut walk = Walk::new(dice);
        for _ in 0..60 {
            walk.step(dice);
        }
        walk.abandon(dice);
        walk.compare();
        kinds.append(&mut walk.reader.kinds);
    });
    assert!(
        is_replay() || kinds.len() == KINDS,
        "only events of the kinds {kinds:?} were seen"
    );
}
