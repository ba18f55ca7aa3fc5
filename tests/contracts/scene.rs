//! A network with one vault: attesters with real keys, a token, and the vault deployed for them.
//!
//! ```text
//! HOME   the vault's chain, finalising      USD    a token with 6 decimals, staked too
//! AWAY   another one, finalising            coin   the native coin, 18 decimals
//! WORK   another one, probabilistic         away   a bridged token of AWAY's asset, 8 decimals
//! ```

use std::collections::BTreeMap;

use alloy_sol_types::{SolCall, SolConstructor as _};
use revm::primitives::{Address, Log, U256};
use secp256k1::{
    Message, SecretKey,
    ecdsa::{RecoverableSignature, RecoveryId},
};
use wire::{
    attesters::{AttesterSet, Member},
    certificate::{BlockCertificate, assemble},
    consensus::Header,
    eip712::{Digest, Domain, Statement},
    signature::{Signature, Signed, address_of},
    tree::EMPTY_ROOT,
    types::{self, AssetId, ChainId, Hash, NetworkId},
};

use super::{
    abi::{self, BridgedToken, Vault, word},
    chain::{Chain, Done, Failure},
    dice::Dice,
};

/// The vault's chain.
pub(crate) const HOME: ChainId = ChainId(1);
/// Another chain whose final blocks stay.
pub(crate) const AWAY: ChainId = ChainId(2);
/// Another chain whose final blocks can be replaced.
pub(crate) const WORK: ChainId = ChainId(3);
/// An asset of [`AWAY`].
pub(crate) const AWAY_ASSET: AssetId = AssetId {
    chain: AWAY,
    asset: Hash([0xa5; 32]),
};
/// When scenes begin, in Unix seconds.
pub(crate) const START: u64 = 1_700_000_000;
/// Seconds between two rotations.
pub(crate) const ROTATION_DELAY: u64 = 60;
/// Who submits, deposits and owns all tokens at first.
pub(crate) const ANYBODY: Address = Address::repeat_byte(0xab);

/// The native coin's identifier.
pub(crate) fn coin() -> Hash {
    let mut asset = [0xee; 32];
    asset[..12].fill(0);
    Hash(asset)
}

/// Keys by their addresses.
#[derive(Clone, Default)]
pub(crate) struct Keys(BTreeMap<types::Address, SecretKey>);

impl Keys {
    /// Makes a key.
    pub(crate) fn add(&mut self, dice: &mut Dice) -> types::Address {
        let key = SecretKey::from_secret_bytes(dice.bytes()).expect("nearly all bytes are a key");
        let address = address_of(&key.public_key());
        self.0.insert(address, key);
        address
    }

    /// What the key of `signer` signs for a digest.
    pub(crate) fn sign(&self, signer: types::Address, digest: Digest) -> Signature {
        let message = Message::from_digest(digest.0);
        let signature = RecoverableSignature::sign_ecdsa_recoverable(message, &self.0[&signer]);
        let (id, rs) = signature.serialize_compact();
        Signature::from_parts(rs, id == RecoveryId::One)
    }
}

/// A random sound set, and its keys.
pub(crate) fn random_set(dice: &mut Dice, keys: &mut Keys, id: u32) -> AttesterSet {
    let count = *dice.pick(&[4, 4, 5, 7, 10, 19]);
    let heaviest = *dice.pick(&[1, 3, 100, 1 << 26]);
    let mut attesters: Vec<types::Address> = (0..count).map(|_| keys.add(dice)).collect();
    attesters.sort();
    loop {
        let weigh = |attester: &types::Address| Member {
            attester: *attester,
            weight: 1 + dice.below(heaviest) as u32,
        };
        if let Ok(set) = AttesterSet::new(id, attesters.iter().map(weigh).collect()) {
            return set;
        }
    }
}

/// A network with one vault.
pub(crate) struct Scene {
    /// The vault's chain.
    pub(crate) chain: Chain,
    /// The vault.
    pub(crate) vault: Address,
    /// The token with 6 decimals.
    pub(crate) usd: Address,
    /// What everything is signed in.
    pub(crate) domain: Domain,
    /// Everybody's keys.
    pub(crate) keys: Keys,
    /// The set that the vault has.
    pub(crate) set: AttesterSet,
}

