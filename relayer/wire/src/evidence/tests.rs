//! What convicts, what does not, and that the guard refuses exactly what convicts.

use std::{boxed::Box, vec};

use proptest::prelude::*;
use secp256k1::SecretKey;

use super::*;
use crate::{
    eip712::Statement,
    sample::{Sample, address, assert_every_variant, domain, key, sign},
};

const FINALISING: ChainId = ChainId(1);
const PROBABILISTIC: ChainId = ChainId(2);

fn finality_of(chain: ChainId) -> Option<Finality> {
    match chain {
        FINALISING => Some(Finality::Finalising),
        PROBABILISTIC => Some(Finality::Probabilistic),
        _ => None,
    }
}

fn judge(evidence: &Evidence) -> Result<Offence, EvidenceError> {
    evidence.judge(&domain(), finality_of)
}

fn signed<T: Statement>(key: &SecretKey, statement: T) -> Signed<T> {
    let signature = sign(key, statement.digest(&domain()));
    Signed { statement, signature }
}

fn attestation(chain: ChainId) -> Attestation {
    Attestation {
        chain,
        ..Attestation::of_seed(1)
    }
}

fn attestations(first: Attestation, second: Attestation) -> Evidence {
    ConflictingAttestations {
        first: signed(&key(1), first),
        second: signed(&key(1), second),
    }
    .into()
}

fn proposals(first: Proposal, second: Proposal) -> Evidence {
    ConflictingProposals {
        first: signed(&key(1), first),
        second: signed(&key(1), second),
    }
    .into()
}

fn precommits(first: Precommit, second: Precommit) -> Evidence {
    DoublePrecommit {
        first: signed(&key(1), first),
        second: signed(&key(1), second),
    }
    .into()
}

fn forks(
    (first_round, first_header): (u32, Header),
    (second_round, second_header): (u32, Header),
) -> Evidence {
    Box::new(ForkingPrecommits {
        first: signed(&key(1), first_header.precommit(first_round)),
        first_header,
        second: signed(&key(1), second_header.precommit(second_round)),
        second_header,
    })
    .into()
}

fn convicts(evidence: &Evidence, conflict: Conflict) {
    let offence = judge(evidence).unwrap();
    assert_eq!(
        (offence.offender(), offence.conflict()),
        (address(&key(1)), conflict)
    );
    let falsified = match evidence {
        Evidence::Attestations(pair) => Some(ChainHeight {
            chain: pair.first.statement.chain,
            height: pair.first.statement.height,
        }),
        _ => None,
    };
    assert_eq!(offence.falsified(), falsified);
}

fn acquits(evidence: &Evidence) {
    assert_eq!(judge(evidence), Err(EvidenceError::NoConflict));
}

fn precommit(round: u32, block: u8) -> Precommit {
    Precommit {
        height: 7,
        round,
        block_id: Hash([block; 32]),
    }
}

fn proposal(block: u8) -> Proposal {
    Proposal {
        height: 7,
        round: 2,
        pol_round: -1,
        block_id: Hash([block; 32]),
    }
}

fn header() -> Header {
    Header {
        height: 7,
        ..Header::of_seed(1)
    }
}

#[test]
fn one_block_attested_in_two_ways_convicts_on_any_chain() {
    for chain in [FINALISING, PROBABILISTIC] {
        let one = attestation(chain);
        let edits: [fn(&mut Attestation); 5] = [
            |it| it.timestamp ^= 1,
            |it| it.previous ^= 1,
            |it| it.first_seq ^= 1,
            |it| it.event_count ^= 1,
            |it| it.events_root.0[0] ^= 1,
        ];
        for edit in edits {
            let mut two = one;
            edit(&mut two);
            convicts(&attestations(one, two), Conflict::AttestationContent);
        }
    }
}

#[test]
fn two_blocks_at_one_height_convict_where_blocks_are_final() {
    let one = attestation(FINALISING);
    let two = Attestation {
        block_hash: Hash([9; 32]),
        ..one
    };
    convicts(&attestations(one, two), Conflict::AttestationFork);
}

