//! Answers that an honest node gives, built with the reference crate's proofs, and every way to cheat in one.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use ckb_merkle_mountain_range::{MMR, leaf_index_to_mmr_size, leaf_index_to_pos, util::MemStore};
use ckb_types::packed;
use ckb_types::prelude::*;
use ckb_types::utilities::merkle_mountain_range::MergeHeaderDigest;
use strum::VariantNames as _;

use super::super::chain::{self, PARAMS};
use super::super::chain_root::HeaderDigest;
use super::super::{CompactTarget, Params, Pow};
use super::*;

type Chain = Vec<VerifiableHeader>;

/// The reference crate's proof of these blocks under the root that block `last` commits to.
fn reference_proof(chain: &Chain, last: usize, numbers: &[u64]) -> Vec<HeaderDigest> {
    let store = MemStore::default();
    let mut mmr = MMR::<packed::HeaderDigest, MergeHeaderDigest, _>::new(0, &store);
    for block in &chain[..last] {
        let digest = HeaderDigest::of(&block.header).unwrap().encode();
        mmr.push(packed::HeaderDigest::from_slice(&digest).unwrap())
            .unwrap();
    }
    assert_eq!(mmr.mmr_size(), leaf_index_to_mmr_size(last as u64 - 1));
    let positions = numbers.iter().map(|number| leaf_index_to_pos(*number)).collect();
    let proof = mmr.gen_proof(positions).unwrap();
    proof
        .proof_items()
        .iter()
        .map(|item| HeaderDigest::decode(item.as_slice()).unwrap())
        .collect()
}

/// What an honest node answers.
fn answer(request: &Request, chain: &Chain) -> Response {
    let last = chain
        .iter()
        .position(|block| block.header.hash() == request.last_hash)
        .unwrap();
    let start = request.start.block;
    let mut numbers = BTreeSet::new();
    if chain[start.height as usize].header.hash() != start.hash {
        numbers
            .extend((start.height.saturating_sub(request.last_n).max(1)..start.height).collect::<Vec<_>>());
    }
    let total = |number: u64| chain[number as usize].total_difficulty().unwrap();
    for difficulty in &request.difficulties {
        numbers.extend((start.height..last as u64).find(|number| total(*number) >= *difficulty));
    }
    let by_count = (last as u64).saturating_sub(request.last_n).max(start.height);
    numbers.extend(
        (start.height..last as u64)
            .filter(|number| *number >= by_count || total(*number) >= request.boundary),
    );
    respond(chain, last, &numbers.into_iter().collect::<Vec<_>>())
}

fn respond(chain: &Chain, last: usize, numbers: &[u64]) -> Response {
    Response {
        last: chain[last].clone(),
        proof: reference_proof(chain, last, numbers),
        headers: numbers
            .iter()
            .map(|number| chain[*number as usize].clone())
            .collect(),
    }
}

fn random() -> impl FnMut() -> u32 {
    let mut state = 1_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    }
}

fn request(chain: &Chain, last: usize, start: Start) -> Request {
    Request::new(&chain[last], start, 5, 8, &PARAMS, random()).unwrap()
}

fn genesis() -> Start {
    Start::genesis(chain::genesis(), &PARAMS).unwrap()
}

/// A request from genesis over 100 blocks and its honest answer.
fn sampled() -> (Chain, Request, Response) {
    let chain = chain::verifiable(100, |_| 0);
    let request = request(&chain, 100, genesis());
    let response = answer(&request, &chain);
    assert!(response.headers.len() < 60, "{}", response.headers.len());
    (chain, request, response)
}

fn refused(request: &Request, response: &Response) -> Rejection {
    verify_response(request, response, &PARAMS).unwrap_err()
}

