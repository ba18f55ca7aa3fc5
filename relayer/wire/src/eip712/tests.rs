//! Every struct against an independent EIP-712 implementation, from definitions that are written by hand in Solidity.

use std::{borrow::ToOwned as _, collections::BTreeSet, vec::Vec};

use alloy_primitives::{B256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};
use proptest::prelude::*;

use super::{Domain, Statement, Struct};
use crate::{
    attestation::Attestation,
    attesters::AttesterSet,
    command::*,
    consensus::{Header, Precommit, Prevote, Proposal},
    event::*,
    gossip::{ChainStatus, Heartbeat, NodeHealth, Reobserve, Version},
    instrument::{Instrument, Side},
    outbox::{Govern, Progress, Release},
    sample::{Sample, set_of},
    types::{
        Account, Address, AssetId, BlockRef, ChainHeight, ChainId, CommandId, Hash, NetworkId, Underlying,
    },
};

/// The definitions as a wallet or a contract would write them.
mod solidity {
    alloy_sol_types::sol! {
        struct AssetId { uint32 chain; bytes32 asset; }
        struct Account { address owner; uint32 sub; }
        struct BlockRef { uint64 height; bytes32 hash; }
        struct ChainHeight { uint32 chain; uint64 height; }
        struct CommandId { Account account; uint64 nonce; }
        struct Instrument { uint8 kind; uint32 underlying; AssetId base; AssetId cash; uint64 expiry; int128 strike; }
        struct Scope { uint8 kind; uint32 chain; bytes32 asset; }
        struct AttesterSet { uint32 id; uint256[] members; }

        struct ClaimSuspense { Account account; uint64 nonce; uint64 expiryMs; uint32 chain; uint64 seq; }
        struct RequestWithdraw {
            Account account; uint64 nonce; uint64 expiryMs; AssetId asset; int128 amount; uint32 destination;
            bytes32 recipient; int128 maxFee;
        }
        struct CancelWithdraw { Account account; uint64 nonce; uint64 expiryMs; uint64 withdrawal; }
        struct CancelIntents { Account account; uint64 nonce; uint64 expiryMs; uint8 scope; uint64 intent; }
        struct TransferSub { Account account; uint64 nonce; uint64 expiryMs; uint32 to; AssetId asset; int128 amount; }
        struct SetModel { Account account; uint64 nonce; uint64 expiryMs; uint8 model; }
        struct LiquidationBid {
            Account account; uint64 nonce; uint64 expiryMs; Account target; int128 fraction; int128 priceLimit; uint64 epoch;
        }
        struct Intent {
            Account account; uint64 nonce; uint64 expiryMs; Instrument instrument; uint8 side; int128 quantity; int128 limit;
            int128 maxFee; address venue; uint8 kind; bool reduceOnly; address[] counterparty;
        }
        struct Step {
            ClaimSuspense[] claimSuspense; RequestWithdraw[] requestWithdraw; CancelWithdraw[] cancelWithdraw;
            CancelIntents[] cancelIntents; TransferSub[] transferSub; SetModel[] setModel; LiquidationBid[] liquidationBid;
        }
        struct Batch { address owner; Step[] steps; }

        struct Unstake { address attester; uint64 nonce; uint64 expiryMs; int128 amount; }
        struct Enact { address attester; uint64 nonce; uint64 expiryMs; uint64 proposal; }
        struct HaltByOne { address attester; uint64 nonce; uint64 expiryMs; uint32 chain; uint8 reason; }
        struct VaultPause { uint32 chain; bytes32 vault; uint32 setId; }

        struct RegisterVault { uint32 chain; uint64 evmChainId; bytes32 vault; bytes32 codeHash; uint64 fromHeight; }
        struct Propose { uint64 id; uint64 expiryMs; bytes32 parameter; bytes32 subject; int128 value; }
        struct Halt { uint64 serial; uint64 expiryMs; Scope scope; uint8 reason; }
        struct Resume { uint64 serial; uint64 expiryMs; Scope scope; }
        struct Checkpoint { uint32 chain; uint64 height; bytes32 hash; uint64 notAfter; }
        struct CustodyLoss {
            uint64 serial; uint64 expiryMs; AssetId asset; int128 amount; Account[] account; ChainHeight[] cause;
        }
        struct Reversal { uint64 seq; Account account; AssetId asset; int128 amount; }
        struct ReorgStatement {
            uint64 serial; uint64 expiryMs; uint32 chain; BlockRef orphaned; BlockRef replacement; uint64 firstSeq; Reversal[] reversals;
        }

        struct Quote { int128 value; int128 confidence; }
        struct AssetPrice { uint32 underlying; Quote spot; Quote[] mark; Quote[] stable; }
        struct Svi {
            int128 a; int128 b; int128 rho; int128 m; int128 sigma; int128 fwd; int128 tau; int128 confidence;
        }
        struct ExpiryPrice { uint32 underlying; uint64 expiry; Quote forward; Quote rate; Svi[] svi; }
        struct PriceReport { address attester; uint64 timeMs; AssetPrice[] assets; ExpiryPrice[] expiries; }
        struct ChainHealth { uint32 chain; uint64 lagMs; uint64 latencyMs; int128 releaseCost; }
        struct HealthReport { address attester; uint64 timeMs; ChainHealth[] chains; }

        struct Attestation {
            uint32 chain; uint64 height; bytes32 blockHash; uint64 timestamp; uint64 previous; uint64 firstSeq;
            uint32 eventCount; bytes32 eventsRoot;
        }
        struct Header {
            uint64 height; bytes32 parent; uint64 timeMs; uint32 setId; uint32 commandCount; bytes32 commandsRoot;
            bytes32 stateRoot; uint32 outboxCount; bytes32 outboxRoot; bytes32 nextSet;
        }
        struct Prevote { uint64 height; uint32 round; bytes32 blockId; }
        struct Precommit { uint64 height; uint32 round; bytes32 blockId; }
        struct Proposal { uint64 height; uint32 round; int64 polRound; bytes32 blockId; }

        struct Release {
            uint64 id; uint32 chain; bytes32 vault; bytes32 asset; bytes32 recipient; uint256 amount; uint64 validUntil;
        }
        struct Govern { uint64 id; uint32 chain; bytes32 vault; bytes32 key; uint256 value; }
        struct Progress { uint32 chain; uint64 processedSeq; }

        struct Deposited { uint64 seq; bytes32 asset; Account account; uint256 amount; uint256 holdings; }
        struct Burned { uint64 seq; AssetId home; Account account; uint256 amount; uint256 holdings; }
        struct Released {
            uint64 seq; uint64 id; bytes32 asset; bytes32 recipient; uint256 amount; address submitter; uint256 holdings;
        }
        struct ReleaseFailed { uint64 seq; uint64 id; }
        struct Rotated { uint64 seq; uint32 setId; bytes32 setHash; uint64 height; }
        struct ForcedCommand { uint64 seq; address submitter; bytes command; }
        struct Slashed { uint64 seq; address attester; uint256 amount; uint256 bucket; }
        struct StakeDeposited { uint64 seq; address attester; uint256 amount; uint256 stake; }
        struct StakeReleased { uint64 seq; address attester; uint256 amount; uint256 stake; }
        struct Governed { uint64 seq; uint64 id; }
        struct Paused { uint64 seq; address attester; uint64 until; }
        struct ExitDeclared { uint64 seq; uint64 height; uint64 finalAt; }
        struct ExitCancelled { uint64 seq; uint64 height; }
        struct Exited { uint64 seq; bytes32 asset; Account account; uint256 amount; uint256 holdings; }
        struct BalanceReport { uint64 seq; bytes32 asset; uint256 balance; uint256 holdings; }

        struct Version { uint16 major; uint16 minor; uint16 patch; }
        struct ChainStatus { uint32 chain; uint64 height; uint64 finalized; }
        struct Heartbeat {
            address attester; bytes32 peer; uint64 timeMs; Version version; uint64 ledgerHeight; uint8 health;
            ChainStatus[] chains;
        }
        struct Reobserve { address attester; uint64 timeMs; uint32 chain; uint64 height; }
    }
}

