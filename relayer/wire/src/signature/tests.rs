//! Recovery accepts what `ecrecover` with a low-s check accepts, and nothing else.

use std::{vec, vec::Vec};

use proptest::prelude::*;

use super::{Signature, SignatureError, Signed, SignedBy as _};
use crate::{
    command::{Batch, CancelWithdraw, Step, TransferSub},
    consensus::{Precommit, Prevote},
    eip712::{Digest, Domain, Statement},
    sample::{Sample, address, assert_every_variant, domain, key, sign},
    types::{Address, Hash, NetworkId},
};

const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
    0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

fn with_r(mut signature: Signature, r: [u8; 32]) -> Signature {
    signature.0[..32].copy_from_slice(&r);
    signature
}

fn with_s(mut signature: Signature, s: [u8; 32]) -> Signature {
    signature.0[32..64].copy_from_slice(&s);
    signature
}

fn with_v(mut signature: Signature, v: u8) -> Signature {
    signature.0[64] = v;
    signature
}

/// The other signature of the same key over the same digest: s' = n - s, v' = the other.
fn malleated(signature: Signature) -> Signature {
    let order = crate::U256::from_be_bytes(ORDER);
    let s = crate::U256::try_from_be_slice(&signature.0[32..64]).unwrap();
    with_v(with_s(signature, (order - s).to_be_bytes()), 55 - signature.0[64])
}

fn signed_transfer() -> (Signed<TransferSub>, secp256k1::SecretKey) {
    let key = key(1);
    let mut statement = TransferSub::of_seed(7);
    statement.account.owner = address(&key);
    let signature = sign(&key, statement.digest(&domain()));
    (Signed { statement, signature }, key)
}

/// An r that is no x coordinate of the curve.
fn off_the_curve(digest: Digest, signature: Signature) -> Signature {
    let mut r = [0; 32];
    for byte in 1..=255 {
        r[31] = byte;
        let candidate = with_r(signature, r);
        if matches!(
            candidate.recover(digest),
            Err(SignatureError::Unrecoverable { .. })
        ) {
            return candidate;
        }
    }
    panic!("half of all small numbers are no x coordinate")
}

#[test]
fn recovers_the_address_of_a_known_key() {
    // The address of private key 1 is public knowledge.
    let mut one = [0; 32];
    one[31] = 1;
    let key = secp256k1::SecretKey::from_secret_bytes(one).unwrap();
    let expected = hex::decode("7e5f4552091a69125d5dfcb7b8c2659029395bdf").unwrap();
    assert_eq!(address(&key).0.as_slice(), expected);
    let digest = Digest([3; 32]);
    assert_eq!(sign(&key, digest).recover(digest), Ok(address(&key)));
}

#[test]
fn accepts_a_command_of_its_owner() {
    let (signed, key) = signed_transfer();
    let verified = signed.verify(&domain()).unwrap();
    assert_eq!(verified.signer(), address(&key));
    assert_eq!(verified.into_statement(), signed.statement);
}

#[test]
fn every_rejection_is_reached_but_the_zero_address() {
    let (signed, _) = signed_transfer();
    let (signature, digest) = (signed.signature, signed.statement.digest(&domain()));
    let mut other = signed;
    other.statement.account.owner = Address([5; 20]);
    let errors = vec![
        with_v(signature, 0).recover(digest).unwrap_err(),
        malleated(signature).recover(digest).unwrap_err(),
        with_r(signature, ORDER).recover(digest).unwrap_err(),
        off_the_curve(digest, signature).recover(digest).unwrap_err(),
        other.verify(&domain()).unwrap_err(),
        // No key with this address is known: only the check itself can be shown.
        super::not_zero(Address::ZERO).unwrap_err(),
    ];
    assert_every_variant(errors);
}

#[test]
fn rejects_the_malleated_signature_that_curves_allow() {
    let (signed, _) = signed_transfer();
    let malleated = Signed {
        signature: malleated(signed.signature),
        ..signed
    };
    assert_eq!(malleated.verify(&domain()), Err(SignatureError::HighS));
}

