// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleTree, Proof} from "../../src/libraries/MerkleTree.sol";
import {OutboxTree} from "../base/OutboxTree.sol";
import {vm, within} from "../base/Vm.sol";

contract MerkleTreeCaller {
    function verify(bytes32 root, uint256 count, bytes32 leaf, Proof calldata proof) external pure returns (bytes32) {
        return MerkleTree.verify(root, count, leaf, proof);
    }

    function checkRoot(bytes32 root, uint256 count) external pure {
        MerkleTree.checkRoot(root, count);
    }
}

/// @title An index names one leaf, a proof is used up, and nothing stands below a zero or an empty root
contract MerkleTreeTest {
    MerkleTreeCaller private immutable CALLER = new MerkleTreeCaller();

    function leavesOf(uint256 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    function verify(bytes32[] memory leaves, uint256 index, bytes32 leaf, bytes32[] memory lemmas) private view {
        CALLER.verify(OutboxTree.root(leaves), leaves.length, leaf, Proof(uint32(index), lemmas));
    }

    function testFuzz_accepts_every_leaf_at_its_place(uint256 seed, uint256 count, uint256 index) public view {
        count = within(count, 1, 70);
        index = within(index, 0, count - 1);
        bytes32[] memory leaves = leavesOf(seed, count);
        verify(leaves, index, leaves[index], OutboxTree.lemmas(leaves, index));
    }

    function testFuzz_rejects_a_leaf_at_every_other_place(uint256 seed, uint256 count, uint256 index, uint256 other)
        public
    {
        count = within(count, 2, 70);
        index = within(index, 0, count - 1);
        other = within(other, 0, count - 1);
        vm.assume(index != other);
        bytes32[] memory leaves = leavesOf(seed, count);
        bytes32[] memory lemmas = OutboxTree.lemmas(leaves, index);
        vm.expectRevert();
        this.verifyAt(leaves, other, leaves[index], lemmas);
    }

    function verifyAt(bytes32[] memory leaves, uint256 index, bytes32 leaf, bytes32[] memory lemmas) external view {
        verify(leaves, index, leaf, lemmas);
    }

    function testFuzz_rejects_any_flipped_bit(uint256 seed, uint256 count, uint256 index, uint256 bit) public {
        count = within(count, 1, 70);
        index = within(index, 0, count - 1);
        bytes32[] memory leaves = leavesOf(seed, count);
        bytes32[] memory lemmas = OutboxTree.lemmas(leaves, index);
        bit = within(bit, 0, 256 * (lemmas.length + 1) - 1);
        bytes32 leaf = leaves[index];
        bytes32 flip = bytes32(2 ** (bit % 256));
        if (bit / 256 == lemmas.length) leaf ^= flip;
        else lemmas[bit / 256] ^= flip;
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        this.verifyAt(leaves, index, leaf, lemmas);
    }

    function test_rejects_an_index_that_is_not_below_the_count() public {
        bytes32[] memory leaves = leavesOf(1, 5);
        bytes32[] memory lemmas = OutboxTree.lemmas(leaves, 4);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.IndexOutOfRange.selector, 5, 5));
        this.verifyAt(leaves, 5, leaves[4], lemmas);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.IndexOutOfRange.selector, type(uint32).max, 5));
        this.verifyAt(leaves, type(uint32).max, leaves[4], lemmas);
    }

    function test_rejects_the_root_as_a_leaf_of_a_larger_tree() public {
        bytes32[] memory leaves = leavesOf(1, 5);
        bytes32 root = OutboxTree.root(leaves);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.MissingLemma.selector, 0));
        this.verifyAt(leaves, 0, root, new bytes32[](0));
    }

    function test_rejects_an_inner_node_as_a_leaf() public {
        bytes32[] memory leaves = leavesOf(1, 4);
        bytes32 inner = OutboxTree.nodeHash(leaves[0], leaves[1]);
        bytes32[] memory lemmas = new bytes32[](1);
        lemmas[0] = OutboxTree.nodeHash(leaves[2], leaves[3]);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.MissingLemma.selector, 1));
        this.verifyAt(leaves, 0, inner, lemmas);
    }

    function test_rejects_a_missing_lemma() public {
        bytes32[] memory leaves = leavesOf(1, 8);
        bytes32[] memory lemmas = OutboxTree.lemmas(leaves, 3);
        bytes32[] memory fewer = new bytes32[](2);
        (fewer[0], fewer[1]) = (lemmas[0], lemmas[1]);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.MissingLemma.selector, 2));
        this.verifyAt(leaves, 3, leaves[3], fewer);
    }

    function testFuzz_rejects_lemmas_that_are_left_over(uint256 count, uint256 index, uint256 surplus) public {
        count = within(count, 1, 40);
        index = within(index, 0, count - 1);
        surplus = within(surplus, 1, 5);
        bytes32[] memory leaves = leavesOf(2, count);
        bytes32[] memory lemmas = OutboxTree.lemmas(leaves, index);
        bytes32[] memory more = new bytes32[](lemmas.length + surplus);
        for (uint256 i = 0; i < lemmas.length; i++) {
            more[i] = lemmas[i];
        }
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.SurplusLemmas.selector, surplus));
        this.verifyAt(leaves, index, leaves[index], more);
    }

    function testFuzz_rejects_another_count_under_the_same_root(uint256 count, uint256 other) public {
        count = within(count, 1, 40);
        other = within(other, 1, 40);
        // The walk of the first leaf is the same where both counts have it equally deep on the same side.
        vm.assume(depth(count) != depth(other));
        bytes32[] memory leaves = leavesOf(3, count);
        Proof memory proof = Proof(0, OutboxTree.lemmas(leaves, 0));
        bytes32 root = OutboxTree.root(leaves);
        vm.expectRevert();
        CALLER.verify(root, other, leaves[0], proof);
    }

    function depth(uint256 count) private pure returns (uint256 levels) {
        while (count > 1) {
            count >>= 1;
            levels++;
        }
    }

    function test_rejects_everything_below_the_zero_root() public {
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, bytes32(0), 0));
        CALLER.checkRoot(0, 0);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, bytes32(0), 1));
        CALLER.verify(0, 1, 0, Proof(0, new bytes32[](0)));
    }

    function test_rejects_roots_that_contradict_their_count() public {
        bytes32 empty = OutboxTree.EMPTY_ROOT;
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, empty, 1));
        CALLER.checkRoot(empty, 1);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, keccak256("x"), 0));
        CALLER.checkRoot(keccak256("x"), 0);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, keccak256("x"), 2 ** 24 + 1));
        CALLER.checkRoot(keccak256("x"), 2 ** 24 + 1);
        CALLER.checkRoot(keccak256("x"), 2 ** 24);
        CALLER.checkRoot(empty, 0);
    }

    function test_rejects_every_leaf_of_the_empty_tree() public {
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.IndexOutOfRange.selector, 0, 0));
        CALLER.verify(OutboxTree.EMPTY_ROOT, 0, OutboxTree.EMPTY_ROOT, Proof(0, new bytes32[](0)));
    }
}
