// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm, within} from "./base/Vm.sol";

/// @title `forceCommand`: a numbered way past the replicas
contract ForceCommandTest is VaultTest {
    function test_numbers_and_dates_the_command() public {
        deposit(NATIVE, WHOLE);
        vm.warp(START + 5);
        vm.expectEmit(address(vault));
        emit IVault.ForcedCommand(1, user, hex"c0ffee");
        vm.prank(user);
        vault.forceCommand(hex"c0ffee");
        vm.assertEq(vault.forcedAt(1), START + 5, "forced at");
        vm.assertEq(vault.forcedAt(0), 0, "the deposit is none");
        vm.assertEq(vault.nextSeq(), 2, "next number");
    }

    function testFuzz_takes_1_to_8192_bytes(uint256 length) public {
        length = within(length, 0, 9000);
        bytes memory command = new bytes(length);
        if (length == 0 || length > 8192) {
            vm.expectRevert(abi.encodeWithSelector(IVault.CommandLength.selector, length, 8192));
        }
        vault.forceCommand(command);
    }

    function test_rejects_none_and_one_byte_too_many() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.CommandLength.selector, 0, 8192));
        vault.forceCommand("");
        vault.forceCommand(new bytes(8192));
        vm.expectRevert(abi.encodeWithSelector(IVault.CommandLength.selector, 8193, 8192));
        vault.forceCommand(new bytes(8193));
    }

    function test_a_pause_does_not_hold_it_up() public {
        vault.pause(currentSet(), signPause(0));
        vault.forceCommand(hex"01");
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.forceCommand(hex"01");
    }
}
