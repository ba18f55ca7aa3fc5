// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account} from "../../src/libraries/Statements.sol";
import {ExitProof, Level} from "../../src/libraries/SumTree.sol";

/// @title The ledger's sparse Merkle sum tree over subs, built slowly and plainly
/// @notice The oracle beside the contract's exit proof. Layout, byte by byte: relayer/ledger/src/root, module head.
///
///     key   = keccak(owner ‖ sub)
///     leaf  = keccak(00 ‖ owner ‖ sub ‖ claims ‖ loans ‖ exitable ‖ rest)
///     node  = keccak(01 ‖ left ‖ keccak(left sums) ‖ right ‖ keccak(right sums))
///     list  = u32 count ‖ count × ( u32 chain ‖ bytes32 asset ‖ u128 amount ), ascending by (chain, asset)
library SumTreeOracle {
    struct Amount {
        uint32 chain;
        bytes32 asset;
        uint128 amount;
    }

    struct Leaf {
        address owner;
        uint32 sub;
        Amount[] claims;
        Amount[] loans;
        Amount[] exitable;
        bytes32 rest;
    }

    /// @dev A subtree: what its parent hashes, and the sums that the parent adds up.
    struct Node {
        bytes32 hash;
        Amount[] claims;
        Amount[] loans;
        Amount[] exitable;
    }

    function key(Leaf memory leaf) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(leaf.owner, leaf.sub));
    }

    function encode(Leaf memory leaf) internal pure returns (bytes memory) {
        return
            abi.encodePacked(leaf.owner, leaf.sub, list(leaf.claims), list(leaf.loans), list(leaf.exitable), leaf.rest);
    }

    /// @return The root over the leaves, at least one, their keys all different.
    function subsRoot(Leaf[] memory leaves) internal pure returns (bytes32) {
        return summarise(leaves, 0).hash;
    }

    function stateRoot(Leaf[] memory leaves, bytes32 globals) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(subsRoot(leaves), globals));
    }

    /// @return The sums over all leaves: claims, loans, exitable.
    function total(Leaf[] memory leaves) internal pure returns (Node memory) {
        return summarise(leaves, 0);
    }

    /// @return proof That the leaf at `index` is in the state, with the sums of both children of the root in the open.
    function prove(Leaf[] memory leaves, uint256 index, bytes32 globals)
        internal
        pure
        returns (ExitProof memory proof)
    {
        Leaf memory leaf = leaves[index];
        proof.account = Account(leaf.owner, leaf.sub);
        proof.sums = sumsOf(tip(leaf));
        (proof.rest, proof.globals) = (leaf.rest, globals);
        (proof.branches, proof.levels) = path(leaves, key(leaf), 0);
        (proof.topSums, proof.topSiblingSums) = top(leaves, key(leaf), 0);
    }

    /// @dev The branches on the way to `wanted` at or below bit `depth`, the deepest first.
    function path(Leaf[] memory leaves, bytes32 wanted, uint256 depth)
        private
        pure
        returns (uint256 branches, Level[] memory levels)
    {
        if (leaves.length == 1) return (0, new Level[](0));
        (Leaf[] memory own, Leaf[] memory other) = sides(leaves, wanted, depth);
        if (other.length == 0) return path(leaves, wanted, depth + 1);
        Level[] memory deeper;
        (branches, deeper) = path(own, wanted, depth + 1);
        levels = new Level[](deeper.length + 1);
        for (uint256 i = 0; i < deeper.length; i++) {
            levels[i] = deeper[i];
        }
        Node memory sibling = summarise(other, depth + 1);
        bytes32 sums = keccak256(sumsOf(summarise(own, depth + 1)));
        levels[deeper.length] = Level(sums, sibling.hash, keccak256(sumsOf(sibling)));
        branches |= 2 ** (255 - depth);
    }

    function top(Leaf[] memory leaves, bytes32 wanted, uint256 depth)
        private
        pure
        returns (bytes memory own, bytes memory sibling)
    {
        if (leaves.length == 1) return (sumsOf(tip(leaves[0])), "");
        (Leaf[] memory near, Leaf[] memory far) = sides(leaves, wanted, depth);
        if (far.length == 0) return top(leaves, wanted, depth + 1);
        return (sumsOf(summarise(near, depth + 1)), sumsOf(summarise(far, depth + 1)));
    }

    /// @dev The leaves on the side of `wanted`, and the others.
    function sides(Leaf[] memory leaves, bytes32 wanted, uint256 depth)
        private
        pure
        returns (Leaf[] memory own, Leaf[] memory other)
    {
        (Leaf[] memory left, Leaf[] memory right) = split(leaves, depth);
        return isRight(wanted, depth) ? (right, left) : (left, right);
    }

    function summarise(Leaf[] memory leaves, uint256 depth) private pure returns (Node memory) {
        if (leaves.length == 1) return tip(leaves[0]);
        (Leaf[] memory left, Leaf[] memory right) = split(leaves, depth);
        if (left.length == 0 || right.length == 0) return summarise(leaves, depth + 1);
        return join(summarise(left, depth + 1), summarise(right, depth + 1));
    }

    function tip(Leaf memory leaf) private pure returns (Node memory) {
        bytes32 hash = keccak256(abi.encodePacked(uint8(0), encode(leaf)));
        return Node(hash, leaf.claims, leaf.loans, leaf.exitable);
    }

    function join(Node memory left, Node memory right) private pure returns (Node memory) {
        bytes32 hash = keccak256(abi.encodePacked(uint8(1), left.hash, sumsHash(left), right.hash, sumsHash(right)));
        return Node(
            hash, merge(left.claims, right.claims), merge(left.loans, right.loans), merge(left.exitable, right.exitable)
        );
    }

    function sumsOf(Node memory node) internal pure returns (bytes memory) {
        return bytes.concat(list(node.claims), list(node.loans), list(node.exitable));
    }

    function sumsHash(Node memory node) private pure returns (bytes32) {
        return keccak256(sumsOf(node));
    }

    function split(Leaf[] memory leaves, uint256 depth) private pure returns (Leaf[] memory left, Leaf[] memory right) {
        uint256 rights = 0;
        for (uint256 i = 0; i < leaves.length; i++) {
            if (isRight(key(leaves[i]), depth)) rights++;
        }
        (left, right) = (new Leaf[](leaves.length - rights), new Leaf[](rights));
        (uint256 l, uint256 r) = (0, 0);
        for (uint256 i = 0; i < leaves.length; i++) {
            if (isRight(key(leaves[i]), depth)) right[r++] = leaves[i];
            else left[l++] = leaves[i];
        }
    }

    function isRight(bytes32 path_, uint256 depth) private pure returns (bool) {
        return uint256(path_) >> (255 - depth) & 1 == 1;
    }

    function list(Amount[] memory amounts) internal pure returns (bytes memory encoded) {
        encoded = abi.encodePacked(uint32(amounts.length));
        for (uint256 i = 0; i < amounts.length; i++) {
            encoded = abi.encodePacked(encoded, amounts[i].chain, amounts[i].asset, amounts[i].amount);
        }
    }

    /// @dev Adds two ascending lists up, asset by asset.
    function merge(Amount[] memory left, Amount[] memory right) private pure returns (Amount[] memory merged) {
        merged = new Amount[](left.length + right.length);
        (uint256 l, uint256 r, uint256 count) = (0, 0, 0);
        while (l < left.length || r < right.length) {
            if (r == right.length || (l < left.length && isBelow(left[l], right[r]))) {
                merged[count++] = left[l++];
            } else if (l == left.length || isBelow(right[r], left[l])) {
                merged[count++] = right[r++];
            } else {
                merged[count++] = Amount(left[l].chain, left[l].asset, left[l].amount + right[r].amount);
                (l, r) = (l + 1, r + 1);
            }
        }
        assembly ("memory-safe") {
            mstore(merged, count)
        }
    }

    function isBelow(Amount memory one, Amount memory two) private pure returns (bool) {
        return one.chain < two.chain || (one.chain == two.chain && one.asset < two.asset);
    }
}
