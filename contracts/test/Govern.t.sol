// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {MerkleTree, Proof} from "../src/libraries/MerkleTree.sol";
import {Settings} from "../src/libraries/Settings.sol";
import {Govern} from "../src/libraries/Statements.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `govern`: certified values, within the vault's own bounds, steps and delays
contract GovernTest is VaultTest {
    bytes32 private constant EXIT_AFTER = "exit_after";

    function setUp() public override {
        super.setUp();
        vm.warp(START + 3 days);
    }

    function rejects(Govern memory entry, bytes memory why) private {
        (Govern memory its, Proof memory proof) = certified(entry);
        vm.expectRevert(why);
        vault.govern(its, proof);
    }

    function valueOf(bytes32 key) private view returns (uint256 value) {
        (value,) = vault.setting(key);
    }

    function test_sets_a_value_once() public {
        (Govern memory entry, Proof memory proof) = certified(governTo(EXIT_AFTER, 5 days));
        vm.expectEmit(address(vault));
        emit IVault.Governed(0, entry.id);
        vault.govern(entry, proof);
        (uint128 value, uint64 changedAt) = vault.setting(EXIT_AFTER);
        vm.assertEq(value, 5 days, "value");
        vm.assertEq(changedAt, START + 3 days, "changed at");
        vm.assertTrue(vault.isDone(entry.id), "done");
        vm.expectRevert(abi.encodeWithSelector(IVault.AlreadyDone.selector, entry.id));
        vault.govern(entry, proof);
    }

    function test_the_defaults_are_those_of_the_specification() public view {
        vm.assertEq(valueOf("rotation_delay"), 1 hours, "rotation_delay");
        vm.assertEq(valueOf(EXIT_AFTER), 7 days, "exit_after");
        vm.assertEq(valueOf("forced_grace"), 3 days, "forced_grace");
        vm.assertEq(valueOf("outflow_hour"), 0.02e18, "outflow_hour");
        vm.assertEq(valueOf("outflow_day"), 0.2e18, "outflow_day");
        vm.assertEq(valueOf("deposit_minimum.00"), DEPOSIT_MINIMUM, "deposit_minimum");
        vm.assertEq(valueOf("outflow_minimum.01"), OUTFLOW_MINIMUM, "outflow_minimum");
    }

    function test_every_value_has_its_bounds() public {
        // key, low, high
        bytes32[6] memory keys =
            [bytes32("rotation_delay"), EXIT_AFTER, "forced_grace", "payment_gas", "outflow_hour", "outflow_day"];
        uint256[6] memory lows = [uint256(1 minutes), 3 days, 1 days, 250_000, 0.002e18, 0.02e18];
        uint256[6] memory highs = [uint256(7 days), 30 days, 7 days, 5_000_000, 0.2e18, 1e18];
        for (uint256 i = 0; i < 6; i++) {
            uint256[2] memory outside = [lows[i] - 1, highs[i] + 1];
            for (uint256 j = 0; j < 2; j++) {
                rejects(
                    governTo(keys[i], outside[j]),
                    abi.encodeWithSelector(Settings.OutOfBounds.selector, keys[i], outside[j], lows[i], highs[i])
                );
            }
        }
    }

    function test_rejects_a_value_that_does_not_fit_its_type() public {
        vm.warp(START + 10 days);
        submitNext();
        uint256 value = uint256(1) << 128 | uint256(5 days);
        rejects(
            governTo(EXIT_AFTER, value),
            abi.encodeWithSelector(Settings.OutOfBounds.selector, EXIT_AFTER, value, 3 days, 30 days)
        );
    }

    function test_a_step_is_at_most_twofold() public {
        rejects(
            governTo(EXIT_AFTER, 14 days + 1),
            abi.encodeWithSelector(Settings.WrongStep.selector, EXIT_AFTER, 14 days + 1, 7 days)
        );
        rejects(
            governTo(EXIT_AFTER, 3.5 days - 1),
            abi.encodeWithSelector(Settings.WrongStep.selector, EXIT_AFTER, 3.5 days - 1, 7 days)
        );
        rejects(
            governTo(EXIT_AFTER, 7 days),
            abi.encodeWithSelector(Settings.WrongStep.selector, EXIT_AFTER, 7 days, 7 days)
        );
        enact(EXIT_AFTER, 14 days);
    }

    function test_tightens_at_most_once_an_hour() public {
        enact(EXIT_AFTER, 6 days);
        uint256 now_ = START + 3 days;
        vm.warp(now_ + 1 hours - 1);
        rejects(
            governTo(EXIT_AFTER, 5 days),
            abi.encodeWithSelector(Settings.ChangedTooLately.selector, EXIT_AFTER, now_ + 1 hours - 1, now_ + 1 hours)
        );
        vm.warp(now_ + 1 hours);
        enact(EXIT_AFTER, 5 days);
        vm.assertEq(valueOf(EXIT_AFTER), 5 days, "value");
    }

    function test_loosens_at_most_once_in_48_hours() public {
        enact(EXIT_AFTER, 8 days);
        uint256 now_ = START + 3 days;
        vm.warp(now_ + 48 hours - 1);
        rejects(
            governTo(EXIT_AFTER, 9 days),
            abi.encodeWithSelector(Settings.ChangedTooLately.selector, EXIT_AFTER, now_ + 48 hours - 1, now_ + 48 hours)
        );
        vm.warp(now_ + 48 hours);
        enact(EXIT_AFTER, 9 days);
        vm.assertEq(valueOf(EXIT_AFTER), 9 days, "value");
    }

    function test_rejects_names_that_nothing_has() public {
        bytes32[4] memory keys = [bytes32("owner"), bytes32(0), "quorum", "deposit_minimum.99"];
        for (uint256 i = 0; i < 4; i++) {
            rejects(governTo(keys[i], 1), abi.encodeWithSelector(Settings.UnknownSetting.selector, keys[i]));
        }
    }

    function test_rejects_an_entry_of_another_chain_or_vault() public {
        Govern memory entry = governTo(EXIT_AFTER, 5 days);
        entry.chain++;
        rejects(entry, abi.encodeWithSelector(IVault.WrongChain.selector, CHAIN + 1, CHAIN));
        entry = governTo(EXIT_AFTER, 5 days);
        entry.vault = Digests.word(user);
        rejects(entry, abi.encodeWithSelector(IVault.WrongVault.selector, entry.vault, Digests.word(address(vault))));
    }

    function test_rejects_an_entry_that_the_outbox_does_not_hold() public {
        (Govern memory entry, Proof memory proof) = certified(governTo(EXIT_AFTER, 5 days));
        entry.value++;
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.govern(entry, proof);
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.govern(governTo(EXIT_AFTER, 5 days), Proof(0, new bytes32[](0)));
    }
}
