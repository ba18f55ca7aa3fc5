//! A certificate checked as a contract checks it, by code that shares none with `wire`: type strings by hand, secp256k1 directly.

use secp256k1::{
    Message,
    ecdsa::{RecoverableSignature, RecoveryId},
};
use tiny_keccak::{Hasher as _, Keccak};
use wire::{attesters::AttesterSet, certificate::BlockCertificate};

fn keccak(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Keccak::v256();
    hasher.update(bytes);
    let mut digest = [0; 32];
    hasher.finalize(&mut digest);
    digest
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

/// Panics when the certificate is not one that a contract takes for a set whose members all weigh 1.
pub(crate) fn check(certificate: &BlockCertificate, network: [u8; 32], set: &AttesterSet) {
    let header = &certificate.header;
    let header_type = b"Header(uint64 height,bytes32 parent,uint64 timeMs,uint32 setId,uint32 commandCount,bytes32 commandsRoot,\
bytes32 stateRoot,uint32 outboxCount,bytes32 outboxRoot,bytes32 nextSet)";
    let block_id = keccak(
        &[
            keccak(header_type),
            word(header.height),
            header.parent.0,
            word(header.time_ms),
            word(header.set_id.into()),
            word(header.command_count.into()),
            header.commands_root.0,
            header.state_root.0,
            word(header.outbox_count.into()),
            header.outbox_root.0,
            header.next_set.0,
        ]
        .concat(),
    );
    let precommit = keccak(
        &[
            keccak(b"Precommit(uint64 height,uint32 round,bytes32 blockId)"),
            word(header.height),
            word(certificate.round.into()),
            block_id,
        ]
        .concat(),
    );
    let separator = keccak(
        &[
            keccak(b"EIP712Domain(string name,string version,bytes32 salt)"),
            keccak(b"Viaduct"),
            keccak(b"1"),
            network,
        ]
        .concat(),
    );
    let digest = keccak(&[&[0x19, 0x01], separator.as_slice(), &precommit].concat());
    let signers: Vec<[u8; 20]> = certificate
        .signatures
        .iter()
        .map(|one| signer(digest, &one.0))
        .collect();
    assert!(
        signers.is_sorted_by(|one, two| one < two),
        "signers are out of order"
    );
    let members: Vec<[u8; 20]> = set.members().iter().map(|member| member.attester.0).collect();
    assert!(
        signers.iter().all(|signer| members.contains(signer)),
        "a signer is no member"
    );
    assert_eq!(signers.len(), 2 * members.len() / 3 + 1, "not exactly a quorum");
    assert_eq!(header.set_id, set.id());
}

fn signer(digest: [u8; 32], signature: &[u8; 65]) -> [u8; 20] {
    let id = RecoveryId::try_from(i32::from(signature[64]) - 27).unwrap();
    let signature = RecoverableSignature::from_compact(signature[..64].try_into().unwrap(), id).unwrap();
    let mut low = signature.to_standard();
    low.normalize_s();
    assert_eq!(low, signature.to_standard(), "s is high");
    let key = signature.recover_ecdsa(Message::from_digest(digest)).unwrap();
    keccak(&key.serialize_uncompressed()[1..])[12..]
        .try_into()
        .unwrap()
}