/// The same value as the independent implementation's type.
trait Mirror {
    type Sol;
    fn mirror(&self) -> Self::Sol;
}

macro_rules! plain {
    ($($name:ty),*) => {$(
        impl Mirror for $name {
            type Sol = $name;
            fn mirror(&self) -> $name {
                *self
            }
        }
    )*};
}
plain!(u8, u16, u32, u64, i64, i128, bool, crate::U256);

macro_rules! through {
    ($($name:ty => $sol:ty, |$value:ident| $mirrored:expr;)*) => {$(
        impl Mirror for $name {
            type Sol = $sol;
            fn mirror(&self) -> $sol {
                let $value = self;
                $mirrored
            }
        }
    )*};
}
through! {
    Hash => B256, |value| B256::new(value.0);
    Address => alloy_primitives::Address, |value| alloy_primitives::Address::new(value.0);
    ChainId => u32, |value| value.0;
    Underlying => u32, |value| value.0;
    MarginModel => u8, |value| value.code();
    CancelScope => u8, |value| value.code();
    IntentKind => u8, |value| value.code();
    Side => u8, |value| value.code();
    HaltReason => u8, |value| value.code();
    NodeHealth => u8, |value| value.code();
    ForcedBytes => alloy_primitives::Bytes, |value| value.as_slice().to_owned().into();
}

