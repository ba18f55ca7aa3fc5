//! The engine's commit certificates and `wire`'s, which contracts check: the same signatures in the one order and number they may have.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/relayer.md`, Contracts.

use std::collections::BTreeMap;

use arc_malachitebft_core_types::{
    CommitCertificate, ExtendedCommitCertificate, ExtendedCommitSignature, Round,
};
use wire::{
    attesters::AttesterSet,
    certificate::{BlockCertificate, CertificateError, assemble},
    consensus::Header,
    eip712::{Domain, Statement as _},
    types::Hash,
};

use crate::context::{Attester, BlockId, Context, Height};

/// Why the engine's certificate makes none for contracts; either is a fault of the engine or of the set it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum CertificateFault {
    /// It names another block.
    #[error("the certificate is for {got}, the block is {expected}")]
    WrongBlock {
        /// What it names.
        got: Hash,
        /// The block's id.
        expected: Hash,
    },
    /// Its round is undefined.
    #[error("the certificate has no round")]
    UndefinedRound,
    /// Its signatures weigh too little.
    #[error("the signatures of {signers} attesters are no quorum of set {set_id}")]
    NoQuorum {
        /// How many signed.
        signers: usize,
        /// The set.
        set_id: u32,
    },
    /// What was assembled does not verify.
    #[error(transparent)]
    Unverified(#[from] CertificateError),
}

/// The certificate for contracts, verified as a contract would.
///
/// # Errors
/// [`CertificateFault`].
pub fn for_contracts(
    commit: &CommitCertificate<Context>,
    header: &Header,
    set: &AttesterSet,
    domain: &Domain,
) -> Result<BlockCertificate, CertificateFault> {
    let expected = header.block_id();
    if commit.value_id.0 != expected {
        return Err(CertificateFault::WrongBlock {
            got: commit.value_id.0,
            expected,
        });
    }
    let round = commit.round.as_u32().ok_or(CertificateFault::UndefinedRound)?;
    let collected: BTreeMap<_, _> = commit
        .commit_signatures
        .iter()
        .map(|one| (one.address.0, one.signature))
        .collect();
    let signatures = assemble(&collected, set).ok_or(CertificateFault::NoQuorum {
        signers: collected.len(),
        set_id: set.id(),
    })?;
    let certificate = BlockCertificate {
        header: *header,
        round,
        signatures,
    };
    certificate.verify(domain, set)?;
    Ok(certificate)
}

/// The engine's form of a kept certificate; the signers are recovered, and a signature without one is left out.
pub fn for_engine(certificate: &BlockCertificate, domain: &Domain) -> ExtendedCommitCertificate<Context> {
    let digest = certificate.header.precommit(certificate.round).digest(domain);
    let signatures = certificate.signatures.iter().filter_map(|signature| {
        let signer = signature.recover(digest).ok()?;
        Some(ExtendedCommitSignature::new(Attester(signer), *signature, None))
    });
    ExtendedCommitCertificate {
        height: Height(certificate.header.height),
        round: Round::new(certificate.round),
        value_id: BlockId(certificate.header.block_id()),
        commit_signatures: signatures.collect(),
    }
}

#[cfg(test)]
mod tests {
    use arc_malachitebft_core_types::CommitSignature;
    use strum::VariantNames as _;

    use super::*;
    use crate::sample::{domain, header_of, precommit_signature, set_of};

    fn commit(signers: std::ops::Range<usize>) -> (CommitCertificate<Context>, Header, AttesterSet) {
        let (set, keys) = set_of(4);
        let header = header_of(&set, 9);
        // Latest signer first: the order in which precommits arrive is not the contracts'.
        let signatures = keys[signers].iter().rev().map(|key| {
            let (address, signature) = precommit_signature(key, &header, 2);
            CommitSignature::new(Attester(address), signature)
        });
        let commit = CommitCertificate {
            height: Height(9),
            round: Round::new(2),
            value_id: BlockId(header.block_id()),
            commit_signatures: signatures.collect(),
        };
        (commit, header, set)
    }

    #[test]
    fn a_certificate_has_the_contracts_order_and_no_signature_beyond_the_quorum() {
        let (commit, header, set) = commit(0..4);
        let certificate = for_contracts(&commit, &header, &set, &domain()).unwrap();
        assert_eq!(certificate.signatures.len(), 3);
        assert!(certificate.verify(&domain(), &set).is_ok());
    }

    #[test]
    fn the_engines_form_has_every_signature_with_its_signer() {
        let (commit, header, set) = commit(1..4);
        let certificate = for_contracts(&commit, &header, &set, &domain()).unwrap();
        let back = for_engine(&certificate, &domain()).trim_vote_extensions();
        let mut signatures = commit.commit_signatures.clone();
        signatures.reverse();
        assert_eq!(
            back,
            CommitCertificate {
                commit_signatures: signatures,
                ..commit
            }
        );
    }

    #[test]
    fn every_fault_is_reached() {
        let (good, header, set) = commit(0..3);
        let fault = |change: fn(&mut CommitCertificate<Context>)| {
            let mut changed = good.clone();
            change(&mut changed);
            for_contracts(&changed, &header, &set, &domain()).unwrap_err()
        };
        let faults = [
            fault(|commit| commit.value_id.0.0[0] ^= 1),
            fault(|commit| commit.round = Round::Nil),
            fault(|commit| commit.commit_signatures.truncate(2)),
            fault(|commit| commit.commit_signatures[0].signature.0[5] ^= 1),
        ];
        let names: Vec<&str> = faults.into_iter().map(Into::into).collect();
        assert_eq!(names, CertificateFault::VARIANTS);
    }
}
