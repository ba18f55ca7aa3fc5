// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account} from "../../src/libraries/Statements.sol";
import {ExitProof, Level, SumTree} from "../../src/libraries/SumTree.sol";
import {SumTreeOracle} from "../base/SumTree.sol";
import {vm, within} from "../base/Vm.sol";

contract SumTreeCaller {
    function verify(bytes32 stateRoot, ExitProof calldata proof, uint32 chain, bytes32 asset)
        external
        pure
        returns (uint256 exitable, uint256 total)
    {
        return SumTree.verify(stateRoot, proof, chain, asset);
    }

    function exitableOf(bytes calldata sums, uint32 chain, bytes32 asset) external pure returns (uint256) {
        return SumTree.exitableOf(sums, chain, asset);
    }
}

/// @title What a proof shows of a sub is what its leaf holds, and the total is that of all leaves
contract SumTreeTest {
    uint32 private constant CHAIN = 7;
    bytes32 private constant ASSET = keccak256("asset");
    bytes32 private constant GLOBALS = keccak256("globals");

    SumTreeCaller private immutable CALLER = new SumTreeCaller();

    function only(uint32 chain, bytes32 asset, uint128 amount)
        private
        pure
        returns (SumTreeOracle.Amount[] memory list)
    {
        list = new SumTreeOracle.Amount[](1);
        list[0] = SumTreeOracle.Amount(chain, asset, amount);
    }

    /// @dev Subs 0, 1, .. of one owner; sub i has a claim of 1,000 + i, a loan of i + 1 and may take out i + 1.
    function leavesOf(uint256 seed, uint256 count) private pure returns (SumTreeOracle.Leaf[] memory leaves) {
        leaves = new SumTreeOracle.Leaf[](count);
        address owner = address(uint160(uint256(keccak256(abi.encode(seed)))));
        for (uint256 i = 0; i < count; i++) {
            uint128 amount = uint128(i + 1);
            leaves[i] = SumTreeOracle.Leaf({
                owner: owner,
                sub: uint32(i),
                claims: only(CHAIN, ASSET, 1000 + amount),
                loans: only(CHAIN + 1, ASSET, amount),
                exitable: only(CHAIN, ASSET, amount),
                rest: keccak256(abi.encode(seed, i))
            });
        }
    }

    function verify(SumTreeOracle.Leaf[] memory leaves, ExitProof memory proof)
        private
        view
        returns (uint256 exitable, uint256 total)
    {
        return CALLER.verify(SumTreeOracle.stateRoot(leaves, GLOBALS), proof, CHAIN, ASSET);
    }

    /// @dev A call of its own, so that a revert can be expected of everything that is prepared before.
    function verifying(SumTreeOracle.Leaf[] memory leaves, ExitProof memory proof)
        external
        view
        returns (uint256, uint256)
    {
        return verify(leaves, proof);
    }

    function testFuzz_shows_every_subs_amount_and_the_total(uint256 seed, uint256 count, uint256 index) public view {
        count = within(count, 1, 20);
        index = within(index, 0, count - 1);
        SumTreeOracle.Leaf[] memory leaves = leavesOf(seed, count);
        (uint256 exitable, uint256 total) = verify(leaves, SumTreeOracle.prove(leaves, index, GLOBALS));
        vm.assertEq(exitable, index + 1, "exitable");
        vm.assertEq(total, count * (count + 1) / 2, "total");
    }

    function test_reads_neither_claims_nor_loans_nor_another_chains_asset() public view {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 3);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 1, GLOBALS);
        bytes32 root = SumTreeOracle.stateRoot(leaves, GLOBALS);
        (uint256 exitable, uint256 total) = CALLER.verify(root, proof, CHAIN + 1, ASSET);
        vm.assertEq(exitable, 0, "loans");
        vm.assertEq(total, 0, "total of loans");
        (exitable, total) = CALLER.verify(root, proof, CHAIN, keccak256("another"));
        vm.assertEq(exitable, 0, "another asset");
        vm.assertEq(total, 0, "total of another asset");
    }

    function testFuzz_finds_an_asset_among_others(uint256 count, uint256 index) public view {
        count = within(count, 1, 12);
        index = within(index, 0, count - 1);
        SumTreeOracle.Amount[] memory list = new SumTreeOracle.Amount[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = SumTreeOracle.Amount(uint32(i / 3), bytes32(i % 3 + 1), uint128(100 + i));
        }
        bytes memory none = SumTreeOracle.list(new SumTreeOracle.Amount[](0));
        bytes memory sums = bytes.concat(none, none, SumTreeOracle.list(list));
        uint256 found = CALLER.exitableOf(sums, uint32(index / 3), bytes32(index % 3 + 1));
        vm.assertEq(found, 100 + index, "amount");
    }

    function test_rejects_everything_below_the_zero_root() public {
        ExitProof memory proof = SumTreeOracle.prove(leavesOf(1, 1), 0, GLOBALS);
        vm.expectRevert(SumTree.ZeroStateRoot.selector);
        CALLER.verify(0, proof, CHAIN, ASSET);
    }

    function test_rejects_another_state() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 4);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 2, GLOBALS);
        leaves[3].rest = keccak256("changed");
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_other_globals() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 4);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 2, keccak256("others"));
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_another_owner_and_another_sub() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 4);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 2, GLOBALS);
        proof.account.owner = address(0xbad);
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        this.verifying(leaves, proof);
        proof = SumTreeOracle.prove(leaves, 2, GLOBALS);
        proof.account.sub = 3;
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_levels_that_are_missing_or_left_over() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 4);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 2, GLOBALS);
        uint256 branches = proof.branches;
        proof.branches = branches & (branches - 1);
        vm.expectRevert(abi.encodeWithSelector(SumTree.LevelCount.selector, proof.levels.length));
        this.verifying(leaves, proof);
        proof.branches = branches | 1;
        vm.expectRevert(abi.encodeWithSelector(SumTree.LevelCount.selector, proof.levels.length));
        this.verifying(leaves, proof);
    }

    function test_rejects_an_inner_node_as_the_only_leaf() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 2);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 0, GLOBALS);
        (proof.branches, proof.levels, proof.topSiblingSums) = (0, new Level[](0), "");
        proof.topSums = proof.sums;
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_sums_that_the_tree_does_not_hold() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 5);
        SumTreeOracle.Leaf[] memory richer = leavesOf(1, 5);
        richer[1].exitable[0].amount = 1e30;
        ExitProof memory proof = SumTreeOracle.prove(leaves, 1, GLOBALS);
        ExitProof memory forged = SumTreeOracle.prove(richer, 1, GLOBALS);
        (bytes memory top, bytes memory topSibling) = (proof.topSums, proof.topSiblingSums);
        proof.topSums = forged.topSums;
        vm.expectPartialRevert(SumTree.SumsMismatch.selector);
        this.verifying(leaves, proof);
        (proof.topSums, proof.topSiblingSums) = (top, forged.topSums);
        vm.expectPartialRevert(SumTree.SumsMismatch.selector);
        this.verifying(leaves, proof);
        (proof.topSiblingSums, proof.sums) = (topSibling, forged.sums);
        vm.expectPartialRevert(SumTree.SumsMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_sums_of_the_leaf_that_its_level_does_not_name() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 2);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 0, GLOBALS);
        proof.levels[0].sums = keccak256("others");
        vm.expectPartialRevert(SumTree.SumsMismatch.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_a_sibling_of_the_only_leaf() public {
        SumTreeOracle.Leaf[] memory leaves = leavesOf(1, 1);
        ExitProof memory proof = SumTreeOracle.prove(leaves, 0, GLOBALS);
        proof.topSiblingSums = proof.sums;
        vm.expectPartialRevert(SumTree.SumsMismatch.selector);
        this.verifying(leaves, proof);
    }

    function testFuzz_rejects_a_flipped_bit_of_any_level(uint256 seed, uint256 index, uint256 level, uint256 bit)
        public
    {
        index = within(index, 0, 8);
        SumTreeOracle.Leaf[] memory leaves = leavesOf(seed, 9);
        ExitProof memory proof = SumTreeOracle.prove(leaves, index, GLOBALS);
        level = within(level, 0, proof.levels.length - 1);
        bit = within(bit, 0, 3 * 256 - 1);
        bytes32 flip = bytes32(2 ** (bit % 256));
        if (bit < 256) proof.levels[level].sums ^= flip;
        else if (bit < 512) proof.levels[level].sibling ^= flip;
        else proof.levels[level].siblingSums ^= flip;
        vm.expectRevert();
        this.verifying(leaves, proof);
    }

    function testFuzz_rejects_a_flipped_bit_of_the_sums(uint256 index, uint256 bit) public {
        index = within(index, 0, 4);
        SumTreeOracle.Leaf[] memory leaves = leavesOf(3, 5);
        ExitProof memory proof = SumTreeOracle.prove(leaves, index, GLOBALS);
        bit = within(bit, 0, 8 * proof.sums.length - 1);
        proof.sums[bit / 8] = bytes1(uint8(proof.sums[bit / 8]) ^ uint8(2 ** (bit % 8)));
        vm.expectRevert();
        this.verifying(leaves, proof);
    }

    function testFuzz_rejects_a_flipped_branch(uint256 index, uint256 bit) public {
        index = within(index, 0, 8);
        bit = within(bit, 0, 255);
        SumTreeOracle.Leaf[] memory leaves = leavesOf(4, 9);
        ExitProof memory proof = SumTreeOracle.prove(leaves, index, GLOBALS);
        proof.branches ^= 2 ** bit;
        vm.expectPartialRevert(SumTree.LevelCount.selector);
        this.verifying(leaves, proof);
    }

    function test_rejects_bytes_that_are_not_three_lists() public {
        bytes memory none = SumTreeOracle.list(new SumTreeOracle.Amount[](0));
        bytes[6] memory wrong = [
            bytes(""),
            hex"000000",
            bytes.concat(none, none),
            bytes.concat(none, none, none, hex"00"),
            bytes.concat(none, none, hex"00000001"),
            bytes.concat(none, hex"ffffffff", none)
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            vm.expectRevert(SumTree.MalformedSums.selector);
            CALLER.exitableOf(wrong[i], CHAIN, ASSET);
        }
        vm.assertEq(CALLER.exitableOf(bytes.concat(none, none, none), CHAIN, ASSET), 0, "three empty lists");
    }
}
