//! The host beside an engine played by hand: every answer, what is durable before it, and what is refused.

use std::sync::Mutex;

use arc_malachitebft_core_consensus::{LocallyProposedValue, MisbehaviorEvidence};
use arc_malachitebft_core_types::{CommitSignature, Validity, VoteExtensions};
use arc_malachitebft_engine::host::SyncedValueOutcome;
use secp256k1::SecretKey;
use strum::VariantNames as _;
use wire::{block::Block, consensus::Proposal, evidence::Evidence};

use super::{judging::NotAdmitted, *};
use crate::{
    application::Undecided,
    codec::envelope,
    context::{Attester, BlockId},
    sample::{self, KeySigner, domain, set_of, sign},
    simulation::{
        disk::{MemoryStore, Moment},
        tally::{Lie, Tally},
    },
};

struct FixedClock;

impl Clock for FixedClock {
    fn now_ms(&self) -> u64 {
        100_000
    }
}

/// A host of the set's first member, and what surrounds it.
struct Bench {
    host: Host<Tally, MemoryStore>,
    store: Arc<MemoryStore>,
    keys: Vec<SecretKey>,
    accused: Arc<Mutex<Vec<Evidence>>>,
}

fn tally(lie: Lie) -> Tally {
    let genesis = Tip {
        height: 0,
        block_id: sample::network().0,
        time_ms: 90_000,
    };
    Tally::new(genesis, vec![set_of(4).0], u64::MAX, lie)
}

fn open(store: &Arc<MemoryStore>) -> Result<Bench, Fault> {
    open_with(store, tally(Lie::None))
}

fn open_with(store: &Arc<MemoryStore>, application: Tally) -> Result<Bench, Fault> {
    let (_, keys) = set_of(4);
    let accused = application.accused.clone();
    let host = Host::open(Parts {
        application,
        store: store.clone(),
        signer: Arc::new(KeySigner(keys[0])),
        headers: KnownHeaders::default(),
        domain: domain(),
        clock: Arc::new(FixedClock),
        timeouts: LinearTimeouts::default(),
    })?;
    Ok(Bench {
        host,
        store: store.clone(),
        keys,
        accused,
    })
}

fn bench() -> Bench {
    open(&Arc::default()).unwrap()
}

/// A valid block after the tip of `application`, as its round's proposer sends it.
fn proposed(keys: &[SecretKey], round: u32, block: &Block) -> ProposedBlock {
    let turn = (block.header.height - 1 + u64::from(round)) % 4;
    signed_by(&keys[turn as usize], round, -1, block)
}

fn signed_by(key: &SecretKey, round: u32, pol_round: i64, block: &Block) -> ProposedBlock {
    use wire::{eip712::Statement as _, encoding::Canonical as _};
    let proposal = Proposal {
        height: block.header.height,
        round,
        pol_round,
        block_id: block.header.block_id(),
    };
    ProposedBlock::new(proposal, sign(key, proposal.digest(&domain())), block.encode())
}

fn block_at(time_ms: u64) -> Block {
    tally(Lie::None).prepare(time_ms).unwrap()
}

impl Bench {
    fn receive(&mut self, part: ProposedBlock) -> Option<ProposedValue<Context>> {
        let (reply, answer) = oneshot::channel();
        let from = arc_malachitebft_sync::PeerId::from_bytes(&sample::peer(1).0).unwrap();
        let message = AppMsg::ReceivedProposalPart {
            from,
            published_by: None,
            part: envelope(part),
            reply,
        };
        self.host.handle(message).unwrap();
        answer.blocking_recv().unwrap()
    }

    fn start_round(&mut self, height: u64, round: u32) -> Vec<ProposedValue<Context>> {
        let (reply_value, answer) = oneshot::channel();
        let message = AppMsg::StartedRound {
            height: Height(height),
            round: Round::new(round),
            proposer: Attester(self.host.me),
            role: arc_malachitebft_core_consensus::Role::Validator,
            reply_value,
        };
        self.host.handle(message).unwrap();
        answer.blocking_recv().unwrap()
    }

