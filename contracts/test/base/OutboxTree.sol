// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The complete binary tree over outbox leaves, built slowly and plainly
/// @notice The oracle beside the contract's walk: it stores every node.
///
///     n leaves in heap order, root at 1: leaf i is at n + i, the parent of p at p >> 1, its sibling at p ^ 1
///
/// Specification: DESIGN.md, Identities and formats (Trees).
library OutboxTree {
    /// @dev Root of the tree without leaves: keccak256 of the empty string.
    bytes32 internal constant EMPTY_ROOT = keccak256("");

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(1), left, right));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return leaves.length == 0 ? EMPTY_ROOT : nodes(leaves)[1];
    }

    /// @return lemmas The siblings of the leaf at `index` and of its ancestors, upward.
    function lemmas(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        bytes32[] memory all = nodes(leaves);
        bytes32[] memory found = new bytes32[](depth(leaves.length + index));
        uint256 position = leaves.length + index;
        for (uint256 level = 0; level < found.length; level++) {
            found[level] = all[position ^ 1];
            position >>= 1;
        }
        return found;
    }

    function nodes(bytes32[] memory leaves) private pure returns (bytes32[] memory all) {
        all = new bytes32[](2 * leaves.length);
        for (uint256 i = 0; i < leaves.length; i++) {
            all[leaves.length + i] = leaves[i];
        }
        for (uint256 i = leaves.length - 1; i > 0; i--) {
            all[i] = nodeHash(all[2 * i], all[2 * i + 1]);
        }
    }

    function depth(uint256 position) private pure returns (uint256 levels) {
        while (position > 1) {
            position >>= 1;
            levels++;
        }
    }
}
