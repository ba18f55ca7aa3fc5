//! Certificates: who may sign, in which order, how much weight, and nothing beyond.

use std::{collections::BTreeMap, vec, vec::Vec};

use proptest::prelude::*;
use secp256k1::SecretKey;

use super::{BlockCertificate, CertificateError, Certified, assemble};
use crate::{
    attestation::Attestation,
    attesters::AttesterSet,
    command::Halt,
    consensus::{Header, Prevote},
    eip712::{Digest, Domain, Statement as _},
    sample::{Sample, address, assert_every_variant, domain, key, set_of, sign},
    signature::{Signature, SignatureError},
    types::{Address, Hash, NetworkId},
};

fn signatures(keys: &[SecretKey], digest: Digest) -> Vec<Signature> {
    keys.iter().map(|key| sign(key, digest)).collect()
}

fn certified(keys: &[SecretKey]) -> Certified<Attestation> {
    let statement = Attestation::of_seed(3);
    Certified {
        statement,
        signatures: signatures(keys, statement.digest(&domain())),
    }
}

fn committed(keys: &[SecretKey], set_id: u32) -> BlockCertificate {
    let header = Header {
        set_id,
        ..Header::of_seed(3)
    };
    let signatures = signatures(keys, header.precommit(4).digest(&domain()));
    BlockCertificate {
        header,
        round: 4,
        signatures,
    }
}

fn four() -> (AttesterSet, Vec<SecretKey>) {
    set_of(&[10, 10, 10, 10])
}

#[test]
fn accepts_any_three_of_four() {
    let (set, keys) = four();
    for absent in 0..4 {
        let mut signers = keys.clone();
        signers.remove(absent);
        let proven = certified(&signers).verify(&domain(), &set).unwrap();
        assert_eq!((proven.weight(), proven.set_id()), (30, 1));
        assert_eq!(proven.into_statement(), Attestation::of_seed(3));
    }
}

#[test]
fn every_rejection_is_reached() {
    let (set, keys) = four();
    let [a, b, c, d] = keys[..] else {
        panic!("four keys")
    };
    let refused = |keys: &[SecretKey]| certified(keys).verify(&domain(), &set).unwrap_err();
    let mut malformed = certified(&[a, b, c]);
    malformed.signatures[1].0[64] = 1;
    assert_every_variant(vec![
        malformed.verify(&domain(), &set).unwrap_err(),
        refused(&[key(99)]),
        refused(&[a, b, b]),
        refused(&[a, c, b]),
        refused(&[a, b, c, d]),
        refused(&[a, b]),
        committed(&[a, b, c], 2).verify(&domain(), &set).unwrap_err(),
    ]);
}

#[test]
fn rejects_a_quorum_that_lacks_one() {
    // 41 of 61: two thirds are 40 2/3, the quorum is 41.
    let (set, keys) = set_of(&[20, 20, 1, 20]);
    assert_eq!(set.quorum(), 41);
    assert_eq!(
        certified(&keys[..3]).verify(&domain(), &set).unwrap().weight(),
        41
    );
    let below = certified(&[keys[0], keys[1]]).verify(&domain(), &set);
    assert_eq!(
        below,
        Err(CertificateError::BelowQuorum {
            weight: 40,
            quorum: 41
        })
    );
}

#[test]
fn rejects_no_signature_at_all() {
    let rejection = CertificateError::BelowQuorum {
        weight: 0,
        quorum: 27,
    };
    assert_eq!(certified(&[]).verify(&domain(), &four().0), Err(rejection));
}

#[test]
fn rejects_a_signature_after_the_quorum_even_if_it_is_garbage() {
    let (set, keys) = four();
    let mut certificate = certified(&keys[..3]);
    certificate.signatures.push(Signature([0; 65]));
    let rejection = CertificateError::SurplusSignature { index: 3 };
    assert_eq!(certificate.verify(&domain(), &set), Err(rejection));
}

#[test]
fn rejects_a_duplicated_signer() {
    let (set, keys) = four();
    let signer = address(&keys[1]);
    let duplicated = certified(&[keys[0], keys[1], keys[1]]).verify(&domain(), &set);
    assert_eq!(duplicated, Err(CertificateError::DuplicateSigner { signer }));
}

#[test]
fn rejects_a_malleated_signature_and_says_which() {
    let (set, keys) = four();
    let mut certificate = certified(&keys[..3]);
    certificate.signatures[2].0[32] |= 0x80;
    let rejection = CertificateError::Signature {
        index: 2,
        error: SignatureError::HighS,
    };
    assert_eq!(certificate.verify(&domain(), &set), Err(rejection));
}

#[test]
fn rejects_signatures_of_another_network() {
    let (set, keys) = four();
    let elsewhere = Domain::new(NetworkId(Hash([1; 32])));
    let refused = certified(&keys[..3]).verify(&elsewhere, &set);
    assert!(matches!(
        refused,
        Err(CertificateError::NotAMember { .. } | CertificateError::Signature { .. })
    ));
}

#[test]
fn rejects_attestation_signatures_for_a_halt() {
    let (set, keys) = four();
    let stolen = Certified {
        statement: Halt::of_seed(1),
        signatures: certified(&keys[..3]).signatures,
    };
    assert!(stolen.verify(&domain(), &set).is_err());
}

#[test]
fn commits_a_header_by_precommits_of_its_set() {
    let (set, keys) = four();
    let certificate = committed(&keys[..3], 1);
    let committed = certificate.verify(&domain(), &set).unwrap();
    assert_eq!(committed.header(), &certificate.header);
    assert_eq!(committed.block_id(), certificate.header.block_id());
}

#[test]
fn rejects_precommits_of_another_round() {
    let (set, keys) = four();
    let certificate = BlockCertificate {
        round: 5,
        ..committed(&keys[..3], 1)
    };
    assert!(certificate.verify(&domain(), &set).is_err());
}

#[test]
fn rejects_prevotes_for_a_commit() {
    let (set, keys) = four();
    let header = Header {
        set_id: 1,
        ..Header::of_seed(3)
    };
    let prevote = Prevote {
        height: header.height,
        round: 4,
        block_id: header.block_id(),
    };
    let signatures = signatures(&keys[..3], prevote.digest(&domain()));
    assert!(
        BlockCertificate {
            header,
            round: 4,
            signatures
        }
        .verify(&domain(), &set)
        .is_err()
    );
}

#[test]
fn rejects_a_header_of_another_set() {
    let (set, keys) = four();
    let refused = committed(&keys[..3], 2).verify(&domain(), &set);
    assert_eq!(refused, Err(CertificateError::WrongSet { got: 2, expected: 1 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_assembled_verifies(weights in proptest::collection::vec(50_u32..75, 4..12), present: u16) {
        let (set, keys) = set_of(&weights);
        let statement = Attestation::of_seed(9);
        let digest = statement.digest(&domain());
        let signers = keys.iter().enumerate().filter(|(index, _)| present >> index & 1 == 1).map(|(_, key)| key);
        let mut collected: BTreeMap<Address, Signature> =
            signers.map(|key| (address(key), sign(key, digest))).collect();
        // A stranger's signature is passed over.
        collected.insert(address(&key(99)), sign(&key(99), digest));
        let weight: u64 = collected.keys().filter_map(|signer| set.weight_of(*signer)).map(u64::from).sum();
        match assemble(&collected, &set) {
            Some(signatures) => {
                let certified = Certified { statement, signatures };
                prop_assert!(certified.verify(&domain(), &set).is_ok());
            }
            None => prop_assert!(weight < set.quorum()),
        }
    }
}