    fn get_value(&mut self, height: u64) -> Result<(LocallyProposedValue<Context>, Outcome), Fault> {
        let (reply, answer) = oneshot::channel();
        let outcome = self.host.handle(AppMsg::GetValue {
            height: Height(height),
            round: Round::ZERO,
            timeout: std::time::Duration::ZERO,
            reply,
        })?;
        Ok((answer.blocking_recv().unwrap(), outcome))
    }

    fn commit(&self, block: &Block) -> CommitCertificate<Context> {
        let signatures = self.keys[..3].iter().map(|key| {
            let (address, signature) = sample::precommit_signature(key, &block.header, 0);
            CommitSignature::new(Attester(address), signature)
        });
        CommitCertificate {
            height: Height(block.header.height),
            round: Round::ZERO,
            value_id: BlockId(block.header.block_id()),
            commit_signatures: signatures.collect(),
        }
    }

    fn decide(&mut self, block: &Block) -> Result<Outcome, Fault> {
        let (reply, _answer) = oneshot::channel();
        self.host.handle(AppMsg::Decided {
            certificate: self.commit(block),
            extensions: VoteExtensions::new(vec![]),
            reply,
        })
    }

    fn finish(&mut self, block: &Block) -> Next<Context> {
        let (reply, answer) = oneshot::channel();
        let evidence = MisbehaviorEvidence {
            proposals: Default::default(),
            votes: Default::default(),
        };
        let outcome = self.host.handle(AppMsg::Finalized {
            certificate: self.commit(block),
            extensions: VoteExtensions::new(vec![]),
            evidence,
            reply,
        });
        outcome.unwrap().finished.unwrap().go_on();
        answer.blocking_recv().unwrap()
    }

    fn sync(&mut self, height: u64, bytes: Vec<u8>) -> SyncedValueOutcome<Context> {
        let (reply, answer) = oneshot::channel();
        let message = AppMsg::ProcessSyncedValue {
            height: Height(height),
            round: Round::ZERO,
            proposer: Attester(self.host.me),
            value_bytes: bytes.into(),
            reply,
        };
        self.host.handle(message).unwrap();
        answer.blocking_recv().unwrap()
    }

    fn range(&mut self, from: u64, to: u64) -> usize {
        let (reply, answer) = oneshot::channel();
        let range = Height(from)..=Height(to);
        self.host
            .handle(AppMsg::GetDecidedValues { range, reply })
            .unwrap();
        answer.blocking_recv().unwrap().len()
    }

    /// Proposes, receives and decides the next block.
    fn advance(&mut self) -> Block {
        let tip = self.host.tip();
        let block = self.host.parts.application.prepare(tip.time_ms + 5_000).unwrap();
        self.receive(proposed(&self.keys, 0, &block)).unwrap();
        self.decide(&block).unwrap();
        block
    }
}

#[test]
fn a_block_of_the_rounds_proposer_is_judged_kept_and_told_again_when_the_round_starts() {
    let mut bench = bench();
    let block = block_at(100_000);
    let value = bench.receive(proposed(&bench.keys, 1, &block)).unwrap();
    assert_eq!(value.validity, Validity::Valid);
    assert_eq!(bench.store.undecided().unwrap().len(), 1);
    assert_eq!(bench.start_round(1, 0), vec![]);
    assert_eq!(bench.start_round(1, 1), vec![value]);
    assert_eq!(bench.receive(proposed(&bench.keys, 1, &block)), None);
}

#[test]
fn a_block_that_breaks_a_rule_is_kept_as_invalid() {
    let mut bench = bench();
    let late = bench
        .receive(proposed(&bench.keys, 0, &block_at(102_001)))
        .unwrap();
    let mut lie = block_at(100_000);
    lie.header.state_root.0[3] ^= 1;
    let lie = bench.receive(proposed(&bench.keys, 1, &lie)).unwrap();
    assert_eq!([late.validity, lie.validity], [Validity::Invalid; 2]);
    assert!(bench.store.undecided().unwrap().iter().all(|one| !one.valid));
}