impl<T: Mirror> Mirror for Vec<T> {
    type Sol = Vec<T::Sol>;
    fn mirror(&self) -> Self::Sol {
        self.iter().map(Mirror::mirror).collect()
    }
}

impl<T: Mirror> Mirror for Option<T> {
    type Sol = Vec<T::Sol>;
    fn mirror(&self) -> Self::Sol {
        self.iter().map(Mirror::mirror).collect()
    }
}

macro_rules! mirrors {
    ($($name:ident { $($sol:ident = $field:ident),* $(,)? })*) => {$(
        impl Mirror for $name {
            type Sol = solidity::$name;
            fn mirror(&self) -> Self::Sol {
                solidity::$name { $($sol: self.$field.mirror()),* }
            }
        }
    )*};
}
mirrors! {
    AssetId { chain = chain, asset = asset }
    Account { owner = owner, sub = sub }
    BlockRef { height = height, hash = hash }
    ChainHeight { chain = chain, height = height }
    CommandId { account = account, nonce = nonce }
    ClaimSuspense { account = account, nonce = nonce, expiryMs = expiry_ms, chain = chain, seq = seq }
    RequestWithdraw {
        account = account, nonce = nonce, expiryMs = expiry_ms, asset = asset, amount = amount, destination = destination,
        recipient = recipient, maxFee = max_fee,
    }
    CancelWithdraw { account = account, nonce = nonce, expiryMs = expiry_ms, withdrawal = withdrawal }
    CancelIntents { account = account, nonce = nonce, expiryMs = expiry_ms, scope = scope, intent = intent }
    TransferSub { account = account, nonce = nonce, expiryMs = expiry_ms, to = to, asset = asset, amount = amount }
    SetModel { account = account, nonce = nonce, expiryMs = expiry_ms, model = model }
    LiquidationBid {
        account = account, nonce = nonce, expiryMs = expiry_ms, target = target, fraction = fraction,
        priceLimit = price_limit, epoch = epoch,
    }
    Intent {
        account = account, nonce = nonce, expiryMs = expiry_ms, instrument = instrument, side = side, quantity = quantity,
        limit = limit, maxFee = max_fee, venue = venue, kind = kind, reduceOnly = reduce_only, counterparty = counterparty,
    }
    Batch { owner = owner, steps = steps }
    Unstake { attester = attester, nonce = nonce, expiryMs = expiry_ms, amount = amount }
    Enact { attester = attester, nonce = nonce, expiryMs = expiry_ms, proposal = proposal }
    HaltByOne { attester = attester, nonce = nonce, expiryMs = expiry_ms, chain = chain, reason = reason }
    VaultPause { chain = chain, vault = vault, setId = set_id }
    RegisterVault { chain = chain, evmChainId = evm_chain_id, vault = address, codeHash = code_hash, fromHeight = from_height }
    Propose { id = id, expiryMs = expiry_ms, parameter = parameter, subject = subject, value = value }
    Halt { serial = serial, expiryMs = expiry_ms, scope = scope, reason = reason }
    Resume { serial = serial, expiryMs = expiry_ms, scope = scope }
    Checkpoint { chain = chain, height = height, hash = hash, notAfter = not_after }
    CustodyLoss {
        serial = serial, expiryMs = expiry_ms, asset = asset, amount = amount, account = account, cause = cause,
    }
    Reversal { seq = seq, account = account, asset = asset, amount = amount }
    ReorgStatement {
        serial = serial, expiryMs = expiry_ms, chain = chain, orphaned = old, replacement = new, firstSeq = first_seq,
        reversals = reversals,
    }
    Quote { value = value, confidence = confidence }
    AssetPrice { underlying = underlying, spot = spot, mark = mark, stable = stable }
    Svi { a = a, b = b, rho = rho, m = m, sigma = sigma, fwd = fwd, tau = tau, confidence = confidence }
    ExpiryPrice { underlying = underlying, expiry = expiry, forward = forward, rate = rate, svi = svi }
    PriceReport { attester = attester, timeMs = time_ms, assets = assets, expiries = expiries }
    ChainHealth { chain = chain, lagMs = lag_ms, latencyMs = latency_ms, releaseCost = release_cost }
    HealthReport { attester = attester, timeMs = time_ms, chains = chains }
    Attestation {
        chain = chain, height = height, blockHash = block_hash, timestamp = timestamp, previous = previous,
        firstSeq = first_seq, eventCount = event_count, eventsRoot = events_root,
    }
    Header {
        height = height, parent = parent, timeMs = time_ms, setId = set_id, commandCount = command_count,
        commandsRoot = commands_root, stateRoot = state_root, outboxCount = outbox_count, outboxRoot = outbox_root,
        nextSet = next_set,
    }
    Prevote { height = height, round = round, blockId = block_id }
    Precommit { height = height, round = round, blockId = block_id }
    Proposal { height = height, round = round, polRound = pol_round, blockId = block_id }
    Release {
        id = id, chain = chain, vault = vault, asset = asset, recipient = recipient, amount = amount,
        validUntil = valid_until,
    }
    Govern { id = id, chain = chain, vault = vault, key = key, value = value }
    Progress { chain = chain, processedSeq = processed_seq }
    Deposited { seq = seq, asset = asset, account = account, amount = amount, holdings = holdings }
    Burned { seq = seq, home = home, account = account, amount = amount, holdings = holdings }
    Released {
        seq = seq, id = id, asset = asset, recipient = recipient, amount = amount, submitter = submitter,
        holdings = holdings,
    }
    ReleaseFailed { seq = seq, id = id }
    Rotated { seq = seq, setId = set_id, setHash = set_hash, height = height }
    ForcedCommand { seq = seq, submitter = submitter, command = command }
    Slashed { seq = seq, attester = attester, amount = amount, bucket = bucket }
    StakeDeposited { seq = seq, attester = attester, amount = amount, stake = stake }
    StakeReleased { seq = seq, attester = attester, amount = amount, stake = stake }
    Governed { seq = seq, id = id }
    Paused { seq = seq, attester = attester, until = until }
    ExitDeclared { seq = seq, height = height, finalAt = final_at }
    ExitCancelled { seq = seq, height = height }
    Exited { seq = seq, asset = asset, account = account, amount = amount, holdings = holdings }
    BalanceReport { seq = seq, asset = asset, balance = balance, holdings = holdings }
    Version { major = major, minor = minor, patch = patch }
    ChainStatus { chain = chain, height = height, finalized = finalized }
    Heartbeat {
        attester = attester, peer = peer, timeMs = time_ms, version = version, ledgerHeight = ledger_height,
        health = health, chains = chains,
    }
    Reobserve { attester = attester, timeMs = time_ms, chain = chain, height = height }
}