#[test]
fn accepts_the_honest_answer_and_goes_on_from_it() {
    let (chain, request, response) = sampled();
    let proved = verify_response(&request, &response, &PARAMS).unwrap();
    assert_eq!(proved.total_difficulty(), U256::from(256 * 101));
    assert_eq!(proved.continuity(), Continuity::Extends);
    let longer = chain::verifiable(160, |_| 0);
    assert_eq!(longer[100], chain[100]);
    let request = self::request(&longer, 160, proved.start());
    let response = answer(&request, &longer);
    let proved = verify_response(&request, &response, &PARAMS).unwrap();
    assert_eq!(proved.last().header.number, 160);
    assert!(proved.latest().len() >= 5);
}

#[test]
fn rejects_blocks_before_a_start_that_is_on_the_chain() {
    let (_, request, response) = sampled();
    let proved = verify_response(&request, &response, &PARAMS).unwrap();
    let longer = chain::verifiable(160, |_| 0);
    let request = self::request(&longer, 160, proved.start());
    let honest = answer(&request, &longer);
    let numbers: Vec<_> = (95..100)
        .chain(honest.headers.iter().map(|block| block.header.number))
        .collect();
    let expected = Rejection::ReorgHeaders {
        got: 5,
        first: 95,
        last: 99,
    };
    assert_eq!(refused(&request, &respond(&longer, 160, &numbers)), expected);
}

#[test]
fn accepts_all_blocks_of_a_short_chain() {
    let chain = chain::verifiable(4, |_| 0);
    let request = request(&chain, 4, genesis());
    let response = answer(&request, &chain);
    assert_eq!(response.headers.len(), 4);
    assert!(verify_response(&request, &response, &PARAMS).is_ok());
}

#[test]
fn a_reorg_within_the_last_blocks_names_the_common_block() {
    let (_, request, response) = sampled();
    let start = verify_response(&request, &response, &PARAMS).unwrap().start();
    let other = chain::verifiable(130, |number| u8::from(number > 97));
    let request = self::request(&other, 130, start);
    let response = answer(&request, &other);
    let proved = verify_response(&request, &response, &PARAMS).unwrap();
    let common = BlockId {
        height: 97,
        hash: other[97].header.hash(),
    };
    assert_eq!(proved.continuity(), Continuity::Reorg { common });
}

#[test]
fn a_fork_before_the_last_blocks_is_a_long_fork() {
    let (_, request, response) = sampled();
    let start = verify_response(&request, &response, &PARAMS).unwrap().start();
    let other = chain::verifiable(130, |number| u8::from(number > 20));
    let request = self::request(&other, 130, start);
    let proved = verify_response(&request, &answer(&request, &other), &PARAMS).unwrap();
    assert_eq!(proved.continuity(), Continuity::LongFork);
}

#[test]
fn rejects_another_chain_passed_off_as_the_continuation() {
    let (_, request, response) = sampled();
    let start = verify_response(&request, &response, &PARAMS).unwrap().start();
    let other = chain::verifiable(130, |number| u8::from(number > 97));
    let request = self::request(&other, 130, start.clone());
    let numbers: Vec<_> = answer(&request, &other)
        .headers
        .iter()
        .map(|block| block.header.number)
        .filter(|number| *number >= 100)
        .collect();
    let expected = Rejection::StartNotOnChain {
        start: start.block.hash,
    };
    assert_eq!(refused(&request, &respond(&other, 130, &numbers)), expected);
}

#[test]
fn most_work_wins_and_the_first_of_equals() {
    let states: Vec<_> = [50, 70, 60]
        .map(|last| {
            let chain = chain::verifiable(last, |_| 0);
            let request = request(&chain, last as usize, genesis());
            verify_response(&request, &answer(&request, &chain), &PARAMS).unwrap()
        })
        .to_vec();
    assert_eq!(most_work(&states).unwrap().last().header.number, 70);
    assert_eq!(most_work(&[]), None);
}

#[test]
fn rejects_a_proof_about_another_block() {
    let (chain, request, _) = sampled();
    let other = respond(&chain, 99, &[0, 1]);
    assert!(matches!(
        refused(&request, &other),
        Rejection::OtherLastHeader { .. }
    ));
}

