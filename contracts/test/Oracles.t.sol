// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExitProof} from "../src/libraries/SumTree.sol";
import {OutboxTree} from "./base/OutboxTree.sol";
import {SumTreeOracle as SumTree} from "./base/SumTree.sol";
import {vm} from "./base/Vm.sol";

/// @title The oracles themselves, against values that other implementations computed
contract OraclesTest {
    /// @dev The worked example of relayer/ledger/src/root, which a test of that crate checks.
    function workedExample() private pure returns (SumTree.Leaf[] memory leaves) {
        address owner = 0x1111111111111111111111111111111111111111;
        bytes32 rest = hex"3333333333333333333333333333333333333333333333333333333333333333";
        leaves = new SumTree.Leaf[](2);
        leaves[0] = SumTree.Leaf(owner, 0, only(5), only(0), only(5), rest);
        leaves[1] = SumTree.Leaf(owner, 1, only(0), only(2), only(0), rest);
    }

    function only(uint128 amount) private pure returns (SumTree.Amount[] memory amounts) {
        bytes32 asset = hex"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        amounts = new SumTree.Amount[](amount == 0 ? 0 : 1);
        if (amount != 0) amounts[0] = SumTree.Amount(1, asset, amount);
    }

    function test_sum_tree_has_the_roots_of_the_ledgers_worked_example() public pure {
        bytes32 globals = hex"4444444444444444444444444444444444444444444444444444444444444444";
        bytes32 subs = 0x0a56d04b1519d4ecf3a86734209753053620efaf82eb882fff8926c16306c2b4;
        bytes32 state = 0xacc012ba0fa613f9d91631f5824bd0759489ad71674dfa260cb001150757383c;
        vm.assertEq(SumTree.subsRoot(workedExample()), subs, "subs root");
        vm.assertEq(SumTree.stateRoot(workedExample(), globals), state, "state root");
        ExitProof memory proof = SumTree.prove(workedExample(), 0, globals);
        vm.assertEq(proof.levels.length, 1, "levels");
        vm.assertEq(proof.branches, 2 ** 254, "they part at bit 1");
    }

    function test_outbox_tree_of_one_leaf_is_the_leaf() public pure {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = keccak256("leaf");
        vm.assertEq(OutboxTree.root(leaves), leaves[0], "root");
        vm.assertEq(OutboxTree.lemmas(leaves, 0).length, 0, "lemmas");
    }

    function test_outbox_tree_of_three_leaves_stands_in_heap_order() public pure {
        bytes32[] memory leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++) {
            leaves[i] = keccak256(abi.encode(i));
        }
        bytes32 deepest = OutboxTree.nodeHash(leaves[1], leaves[2]);
        vm.assertEq(OutboxTree.root(leaves), OutboxTree.nodeHash(deepest, leaves[0]), "root");
        vm.assertEq(OutboxTree.lemmas(leaves, 0)[0], deepest, "the first leaf stands one level higher");
        vm.assertEq(OutboxTree.lemmas(leaves, 2)[0], leaves[1], "lemma of the last leaf");
    }

    function test_outbox_tree_without_leaves_has_a_root_of_its_own() public pure {
        bytes32 root = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;
        vm.assertEq(OutboxTree.root(new bytes32[](0)), root, "root");
    }
}
