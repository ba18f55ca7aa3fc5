//! The whole way without a network: a deposit becomes a claim, a request becomes an outbox entry, a certified header carries it into the
//! vault, and what the vault did comes back into the books.
//!
//! ```text
//! vault: Deposited ─► attestation, certified ─► ledger: credited ─► RequestWithdraw ─► outbox ─► header, certified
//!                                                                                                  │ submitHeader, release
//!                                     books balance ◄─ ledger: posted ◄─ attestation ◄─ Released ◄─┘
//! ```

use ledger::{
    authenticate::authenticate,
    block::apply_block,
    ids::Account,
    math::Fixed,
    parameters::genesis,
    root::{Roots, StateRoots, seal},
    state::{State, fee_sub},
};
use revm::primitives::{Log, U256};
use wire::{
    attestation::Attestation,
    attesters::AttesterSet,
    block::{Body, ProvenEvent},
    certificate::Certified,
    command::{AssetPrice, Command, PriceReport, Quote, RegisterVault, Report, RequestWithdraw},
    consensus::Header,
    evidence::Finality,
    outbox::OutboxEntry,
    tree::Tree,
    types::{Address, AssetId, Hash, NetworkId, Underlying, keccak256},
};

use super::{
    abi::{self, Vault, word},
    dice::{Dice, from_seeds},
    events,
    exits::exit_proof,
    scene::{ANYBODY, HOME, Keys, Scene, random_set},
};

/// Stake of each attester, in units: a million.
const STAKE: u128 = 1_000_000_000_000;

/// The network's genesis file.
fn genesis_file(set: &AttesterSet, usd: Hash) -> String {
    let attester = |member: &wire::attesters::Member| {
        format!(
            "[[attester]]\naddress = \"{}\"\nweight = {}\n",
            member.attester, member.weight
        )
    };
    let attesters: String = set.members().iter().map(attester).collect();
    format!(
        "[[chain]]\nid = {HOME}\ncustody = \"contract\"\nnative = 1\n[[feed]]\nid = 1\n\
         [[asset]]\nchain = {HOME}\ntoken = \"{usd}\"\nclass = \"cash\"\ndecimals = 6\nfeed = 1\n\
         [staking]\nasset = 0\n{attesters}"
    )
}

fn empty_body() -> Body {
    Body {
        attestations: vec![],
        events: vec![],
        evidence: vec![],
        reports: vec![],
        commands: vec![],
    }
}

/// A network of one replica: its ledger, its chain, and what it has to order next.
struct Network {
    scene: Scene,
    state: State,
    roots: Roots,
    rooted: StateRoots,
    parent: Hash,
    usd: AssetId,
    body: Body,
}

impl Network {
    fn new(dice: &mut Dice) -> Self {
        let mut keys = Keys::default();
        let set = random_set(dice, &mut keys, 0);
        let usd = abi::padded(ANYBODY.create(0));
        let file = genesis_file(&set, usd);
        let network = NetworkId(keccak256(&[file.as_bytes()]));
        let scene = Scene::of(dice, keys, set, network);
        assert_eq!(scene.usd_id(), usd, "the token is the one that genesis names");
        let state = genesis(&file).expect("a sound genesis file");
        let (roots, rooted) = Roots::of(&state).expect("an empty state has roots");
        let body = empty_body();
        let usd = AssetId {
            chain: HOME,
            asset: usd,
        };
        Self {
            scene,
            state,
            roots,
            rooted,
            parent: network.0,
            usd,
            body,
        }
    }

    /// The header of the next block: roots of the state after its parent.
    fn header(&self) -> Header {
        let body = self.body.commands_root().expect("a small body");
        let leaves: Vec<Hash> = self.state.outbox().iter().map(OutboxEntry::leaf).collect();
        let outbox = Tree::new(&leaves).expect("a small outbox").root();
        Header {
            height: self.state.height + 1,
            parent: self.parent,
            time_ms: self.scene.chain.time() * 1_000,
            set_id: self.scene.set.id(),
            command_count: body.count(),
            commands_root: body.root(),
            state_root: self.rooted.state_root(),
            outbox_count: outbox.count(),
            outbox_root: outbox.root(),
            next_set: self.scene.set.hash(),
        }
    }