#[test]
fn rejects_no_and_too_many_headers() {
    let (_, request, mut response) = sampled();
    response.headers.clear();
    assert_eq!(refused(&request, &response), Rejection::NoHeaders);
    response.headers = vec![response.last.clone(); MAX_RESPONSE_HEADERS + 1];
    assert!(matches!(
        refused(&request, &response),
        Rejection::TooManyHeaders { .. }
    ));
}

#[test]
fn rejects_unsorted_and_duplicate_headers() {
    let (_, request, honest) = sampled();
    let mut swapped = honest.clone();
    swapped.headers.swap(3, 4);
    assert!(matches!(
        refused(&request, &swapped),
        Rejection::NotAscending { .. }
    ));
    let mut doubled = honest.clone();
    doubled.headers.insert(3, honest.headers[3].clone());
    assert!(matches!(
        refused(&request, &doubled),
        Rejection::NotAscending { .. }
    ));
}

#[test]
fn rejects_an_omitted_sample() {
    let (chain, request, honest) = sampled();
    let mut numbers: Vec<_> = honest.headers.iter().map(|block| block.header.number).collect();
    numbers.remove(2);
    assert!(matches!(
        refused(&request, &respond(&chain, 100, &numbers)),
        Rejection::SampleMismatch { .. }
    ));
}

#[test]
fn rejects_a_block_that_was_not_asked_for() {
    let (chain, request, honest) = sampled();
    let mut numbers: BTreeSet<_> = honest.headers.iter().map(|block| block.header.number).collect();
    let added = (1..90).find(|number| !numbers.contains(number)).unwrap();
    numbers.insert(added);
    let response = respond(&chain, 100, &numbers.into_iter().collect::<Vec<_>>());
    assert!(matches!(
        refused(&request, &response),
        Rejection::SampleMismatch { .. }
    ));
}

#[test]
fn rejects_missing_last_blocks() {
    let (chain, request, honest) = sampled();
    let numbers: Vec<_> = honest.headers.iter().map(|block| block.header.number).collect();
    for missing in [95, 97, 99] {
        let numbers: Vec<_> = numbers
            .iter()
            .copied()
            .filter(|number| *number != missing)
            .collect();
        let refused = refused(&request, &respond(&chain, 100, &numbers));
        assert!(
            matches!(refused, Rejection::LastBlocksMissing { .. }),
            "{missing}: {refused}"
        );
    }
}

#[test]
fn rejects_blocks_before_the_start_that_do_not_reach_it() {
    let (_, request, response) = sampled();
    let start = verify_response(&request, &response, &PARAMS).unwrap().start();
    let other = chain::verifiable(130, |number| u8::from(number > 97));
    let request = self::request(&other, 130, start);
    let numbers: Vec<_> = answer(&request, &other)
        .headers
        .iter()
        .map(|block| block.header.number)
        .collect();
    for missing in [95, 99] {
        let numbers: Vec<_> = numbers
            .iter()
            .copied()
            .filter(|number| *number != missing)
            .collect();
        let refused = refused(&request, &respond(&other, 130, &numbers));
        assert!(
            matches!(refused, Rejection::ReorgHeaders { .. }),
            "{missing}: {refused}"
        );
    }
}

#[test]
fn rejects_last_blocks_of_another_branch() {
    let (_, request, honest) = sampled();
    let other = chain::verifiable(100, |number| u8::from(number > 96));
    let mut mixed = honest.clone();
    let place = mixed
        .headers
        .iter()
        .position(|block| block.header.number == 97)
        .unwrap();
    mixed.headers[place] = other[97].clone();
    assert_eq!(refused(&request, &mixed), Rejection::NotContinuous { number: 98 });
}

/// A claimed chain whose difficulty jumps within the sampled part.
#[test]
fn rejects_difficulty_that_moves_faster_than_tau() {
    let (_, request, honest) = sampled();
    let base = (chain::genesis(), U256::from(256));
    let mut far = honest.headers[5].clone();
    far.header.compact_target = CompactTarget(0x2000_1000);
    far.header.epoch = super::super::EpochFraction::new(1, 0, 10);
    far.header.number = 10;
    far.parent_chain_root.total_difficulty = U256::from(256 * 10);
    let moved = response::difficulty_moves_within_bounds(base, &[far], &[]);
    assert_eq!(moved, Err(Rejection::DifficultyOutOfBounds { from: 0, to: 10 }));
    assert!(verify_response(&request, &honest, &PARAMS).is_ok());
}