#[test]
fn a_reorganisation_is_no_evidence_on_a_chain_without_finality() {
    let one = attestation(PROBABILISTIC);
    acquits(&attestations(
        one,
        Attestation {
            block_hash: Hash([9; 32]),
            ..one
        },
    ));
}

#[test]
fn attestations_of_other_heights_or_chains_are_no_evidence() {
    let one = attestation(FINALISING);
    acquits(&attestations(
        one,
        Attestation {
            height: one.height ^ 1,
            ..one
        },
    ));
    acquits(&attestations(
        one,
        Attestation {
            chain: PROBABILISTIC,
            ..one
        },
    ));
}

#[test]
fn the_same_statement_twice_is_no_evidence() {
    acquits(&attestations(attestation(FINALISING), attestation(FINALISING)));
    acquits(&proposals(proposal(1), proposal(1)));
    acquits(&precommits(precommit(1, 1), precommit(1, 1)));
    acquits(&forks((1, header()), (2, header())));
}

#[test]
fn two_proposals_of_one_round_convict() {
    convicts(&proposals(proposal(1), proposal(2)), Conflict::Proposal);
    convicts(
        &proposals(
            proposal(1),
            Proposal {
                pol_round: 0,
                ..proposal(1)
            },
        ),
        Conflict::Proposal,
    );
    acquits(&proposals(
        proposal(1),
        Proposal {
            round: 3,
            ..proposal(2)
        },
    ));
    acquits(&proposals(
        proposal(1),
        Proposal {
            height: 8,
            ..proposal(2)
        },
    ));
}

#[test]
fn two_precommits_of_one_round_convict() {
    convicts(
        &precommits(precommit(1, 1), precommit(1, 2)),
        Conflict::PrecommitRound,
    );
    acquits(&precommits(precommit(1, 1), precommit(2, 2)));
    acquits(&precommits(
        precommit(1, 1),
        Precommit {
            height: 8,
            ..precommit(1, 2)
        },
    ));
}

#[test]
fn nil_beside_a_block_is_no_evidence() {
    acquits(&precommits(precommit(1, 0), precommit(1, 2)));
    acquits(&precommits(precommit(1, 1), precommit(1, 0)));
}

#[test]
fn two_states_at_one_height_convict_in_any_rounds() {
    let edits: [fn(&mut Header); 5] = [
        |it| it.parent.0[0] ^= 1,
        |it| it.state_root.0[0] ^= 1,
        |it| it.outbox_root.0[0] ^= 1,
        |it| it.set_id ^= 1,
        |it| it.next_set.0[0] ^= 1,
    ];
    for edit in edits {
        let mut other = header();
        edit(&mut other);
        for second in [1, 2] {
            convicts(&forks((1, header()), (second, other)), Conflict::PrecommitFork);
        }
    }
}

#[test]
fn another_body_or_time_in_another_round_is_no_evidence() {
    let edits: [fn(&mut Header); 4] = [
        |it| it.time_ms ^= 1,
        |it| it.command_count ^= 1,
        |it| it.commands_root.0[0] ^= 1,
        |it| it.outbox_count ^= 1,
    ];
    for edit in edits {
        let mut other = header();
        edit(&mut other);
        acquits(&forks((1, header()), (2, other)));
    }
}

#[test]
fn states_of_other_heights_are_no_evidence() {
    acquits(&forks(
        (1, header()),
        (
            1,
            Header {
                height: 8,
                state_root: Hash([1; 32]),
                ..header()
            },
        ),
    ));
}