impl Mirror for Instrument {
    type Sol = solidity::Instrument;
    fn mirror(&self) -> Self::Sol {
        let none = || solidity::AssetId {
            chain: 0,
            asset: B256::ZERO,
        };
        let (kind, underlying, base, cash, expiry, strike) = match *self {
            Self::Perpetual { underlying, cash } => (0, underlying.0, none(), cash, 0, 0),
            Self::Future {
                underlying,
                cash,
                expiry,
            } => (1, underlying.0, none(), cash, expiry, 0),
            Self::Option {
                underlying,
                cash,
                expiry,
                strike,
                kind,
            } => (kind.code(), underlying.0, none(), cash, expiry, strike),
            Self::Spot { base, quote } => (4, 0, base.mirror(), quote, 0, 0),
        };
        solidity::Instrument {
            kind,
            underlying,
            base,
            cash: cash.mirror(),
            expiry,
            strike,
        }
    }
}

impl Mirror for Scope {
    type Sol = solidity::Scope;
    fn mirror(&self) -> Self::Sol {
        let (kind, chain, asset) = match *self {
            Self::Everything => (0, 0, B256::ZERO),
            Self::Chain(chain) => (1, chain.0, B256::ZERO),
            Self::Asset(asset) => (2, asset.chain.0, asset.asset.mirror()),
        };
        solidity::Scope { kind, chain, asset }
    }
}

