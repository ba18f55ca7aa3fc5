// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../src/interfaces/IVault.sol";
import {AttesterSet} from "../src/libraries/AttesterSets.sol";
import {Signatures} from "../src/libraries/Signatures.sol";
import {Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `pause`: one attester stops the releases, for a day, once per set
contract PauseTest is VaultTest {
    function rejects(bytes memory signature, bytes memory why) private {
        AttesterSet memory set = currentSet();
        vm.expectRevert(why);
        vault.pause(set, signature);
    }

    function test_stops_releases_for_24_hours() public {
        vm.expectEmit(address(vault));
        emit IVault.Paused(0, attesters[2].who, START + 24 hours);
        vault.pause(currentSet(), signPause(2));
        vm.assertEq(vault.pausedUntil(), START + 24 hours, "until");
    }

    function test_one_attester_pauses_once_per_set() public {
        vault.pause(currentSet(), signPause(0));
        vm.warp(START + 2 days);
        rejects(signPause(0), abi.encodeWithSelector(IVault.PausedBefore.selector, attesters[0].who, FIRST_SET));
        vault.pause(currentSet(), signPause(1));
        rotateTo(successors(2));
        vault.pause(currentSet(), signPause(0));
    }

    function test_rejects_somebody_who_is_no_attester() public {
        bytes32 structHash = Digests.pause(CHAIN, address(vault), FIRST_SET);
        bytes memory signature = Committees.sign(12_345, Digests.digest(NETWORK, structHash));
        rejects(signature, abi.encodeWithSelector(IVault.NotAnAttester.selector, vm.addr(12_345)));
    }

    function test_rejects_a_signature_for_another_vault_chain_set_or_network() public {
        bytes32[3] memory others = [
            Digests.pause(CHAIN + 1, address(vault), FIRST_SET),
            Digests.pause(CHAIN, address(0xdead), FIRST_SET),
            Digests.pause(CHAIN, address(vault), FIRST_SET + 1)
        ];
        AttesterSet memory set = currentSet();
        for (uint256 i = 0; i < 3; i++) {
            bytes memory signature = Committees.sign(attesters[0].key, Digests.digest(NETWORK, others[i]));
            vm.expectPartialRevert(IVault.NotAnAttester.selector);
            vault.pause(set, signature);
        }
        bytes32 digest = Digests.digest(keccak256("another"), Digests.pause(CHAIN, address(vault), FIRST_SET));
        bytes memory foreign = Committees.sign(attesters[0].key, digest);
        vm.expectPartialRevert(IVault.NotAnAttester.selector);
        vault.pause(set, foreign);
    }

    function test_rejects_a_header_certificate_as_a_pause() public {
        bytes memory signature = Committees.sign(attesters[0].key, digestOf(nextHeader()));
        AttesterSet memory set = currentSet();
        vm.expectPartialRevert(IVault.NotAnAttester.selector);
        vault.pause(set, signature);
    }

    function test_rejects_another_set() public {
        AttesterSet memory set = Committees.asSet(Committees.of_(9, 4, 1), FIRST_SET);
        bytes memory signature = signPause(0);
        vm.expectPartialRevert(IVault.WrongSet.selector);
        vault.pause(set, signature);
    }

    function test_rejects_bytes_that_are_no_signature() public {
        rejects("", abi.encodeWithSelector(Signatures.SignatureLength.selector, 0));
        rejects(
            bytes.concat(signPause(0), signPause(1)), abi.encodeWithSelector(Signatures.SignatureLength.selector, 130)
        );
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        rejects(signPause(0), abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
    }
}