    /// Orders what is queued, a second after the last block; everything in it must apply.
    fn block(&mut self) -> Header {
        self.scene.chain.wait(1);
        self.report_prices();
        let header = self.header();
        let certificate = self.scene.certified(header, 0);
        certificate
            .verify(&self.scene.domain, &self.scene.set)
            .expect("a quorum signed");
        let body = std::mem::replace(&mut self.body, empty_body());
        let finality = |_| Some(Finality::Finalising);
        let block =
            authenticate(&self.state, &header, &body, &self.scene.domain, finality).expect("all is signed");
        for outcome in apply_block(&mut self.state, &block) {
            outcome.expect("all applies");
        }
        let changes = seal(&mut self.state).expect("shares in range");
        self.rooted = self.roots.apply(changes).expect("sums in range");
        self.parent = header.block_id();
        self.books_balance();
        header
    }

    fn report_prices(&mut self) {
        let quote = Quote {
            value: Fixed::from_int(1).raw(),
            confidence: 0,
        };
        let price = AssetPrice {
            underlying: Underlying(1),
            spot: quote,
            mark: None,
            stable: None,
        };
        for member in self.scene.set.members() {
            let report = PriceReport {
                attester: member.attester,
                time_ms: self.scene.chain.time() * 1_000,
                assets: vec![price],
                expiries: vec![],
            };
            self.body
                .reports
                .push(Report::Price(self.scene.signed(member.attester, report)));
        }
    }

    /// What the ledger counts for the asset is what it owes, and what the vault counts.
    fn books_balance(&mut self) {
        let books = self.state.assets.get(&self.usd).expect("a listed asset");
        assert_eq!(books.gap(), Ok(Fixed::ZERO));
    }

    fn holdings(&mut self) -> (U256, U256) {
        let asset = word(self.usd.asset);
        let counted = self
            .scene
            .chain
            .read(self.scene.vault, &Vault::assetOfCall { asset })
            .holdings;
        let posted = self
            .state
            .assets
            .get(&self.usd)
            .expect("a listed asset")
            .vault
            .posted();
        (U256::from(counted), U256::from(posted.raw() / 1_000_000_000_000))
    }

    fn quorum<T: wire::eip712::Statement>(&self, statement: T) -> Certified<T> {
        let signatures = self.scene.quorum(&statement);
        Certified {
            statement,
            signatures,
        }
    }

    fn register_vault(&mut self) {
        let order = RegisterVault {
            chain: HOME,
            evm_chain_id: 1,
            address: self.scene.vault_id(),
            code_hash: Hash([1; 32]),
            from_height: 1,
        };
        let order = self.quorum(order);
        self.body.commands.push(Command::RegisterVault(order));
    }

    /// Queues what the vault logged: a block of its chain, attested by a quorum, and each event with its proof.
    fn attest(&mut self, logs: &[Log]) {
        let happened = events::of_vault(self.scene.vault, logs);
        let leaves: Vec<Hash> = happened.iter().map(|event| event.leaf()).collect();
        let tree = Tree::new(&leaves).expect("a small tree");
        let cursor = self.state.chains.get(&HOME).expect("a registered chain").cursor;
        let attestation = Attestation {
            chain: HOME,
            height: cursor.height + 1,
            block_hash: Hash([7; 32]),
            timestamp: self.scene.chain.time(),
            previous: cursor.height,
            first_seq: cursor.next_seq,
            event_count: tree.root().count(),
            events_root: tree.root().root(),
        };
        let attestation = self.quorum(attestation);
        self.body.attestations.push(attestation);
        for (index, event) in (0..).zip(happened) {
            let lemmas = tree.lemmas(index).expect("the tree has the leaf");
            self.body.events.push(ProvenEvent {
                chain: HOME,
                height: cursor.height + 1,
                event,
                lemmas,
            });
        }
    }

    /// A network whose attesters have staked and whose vault is registered, with a deposit in it.
    fn with_deposit(dice: &mut Dice, account: Account, units: u128) -> Self {
        let mut network = Self::new(dice);
        network.register_vault();
        network.block();
        let mut logs = Vec::new();
        for member in network.scene.set.clone().members() {
            logs.extend(network.scene.stake(member.attester, STAKE));
        }
        logs.extend(network.scene.deposit_usd(account, units));
        network.attest(&logs);
        network.block();
        network
    }

    fn claim(&self, account: Account) -> Fixed {
        self.state.claim(account, self.usd).expect("a listed asset")
    }
}