impl Mirror for Step {
    type Sol = solidity::Step;
    fn mirror(&self) -> Self::Sol {
        let mut step = solidity::Step {
            claimSuspense: Vec::new(),
            requestWithdraw: Vec::new(),
            cancelWithdraw: Vec::new(),
            cancelIntents: Vec::new(),
            transferSub: Vec::new(),
            setModel: Vec::new(),
            liquidationBid: Vec::new(),
        };
        match self {
            Self::ClaimSuspense(command) => step.claimSuspense.push(command.mirror()),
            Self::RequestWithdraw(command) => step.requestWithdraw.push(command.mirror()),
            Self::CancelWithdraw(command) => step.cancelWithdraw.push(command.mirror()),
            Self::CancelIntents(command) => step.cancelIntents.push(command.mirror()),
            Self::TransferSub(command) => step.transferSub.push(command.mirror()),
            Self::SetModel(command) => step.setModel.push(command.mirror()),
            Self::LiquidationBid(command) => step.liquidationBid.push(command.mirror()),
        }
        step
    }
}

impl Mirror for AttesterSet {
    type Sol = solidity::AttesterSet;
    fn mirror(&self) -> Self::Sol {
        let member = |member: &crate::attesters::Member| {
            let address = alloy_primitives::U256::from_be_slice(&member.attester.0);
            (address << 32) | alloy_primitives::U256::from(member.weight)
        };
        solidity::AttesterSet {
            id: self.id(),
            members: self.members().iter().map(member).collect(),
        }
    }
}

fn domains(network: [u8; 32]) -> (Domain, Eip712Domain) {
    let theirs = eip712_domain! { name: "Viaduct", version: "1", salt: B256::new(network) };
    (Domain::new(NetworkId(Hash(network))), theirs)
}

fn hashes_agree<T: Struct + Mirror>(value: &T)
where
    T::Sol: SolStruct,
{
    let theirs = value.mirror();
    assert_eq!(T::encode_type(), T::Sol::eip712_encode_type());
    assert_eq!(T::NAME, T::Sol::NAME);
    assert_eq!(value.struct_hash().0, theirs.eip712_hash_struct().0);
    let data = [
        &[0][..],
        theirs.eip712_type_hash().as_slice(),
        &theirs.eip712_encode_data(),
    ]
    .concat();
    assert_eq!(value.leaf().0, keccak256(data).0);
}

fn digests_agree<T: Statement + Mirror>(value: &T, network: [u8; 32])
where
    T::Sol: SolStruct,
{
    let (ours, theirs) = domains(network);
    assert_eq!(ours.separator().0, theirs.hash_struct().0);
    assert_eq!(
        value.digest(&ours).0,
        value.mirror().eip712_signing_hash(&theirs).0
    );
}

macro_rules! agreement {
    (statements: $($statement:ident),* ; parts: $($part:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]

            #[test]
            fn every_statement_agrees_with_an_independent_implementation(seed: u64, network: [u8; 32]) {
                $(
                    let value = $statement::of_seed(seed);
                    hashes_agree(&value);
                    digests_agree(&value, network);
                )*
            }

            #[test]
            fn every_other_struct_agrees_with_an_independent_implementation(seed: u64) {
                $( hashes_agree(&$part::of_seed(seed)); )*
            }
        }

        #[test]
        fn no_two_structs_share_a_type() {
            let mut types = BTreeSet::new();
            $( assert!(types.insert($statement::encode_type())); )*
            $( assert!(types.insert($part::encode_type())); )*
            let hashes: BTreeSet<_> = types.iter().map(|text| keccak256(text)).collect();
            assert_eq!(hashes.len(), types.len());
        }
    };
}
agreement! {
    statements: ClaimSuspense, RequestWithdraw, CancelWithdraw, CancelIntents, TransferSub, SetModel, LiquidationBid, Intent,
        Batch, Unstake, Enact, HaltByOne, VaultPause, RegisterVault, Propose, Halt, Resume, Checkpoint, CustodyLoss,
        ReorgStatement, PriceReport, HealthReport, Attestation, Prevote, Precommit, Proposal, Heartbeat, Reobserve;
    parts: AssetId, Account, BlockRef, ChainHeight, CommandId, Instrument, Scope, Step, Reversal, Quote, AssetPrice, Svi, ExpiryPrice,
        ChainHealth, Header, Release, Govern, Progress, Deposited, Burned, Released, ReleaseFailed, Rotated, ForcedCommand,
        Slashed, StakeDeposited, StakeReleased, Governed, Paused, ExitDeclared, ExitCancelled, Exited, BalanceReport,
        Version, ChainStatus,
}

