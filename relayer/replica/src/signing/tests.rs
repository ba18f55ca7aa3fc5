//! What consensus signs and accepts: the digests that contracts check, low s, and nothing beside votes and proposals.

use arc_malachitebft_core_types::{Context as _, Round};
use arc_malachitebft_signing::{Signer as _, Verifier as _};

use super::*;
use crate::sample::{KeySigner, address, domain, header_of, key, set_of};

fn signer(headers: &[Header]) -> EngineSigner {
    let known = KnownHeaders::default();
    headers.iter().for_each(|header| known.insert(*header));
    EngineSigner {
        signer: Arc::new(KeySigner(key(1))),
        headers: known,
    }
}

fn me() -> Attester {
    Attester(address(&key(1)))
}

fn header() -> Header {
    header_of(&set_of(4).0, 5)
}

fn precommit(block: NilOrVal<BlockId>) -> Vote {
    Context.new_precommit(crate::context::Height(5), Round::new(2), block, me())
}

async fn is_valid(vote: &Vote, signature: &Signature, key: &Attester) -> bool {
    let verifier = Verifier { domain: domain() };
    let verdict = verifier.verify_signed_vote(vote, signature, key).await;
    verdict.unwrap().is_valid()
}

#[tokio::test]
async fn a_precommit_signs_the_digest_that_contracts_check() {
    let block = NilOrVal::Val(BlockId(header().block_id()));
    let signed = signer(&[header()]).sign_vote(precommit(block)).await.unwrap();
    let digest = header().precommit(2).digest(&domain());
    assert_eq!(signed.signature.recover(digest), Ok(me().0));
    assert!(is_valid(&signed.message, &signed.signature, &me()).await);
}

#[tokio::test]
async fn a_vote_passes_for_its_voter_and_its_words_only() {
    let signed = signer(&[]).sign_vote(precommit(NilOrVal::Nil)).await.unwrap();
    let (vote, signature) = (signed.message, signed.signature);
    assert!(is_valid(&vote, &signature, &me()).await);
    let stranger = Attester(address(&key(2)));
    assert!(!is_valid(&vote, &signature, &stranger).await);
    let mut changed = [vote.clone(), vote.clone(), vote.clone(), vote.clone(), vote];
    changed[0].kind = VoteType::Prevote;
    changed[1].height.0 += 1;
    changed[2].round = Round::new(3);
    changed[3].block = NilOrVal::Val(BlockId(Hash([1; 32])));
    changed[4].voter = stranger;
    for vote in changed {
        assert!(!is_valid(&vote, &signature, &me()).await, "{vote:?}");
    }
}

#[tokio::test]
async fn a_high_s_is_refused() {
    let signed = signer(&[]).sign_vote(precommit(NilOrVal::Nil)).await.unwrap();
    let mut high = signed.signature;
    high.0[32..64].fill(0xf0);
    assert!(!is_valid(&signed.message, &high, &me()).await);
}

#[tokio::test]
async fn a_precommit_for_a_block_that_is_not_held_is_not_signed() {
    let block = NilOrVal::Val(BlockId(header().block_id()));
    let refused = signer(&[]).sign_vote(precommit(block)).await;
    assert!(refused.unwrap_err().to_string().contains("not known here"));
    let mut other_height = precommit(block);
    other_height.height.0 += 1;
    assert!(signer(&[header()]).sign_vote(other_height).await.is_err());
}

#[tokio::test]
async fn extensions_and_validator_proofs_are_neither_signed_nor_valid() {
    let signer = signer(&[]);
    assert!(signer.sign_validator_proof(vec![1], vec![2]).await.is_err());
    let proof = ValidatorProof::new(me().0.0.to_vec(), vec![2], Signature([0; 65]));
    let verifier = Verifier { domain: domain() };
    assert!(
        verifier
            .verify_validator_proof(&proof)
            .await
            .unwrap()
            .is_invalid()
    );
}

#[test]
fn only_proposals_and_precommits_of_blocks_are_weighed_by_the_guard() {
    let nil = Precommit {
        height: 1,
        round: 0,
        block_id: Hash::ZERO,
    };
    let prevote = Prevote {
        height: 1,
        round: 0,
        block_id: Hash([1; 32]),
    };
    assert_eq!(Ballot::NilPrecommit(nil).guarded(), None);
    assert_eq!(Ballot::Prevote(prevote).guarded(), None);
    let precommit = Ballot::Precommit {
        round: 0,
        header: header(),
    };
    let mut fork = header();
    fork.state_root.0[0] ^= 1;
    let forked = Ballot::Precommit {
        round: 1,
        header: fork,
    };
    let conflict = wire::evidence::would_conflict(&precommit.guarded().unwrap(), &forked.guarded().unwrap());
    assert_eq!(conflict, Some(wire::evidence::Conflict::PrecommitFork));
}

#[test]
fn headers_are_forgotten_up_to_the_decided_height() {
    let known = KnownHeaders::default();
    let (old, new) = (header(), header_of(&set_of(4).0, 6));
    known.insert(old);
    known.insert(new);
    known.forget_to(5);
    assert_eq!(known.get(old.block_id()), None);
    assert_eq!(known.get(new.block_id()), Some(new));
}
