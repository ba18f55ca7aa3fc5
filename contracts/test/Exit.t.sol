// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {Proof} from "../src/libraries/MerkleTree.sol";
import {Account, Release} from "../src/libraries/Statements.sol";
import {ExitProof, SumTree} from "../src/libraries/SumTree.sol";
import {SumTreeOracle} from "./base/SumTree.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm, within} from "./base/Vm.sol";
import {CallingReceiver, RefusingReceiver} from "./mocks/Receivers.sol";

/// @title `exit`: after a final exit every sub is paid once what the last state shows, pro rata where the vault is short
contract ExitTest is VaultTest {
    bytes32 private constant GLOBALS = keccak256("globals");

    SumTreeOracle.Leaf[] private leaves;

    function addLeaf(address owner, uint32 sub, bytes32 asset, uint128 exitable) private {
        SumTreeOracle.Leaf storage leaf = leaves.push();
        (leaf.owner, leaf.sub, leaf.rest) = (owner, sub, keccak256(abi.encode(owner, sub)));
        leaf.claims.push(SumTreeOracle.Amount(CHAIN, asset, exitable));
        if (exitable != 0) leaf.exitable.push(SumTreeOracle.Amount(CHAIN, asset, exitable));
    }

    /// @dev The ledger falls silent after a header over the leaves, and the exit becomes final.
    function becomeFinal() private {
        stateRoot = SumTreeOracle.stateRoot(leaves, GLOBALS);
        submitNext();
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.warp(START + 9 days);
    }

    function proofOf(uint256 index) private view returns (ExitProof memory) {
        return SumTreeOracle.prove(leaves, index, GLOBALS);
    }

    function owner_(uint256 index) private pure returns (address) {
        return address(uint160(0xe0000 + index));
    }

    function test_pays_every_sub_its_claim() public {
        deposit(NATIVE, 10 * WHOLE);
        addLeaf(owner_(0), 0, NATIVE, uint128(6 * WHOLE));
        addLeaf(owner_(1), 3, NATIVE, uint128(4 * WHOLE));
        becomeFinal();
        vm.expectEmit(address(vault));
        emit IVault.Exited(2, NATIVE, owner_(0), 0, 6 * WHOLE, 4 * WHOLE);
        vault.exit(NATIVE, proofOf(0));
        vm.expectEmit(address(vault));
        emit IVault.Exited(3, NATIVE, owner_(1), 3, 4 * WHOLE, 0);
        vault.exit(NATIVE, proofOf(1));
        vm.assertEq(owner_(0).balance, 6 * WHOLE, "first");
        vm.assertEq(owner_(1).balance, 4 * WHOLE, "second");
        vm.assertTrue(vault.hasExited(Account(owner_(0), 0), NATIVE), "exited");
        vm.assertFalse(vault.hasExited(Account(owner_(0), 0), tokenAsset), "another asset");
    }

    function test_the_only_sub_exits_with_a_token() public {
        deposit(tokenAsset, 10 * WHOLE);
        addLeaf(owner_(0), 0, tokenAsset, uint128(10 * WHOLE));
        becomeFinal();
        vault.exit(tokenAsset, proofOf(0));
        vm.assertEq(token.balanceOf(owner_(0)), 10 * WHOLE, "paid");
    }

    function test_pays_each_sub_and_asset_once() public {
        deposit(NATIVE, 10 * WHOLE);
        addLeaf(owner_(0), 0, NATIVE, uint128(2 * WHOLE));
        addLeaf(owner_(0), 1, NATIVE, uint128(2 * WHOLE));
        becomeFinal();
        vault.exit(NATIVE, proofOf(0));
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitedBefore.selector, owner_(0), 0, NATIVE));
        vault.exit(NATIVE, proof);
        vault.exit(NATIVE, proofOf(1));
        vm.assertEq(owner_(0).balance, 4 * WHOLE, "both subs");
    }

    function testFuzz_everybody_gets_the_same_share_where_the_vault_is_short(uint256 held, uint256 first) public {
        held = within(held, DEPOSIT_MINIMUM, 30 * WHOLE);
        first = within(first, 0, 2);
        deposit(NATIVE, held);
        uint256[3] memory claims = [10 * WHOLE, 5 * WHOLE, 15 * WHOLE];
        for (uint256 i = 0; i < 3; i++) {
            addLeaf(owner_(i), 0, NATIVE, uint128(claims[i]));
        }
        becomeFinal();
        for (uint256 i = 0; i < 3; i++) {
            uint256 index = (first + i) % 3;
            vault.exit(NATIVE, proofOf(index));
            uint256 fair = claims[index] * held / (30 * WHOLE);
            uint256 paid = owner_(index).balance;
            vm.assertLe(paid, claims[index], "claim");
            vm.assertLe(paid > fair ? paid - fair : fair - paid, 3, "share");
        }
        vm.assertLe(holdings(NATIVE), 3, "dust");
    }

    function testFuzz_never_pays_more_than_is_held_or_claimed(uint64[5] memory claims, uint64 held) public {
        uint256 total = 0;
        deposit(NATIVE, uint256(held) + DEPOSIT_MINIMUM);
        for (uint256 i = 0; i < 5; i++) {
            addLeaf(owner_(i), 0, NATIVE, claims[i]);
            total += claims[i];
        }
        becomeFinal();
        for (uint256 i = 0; i < 5; i++) {
            ExitProof memory proof = proofOf(i);
            try vault.exit(NATIVE, proof) {
                vm.assertLe(owner_(i).balance, claims[i], "claim");
            } catch {
                uint256 fair = total == 0 ? 0 : claims[i] * (uint256(held) + DEPOSIT_MINIMUM) / total;
                vm.assertTrue(claims[i] == 0 || fair < 5, "nothing to exit");
            }
        }
        vm.assertEq(address(vault).balance, holdings(NATIVE), "counter");
    }

    function test_rounds_down_to_the_assets_unit() public {
        // Of an asset with 18 decimals nothing is lost; one that is short by one unit loses that unit only.
        deposit(NATIVE, 10 * WHOLE - 1);
        addLeaf(owner_(0), 0, NATIVE, uint128(5 * WHOLE));
        addLeaf(owner_(1), 0, NATIVE, uint128(5 * WHOLE));
        becomeFinal();
        vault.exit(NATIVE, proofOf(0));
        vault.exit(NATIVE, proofOf(1));
        vm.assertEq(owner_(0).balance, 5 * WHOLE - 1, "first");
        vm.assertEq(owner_(1).balance, 5 * WHOLE, "second");
    }

    function test_rejects_a_sub_with_nothing_to_take() public {
        deposit(NATIVE, WHOLE);
        addLeaf(owner_(0), 0, NATIVE, uint128(WHOLE));
        addLeaf(owner_(1), 0, NATIVE, 0);
        becomeFinal();
        ExitProof memory proof = proofOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingToExit.selector, owner_(1), 0, NATIVE));
        vault.exit(NATIVE, proof);
        proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingToExit.selector, owner_(0), 0, tokenAsset));
        vault.exit(tokenAsset, proof);
    }

    function test_rejects_before_the_exit_is_final() public {
        addLeaf(owner_(0), 0, NATIVE, uint128(WHOLE));
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitNotFinal.selector, 0));
        vault.exit(NATIVE, proof);
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.warp(START + 9 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitNotFinal.selector, START + 9 days));
        vault.exit(NATIVE, proof);
    }

    function test_rejects_a_proof_of_another_state() public {
        deposit(NATIVE, WHOLE);
        addLeaf(owner_(0), 0, NATIVE, uint128(WHOLE));
        becomeFinal();
        leaves[0].exitable[0].amount *= 2;
        ExitProof memory proof = proofOf(0);
        vm.expectPartialRevert(SumTree.StateMismatch.selector);
        vault.exit(NATIVE, proof);
    }

    function test_rejects_every_proof_where_no_header_ever_came() public {
        addLeaf(owner_(0), 0, NATIVE, uint128(WHOLE));
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.warp(START + 9 days);
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(SumTree.ZeroStateRoot.selector);
        vault.exit(NATIVE, proof);
    }

    function test_rejects_an_asset_that_is_not_listed() public {
        addLeaf(owner_(0), 0, STAKE, uint128(WHOLE));
        becomeFinal();
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, STAKE));
        vault.exit(STAKE, proof);
    }

    function test_rejects_a_bridged_asset_whose_collateral_is_elsewhere() public {
        addLeaf(owner_(0), 0, HOME_ASSET, uint128(WHOLE));
        becomeFinal();
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingToExit.selector, owner_(0), 0, bridgedAsset));
        vault.exit(bridgedAsset, proof);
    }

    function test_a_refusing_owner_keeps_the_claim() public {
        RefusingReceiver receiver = new RefusingReceiver();
        deposit(NATIVE, WHOLE);
        addLeaf(address(receiver), 0, NATIVE, uint128(WHOLE));
        becomeFinal();
        ExitProof memory proof = proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.PaymentFailed.selector, address(receiver), WHOLE));
        vault.exit(NATIVE, proof);
        receiver.setTakes(true);
        vault.exit(NATIVE, proof);
        vm.assertEq(address(receiver).balance, WHOLE, "paid");
    }

    function test_an_owner_that_calls_back_is_paid_once() public {
        CallingReceiver receiver = new CallingReceiver();
        deposit(NATIVE, 2 * WHOLE);
        addLeaf(address(receiver), 0, NATIVE, uint128(WHOLE));
        addLeaf(address(receiver), 1, NATIVE, uint128(WHOLE));
        becomeFinal();
        receiver.setCall(address(vault), abi.encodeCall(vault.exit, (NATIVE, proofOf(1))));
        vault.exit(NATIVE, proofOf(0));
        vm.assertFalse(receiver.hasSucceeded(), "called back");
        vm.assertEq(bytes32(bytes4(receiver.answer())), bytes32(IVault.Reentered.selector), "why");
        vm.assertEq(address(receiver).balance, WHOLE, "paid");
    }

    function test_stake_is_not_shared_out() public {
        deposit(tokenAsset, WHOLE);
        vm.prank(user);
        vault.depositStake(attesters[0].who, 9 * WHOLE);
        addLeaf(owner_(0), 0, tokenAsset, uint128(5 * WHOLE));
        becomeFinal();
        vault.exit(tokenAsset, proofOf(0));
        vm.assertEq(token.balanceOf(owner_(0)), WHOLE, "paid");
        vm.assertEq(token.balanceOf(address(vault)), 9 * WHOLE, "stake");
    }

    function test_releases_and_exits_draw_on_one_counter() public {
        deposit(NATIVE, 10 * WHOLE);
        Release memory entry = releaseTo(owner_(5), NATIVE, 4 * WHOLE);
        entry.validUntil = START + 30 days;
        queue(entry);
        addLeaf(owner_(0), 0, NATIVE, uint128(6 * WHOLE));
        becomeFinal();
        vault.exit(NATIVE, proofOf(0));
        Release[] memory entries = new Release[](1);
        entries[0] = entry;
        Proof[] memory proofs = proveAll();
        vault.release(entries, proofs);
        vm.assertEq(owner_(5).balance, 4 * WHOLE, "release");
        vm.assertEq(holdings(NATIVE), 0, "holdings");
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        addLeaf(owner_(0), 0, NATIVE, uint128(WHOLE));
        becomeFinal();
        ExitProof memory proof = proofOf(0);
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.exit(NATIVE, proof);
    }
}