#[test]
fn accepts_s_up_to_half_the_order_and_no_more() {
    let digest = Digest([3; 32]);
    let signature = sign(&key(1), digest);
    let at_half = with_s(signature, super::HALF_ORDER).recover(digest);
    assert_ne!(at_half, Err(SignatureError::HighS));
    let mut above = super::HALF_ORDER;
    above[31] += 1;
    assert_eq!(
        with_s(signature, above).recover(digest),
        Err(SignatureError::HighS)
    );
}

#[test]
fn rejects_zero_and_the_order() {
    let digest = Digest([3; 32]);
    let signature = sign(&key(1), digest);
    for r in [[0; 32], ORDER, [0xff; 32]] {
        assert_eq!(
            with_r(signature, r).recover(digest),
            Err(SignatureError::OutOfRange)
        );
    }
    assert_eq!(
        with_s(signature, [0; 32]).recover(digest),
        Err(SignatureError::OutOfRange)
    );
    assert_eq!(
        Signature([0; 65]).recover(digest),
        Err(SignatureError::RecoveryByte { got: 0 })
    );
}

#[test]
fn rejects_every_recovery_byte_but_two() {
    let digest = Digest([3; 32]);
    let signature = sign(&key(1), digest);
    for v in (0..=255).filter(|v| ![27, 28].contains(v)) {
        assert_eq!(
            with_v(signature, v).recover(digest),
            Err(SignatureError::RecoveryByte { got: v })
        );
    }
}

#[test]
fn rejects_a_signature_of_another_network() {
    let (signed, _) = signed_transfer();
    let elsewhere = Domain::new(NetworkId(Hash([0x43; 32])));
    assert!(matches!(
        signed.verify(&elsewhere),
        Err(SignatureError::WrongSigner { .. })
    ));
}

#[test]
fn rejects_a_prevote_in_a_precommits_place() {
    let prevote = Prevote {
        height: 3,
        round: 0,
        block_id: Hash([9; 32]),
    };
    let signature = sign(&key(1), prevote.digest(&domain()));
    let precommit = Precommit {
        height: 3,
        round: 0,
        block_id: Hash([9; 32]),
    };
    let recovered = Signed {
        statement: precommit,
        signature,
    }
    .recover(&domain());
    assert_ne!(recovered, Ok(address(&key(1))));
}

#[test]
fn rejects_a_commands_signature_for_the_batch_that_holds_it() {
    let (signed, _) = signed_transfer();
    let steps: Vec<Step> = [signed.statement.into()].into();
    let batch = Batch {
        owner: signed.statement.signer(),
        steps,
    };
    let stolen = Signed {
        statement: batch,
        signature: signed.signature,
    };
    assert!(matches!(
        stolen.verify(&domain()),
        Err(SignatureError::WrongSigner { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_flipped_bit_of_a_signature_loses_the_signer(number: u32, bit in 0_usize..520) {
        let key = key(number);
        let mut statement = CancelWithdraw::of_seed(u64::from(number));
        statement.account.owner = address(&key);
        let mut signature = sign(&key, statement.digest(&domain()));
        signature.0[bit / 8] ^= 1 << (bit % 8);
        let signed = Signed { statement, signature };
        prop_assert!(signed.verify(&domain()).is_err());
    }

    #[test]
    fn any_changed_field_loses_the_signer(number: u32, change in 1_u64..) {
        let key = key(number);
        let mut statement = CancelWithdraw::of_seed(u64::from(number));
        statement.account.owner = address(&key);
        let signature = sign(&key, statement.digest(&domain()));
        statement.withdrawal ^= change;
        let signed = Signed { statement, signature };
        prop_assert!(signed.verify(&domain()).is_err());
    }

    #[test]
    fn random_signatures_never_panic(bytes: [u8; 32], more: [u8; 32], v in 27_u8..29, digest: [u8; 32]) {
        let signature = with_v(with_s(with_r(Signature([0; 65]), bytes), more), v);
        let _ = signature.recover(Digest(digest));
    }
}
