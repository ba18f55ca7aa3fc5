// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../../src/interfaces/IBridgedToken.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {vm} from "../base/Vm.sol";
import {PlainToken} from "../mocks/Tokens.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @title What holds after every sequence of calls
contract VaultInvariants {
    uint256 private constant OUTFLOW_MINIMUM = 1000e18;

    VaultHandler private handler;
    IVault private vault;

    function setUp() external {
        handler = new VaultHandler();
        handler.setUp();
        vault = IVault(handler.vaultAddress());
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](10));
        bytes4[10] memory selectors = [
            handler.depositSome.selector,
            handler.stakeSome.selector,
            handler.releaseSome.selector,
            handler.releaseAgain.selector,
            handler.forgeRelease.selector,
            handler.forgeHeader.selector,
            handler.rotateOn.selector,
            handler.pauseSome.selector,
            handler.forceSome.selector,
            handler.wait_.selector
        ];
        for (uint256 i = 0; i < 10; i++) {
            targets[0].selectors[i] = selectors[i];
        }
    }

    function holdings(uint256 number) private view returns (uint256) {
        return vault.assetOf(handler.assetNumbered(number)).holdings;
    }

    function invariant_what_is_there_is_what_is_counted() external view {
        vm.assertEq(handler.vaultAddress().balance, holdings(0), "coin");
        uint256 balance = PlainToken(handler.tokenAddress()).balanceOf(address(vault));
        vm.assertEq(balance, holdings(1) + vault.totalStake() + vault.bucket(), "token");
        bytes32 bridged = handler.assetNumbered(2);
        vm.assertEq(IBridgedToken(vault.assetOf(bridged).token).totalSupply(), holdings(2), "bridged");
    }

    function invariant_holdings_are_deposits_less_releases() external view {
        for (uint256 i = 0; i < 2; i++) {
            bytes32 asset = handler.assetNumbered(i);
            vm.assertEq(holdings(i), handler.deposited(asset) - handler.paid(asset), "collateral");
        }
        vm.assertEq(holdings(2), handler.paid(handler.assetNumbered(2)), "bridged");
    }

    function invariant_no_release_is_paid_twice() external view {
        for (uint64 id = 0; id <= handler.lastId(); id++) {
            vm.assertLe(handler.timesPaid(id), 1, "times");
            vm.assertTrue(vault.isDone(id) == (handler.timesPaid(id) == 1), "done");
        }
    }

    function invariant_nothing_is_taken_without_a_certificate() external view {
        vm.assertEq(handler.forgeriesTaken(), 0, "forgeries");
    }

    function invariant_events_are_numbered_without_a_gap() external view {
        vm.assertFalse(handler.hasGap(), "gap");
        vm.assertEq(vault.nextSeq(), handler.countedSeq(), "next number");
    }

    function invariant_no_hour_lets_out_more_than_its_cap() external view {
        uint256 hour = block.timestamp / 1 hours;
        for (uint256 i = 0; i < 2; i++) {
            bytes32 asset = handler.assetNumbered(i);
            uint256 cap = handler.heldAtFirst(asset, hour) / 50;
            if (cap < OUTFLOW_MINIMUM) cap = OUTFLOW_MINIMUM;
            vm.assertLe(handler.outflow(asset, hour), cap + handler.inflow(asset, hour - 2), "outflow");
        }
    }

    function invariant_a_quorum_is_above_two_thirds() external view {
        vm.assertEq(vault.currentSet().quorum, 3, "of four equal members");
    }
}
