//! What passes is never evidence, whatever is asked and whenever the process dies.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use strum::VariantNames as _;
use wire::{
    evidence::{
        ConflictingAttestations, ConflictingProposals, DoublePrecommit, Evidence, EvidenceError,
        ForkingPrecommits,
    },
    types::{ChainId, NetworkId},
};

use super::*;
use crate::{local::LocalSigner, secret::Secret};

/// Records in memory, with a switch that makes writing fail.
#[derive(Default)]
struct Memory {
    records: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    broken: bool,
}

impl GuardStore for Memory {
    fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.records.lock().unwrap().get(place).cloned())
    }

    fn put_synced(&self, records: &[(Vec<u8>, Vec<u8>)]) -> Result<(), StoreError> {
        match self.broken {
            true => Err(StoreError("no space".into())),
            false => {
                self.records.lock().unwrap().extend(records.iter().cloned());
                Ok(())
            }
        }
    }
}

fn domain() -> Domain {
    Domain::new(NetworkId(Hash([0x42; 32])))
}

fn signer() -> LocalSigner {
    LocalSigner::new(Secret::take(&mut [7; 32])).unwrap()
}

fn guard() -> Guard<LocalSigner, Memory> {
    Guard::new(signer(), Memory::default(), domain())
}

const FINALISING: ChainId = ChainId(1);

fn finality_of(chain: ChainId) -> Finality {
    match chain {
        FINALISING => Finality::Finalising,
        _ => Finality::Probabilistic,
    }
}

fn attestation(chain: u32, height: u64, block: u8, content: u8) -> Attestation {
    Attestation {
        chain: ChainId(chain),
        height,
        block_hash: Hash([block; 32]),
        timestamp: 0,
        previous: 0,
        first_seq: u64::from(content),
        event_count: 0,
        events_root: wire::tree::EMPTY_ROOT,
    }
}

fn header(height: u64, state: u8, body: u8) -> Header {
    Header {
        height,
        parent: Hash([1; 32]),
        time_ms: u64::from(body),
        set_id: 1,
        command_count: 0,
        commands_root: wire::tree::EMPTY_ROOT,
        state_root: Hash([state; 32]),
        outbox_count: 0,
        outbox_root: wire::tree::EMPTY_ROOT,
        next_set: Hash([2; 32]),
    }
}

fn proposal(height: u64, round: u32, block: u8, pol_round: i64) -> Proposal {
    Proposal {
        height,
        round,
        pol_round,
        block_id: Hash([block; 32]),
    }
}

#[test]
fn the_same_statement_passes_again() {
    let guard = guard();
    let said = attestation(1, 5, 1, 0);
    let first = guard.sign_attestation(said, Finality::Finalising).unwrap();
    assert_eq!(guard.sign_attestation(said, Finality::Finalising).unwrap(), first);
    assert_eq!(first.recover(&domain()), Ok(guard.address()));
}

#[test]
fn every_conflict_of_the_rules_is_refused() {
    let guard = guard();
    let final_ = Finality::Finalising;
    guard.sign_attestation(attestation(1, 5, 1, 0), final_).unwrap();
    guard.sign_proposal(proposal(5, 0, 1, -1)).unwrap();
    guard.sign_precommit(header(5, 1, 0), 0).unwrap();
    let refused = [
        guard.sign_attestation(attestation(1, 5, 1, 1), final_).err(),
        guard.sign_attestation(attestation(1, 5, 2, 0), final_).err(),
        guard.sign_proposal(proposal(5, 0, 2, -1)).err(),
        guard.sign_precommit(header(5, 1, 1), 0).err(),
        guard.sign_precommit(header(5, 2, 0), 1).err(),
    ];
    let rules = refused.map(|error| match error {
        Some(GuardError::Conflict { conflict }) => conflict,
        other => panic!("{other:?}"),
    });
    let expected = [
        Conflict::AttestationContent,
        Conflict::AttestationFork,
        Conflict::Proposal,
        Conflict::PrecommitRound,
        Conflict::PrecommitFork,
    ];
    assert_eq!(rules, expected);
}

#[test]
fn what_is_no_evidence_passes() {
    let guard = guard();
    let probabilistic = Finality::Probabilistic;
    guard
        .sign_attestation(attestation(2, 5, 1, 0), probabilistic)
        .unwrap();
    guard
        .sign_attestation(attestation(2, 5, 2, 0), probabilistic)
        .unwrap();
    guard.sign_precommit(header(5, 1, 0), 0).unwrap();
    guard.sign_precommit(header(5, 1, 1), 1).unwrap();
    guard.sign_nil_precommit(5, 0).unwrap();
    for block in [1, 2] {
        let (height, round, block_id) = (5, 0, Hash([block; 32]));
        guard
            .sign(Prevote {
                height,
                round,
                block_id,
            })
            .unwrap();
    }
}

/// A signer that counts what it is asked for, and signs with another key on request.
struct Counting {
    signer: LocalSigner,
    asked: std::sync::Arc<std::sync::atomic::AtomicU32>,
    address: Address,
}

impl Signer for Counting {
    fn address(&self) -> Address {
        self.address
    }

    fn sign(&self, digest: wire::eip712::Digest) -> Result<Signature, SignerError> {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.signer.sign(digest)
    }
}

