// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {IVault} from "../src/interfaces/IVault.sol";
import {Account} from "../src/libraries/Statements.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm, within} from "./base/Vm.sol";

/// @title `deposit`: collateral comes in, and nothing is credited that did not
contract DepositTest is VaultTest {
    function test_credits_what_a_token_transfer_brought() public {
        vm.expectEmit(address(vault));
        emit IVault.Deposited(0, tokenAsset, user, 4, 5 * WHOLE, 5 * WHOLE);
        vm.prank(user);
        vault.deposit(tokenAsset, 5 * WHOLE, Account(user, 4));
        vm.assertEq(token.balanceOf(address(vault)), 5 * WHOLE, "balance");
        vm.assertEq(holdings(tokenAsset), 5 * WHOLE, "holdings");
    }

    function test_credits_the_native_coin() public {
        vm.expectEmit(address(vault));
        emit IVault.Deposited(0, NATIVE, user, 0, 3 * WHOLE, 3 * WHOLE);
        deposit(NATIVE, 3 * WHOLE);
        vm.assertEq(address(vault).balance, 3 * WHOLE, "balance");
        vm.assertEq(holdings(NATIVE), 3 * WHOLE, "holdings");
    }

    function test_credits_whom_the_depositor_names() public {
        vm.expectEmit(address(vault));
        emit IVault.Deposited(0, tokenAsset, address(0xbeef), 1, WHOLE, WHOLE);
        vm.prank(user);
        vault.deposit(tokenAsset, WHOLE, Account(address(0xbeef), 1));
    }

    function test_burns_a_bridged_token_without_an_allowance() public {
        IBridgedToken bridged = IBridgedToken(vault.assetOf(bridgedAsset).token);
        pay(releaseTo(user, bridgedAsset, 50e8));
        uint64 seq = vault.nextSeq();
        vm.expectEmit(address(vault));
        emit IVault.Burned(seq, HOME, HOME_ASSET, user, 0, 20e8, 30e8);
        deposit(bridgedAsset, 20e8);
        vm.assertEq(bridged.balanceOf(user), 30e8, "balance");
        vm.assertEq(bridged.totalSupply(), 30e8, "supply");
        vm.assertEq(holdings(bridgedAsset), 30e8, "holdings");
    }

    function test_events_and_holdings_count_on_over_several_deposits() public {
        deposit(tokenAsset, WHOLE);
        deposit(NATIVE, WHOLE);
        vm.expectEmit(address(vault));
        emit IVault.Deposited(2, tokenAsset, user, 0, 2 * WHOLE, 3 * WHOLE);
        deposit(tokenAsset, 2 * WHOLE);
        vm.assertEq(vault.nextSeq(), 3, "next number");
    }

    function testFuzz_holdings_grow_by_exactly_what_came_in(uint128 first, uint128 second) public {
        first = uint128(within(first, DEPOSIT_MINIMUM, 400_000 * WHOLE));
        second = uint128(within(second, DEPOSIT_MINIMUM, 400_000 * WHOLE));
        deposit(tokenAsset, first);
        deposit(tokenAsset, second);
        vm.assertEq(holdings(tokenAsset), uint256(first) + second, "holdings");
        vm.assertEq(token.balanceOf(address(vault)), uint256(first) + second, "balance");
    }

    function test_ignores_tokens_that_were_sent_without_a_deposit() public {
        token.mint(address(vault), 7 * WHOLE);
        deposit(tokenAsset, WHOLE);
        vm.assertEq(holdings(tokenAsset), WHOLE, "holdings");
    }

    function test_rejects_an_asset_that_is_not_listed() public {
        bytes32 asset = bytes32(uint256(uint160(address(0xdead))));
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, asset));
        deposit(asset, WHOLE);
    }

    function test_rejects_the_zero_asset() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, bytes32(0)));
        deposit(bytes32(0), WHOLE);
    }

    function test_rejects_the_names_of_stake_and_bucket() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, STAKE));
        deposit(STAKE, WHOLE);
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, BUCKET));
        deposit(BUCKET, WHOLE);
    }

    function test_rejects_less_than_the_minimum() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.BelowMinimum.selector, DEPOSIT_MINIMUM - 1, DEPOSIT_MINIMUM));
        deposit(tokenAsset, DEPOSIT_MINIMUM - 1);
        deposit(tokenAsset, DEPOSIT_MINIMUM);
    }

    function test_rejects_a_deposit_of_nothing() public {
        vm.expectPartialRevert(IVault.BelowMinimum.selector);
        deposit(tokenAsset, 0);
        vm.expectPartialRevert(IVault.BelowMinimum.selector);
        deposit(NATIVE, 0);
    }

    function test_rejects_coin_that_differs_from_the_amount() public {
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, WHOLE, 2 * WHOLE));
        vault.deposit{value: WHOLE}(NATIVE, 2 * WHOLE, account(user));
    }

    function test_rejects_coin_beside_a_token() public {
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, 1, 0));
        vault.deposit{value: 1}(tokenAsset, WHOLE, account(user));
    }

    function test_rejects_coin_beside_a_bridged_token() public {
        pay(releaseTo(user, bridgedAsset, 50e8));
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, 1, 0));
        vault.deposit{value: 1}(bridgedAsset, 20e8, account(user));
    }

    function test_rejects_the_zero_owner() public {
        vm.prank(user);
        vm.expectRevert(IVault.ZeroAddress.selector);
        vault.deposit(tokenAsset, WHOLE, Account(address(0), 0));
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        deposit(tokenAsset, WHOLE);
    }

    function test_rejects_while_an_exit_is_declared() public {
        vm.warp(START + 30 days);
        vault.declareExit();
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitPending.selector, vault.declaredExit().finalAt));
        deposit(tokenAsset, WHOLE);
    }

    function test_rejects_more_than_the_sender_has() public {
        vm.prank(address(0xabcd));
        vm.expectRevert();
        vault.deposit(tokenAsset, WHOLE, account(user));
    }

    function test_the_vault_takes_no_coin_without_a_deposit() public {
        vm.prank(user);
        (bool taken,) = address(vault).call{value: 1}("");
        vm.assertFalse(taken, "plain transfer");
    }
}