impl Scene {
    /// A vault for a random set.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut keys = Keys::default();
        let set = random_set(dice, &mut keys, 0);
        let network = NetworkId(Hash(dice.bytes()));
        Self::of(dice, keys, set, network)
    }

    /// A vault for this set in this network.
    pub(crate) fn of(dice: &mut Dice, keys: Keys, set: AttesterSet, network: NetworkId) -> Self {
        let mut chain = Chain::new(1 + dice.below(1 << 40), START);
        let usd = deploy_token(&mut chain);
        let deployment = deployment(network, usd, (&set).into());
        let vault = deploy_vault(&mut chain, &deployment).expect("the scene's vault deploys");
        chain.fund(ANYBODY, U256::from(1_u128 << 120));
        Self {
            chain,
            vault,
            usd,
            domain: Domain::new(network),
            keys,
            set,
        }
    }

    /// The vault as its entries name it.
    pub(crate) fn vault_id(&self) -> Hash {
        abi::padded(self.vault)
    }

    /// The token as a chain's own identifier.
    pub(crate) fn usd_id(&self) -> Hash {
        abi::padded(self.usd)
    }

    /// A statement with the signature of one key.
    pub(crate) fn signed<T: Statement>(&self, signer: types::Address, statement: T) -> Signed<T> {
        let signature = self.keys.sign(signer, statement.digest(&self.domain));
        Signed { statement, signature }
    }

    /// What a quorum of the set signs: exactly as many as are needed, in order.
    pub(crate) fn quorum(&self, statement: &impl Statement) -> Vec<Signature> {
        self.quorum_over(statement.digest(&self.domain))
    }

    /// As [`Scene::quorum`], over any digest.
    pub(crate) fn quorum_over(&self, digest: Digest) -> Vec<Signature> {
        let members = self.set.members().iter();
        let all = members.map(|member| (member.attester, self.keys.sign(member.attester, digest)));
        assemble(&all.collect(), &self.set).expect("the whole set is a quorum")
    }

    /// A header that the vault accepts next, once it is certified; its outbox is empty.
    pub(crate) fn header(&mut self, dice: &mut Dice) -> Header {
        let newest = self.chain.read(self.vault, &Vault::newestHeaderCall {});
        Header {
            height: newest.height + 1 + dice.below(3),
            parent: Hash(dice.bytes()),
            time_ms: self.chain.time() * 1_000,
            set_id: self.set.id(),
            command_count: dice.below(100) as u32,
            commands_root: Hash(dice.bytes()),
            state_root: Hash(dice.bytes()),
            outbox_count: 0,
            outbox_root: EMPTY_ROOT,
            next_set: self.set.hash(),
        }
    }

    /// The header with the precommits of a quorum.
    pub(crate) fn certified(&self, header: Header, round: u32) -> BlockCertificate {
        let signatures = self.quorum(&header.precommit(round));
        BlockCertificate {
            header,
            round,
            signatures,
        }
    }

    /// Certifies a header and has the vault take it.
    pub(crate) fn submit(&mut self, header: Header) {
        let call = submission(&self.certified(header, 0), &self.set);
        self.send(&call).expect("the vault takes a certified header");
    }

    /// Calls the vault and keeps what it did.
    pub(crate) fn send<C: SolCall>(&mut self, call: &C) -> Result<Done<C::Return>, Failure> {
        self.chain.send(ANYBODY, self.vault, call)
    }

    /// Calls the vault and keeps nothing.
    pub(crate) fn attempt<C: SolCall>(&mut self, call: &C) -> Result<Done<C::Return>, Failure> {
        self.chain.attempt(ANYBODY, self.vault, call)
    }

    /// Mints tokens and deposits them.
    pub(crate) fn deposit_usd(&mut self, account: types::Account, units: u128) -> Vec<Log> {
        self.mint(units);
        self.deposit(self.usd_id(), account, units, 0)
    }

    /// Deposits coins.
    pub(crate) fn deposit_coin(&mut self, account: types::Account, wei: u128) -> Vec<Log> {
        self.deposit(coin(), account, wei, wei)
    }

    fn deposit(&mut self, asset: Hash, account: types::Account, units: u128, wei: u128) -> Vec<Log> {
        let (asset, account) = (word(asset), abi::account(account));
        let call = Vault::depositCall {
            asset,
            amount: U256::from(units),
            account,
        };
        self.chain
            .pay(ANYBODY, self.vault, U256::from(wei), &call)
            .expect("the vault takes a deposit")
            .logs
    }

    /// Mints tokens and stakes them for an attester.
    pub(crate) fn stake(&mut self, attester: types::Address, units: u128) -> Vec<Log> {
        self.mint(units);
        let call = Vault::depositStakeCall {
            attester: abi::address(attester),
            amount: U256::from(units),
        };
        self.send(&call).expect("the vault takes stake").logs
    }

    fn mint(&mut self, units: u128) {
        let amount = U256::from(units);
        let mint = BridgedToken::mintCall { to: ANYBODY, amount };
        self.chain
            .send(ANYBODY, self.usd, &mint)
            .expect("the token's owner mints");
        let approve = BridgedToken::approveCall {
            spender: self.vault,
            value: amount,
        };
        self.chain
            .send(ANYBODY, self.usd, &approve)
            .expect("anybody approves");
    }
}