#[test]
fn a_block_proposed_again_may_be_old() {
    let mut bench = bench();
    let old = block_at(90_001);
    let live = bench.receive(proposed(&bench.keys, 0, &old)).unwrap();
    let again = bench.receive(signed_by(&bench.keys[1], 1, 0, &old)).unwrap();
    assert_eq!(
        [live.validity, again.validity],
        [Validity::Invalid, Validity::Valid]
    );
    assert_eq!(again.valid_round, Round::ZERO);
}

#[test]
fn every_reason_not_to_look_at_a_block_is_reached_and_nothing_is_kept() {
    let mut bench = bench();
    let block = block_at(100_000);
    let mut above = block.clone();
    above.header.height = 3;
    let keys = bench.keys.clone();
    let mut forged = proposed(&keys, 0, &block);
    forged.proposal.signature.0[64] = 0;
    for time in [1, 2] {
        let mut parked = above.clone();
        parked.header.time_ms = time;
        assert_eq!(bench.receive(signed_by(&keys[1], 0, -1, &parked)), None);
    }
    let refused = [
        forged,
        signed_by(&sample::key(99), 0, -1, &above),
        signed_by(&keys[1], 0, -1, &above),
        proposed(&keys, ROUNDS + 1, &block),
        signed_by(&keys[2], 0, -1, &block),
    ];
    let names: Vec<&str> = refused
        .iter()
        .map(|part| bench.host.admit(part).unwrap_err().into())
        .collect();
    assert_eq!(names, NotAdmitted::VARIANTS);
    for part in refused {
        assert_eq!(bench.receive(part), None);
    }
    assert!(bench.store.undecided().unwrap().is_empty());
}

const ROUNDS: u32 = judging::ROUNDS_AHEAD;

#[test]
fn two_blocks_for_one_round_convict_the_proposer_and_a_third_is_not_kept() {
    let mut bench = bench();
    for time in [100_000, 100_001] {
        assert!(bench.receive(proposed(&bench.keys, 0, &block_at(time))).is_some());
    }
    assert_eq!(bench.receive(proposed(&bench.keys, 0, &block_at(100_002))), None);
    assert_eq!(bench.store.undecided().unwrap().len(), 2);
    let accused = bench.accused.lock().unwrap();
    let offence = accused[0].judge(&domain(), |_| None).unwrap();
    assert_eq!(
        (accused.len(), offence.offender()),
        (1, sample::address(&bench.keys[0]))
    );
}

#[test]
fn a_block_above_the_next_height_is_judged_once_its_parent_is_applied() {
    let mut bench = bench();
    let first = block_at(99_000);
    let mut ahead = tally(Lie::None);
    ahead.apply(&first).unwrap();
    let second = ahead.prepare(100_000).unwrap();
    assert_eq!(bench.receive(proposed(&bench.keys, 0, &second)), None);
    bench.receive(proposed(&bench.keys, 0, &first)).unwrap();
    bench.decide(&first).unwrap();
    let told = bench.start_round(2, 0);
    assert_eq!((told.len(), told[0].validity), (1, Validity::Valid));
}

#[test]
fn a_proposal_is_durable_before_it_is_answered_and_the_same_after_a_crash() {
    let mut bench = bench();
    bench.store.die_at(1, Moment::Before);
    assert!(matches!(bench.get_value(1), Err(Fault::Store(_))));
    bench.store.disarm();
    let (value, outcome) = bench.get_value(1).unwrap();
    assert_eq!(outcome.blocks.len(), 1);
    let mut again = open(&bench.store).unwrap();
    let (same, outcome) = again.get_value(1).unwrap();
    assert_eq!((same, outcome.blocks.len()), (value, 1));
}

#[test]
fn a_height_that_is_not_next_is_not_proposed_for() {
    let refused = bench().get_value(2).map(|_| ());
    assert!(matches!(refused, Err(Fault::OutOfStep { got: 2, next: 1 })));
}