#[test]
fn every_rejection_is_reached() {
    let other = Header {
        state_root: Hash([1; 32]),
        ..header()
    };
    let fork = || ForkingPrecommits {
        first: signed(&key(1), header().precommit(1)),
        first_header: header(),
        second: signed(&key(1), other.precommit(1)),
        second_header: other,
    };
    let unnamed = ForkingPrecommits {
        first_header: Header {
            time_ms: 5,
            ..header()
        },
        ..fork()
    };
    let misplaced = ForkingPrecommits {
        second: signed(
            &key(1),
            Precommit {
                height: 8,
                ..other.precommit(1)
            },
        ),
        ..fork()
    };
    let two_signers = DoublePrecommit {
        first: signed(&key(1), precommit(1, 1)),
        second: signed(&key(2), precommit(1, 2)),
    };
    let mut unsigned = DoublePrecommit {
        second: signed(&key(1), precommit(1, 2)),
        ..two_signers
    };
    unsigned.second.signature.0[64] = 0;
    let unknown = attestation(ChainId(3));
    assert_every_variant(
        [
            attestations(
                unknown,
                Attestation {
                    timestamp: 1,
                    ..unknown
                },
            ),
            Box::new(unnamed).into(),
            Box::new(misplaced).into(),
            precommits(precommit(1, 1), precommit(1, 1)),
            unsigned.into(),
            two_signers.into(),
        ]
        .iter()
        .map(|evidence| judge(evidence).unwrap_err())
        .collect(),
    );
}

#[test]
fn evidence_of_another_network_convicts_nobody_here() {
    let evidence = precommits(precommit(1, 1), precommit(1, 2));
    let elsewhere = Domain::new(crate::types::NetworkId(Hash([1; 32])));
    let judged = evidence.judge(&elsewhere, finality_of);
    assert!(judged.is_err() || judged.unwrap().offender() != address(&key(1)));
}

/// A guarded statement out of few values, so that pairs meet often.
fn guarded() -> impl Strategy<Value = Guarded> {
    let small = 0_u8..2;
    let attested = (small.clone(), small.clone(), small.clone(), small.clone()).prop_map(
        |(chain, height, hash, root)| {
            let chain = [FINALISING, PROBABILISTIC][usize::from(chain)];
            let attestation = Attestation {
                chain,
                height: u64::from(height),
                block_hash: Hash([hash; 32]),
                events_root: Hash([root; 32]),
                ..Attestation::of_seed(1)
            };
            Guarded::Attestation(attestation, finality_of(chain).unwrap())
        },
    );
    let proposed = (small.clone(), small.clone()).prop_map(|(round, block)| {
        Guarded::Proposal(Proposal {
            round: u32::from(round),
            ..proposal(block)
        })
    });
    let precommitted =
        (small.clone(), small.clone(), small.clone(), small).prop_map(|(round, height, state, time)| {
            let header = Header {
                height: u64::from(height),
                state_root: Hash([state; 32]),
                time_ms: u64::from(time),
                ..header()
            };
            Guarded::Precommit {
                round: u32::from(round),
                header,
            }
        });
    prop_oneof![attested, proposed, precommitted]
}

/// All evidence that two guarded statements could make.
fn evidence_of(one: &Guarded, two: &Guarded) -> vec::Vec<Evidence> {
    match (*one, *two) {
        (Guarded::Attestation(one, _), Guarded::Attestation(two, _)) => vec![attestations(one, two)],
        (Guarded::Proposal(one), Guarded::Proposal(two)) => vec![proposals(one, two)],
        (
            Guarded::Precommit { round, header },
            Guarded::Precommit {
                round: second_round,
                header: second_header,
            },
        ) => vec![
            precommits(header.precommit(round), second_header.precommit(second_round)),
            forks((round, header), (second_round, second_header)),
        ],
        _ => vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_guard_refuses_exactly_what_convicts(one in guarded(), two in guarded()) {
        let convicted = evidence_of(&one, &two).iter().any(|evidence| judge(evidence).is_ok());
        prop_assert_eq!(would_conflict(&one, &two).is_some(), convicted);
        prop_assert_eq!(would_conflict(&two, &one).is_some(), convicted);
        prop_assert_eq!(would_conflict(&one, &one), None);
    }
}