/// What `submitHeader` takes.
pub(crate) fn submission(certificate: &BlockCertificate, set: &AttesterSet) -> Vault::submitHeaderCall {
    Vault::submitHeaderCall {
        header: (&certificate.header).into(),
        round: certificate.round,
        set: set.into(),
        signatures: abi::signatures(&certificate.signatures),
    }
}

/// A well-behaved token of which [`ANYBODY`] has as much as it likes.
pub(crate) fn deploy_token(chain: &mut Chain) -> Address {
    let arguments = BridgedToken::constructorCall {
        chain: 99,
        asset: word(Hash([9; 32])),
        name_: "US Dollar".to_owned(),
        symbol_: "USD".to_owned(),
        decimals_: 6,
    };
    chain
        .deploy(ANYBODY, &BridgedToken::BYTECODE, &arguments.abi_encode())
        .expect("a token deploys")
}

/// Deploys a vault as it is described.
pub(crate) fn deploy_vault(chain: &mut Chain, deployment: &Vault::Deployment) -> Result<Address, Failure> {
    let arguments = Vault::constructorCall {
        deployment: deployment.clone(),
    };
    chain.deploy(ANYBODY, &Vault::BYTECODE, &arguments.abi_encode())
}

/// What a scene's vault is deployed with; the limiter lets everything through.
pub(crate) fn deployment(network: NetworkId, usd: Address, set: Vault::AttesterSet) -> Vault::Deployment {
    let registered = |id: ChainId, finality: u8| Vault::Chain { id: id.0, finality };
    Vault::Deployment {
        networkId: word(network.0),
        chain: HOME.0,
        set,
        height: 0,
        stakeAsset: word(abi::padded(usd)),
        chains: vec![registered(HOME, 1), registered(AWAY, 1), registered(WORK, 2)],
        assets: vec![
            listing(HOME, abi::padded(usd), 6),
            listing(HOME, coin(), 18),
            listing(AWAY, AWAY_ASSET.asset, 8),
        ],
        settings: vec![Vault::Setting {
            key: key("rotation_delay"),
            value: u128::from(ROTATION_DELAY),
        }],
    }
}

fn listing(chain: ChainId, asset: Hash, decimals: u8) -> Vault::Listing {
    Vault::Listing {
        chain: chain.0,
        asset: word(asset),
        decimals,
        depositMinimum: 1,
        outflowMinimum: 1 << 112,
        name: "Bridged".to_owned(),
        symbol: "BR".to_owned(),
    }
}

/// A governed value's name as its key.
pub(crate) fn key(name: &str) -> revm::primitives::B256 {
    revm::primitives::B256::right_padding_from(name.as_bytes())
}