#[test]
fn rejects_a_wrong_commitment() {
    let (_, request, mut response) = sampled();
    response.headers[2].extension = Some(vec![1; 32]);
    assert!(matches!(refused(&request, &response), Rejection::ChainRoot(_)));
}

#[test]
fn rejects_a_proof_with_items_missing_or_left_over() {
    let (_, request, mut response) = sampled();
    response.proof.push(response.proof[0].clone());
    let surplus = Rejection::Proof(mmr::Rejection::SurplusItems { count: 1 });
    assert_eq!(refused(&request, &response), surplus);
    response.proof.truncate(response.proof.len() - 2);
    assert_eq!(
        refused(&request, &response),
        Rejection::Proof(mmr::Rejection::MissingItem)
    );
}

#[test]
fn rejects_a_proof_of_another_root() {
    let (_, request, mut response) = sampled();
    response.proof[0].timestamps_ms.0 += 1;
    assert!(matches!(
        refused(&request, &response),
        Rejection::RootMismatch { .. }
    ));
}

#[test]
fn rejects_headers_without_proof_of_work() {
    let (_, request, response) = sampled();
    let params = Params {
        pow: Pow::Eaglesong,
        ..PARAMS
    };
    let refused = verify_response(&request, &response, &params).unwrap_err();
    assert!(matches!(refused, Rejection::NoProofOfWork { .. }), "{refused}");
}

#[test]
fn messages_survive_the_wire() {
    let (_, request, response) = sampled();
    let bytes = response.encode();
    assert_eq!(Response::decode(&bytes), Ok(response));
    let reference = packed::SendLastStateProof::from_slice(&bytes).unwrap();
    assert_eq!(reference.as_slice(), bytes);
    let reference = packed::GetLastStateProof::from_slice(&request.encode()).unwrap();
    assert_eq!(reference.difficulties().len(), request.sample_count());
}

#[test]
fn requests_are_refused_for_states_that_are_not_above_the_start() {
    let chain = chain::verifiable(3, |_| 0);
    let ask = |block: &VerifiableHeader, start, last_n, lambda, params| {
        Request::new(block, start, last_n, lambda, params, random())
            .map(|_| ())
            .unwrap_err()
    };
    let start = Start {
        block: BlockId {
            height: 3,
            hash: Hash32::ZERO,
        },
        ..genesis()
    };
    let mut broken = chain[3].clone();
    broken.extension = None;
    let eaglesong = Params {
        pow: Pow::Eaglesong,
        ..PARAMS
    };
    let errors = [
        Start::genesis(chain[1].header.clone(), &PARAMS)
            .map(|_| ())
            .unwrap_err(),
        ask(&chain[3], genesis(), 0, 50, &PARAMS),
        ask(&chain[3], start, 5, 50, &PARAMS),
        ask(&broken, genesis(), 5, 50, &PARAMS),
        ask(&chain[3], genesis(), 5, 50, &eaglesong),
        ask(&chain[3], genesis(), 1, u32::MAX, &PARAMS),
    ];
    let names: Vec<&str> = errors.iter().map(<&str>::from).collect();
    assert_eq!(names, RequestError::VARIANTS);
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "OtherLastHeader",
        "NoHeaders",
        "TooManyHeaders",
        "NotAscending",
        "ReorgHeaders",
        "LastBlocksMissing",
        "SampleMismatch",
        "StartNotOnChain",
        "NotContinuous",
        "DifficultyOutOfBounds",
        "ChainRoot",
        "Proof",
        "RootMismatch",
        "NoProofOfWork",
    ];
    assert_eq!(Rejection::VARIANTS, tested);
}
