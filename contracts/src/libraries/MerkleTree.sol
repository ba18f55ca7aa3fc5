// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice That a leaf stands at an index below an authenticated root.
struct Proof {
    /// @dev Place of the leaf, from 0.
    uint32 index;
    /// @dev Siblings on the way, from the leaf upward.
    bytes32[] lemmas;
}

/// @title Complete binary trees in heap order, root at 1: leaf i of n is at position n + i.
/// @dev   parent of p = p >> 1, sibling of p = p ^ 1, p is a right child when p & 1 == 1
///        leaf = keccak256(0x00 ‖ data), node = keccak256(0x01 ‖ left ‖ right)
///      The count is authenticated beside the root, so that an index names one leaf only, and the prefixes keep leaves and nodes
///      apart. A root of zero is never accepted, nor is anything below the root of the empty tree. The law is `wire::tree`'s.
library MerkleTree {
    /// @notice Root of the tree without leaves: keccak256 of the empty string.
    bytes32 internal constant EMPTY_ROOT = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;
    /// @notice Most leaves of one tree.
    uint256 internal constant MAX_LEAVES = 1 << 24;

    /// @notice Root and count contradict each other.
    error RootAgainstCount(bytes32 root, uint256 count);
    /// @notice The tree has no such leaf.
    error IndexOutOfRange(uint256 index, uint256 count);
    /// @notice The proof ends below the root.
    error MissingLemma(uint256 given);
    /// @notice The proof goes on above the root.
    error SurplusLemmas(uint256 surplus);
    /// @notice The proof leads to another root.
    error RootMismatch(bytes32 got, bytes32 expected);

    /// @notice Checks that a root and a count from one authenticated source belong together.
    function checkRoot(bytes32 root, uint256 count) internal pure {
        if (root == bytes32(0)) revert RootAgainstCount(root, count);
        if (count > MAX_LEAVES) revert RootAgainstCount(root, count);
        if ((count == 0) != (root == EMPTY_ROOT)) revert RootAgainstCount(root, count);
    }

    /// @notice Checks that `leaf` is the one at the proof's index below `root` with `count` leaves.
    /// @return The leaf, proved.
    function verify(bytes32 root, uint256 count, bytes32 leaf, Proof calldata proof) internal pure returns (bytes32) {
        checkRoot(root, count);
        if (proof.index >= count) revert IndexOutOfRange(proof.index, count);
        bytes32 got = walk(count + proof.index, leaf, proof.lemmas);
        if (got != root) revert RootMismatch(got, root);
        return leaf;
    }

    /// @notice Climbs from a heap position to the root and uses every lemma.
    function walk(uint256 position, bytes32 node, bytes32[] calldata lemmas) internal pure returns (bytes32) {
        uint256 used;
        for (; position > 1; position >>= 1) {
            if (used == lemmas.length) revert MissingLemma(used);
            bytes32 lemma = lemmas[used];
            node = position & 1 == 1 ? hashNode(lemma, node) : hashNode(node, lemma);
            unchecked {
                ++used;
            }
        }
        if (used != lemmas.length) revert SurplusLemmas(lemmas.length - used);
        return node;
    }

    /// @notice keccak256(0x01 ‖ left ‖ right).
    /// @dev Plainly `keccak256(abi.encodePacked(hex"01", left, right))`, which the tests compare; 65 bytes of scratch space instead of a
    ///   new allocation at every level. The last of them is the first byte of the free memory pointer, which is put back.
    function hashNode(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(0x00, 0x01)
            mstore(0x01, left)
            mstore(0x21, right)
            node := keccak256(0x00, 0x41)
            mstore(0x40, free)
        }
    }
}
