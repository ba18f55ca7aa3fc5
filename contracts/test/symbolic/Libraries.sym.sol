// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSets} from "../../src/libraries/AttesterSets.sol";
import {DoublePrecommit, Evidence} from "../../src/libraries/Evidence.sol";
import {Limiter, Window} from "../../src/libraries/Limiter.sol";
import {MerkleTree, Proof} from "../../src/libraries/MerkleTree.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Precommit} from "../../src/libraries/Statements.sol";

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
}
