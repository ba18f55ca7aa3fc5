// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account} from "./Statements.sol";

/// @notice One branch on the way from a leaf to the root.
struct Level {
    /// @dev keccak256 of the sums of the child on the way.
    bytes32 sums;
    /// @dev The other child.
    bytes32 sibling;
    /// @dev keccak256 of its sums.
    bytes32 siblingSums;
}

/// @notice That an account's leaf is in a state, with the sums over all subs in the open.
struct ExitProof {
    Account account;
    /// @dev The leaf's claims ‖ loans ‖ exitable, as its preimage holds them.
    bytes sums;
    /// @dev keccak256 of the rest of the sub.
    bytes32 rest;
    /// @dev Bit d, from the most significant one, is set when the path branches at bit d of the key.
    uint256 branches;
    /// @dev The branches from the deepest to the top.
    Level[] levels;
    /// @dev Sums of the root's child on the way; of the only leaf where there is no branch.
    bytes topSums;
    /// @dev Sums of the root's other child; empty where there is no branch.
    bytes topSiblingSums;
    /// @dev Root of the globals.
    bytes32 globals;
}

/// @title The ledger's sparse Merkle sum tree over the subs, and what a vault reads of it.
/// @dev   stateRoot = keccak256(subsRoot ‖ globalsRoot)
///        key   = keccak256(owner ‖ sub)
///        leaf  = keccak256(0x00 ‖ owner ‖ sub ‖ claims ‖ loans ‖ exitable ‖ keccak256(rest))
///        node  = keccak256(0x01 ‖ left ‖ keccak256(left sums) ‖ right ‖ keccak256(right sums))
///        list  = u32 count ‖ count × (u32 chain ‖ bytes32 asset ‖ u128 amount), ascending by (chain, asset)
///      Byte layout and a worked example: `relayer/ledger/src/root/mod.rs`. Everything that is given is consumed; a root of zero never
///      verifies. Guarantees: the amounts are those of the leaf, and the total that of both children of the root.
library SumTree {
    uint256 private constant COUNT_BYTES = 4;
    uint256 private constant ROW_BYTES = 52;

    /// @notice The state root is zero.
    error ZeroStateRoot();
    /// @notice Levels and branches are not as many.
    error LevelCount(uint256 levels);
    /// @notice Sums do not hash to what the tree says.
    error SumsMismatch(bytes32 got, bytes32 expected);
    /// @notice The proof leads to another state root.
    error StateMismatch(bytes32 got, bytes32 expected);
    /// @notice The bytes are not three lists of amounts.
    error MalformedSums();

    /// @notice What the proof shows of (`chain`, `asset`) below `stateRoot`, in units at 1e18.
    /// @return exitable What the account may take out.
    /// @return total What all accounts together may.
    function verify(bytes32 stateRoot, ExitProof calldata proof, uint32 chain, bytes32 asset)
        internal
        pure
        returns (uint256 exitable, uint256 total)
    {
        if (stateRoot == bytes32(0)) revert ZeroStateRoot();
        bytes32 got = keccak256(abi.encodePacked(climb(proof), proof.globals));
        if (got != stateRoot) revert StateMismatch(got, stateRoot);
        exitable = exitableOf(proof.sums, chain, asset);
        total = exitableOf(proof.topSums, chain, asset);
        if (proof.levels.length > 0) total += exitableOf(proof.topSiblingSums, chain, asset);
    }

    /// @notice Root over the subs to which the proof leads.
    function climb(ExitProof calldata proof) private pure returns (bytes32 node) {
        bytes32 key = keccak256(abi.encodePacked(proof.account.owner, proof.account.sub));
        node = leafOf(proof);
        checkSums(proof);
        uint256 branches = proof.branches;
        for (uint256 i; i < proof.levels.length; ++i) {
            if (branches == 0) revert LevelCount(proof.levels.length);
            uint256 lowest = branches & (~branches + 1);
            node = join(node, proof.levels[i], uint256(key) & lowest != 0);
            branches ^= lowest;
        }
        if (branches != 0) revert LevelCount(proof.levels.length);
    }

    /// @notice Binds the sums that stand in the open to those that the levels name.
    function checkSums(ExitProof calldata proof) private pure {
        bytes32 leafSums = keccak256(proof.sums);
        uint256 count = proof.levels.length;
        bytes32 lowest = count == 0 ? leafSums : proof.levels[0].sums;
        bytes32 top = count == 0 ? leafSums : proof.levels[count - 1].sums;
        bytes32 topSibling = count == 0 ? keccak256("") : proof.levels[count - 1].siblingSums;
        requireEqual(leafSums, lowest);
        requireEqual(keccak256(proof.topSums), top);
        requireEqual(keccak256(proof.topSiblingSums), topSibling);
    }

    function requireEqual(bytes32 got, bytes32 expected) private pure {
        if (got != expected) revert SumsMismatch(got, expected);
    }

    function leafOf(ExitProof calldata proof) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", proof.account.owner, proof.account.sub, proof.sums, proof.rest));
    }

    function join(bytes32 node, Level calldata level, bool isRight) private pure returns (bytes32) {
        return isRight
            ? keccak256(abi.encodePacked(hex"01", level.sibling, level.siblingSums, node, level.sums))
            : keccak256(abi.encodePacked(hex"01", node, level.sums, level.sibling, level.siblingSums));
    }

    /// @notice The amount of (`chain`, `asset`) in the third of three lists; zero where it is not listed.
    function exitableOf(bytes calldata sums, uint32 chain, bytes32 asset) internal pure returns (uint256 amount) {
        uint256 start = endOf(sums, endOf(sums, 0));
        uint256 end = endOf(sums, start);
        if (end != sums.length) revert MalformedSums();
        for (uint256 row = start + COUNT_BYTES; row < end; row += ROW_BYTES) {
            if (uint32(bytes4(sums[row:row + 4])) != chain) continue;
            if (bytes32(sums[row + 4:row + 36]) == asset) return uint128(bytes16(sums[row + 36:row + 52]));
        }
    }

    /// @notice Where the list that begins at `start` ends.
    function endOf(bytes calldata sums, uint256 start) private pure returns (uint256 end) {
        if (start + COUNT_BYTES > sums.length) revert MalformedSums();
        end = start + COUNT_BYTES + ROW_BYTES * uint32(bytes4(sums[start:start + COUNT_BYTES]));
        if (end > sums.length) revert MalformedSums();
    }
}