#[test]
fn a_block_is_applied_once_and_a_restart_finds_it_applied() {
    let mut bench = bench();
    let block = bench.advance();
    assert!(bench.decide(&block).unwrap().applied.is_none());
    let Next::Start(height, _) = bench.finish(&block) else {
        panic!("the height is applied");
    };
    assert_eq!(height, Height(2));
    let again = open(&bench.store).unwrap();
    assert_eq!(again.host.tip(), bench.host.tip());
}

#[test]
fn a_decided_block_that_is_not_here_is_asked_for_again() {
    let mut bench = bench();
    let block = block_at(100_000);
    assert!(bench.decide(&block).unwrap().applied.is_none());
    assert!(matches!(bench.finish(&block), Next::Restart(Height(1), _)));
}

#[test]
fn a_decision_against_our_own_state_stops_the_replica() {
    let mut bench = bench();
    let mut lie = block_at(100_000);
    lie.header.state_root.0[0] ^= 1;
    bench.receive(proposed(&bench.keys, 0, &lie)).unwrap();
    assert!(matches!(
        bench.decide(&lie),
        Err(Fault::Diverged { height: 1, .. })
    ));
    assert_eq!(bench.store.tip(), Ok(0));
}

#[test]
fn a_decision_without_a_quorum_stops_the_replica() {
    let mut bench = bench();
    let block = block_at(100_000);
    bench.receive(proposed(&bench.keys, 0, &block)).unwrap();
    bench.keys[2] = sample::key(99);
    assert!(matches!(bench.decide(&block), Err(Fault::Certificate { .. })));
}

#[test]
fn a_state_ahead_of_the_blocks_is_refused() {
    let mut ahead = tally(Lie::None);
    ahead.apply(&block_at(100_000)).unwrap();
    let refused = open_with(&Arc::default(), ahead).map(|_| ());
    assert!(matches!(refused, Err(Fault::Unreachable { state: 1, blocks: 0 })));
}

#[test]
fn a_synced_block_may_be_of_any_time_and_garbage_is_its_peers_fault() {
    use wire::encoding::Canonical as _;
    let mut bench = bench();
    let old = block_at(90_001);
    assert!(matches!(bench.sync(1, vec![1, 2]), SyncedValueOutcome::PeerFault));
    assert!(matches!(
        bench.sync(2, old.encode()),
        SyncedValueOutcome::LocalTransientError
    ));
    match bench.sync(1, old.encode()) {
        SyncedValueOutcome::Verdict(value) => assert_eq!(value.validity, Validity::Valid),
        other => panic!("{other:?}"),
    }
    assert!(bench.store.undecided().unwrap().is_empty());
    assert_eq!(bench.decide(&old).unwrap().applied.unwrap().height, 1);
}

#[test]
fn many_synced_blocks_leave_room_for_the_right_one() {
    use wire::encoding::Canonical as _;
    let mut bench = bench();
    for time in 90_001..90_050 {
        bench.sync(1, block_at(time).encode());
    }
    assert!(bench.decide(&block_at(90_001)).unwrap().applied.is_none());
    assert!(bench.decide(&block_at(90_049)).unwrap().applied.is_some());
}

#[test]
fn a_range_is_answered_as_far_as_it_is_kept_and_bounded() {
    let mut bench = bench();
    for _ in 0..3 {
        bench.advance();
    }
    assert_eq!(bench.range(1, 3), 3);
    assert_eq!(bench.range(2, u64::MAX), 2);
    assert_eq!(bench.range(4, 9), 0);
    assert_eq!(bench.range(0, 2), 0);
    assert_eq!(bench.range(u64::MAX, u64::MAX), 0);
}

#[test]
fn a_block_of_an_earlier_run_is_taken_up_with_its_verdict() {
    let store: Arc<MemoryStore> = Arc::default();
    let block = block_at(100_000);
    let undecided = Undecided {
        round: 0,
        pol_round: -1,
        proposer: sample::address(&set_of(4).1[0]),
        valid: true,
        block: block.clone(),
    };
    store.put_undecided(&undecided).unwrap();
    let mut bench = open(&store).unwrap();
    assert_eq!(bench.start_round(1, 0).len(), 1);
    assert!(bench.host.parts.headers.get(block.header.block_id()).is_some());
}
