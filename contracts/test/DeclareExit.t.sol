// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {Proof} from "../src/libraries/MerkleTree.sol";
import {Progress} from "../src/libraries/Statements.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `declareExit`, `declareExitByForcedCommand`, `cancelExit`: silence and censorship open the way out
contract DeclareExitTest is VaultTest {
    /* SILENCE */

    function test_seven_days_without_a_header_permit_it() public {
        submitNext();
        vm.warp(START + 7 days);
        vm.expectEmit(address(vault));
        emit IVault.ExitDeclared(0, FIRST_HEIGHT + 1, START + 9 days);
        vault.declareExit();
        vm.assertEq(vault.declaredExit().finalAt, START + 9 days, "final at");
        vm.assertFalse(vault.declaredExit().isForced, "forced");
    }

    function test_rejects_a_second_too_early() public {
        vm.warp(START + 1 days);
        submitNext();
        vm.warp(START + 8 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.HeaderTooYoung.selector, START + 8 days - 1, START + 8 days));
        vault.declareExit();
    }

    function test_the_deployment_counts_as_a_header() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.HeaderTooYoung.selector, START, START + 7 days));
        vault.declareExit();
    }

    function test_rejects_a_second_declaration() public {
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitDeclaredBefore.selector, START + 9 days));
        vault.declareExit();
    }

    function test_a_pause_does_not_hold_it_up() public {
        vm.warp(START + 7 days);
        vault.pause(currentSet(), signPause(0));
        vault.declareExit();
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        vm.warp(START + 7 days);
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.declareExit();
    }

    /* CENSORSHIP */

    /// @dev A forced command with number 0, and three days later a header whose state has applied `applied` events.
    function censor(uint64 applied) private returns (Progress memory progress, Proof memory proof) {
        vault.forceCommand(hex"01");
        vm.warp(START + 3 days);
        return certified(Progress(CHAIN, applied));
    }

    function test_a_forced_command_that_nobody_applies_permits_it() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vm.expectEmit(address(vault));
        emit IVault.ExitDeclared(1, FIRST_HEIGHT + 1, START + 5 days);
        vault.declareExitByForcedCommand(0, progress, proof);
        vm.assertTrue(vault.declaredExit().isForced, "forced");
    }

    function test_rejects_a_forced_command_that_was_applied() public {
        (Progress memory progress, Proof memory proof) = censor(1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForcedCommandApplied.selector, 0, 1));
        vault.declareExitByForcedCommand(0, progress, proof);
    }

    function test_rejects_a_young_forced_command() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vm.warp(START + 3 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.ForcedCommandTooYoung.selector, START + 3 days - 1, START + 3 days)
        );
        vault.declareExitByForcedCommand(0, progress, proof);
    }

    function test_rejects_a_number_that_is_no_forced_commands() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.NoForcedCommand.selector, 1));
        vault.declareExitByForcedCommand(1, progress, proof);
    }

    function test_rejects_another_chains_progress() public {
        vault.forceCommand(hex"01");
        vm.warp(START + 3 days);
        (Progress memory progress, Proof memory proof) = certified(Progress(CHAIN + 1, 0));
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongChain.selector, CHAIN + 1, CHAIN));
        vault.declareExitByForcedCommand(0, progress, proof);
    }

    function test_rejects_progress_that_the_outbox_does_not_hold() public {
        (Progress memory progress, Proof memory proof) = censor(1);
        progress.processedSeq = 0;
        vm.expectRevert();
        vault.declareExitByForcedCommand(0, progress, proof);
    }

    function test_rejects_a_declaration_beside_a_declared_exit() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vault.declareExitByForcedCommand(0, progress, proof);
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitDeclaredBefore.selector, START + 5 days));
        vault.declareExitByForcedCommand(0, progress, proof);
    }

    function test_a_header_alone_does_not_cancel_it() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vault.declareExitByForcedCommand(0, progress, proof);
        submitNext();
        vm.assertEq(vault.declaredExit().finalAt, START + 5 days, "final at");
    }

    /* CANCELLATION */

    function test_progress_beyond_the_forced_command_cancels_it() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vault.declareExitByForcedCommand(0, progress, proof);
        (progress, proof) = certified(Progress(CHAIN, 1));
        vm.expectEmit(address(vault));
        emit IVault.ExitCancelled(2, FIRST_HEIGHT + 2);
        vault.cancelExit(progress, proof);
        vm.assertEq(vault.declaredExit().finalAt, 0, "final at");
        deposit(NATIVE, WHOLE);
    }

    function test_rejects_progress_up_to_the_forced_command() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vault.declareExitByForcedCommand(0, progress, proof);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForcedCommandNotApplied.selector, 0, 0));
        vault.cancelExit(progress, proof);
    }

    function test_rejects_a_cancellation_of_nothing_or_of_silence() public {
        (Progress memory progress, Proof memory proof) = censor(1);
        vm.expectRevert(IVault.NothingToCancel.selector);
        vault.cancelExit(progress, proof);
        vm.warp(START + 10 days);
        vault.declareExit();
        vm.expectRevert(IVault.NothingToCancel.selector);
        vault.cancelExit(progress, proof);
    }

    function test_rejects_a_cancellation_once_the_exit_is_final() public {
        (Progress memory progress, Proof memory proof) = censor(0);
        vault.declareExitByForcedCommand(0, progress, proof);
        (progress, proof) = certified(Progress(CHAIN, 1));
        vm.warp(START + 5 days);
        vm.expectRevert(abi.encodeWithSelector(IVault.ExitFinal.selector, START + 5 days));
        vault.cancelExit(progress, proof);
    }
}
