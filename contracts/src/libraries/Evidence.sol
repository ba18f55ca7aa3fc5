// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "./Signatures.sol";
import {Attestation, Header, Precommit, Proposal, Statements} from "./Statements.sol";

/// @notice Two attestations of one (chain, height) by one signer.
struct ConflictingAttestations {
    Attestation first;
    bytes firstSignature;
    Attestation second;
    bytes secondSignature;
}

/// @notice Two proposals of one (height, round) by one signer.
struct ConflictingProposals {
    Proposal first;
    bytes firstSignature;
    Proposal second;
    bytes secondSignature;
}

/// @notice Two precommits of one (height, round) by one signer.
struct DoublePrecommit {
    Precommit first;
    bytes firstSignature;
    Precommit second;
    bytes secondSignature;
}

/// @notice Two precommits of one height by one signer, with the headers that they name.
struct ForkingPrecommits {
    Precommit first;
    bytes firstSignature;
    Header firstHeader;
    Precommit second;
    bytes secondSignature;
    Header secondHeader;
}

/// @title Evidence: two signed statements of one signer that no honest signer makes.
/// @dev   Attestations        one (chain, height, blockHash) that differ; on a finalising chain one (chain, height), other blockHash
///        Proposals           one (height, round) that differ
///        DoublePrecommit     not nil, one (height, round), other blockId
///        ForkingPrecommits   one height, any rounds, headers that differ in parent, stateRoot, outboxRoot, setId or nextSet
///      Not evidence: the same statement twice; nil beside a block; headers of different rounds that differ only in time or body; on a
///      chain without finality, blocks of one height. The law is `wire::evidence`'s.
///      Guarantees: who is returned signed both statements in this network. Not guaranteed: that it is or was an attester.
library Evidence {
    /// @notice The statements do not break a rule.
    error NoConflict();
    /// @notice The statements are of two signers.
    error DifferentSigners(address first, address second);
    /// @notice A header is not the one that its precommit names.
    error HeaderMismatch(bytes32 got, bytes32 expected);
    /// @notice A header is of another height than the precommit that names it.
    error HeightMismatch(uint64 got, uint64 expected);

    /// @notice Who signed both attestations.
    /// @param isFinalising Whether the first one's chain never replaces a final block.
    function judge(bytes32 separator, ConflictingAttestations calldata pair, bool isFinalising)
        internal
        pure
        returns (address offender)
    {
        if (pair.first.chain != pair.second.chain) revert NoConflict();
        if (pair.first.height != pair.second.height) revert NoConflict();
        if (!isFinalising && pair.first.blockHash != pair.second.blockHash) revert NoConflict();
        return convict(
            separator,
            Statements.hash(pair.first),
            pair.firstSignature,
            Statements.hash(pair.second),
            pair.secondSignature
        );
    }

    /// @notice Who signed both proposals.
    function judge(bytes32 separator, ConflictingProposals calldata pair) internal pure returns (address offender) {
        if (pair.first.height != pair.second.height) revert NoConflict();
        if (pair.first.round != pair.second.round) revert NoConflict();
        return convict(
            separator,
            Statements.hash(pair.first),
            pair.firstSignature,
            Statements.hash(pair.second),
            pair.secondSignature
        );
    }

    /// @notice Who signed both precommits of one round.
    function judge(bytes32 separator, DoublePrecommit calldata pair) internal pure returns (address offender) {
        if (pair.first.height != pair.second.height) revert NoConflict();
        if (pair.first.round != pair.second.round) revert NoConflict();
        if (pair.first.blockId == bytes32(0)) revert NoConflict();
        if (pair.second.blockId == bytes32(0)) revert NoConflict();
        return convict(
            separator,
            Statements.hash(pair.first),
            pair.firstSignature,
            Statements.hash(pair.second),
            pair.secondSignature
        );
    }

    /// @notice Who signed precommits for both headers.
    function judge(bytes32 separator, ForkingPrecommits calldata pair) internal pure returns (address offender) {
        checkNames(pair.first, pair.firstHeader);
        checkNames(pair.second, pair.secondHeader);
        if (pair.firstHeader.height != pair.secondHeader.height) revert NoConflict();
        if (stateOf(pair.firstHeader) == stateOf(pair.secondHeader)) revert NoConflict();
        return convict(
            separator,
            Statements.hash(pair.first),
            pair.firstSignature,
            Statements.hash(pair.second),
            pair.secondSignature
        );
    }

    /// @notice What a header says about money and attesters, hashed.
    function stateOf(Header calldata header) private pure returns (bytes32) {
        return keccak256(abi.encode(header.parent, header.stateRoot, header.outboxRoot, header.setId, header.nextSet));
    }

    function checkNames(Precommit calldata precommit, Header calldata header) private pure {
        if (header.height != precommit.height) revert HeightMismatch(header.height, precommit.height);
        bytes32 got = Statements.hash(header);
        if (got != precommit.blockId) revert HeaderMismatch(got, precommit.blockId);
    }

    /// @notice The one signer of two statements that differ.
    function convict(
        bytes32 separator,
        bytes32 first,
        bytes calldata firstSignature,
        bytes32 second,
        bytes calldata secondSignature
    ) private pure returns (address offender) {
        if (first == second) revert NoConflict();
        offender = Signatures.recover(Statements.digest(separator, first), firstSignature);
        address other = Signatures.recover(Statements.digest(separator, second), secondSignature);
        if (offender != other) revert DifferentSigners(offender, other);
    }
}