proptest! {
    #[test]
    fn an_attester_set_hashes_as_packed_words(weights in proptest::collection::vec(50_u32..75, 4..20)) {
        hashes_agree(&set_of(&weights).0);
    }

    #[test]
    fn another_network_gives_another_digest(seed: u64, one: [u8; 32], two: [u8; 32]) {
        prop_assume!(one != two);
        let vote = Precommit::of_seed(seed);
        prop_assert_ne!(vote.digest(&domains(one).0), vote.digest(&domains(two).0));
    }
}

#[test]
fn votes_of_the_same_words_have_different_digests() {
    let domain = domains([7; 32]).0;
    let (height, round, block_id) = (5, 1, Hash([9; 32]));
    let precommit = Precommit {
        height,
        round,
        block_id,
    }
    .digest(&domain);
    assert_ne!(
        precommit,
        Prevote {
            height,
            round,
            block_id
        }
        .digest(&domain)
    );
}

#[test]
fn an_instrument_hides_no_field_of_another_kind() {
    let seeds = 0..200;
    let instruments: BTreeSet<_> = seeds.map(Instrument::of_seed).collect();
    let hashes: BTreeSet<_> = instruments.iter().map(Struct::struct_hash).collect();
    assert_eq!(hashes.len(), instruments.len());
}

#[test]
fn names_the_types_that_wallets_and_contracts_see() {
    assert_eq!(
        Attestation::encode_type(),
        "Attestation(uint32 chain,uint64 height,bytes32 blockHash,uint64 timestamp,uint64 previous,uint64 firstSeq,\
         uint32 eventCount,bytes32 eventsRoot)"
    );
    assert_eq!(
        Precommit::encode_type(),
        "Precommit(uint64 height,uint32 round,bytes32 blockId)"
    );
    assert_eq!(
        TransferSub::encode_type(),
        "TransferSub(Account account,uint64 nonce,uint64 expiryMs,uint32 to,AssetId asset,int128 amount)\
         Account(address owner,uint32 sub)AssetId(uint32 chain,bytes32 asset)"
    );
}

#[test]
fn digests_never_change() {
    let hex = |bytes: [u8; 32]| hex::encode(bytes);
    let domain = domains([0x42; 32]).0;
    let vote = Precommit {
        height: 1,
        round: 2,
        block_id: Hash([3; 32]),
    };
    let release = Release {
        id: 1,
        chain: ChainId(2),
        vault: Hash([3; 32]),
        asset: Hash([4; 32]),
        recipient: Hash([5; 32]),
        amount: crate::U256::from(6),
        valid_until: 7,
    };
    let cancel = CancelWithdraw {
        account: Account {
            owner: Address([1; 20]),
            sub: 2,
        },
        nonce: 3,
        expiry_ms: 4,
        withdrawal: 5,
    };
    assert_eq!(
        hex(domain.separator().0),
        "d081af28f09432577ee4daf3026535cbcbc30f09025a1b8275e251f18487f1a0"
    );
    assert_eq!(
        hex(vote.digest(&domain).0),
        "6025ec14a0b28b841c10b750dcdaa5257928321e7e9f774091e0906f5d894fe3"
    );
    assert_eq!(
        hex(release.leaf().0),
        "bd7e582482475d853bb2eaf3fe95b076f0f5ff2f96e1c4f989cedf9fc12a81cd"
    );
    assert_eq!(
        hex(cancel.digest(&domain).0),
        "e21784b378728fd140b1b02403e2c76b6885e3702aaa062735eb372ba953f539"
    );
}