#[test]
fn nothing_is_signed_when_the_record_cannot_be_written_or_read() {
    let asked = std::sync::Arc::default();
    let counting = |store| {
        let signer = Counting {
            address: signer().address(),
            signer: signer(),
            asked: std::sync::Arc::clone(&asked),
        };
        Guard::new(signer, store, domain())
    };
    let broken = Memory {
        broken: true,
        ..Memory::default()
    };
    let unwritten = counting(broken).sign_proposal(proposal(5, 0, 1, -1));
    assert!(matches!(unwritten, Err(GuardError::Store(_))));
    let corrupt = Memory::default();
    let place = Place::ProposalRound { height: 5, round: 0 };
    corrupt.put_synced(&[(place.encode(), vec![1, 2, 3])]).unwrap();
    let unread = counting(corrupt)
        .sign_proposal(proposal(5, 0, 1, -1))
        .unwrap_err();
    assert_eq!(
        unread.to_string(),
        "the record at 0x02000000000000000500000000 is corrupt: input ends 5 bytes before the value does"
    );
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn a_signature_of_another_key_never_leaves() {
    let signer = Counting {
        address: Address([9; 20]),
        signer: signer(),
        asked: std::sync::Arc::default(),
    };
    let guard = Guard::new(signer, Memory::default(), domain());
    let result = guard.sign_proposal(proposal(5, 0, 1, -1));
    assert!(matches!(result, Err(GuardError::ForeignSignature { .. })));
}

/// What somebody asks the key to sign.
#[derive(Clone, Debug)]
enum Wish {
    Attestation(Attestation),
    Proposal(Proposal),
    Precommit(Header, u32),
    /// The process dies and starts again over the same records.
    Restart,
}

fn wishes() -> impl Strategy<Value = Wish> {
    let few = 0..3_u8;
    let (height, round) = (1..3_u64, 0..3_u32);
    prop_oneof![
        4 => (1..3_u32, height.clone(), few.clone(), few.clone())
            .prop_map(|(chain, height, block, content)| Wish::Attestation(attestation(chain, height, block, content))),
        2 => (height.clone(), round.clone(), few.clone(), -1..1_i64)
            .prop_map(|(height, round, block, pol)| Wish::Proposal(proposal(height, round, block, pol))),
        4 => (height, round, few.clone(), few)
            .prop_map(|(height, round, state, body)| Wish::Precommit(header(height, state, body), round)),
        1 => Just(Wish::Restart),
    ]
}

/// All that a key has signed.
#[derive(Default)]
struct Said {
    attestations: Vec<Signed<Attestation>>,
    proposals: Vec<Signed<Proposal>>,
    precommits: Vec<(Signed<Precommit>, Header)>,
}

impl Said {
    fn evidence(&self) -> Vec<Evidence> {
        let attestations = pairs(&self.attestations)
            .map(|(first, second)| Evidence::Attestations(ConflictingAttestations { first, second }));
        let proposals = pairs(&self.proposals)
            .map(|(first, second)| Evidence::Proposals(ConflictingProposals { first, second }));
        let doubles = pairs(&self.precommits)
            .map(|((first, _), (second, _))| Evidence::DoublePrecommit(DoublePrecommit { first, second }));
        let forks = pairs(&self.precommits).map(|((first, first_header), (second, second_header))| {
            Evidence::ForkingPrecommits(Box::new(ForkingPrecommits {
                first,
                first_header,
                second,
                second_header,
            }))
        });
        attestations
            .chain(proposals)
            .chain(doubles)
            .chain(forks)
            .collect()
    }
}

fn pairs<T: Clone>(all: &[T]) -> impl Iterator<Item = (T, T)> {
    all.iter()
        .flat_map(move |one| all.iter().map(|two| (one.clone(), two.clone())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_guarded_key_never_makes_evidence_against_itself(wishes in proptest::collection::vec(wishes(), 1..40)) {
        let mut guard = guard();
        let mut said = Said::default();
        for wish in wishes {
            match wish {
                Wish::Attestation(wish) => {
                    said.attestations.extend(guard.sign_attestation(wish, finality_of(wish.chain)));
                }
                Wish::Proposal(wish) => said.proposals.extend(guard.sign_proposal(wish)),
                Wish::Precommit(header, round) => {
                    let signed = guard.sign_precommit(header, round);
                    said.precommits.extend(signed.map(|signed| (signed, header)));
                }
                Wish::Restart => guard = Guard::new(signer(), guard.store, domain()),
            }
        }
        for evidence in said.evidence() {
            let verdict = evidence.judge(&domain(), |chain| Some(finality_of(chain)));
            prop_assert_eq!(verdict.err(), Some(EvidenceError::NoConflict));
        }
    }
}

#[test]
fn every_refusal_is_named_by_a_test() {
    let reached: BTreeSet<&str> = ["Conflict", "Corrupt", "Store", "ForeignSignature", "Signer"].into();
    assert_eq!(reached, GuardError::VARIANTS.iter().copied().collect());
    let failing = Guard::new(Failing, Memory::default(), domain());
    assert!(matches!(
        failing.sign_nil_precommit(1, 0),
        Err(GuardError::Signer(_))
    ));
}

struct Failing;

impl Signer for Failing {
    fn address(&self) -> Address {
        Address([1; 20])
    }

    fn sign(&self, _: wire::eip712::Digest) -> Result<Signature, SignerError> {
        let address = self.address();
        Err(SignerError::NotASignature { address })
    }
}
