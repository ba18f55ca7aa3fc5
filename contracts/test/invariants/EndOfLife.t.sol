// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../../src/interfaces/IVault.sol";
import {vm} from "../base/Vm.sol";
import {PlainToken} from "../mocks/Tokens.sol";
import {EndOfLifeHandler} from "./EndOfLifeHandler.sol";

/// @title What holds until the last exit: every claim is paid by one of the two ways out, once
contract EndOfLifeInvariants {
    uint256 private constant WHOLE = 1e18;

    EndOfLifeHandler private handler;
    IVault private vault;

    function setUp() external {
        handler = new EndOfLifeHandler();
        handler.setUp();
        vault = IVault(handler.vaultAddress());
        seed();
    }

    /// @dev One owner has a claim of each asset and a withdrawal of each in the outbox: a run that soon falls
    /// silent has something to pay by both ways.
    function seed() private {
        for (uint256 i = 0; i < 2; i++) {
            handler.depositSome(2, i, 500 * WHOLE);
            handler.withdrawSome(2, i, 200 * WHOLE);
        }
        handler.headerSome();
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
        targets[0] = FuzzSelector(address(handler), new bytes4[](14));
        bytes4[14] memory selectors = [
            handler.depositSome.selector,
            handler.profitSome.selector,
            handler.withdrawSome.selector,
            handler.compensateSome.selector,
            handler.headerSome.selector,
            handler.rotateOn.selector,
            handler.fallSilent.selector,
            handler.staySilent.selector,
            handler.releaseSome.selector,
            handler.exitSome.selector,
            handler.stakeSome.selector,
            handler.slashSome.selector,
            handler.accuseWrongly.selector,
            handler.governSome.selector
        ];
        for (uint256 i = 0; i < 14; i++) {
            targets[0].selectors[i] = selectors[i];
        }
    }

    function holdings(uint256 number) private view returns (uint256) {
        return vault.assetOf(handler.assetNumbered(number)).holdings;
    }

    function invariant_holdings_are_deposits_less_releases_and_exits() public view {
        for (uint256 i = 0; i < 2; i++) {
            bytes32 asset = handler.assetNumbered(i);
            uint256 left = handler.deposited(asset) - handler.released(asset) - handler.exited(asset);
            vm.assertEq(holdings(i), left, "holdings");
        }
    }

    function invariant_what_is_there_covers_what_is_counted() public view {
        vm.assertEq(address(vault).balance, holdings(0), "coin");
        uint256 balance = PlainToken(handler.tokenAddress()).balanceOf(address(vault));
        vm.assertEq(balance, holdings(1) + vault.totalStake() + vault.bucket(), "token");
    }

    function invariant_no_claim_is_both_released_and_exited() public view {
        for (uint256 owner = 0; owner < handler.OWNERS(); owner++) {
            for (uint256 i = 0; i < 2; i++) {
                bytes32 asset = handler.assetNumbered(i);
                vm.assertLe(handler.paidTo(owner, asset), handler.credited(owner, asset), "claim");
                vm.assertLe(handler.timesExited(owner, asset), 1, "times");
            }
        }
    }

    function invariant_stake_and_bucket_are_what_was_given_and_slashed() public view {
        vm.assertEq(vault.totalStake(), handler.stakeGiven() - handler.stakeSlashed(), "stake");
        vm.assertEq(vault.bucket(), handler.stakeSlashed() - handler.bucketPaid(), "bucket");
    }

    function invariant_nothing_happens_that_should_not() public view {
        vm.assertEq(handler.wrongs(), 0, "wrongs");
        vm.assertTrue(handler.boundsHold(), "bounds");
    }

    function invariant_events_are_numbered_without_a_gap() public view {
        vm.assertFalse(handler.hasGap(), "gap");
        vm.assertEq(vault.nextSeq(), handler.countedSeq(), "next number");
    }

    function holdAll() private view {
        invariant_holdings_are_deposits_less_releases_and_exits();
        invariant_what_is_there_covers_what_is_counted();
        invariant_no_claim_is_both_released_and_exited();
        invariant_stake_and_bucket_are_what_was_given_and_slashed();
        invariant_nothing_happens_that_should_not();
        invariant_events_are_numbered_without_a_gap();
    }

    /// @dev What the fuzzer finds by chance is reached here for certain.
    function test_every_way_out_is_walked() external {
        handler.depositSome(0, 0, 100 * WHOLE);
        handler.depositSome(1, 0, 60 * WHOLE);
        handler.withdrawSome(0, 0, 30 * WHOLE);
        handler.profitSome(1, 0, 240 * WHOLE);
        handler.headerSome();
        handler.fallSilent();
        handler.headerSome();
        vm.assertEq(handler.cancelled(), 1, "cancelled");
        handler.fallSilent();
        handler.exitSome(0, 0);
        handler.staySilent();
        bytes32 asset = handler.assetNumbered(0);
        handler.exitSome(0, 0);
        handler.exitSome(0, 0);
        vm.assertEq(handler.timesExited(0, asset), 1, "exited");
        handler.releaseSome(2);
        vm.assertEq(handler.released(asset), 30 * WHOLE, "released after the end");
        handler.exitSome(1, 0);
        handler.headerSome();
        vm.assertLe(handler.paidTo(1, asset), 299 * WHOLE, "short");
        holdAll();
    }

    function test_offenders_pay_and_values_change() external {
        handler.stakeSome(0, 10 * WHOLE);
        handler.slashSome(0);
        handler.accuseWrongly(1, 0);
        handler.compensateSome(4 * WHOLE);
        handler.headerSome();
        handler.releaseSome(2);
        vm.assertEq(handler.bucketPaid(), 0, "under the same set");
        handler.rotateOn();
        handler.headerSome();
        handler.releaseSome(2);
        vm.assertEq(handler.bucketPaid(), 4 * WHOLE, "under a later set");
        handler.fallSilent();
        handler.governSome(1, 5 days);
        handler.governSome(1, 31 days);
        vm.assertEq(handler.enacted(), 1, "enacted");
        holdAll();
    }
}
