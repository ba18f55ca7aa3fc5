// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSets} from "../../src/libraries/AttesterSets.sol";
import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    Evidence,
    ForkingPrecommits
} from "../../src/libraries/Evidence.sol";
import {Limiter, Window} from "../../src/libraries/Limiter.sol";
import {MerkleTree, Proof} from "../../src/libraries/MerkleTree.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Attestation, Header, Precommit, Proposal} from "../../src/libraries/Statements.sol";

/// @title Properties of the libraries for every input; halmos proves them, see `analyse`
/// @notice Hashes and `ecrecover` are uninterpreted: what is proved holds whatever they answer.
contract LibrariesSymbolic {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    function recover(bytes32 digest, bytes32 r, uint256 s, uint8 v) external pure returns (address) {
        return Signatures.recover(digest, r, s, v);
    }

    function verify(bytes32 root, uint256 count, bytes32 leaf, Proof calldata proof) external pure {
        MerkleTree.verify(root, count, leaf, proof);
    }

    function judge(DoublePrecommit calldata pair) external pure returns (address) {
        return Evidence.judge(bytes32(uint256(1)), pair);
    }

    function judgeAttestations(ConflictingAttestations calldata pair, bool isFinalising)
        external
        pure
        returns (address)
    {
        return Evidence.judge(bytes32(uint256(1)), pair, isFinalising);
    }

    function judgeProposals(ConflictingProposals calldata pair) external pure returns (address) {
        return Evidence.judge(bytes32(uint256(1)), pair);
    }

    function judgeFork(ForkingPrecommits calldata pair) external pure returns (address) {
        return Evidence.judge(bytes32(uint256(1)), pair);
    }

    function check_only_low_s_and_27_or_28_recover(bytes32 digest, bytes32 r, uint256 s, uint8 v) external view {
        try this.recover(digest, r, s, v) returns (address signer) {
            assert(v == 27 || v == 28);
            assert(s <= HALF_ORDER);
            assert(signer != address(0));
        } catch {}
    }

    function check_nothing_is_proved_below_the_zero_root(uint256 count, bytes32 leaf, uint32 index, bytes32 lemma)
        external
        view
    {
        bytes32[] memory lemmas = new bytes32[](1);
        lemmas[0] = lemma;
        try this.verify(0, count, leaf, Proof(index, lemmas)) {
            assert(false);
        } catch {}
    }

    function check_the_only_leaf_is_the_root(bytes32 root, bytes32 leaf, uint32 index) external view {
        try this.verify(root, 1, leaf, Proof(index, new bytes32[](0))) {
            assert(leaf == root);
            assert(index == 0);
        } catch {}
    }

    function check_a_proof_of_one_lemma_is_of_a_tree_with_room_for_it(
        bytes32 root,
        uint256 count,
        bytes32 leaf,
        uint32 index,
        bytes32 lemma
    ) external view {
        bytes32[] memory lemmas = new bytes32[](1);
        lemmas[0] = lemma;
        try this.verify(root, count, leaf, Proof(index, lemmas)) {
            assert(index < count);
            assert(count == 2 || (count == 3 && index == 0));
        } catch {}
    }

    function check_a_quorum_is_above_two_thirds_and_attainable(uint32 total) external pure {
        if (total == 0) return;
        uint256 quorum = AttesterSets.quorumOf(total);
        assert(3 * quorum > 2 * uint256(total));
        assert(quorum <= total);
    }

    function check_the_limiter_never_lets_out_more_than_the_cap(uint128 spent, uint128 freed, uint128 cap)
        external
        pure
    {
        Window memory window;
        (window.spent, window.freed) = (spent, freed);
        uint256 left = Limiter.available(window, cap);
        assert(left <= cap);
        assert(left == 0 || left + spent <= uint256(cap) + freed);
    }

    function check_the_same_or_nil_precommits_convict_nobody(
        Precommit calldata first,
        bytes32 secondBlock,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external view {
        Precommit memory second = Precommit(first.height, first.round, secondBlock);
        try this.judge(DoublePrecommit(first, firstSignature, second, secondSignature)) returns (address offender) {
            assert(first.blockId != secondBlock);
            assert(first.blockId != 0 && secondBlock != 0);
            assert(offender != address(0));
        } catch {}
    }

    function check_the_same_attestation_twice_convicts_nobody(
        Attestation calldata statement,
        bytes calldata firstSignature,
        bytes calldata secondSignature,
        bool isFinalising
    ) external view {
        ConflictingAttestations memory pair =
            ConflictingAttestations(statement, firstSignature, statement, secondSignature);
        try this.judgeAttestations(pair, isFinalising) {
            assert(false);
        } catch {}
    }

    function check_attestations_convict_of_one_height_and_where_blocks_change_of_one_block(
        Attestation calldata first,
        Attestation calldata second,
        bytes calldata firstSignature,
        bytes calldata secondSignature,
        bool isFinalising
    ) external view {
        ConflictingAttestations memory pair = ConflictingAttestations(first, firstSignature, second, secondSignature);
        try this.judgeAttestations(pair, isFinalising) returns (address offender) {
            assert(first.chain == second.chain);
            assert(first.height == second.height);
            assert(isFinalising || first.blockHash == second.blockHash);
            assert(offender != address(0));
        } catch {}
    }

    function check_the_same_proposal_twice_convicts_nobody(
        Proposal calldata statement,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external view {
        try this.judgeProposals(ConflictingProposals(statement, firstSignature, statement, secondSignature)) {
            assert(false);
        } catch {}
    }

    function check_proposals_convict_of_one_round(
        Proposal calldata first,
        Proposal calldata second,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external view {
        ConflictingProposals memory pair = ConflictingProposals(first, firstSignature, second, secondSignature);
        try this.judgeProposals(pair) returns (address offender) {
            assert(first.height == second.height);
            assert(first.round == second.round);
            assert(first.polRound != second.polRound || first.blockId != second.blockId);
            assert(offender != address(0));
        } catch {}
    }

    function check_headers_of_the_same_state_convict_nobody(
        Header calldata header,
        uint64 otherTime,
        uint32[2] calldata rounds,
        bytes32[2] calldata blockIds,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external view {
        Header memory other = header;
        other.timeMs = otherTime;
        Precommit memory first = Precommit(header.height, rounds[0], blockIds[0]);
        Precommit memory second = Precommit(header.height, rounds[1], blockIds[1]);
        ForkingPrecommits memory pair = ForkingPrecommits(first, firstSignature, header, second, secondSignature, other);
        try this.judgeFork(pair) {
            assert(false);
        } catch {}
    }

    function check_a_fork_convicts_of_headers_of_one_height_with_another_state(ForkingPrecommits calldata pair)
        external
        view
    {
        try this.judgeFork(pair) returns (address offender) {
            assert(pair.first.height == pair.second.height);
            assert(pair.firstHeader.height == pair.first.height);
            assert(pair.secondHeader.height == pair.second.height);
            Header calldata one = pair.firstHeader;
            Header calldata two = pair.secondHeader;
            assert(
                one.parent != two.parent || one.stateRoot != two.stateRoot || one.outboxRoot != two.outboxRoot
                    || one.setId != two.setId || one.nextSet != two.nextSet
            );
            assert(offender != address(0));
        } catch {}
    }
}
