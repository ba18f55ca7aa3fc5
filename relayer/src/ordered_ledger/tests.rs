//! The ledger behind the replica: roots after the parent, one order for all, submissions that wait once.

use ledger::state::{AttesterSet as LedgerSet, Sets};
use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use strum::VariantNames as _;
use wire::{
    command::{CancelIntents, CancelScope, Command},
    eip712::Statement,
    signature::{Signature, Signed, address_of},
    types::{Account, Address, NetworkId},
};

use super::*;

const GENESIS: Tip = Tip {
    height: 0,
    block_id: Hash([7; 32]),
    time_ms: 1_000,
};

fn network() -> Network {
    Network {
        domain: Domain::new(NetworkId(Hash([7; 32]))),
        finality: BTreeMap::new(),
    }
}

fn ledger() -> OrderedLedger {
    let members = (1..=4).map(|number| (Address([number; 20]), 1));
    let current = LedgerSet {
        id: 1,
        members: members.collect(),
    };
    let state = State {
        time_ms: GENESIS.time_ms,
        sets: Sets {
            current,
            epoch_ms: GENESIS.time_ms,
            ..Sets::default()
        },
        ..State::default()
    };
    OrderedLedger::new(network(), state, GENESIS).unwrap()
}

fn key() -> SecretKey {
    SecretKey::from_secret_bytes([3; 32]).unwrap()
}

fn signed<T: Statement>(statement: T) -> Signed<T> {
    let digest = statement.digest(&network().domain);
    let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), &key());
    let (id, rs) = signature.serialize_compact();
    Signed {
        statement,
        signature: Signature::from_parts(rs, id.to_u8() == 1),
    }
}

fn cancel(nonce: u64) -> Submission {
    let account = Account {
        owner: address_of(&PublicKey::from_secret_key(&key())),
        sub: 0,
    };
    let cancel = CancelIntents {
        account,
        nonce,
        expiry_ms: u64::MAX,
        scope: CancelScope::One,
        intent: 99,
    };
    Submission::Command(Box::new(Command::CancelIntents(signed(cancel))))
}

fn advance(ledger: &mut OrderedLedger) -> Block {
    let block = ledger.prepare(ledger.tip().time_ms + 500).unwrap();
    ledger.validate(&block).unwrap();
    ledger.apply(&block).unwrap();
    block
}

#[test]
fn what_one_prepares_another_passes_and_both_reach_the_same_roots() {
    let (mut one, mut two) = (ledger(), ledger());
    for nonce in 1..=3 {
        one.submit(cancel(nonce)).unwrap();
        let block = advance(&mut one);
        assert_eq!(block.body.commands.len(), 1);
        two.validate(&block).unwrap();
        two.apply(&block).unwrap();
        assert_eq!(one.commitment, two.commitment);
    }
    let (_, fresh) = Roots::of(one.state()).unwrap();
    assert_eq!(one.commitment.state_root, fresh.state_root());
    assert_eq!(one.tip().height, 3);
}

#[test]
fn a_block_commits_to_the_state_after_its_parent() {
    let mut ledger = ledger();
    ledger.submit(cancel(1)).unwrap();
    let before = ledger.commitment.state_root;
    let first = advance(&mut ledger);
    assert_eq!(first.header.state_root, before);
    let second = advance(&mut ledger);
    assert_ne!(second.header.state_root, before);
    assert_eq!(second.header.parent, first.header.block_id());
}

#[test]
fn a_submission_waits_once_and_is_gone_when_a_block_holds_it() {
    let mut ledger = ledger();
    ledger.submit(cancel(1)).unwrap();
    ledger.submit(cancel(1)).unwrap();
    assert_eq!(ledger.pool.iter().count(), 1);
    assert!(ledger.has_pending());
    advance(&mut ledger);
    assert!(!ledger.has_pending());
    assert_eq!(ledger.pool.body(), advance(&mut ledger).body);
}

#[test]
fn every_refusal_is_reached() {
    let mut ledger = ledger();
    let good = ledger.prepare(2_000).unwrap();
    let refused = |ledger: &mut OrderedLedger, change: fn(&mut Block)| {
        let mut block = good.clone();
        change(&mut block);
        ledger.validate(&block).unwrap_err()
    };
    let mut forged = cancel(1);
    if let Submission::Command(command) = &mut forged
        && let Command::CancelIntents(signed) = command.as_mut()
    {
        signed.statement.nonce = 2;
    }
    let state_root = refused(&mut ledger, |block| block.header.state_root.0[0] ^= 1);
    let outbox = refused(&mut ledger, |block| block.header.outbox_count += 1);
    let next_set = refused(&mut ledger, |block| block.header.next_set.0[0] ^= 1);
    let inauthentic = ledger.submit(forged).unwrap_err();
    ledger.pool.fill();
    let too_many = ledger.submit(cancel(5)).unwrap_err();
    let names: Vec<&str> = [state_root, outbox, next_set, inauthentic, too_many]
        .into_iter()
        .map(Into::into)
        .collect();
    assert_eq!(names, LedgerRefusal::VARIANTS);
}

#[test]
fn a_kept_state_is_taken_up_where_it_was() {
    let mut ledger = ledger();
    ledger.submit(cancel(1)).unwrap();
    advance(&mut ledger);
    let kept = ledger.kept();
    let again = OrderedLedger::restore(network(), &kept).unwrap();
    assert_eq!(
        (again.tip(), &again.commitment),
        (ledger.tip(), &ledger.commitment)
    );
    for length in [0, 47, 48, kept.len() - 1] {
        assert!(
            OrderedLedger::restore(network(), &kept[..length]).is_err(),
            "{length}"
        );
    }
}

#[test]
fn what_is_overtaken_leaves_the_pool_when_a_block_is_prepared() {
    let mut ledger = ledger();
    ledger.submit(cancel(1)).unwrap();
    ledger.pool.spoil();
    ledger.submit(cancel(2)).unwrap();
    let block = ledger.prepare(2_000).unwrap();
    assert_eq!(block.body.commands.len(), 1);
    assert_eq!(ledger.pool.iter().count(), 1);
}