fn alice(dice: &mut Dice, keys: &mut Keys) -> Account {
    Account {
        owner: keys.add(dice),
        sub: 1,
    }
}

/// Somebody's tokens, outside of the vault.
fn balance_of(network: &mut Network, who: Address) -> U256 {
    let call = super::abi::BridgedToken::balanceOfCall {
        account: abi::address(who),
    };
    network.scene.chain.read(network.scene.usd, &call)
}

#[test]
fn a_deposit_is_withdrawn_through_ledger_header_and_vault_and_the_books_balance() {
    from_seeds(5, |dice| {
        let mut keys = Keys::default();
        let alice = alice(dice, &mut keys);
        let mut network = Network::with_deposit(dice, alice, 50_000_000_000);
        assert_eq!(network.claim(alice), Fixed::from_int(50_000));
        assert_eq!(
            network.holdings(),
            (U256::from(50_000_000_000_u64), U256::from(50_000_000_000_u64))
        );

        // She asks for a thousand and the fee of one, to be paid to somebody else.
        let recipient = Address(dice.bytes());
        let request = RequestWithdraw {
            account: alice,
            nonce: 1,
            expiry_ms: network.state.time_ms + 60_000,
            asset: network.usd,
            amount: Fixed::from_int(1_001).raw(),
            destination: HOME,
            recipient: abi::padded(abi::address(recipient)),
            max_fee: Fixed::from_int(1).raw(),
        };
        let signature = keys.sign(
            alice.owner,
            wire::eip712::Statement::digest(&request, &network.scene.domain),
        );
        let request = wire::signature::Signed {
            statement: request,
            signature,
        };
        network.body.commands.push(Command::RequestWithdraw(request));
        network.block();
        network.block();

        // The header after the entry came into the outbox proves it to the vault.
        let outbox = network.state.outbox();
        let header = network.block();
        network.scene.submit(header);
        let tree =
            Tree::new(&outbox.iter().map(OutboxEntry::leaf).collect::<Vec<_>>()).expect("a small outbox");
        let OutboxEntry::Release(entry) = outbox[0] else {
            panic!("the outbox begins with releases, not with {:?}", outbox[0]);
        };
        let proof = abi::proof(0, &tree.lemmas(0).expect("the tree has the leaf"));
        let call = Vault::releaseCall {
            entries: vec![(&entry).into()],
            proofs: vec![proof],
        };
        let done = network.scene.send(&call).expect("the vault pays");
        assert_eq!(balance_of(&mut network, recipient), U256::from(1_000_000_000));

        // What it did comes back: the debit is posted, and whoever submitted has the fee.
        network.attest(&done.logs);
        network.block();
        assert!(network.state.withdrawals.is_empty());
        assert_eq!(network.claim(alice), Fixed::from_int(48_999));
        assert_eq!(network.claim(fee_sub(Address(ANYBODY.0.0))), Fixed::from_int(1));
        assert_eq!(
            network.holdings(),
            (U256::from(49_000_000_000_u64), U256::from(49_000_000_000_u64))
        );
    });
}

#[test]
fn a_claim_leaves_by_proof_when_the_ledger_falls_silent() {
    from_seeds(5, |dice| {
        let alice = alice(dice, &mut Keys::default());
        let mut network = Network::with_deposit(dice, alice, 50_000_000_000);
        let rooted = network.rooted;
        let proof = exit_proof(network.roots.subs(), &alice, rooted.globals);
        let header = network.block();
        assert_eq!(header.state_root, rooted.state_root());
        network.scene.submit(header);

        network.scene.chain.wait(7 * 86_400);
        let declared = network
            .scene
            .send(&Vault::declareExitCall {})
            .expect("the ledger is silent");
        network.scene.chain.wait(2 * 86_400);
        let call = Vault::exitCall {
            asset: word(network.usd.asset),
            proof,
        };
        let exited = network
            .scene
            .send(&call)
            .expect("the proof is of the newest header");
        assert_eq!(
            balance_of(&mut network, alice.owner),
            U256::from(50_000_000_000_u64)
        );

        // Should the ledger wake up, it sees that the claim is gone.
        network.attest(&[declared.logs, exited.logs].concat());
        network.block();
        assert_eq!(network.claim(alice), Fixed::ZERO);
        assert_eq!(network.holdings(), (U256::ZERO, U256::ZERO));
    });
}
