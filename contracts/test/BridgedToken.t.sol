// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `BridgedToken`: minted and burned by its vault and by nobody else
contract BridgedTokenTest is VaultTest {
    IBridgedToken private bridged;

    function setUp() public override {
        super.setUp();
        bridged = IBridgedToken(vault.assetOf(bridgedAsset).token);
    }

    function test_states_what_it_stands_for() public view {
        vm.assertEq(bridged.vault(), address(vault), "vault");
        vm.assertEq(bridged.homeChain(), HOME, "home chain");
        vm.assertEq(bridged.homeAsset(), HOME_ASSET, "home asset");
        vm.assertEq(bridged.decimals(), 8, "decimals");
        vm.assertEq(bytes(bridged.name()), "Bridged home asset", "name");
        vm.assertEq(bytes(bridged.symbol()), "vHOME", "symbol");
        vm.assertEq(bridged.totalSupply(), 0, "supply");
    }

    function testFuzz_nobody_else_mints_or_burns(address caller) public {
        vm.assume(caller != address(vault));
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IBridgedToken.NotTheVault.selector, caller));
        bridged.mint(caller, 1);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IBridgedToken.NotTheVault.selector, caller));
        bridged.burn(caller, 0);
    }

    function test_a_holder_transfers_it_like_any_token() public {
        pay(releaseTo(user, bridgedAsset, 10e8));
        vm.prank(user);
        vm.assertTrue(bridged.transfer(submitter, 4e8), "transfer");
        vm.assertEq(bridged.balanceOf(submitter), 4e8, "balance");
    }

    function test_a_deposit_burns_only_the_depositors_own() public {
        pay(releaseTo(user, bridgedAsset, 10e8));
        vm.prank(submitter);
        vm.expectRevert();
        vault.deposit(bridgedAsset, 1e8, account(submitter));
        vm.assertEq(bridged.balanceOf(user), 10e8, "untouched");
    }
}
