// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deployment, IVault} from "../src/interfaces/IVault.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `depositStake`: anybody gives it, an attester is liable with it
contract DepositStakeTest is VaultTest {
    function stake(address attester, uint256 amount) private {
        vm.prank(user);
        vault.depositStake(attester, amount);
    }

    function test_counts_stake_apart_from_collateral() public {
        address attester = attesters[0].who;
        vm.expectEmit(address(vault));
        emit IVault.StakeDeposited(0, attester, 10 * WHOLE, 10 * WHOLE);
        stake(attester, 10 * WHOLE);
        vm.expectEmit(address(vault));
        emit IVault.StakeDeposited(1, attester, 5 * WHOLE, 15 * WHOLE);
        stake(attester, 5 * WHOLE);
        stake(attesters[1].who, WHOLE);
        vm.assertEq(vault.stakeOf(attester).amount, 15 * WHOLE, "stake");
        vm.assertEq(vault.totalStake(), 16 * WHOLE, "total");
        vm.assertEq(holdings(tokenAsset), 0, "holdings");
    }

    function test_rejects_the_zero_attester() public {
        vm.expectRevert(IVault.ZeroAddress.selector);
        stake(address(0), WHOLE);
    }

    function test_rejects_less_than_the_minimum() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.BelowMinimum.selector, DEPOSIT_MINIMUM - 1, DEPOSIT_MINIMUM));
        stake(attesters[0].who, DEPOSIT_MINIMUM - 1);
    }

    function test_rejects_coin_beside_a_token() public {
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, 1, 0));
        vault.depositStake{value: 1}(attesters[0].who, WHOLE);
    }

    function test_takes_the_native_coin_where_it_is_the_stake_asset() public {
        Deployment memory parts = deployment();
        parts.stakeAsset = NATIVE;
        vault = deploy(parts);
        vm.prank(user);
        vault.depositStake{value: WHOLE}(attesters[0].who, WHOLE);
        vm.assertEq(vault.totalStake(), WHOLE, "total");
        vm.assertEq(holdings(NATIVE), 0, "holdings");
    }

    function test_rejects_where_stake_lives_elsewhere() public {
        Deployment memory parts = deployment();
        parts.stakeAsset = 0;
        vault = deploy(parts);
        vm.expectRevert(IVault.StakeElsewhere.selector);
        stake(attesters[0].who, WHOLE);
    }

    function test_rejects_while_an_exit_is_declared() public {
        vm.warp(START + 30 days);
        vault.declareExit();
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitPending.selector, START + 32 days));
        stake(attesters[0].who, WHOLE);
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        stake(attesters[0].who, WHOLE);
    }
}
