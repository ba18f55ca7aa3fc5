// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `report`: the true balance beside the counter
contract ReportTest is VaultTest {
    function reports(bytes32 asset, uint256 balance, uint256 counted) private {
        uint64 seq = vault.nextSeq();
        vm.expectEmit(address(vault));
        emit IVault.BalanceReport(seq, asset, balance, counted);
        vault.report(asset);
    }

    function test_shows_equal_amounts_in_normal_running() public {
        deposit(NATIVE, 3 * WHOLE);
        deposit(tokenAsset, 5 * WHOLE);
        reports(NATIVE, 3 * WHOLE, 3 * WHOLE);
        reports(tokenAsset, 5 * WHOLE, 5 * WHOLE);
    }

    function test_shows_what_was_sent_by_force() public {
        deposit(NATIVE, 3 * WHOLE);
        vm.deal(address(vault), 10 * WHOLE);
        token.mint(address(vault), WHOLE);
        reports(NATIVE, 10 * WHOLE, 3 * WHOLE);
        reports(tokenAsset, WHOLE, 0);
        vm.assertEq(holdings(NATIVE), 3 * WHOLE, "holdings");
    }

    function test_takes_stake_and_bucket_off_the_stake_assets_balance() public {
        deposit(tokenAsset, 5 * WHOLE);
        vm.prank(user);
        vault.depositStake(attesters[0].who, 20 * WHOLE);
        reports(tokenAsset, 5 * WHOLE, 5 * WHOLE);
    }

    function test_shows_a_bridged_tokens_supply() public {
        pay(releaseTo(user, bridgedAsset, 50e8));
        reports(bridgedAsset, 50e8, 50e8);
    }

    function test_rejects_an_asset_that_is_not_listed() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, STAKE));
        vault.report(STAKE);
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.report(NATIVE);
    }
}
