// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, Outcome} from "../src/interfaces/IVault.sol";
import {Proof} from "../src/libraries/MerkleTree.sol";
import {Release} from "../src/libraries/Statements.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `settle`: only the vault itself calls it; why an entry fails
contract SettleTest is VaultTest {
    function test_rejects_everybody_but_the_vault() public {
        Release memory entry = releaseTo(user, NATIVE, WHOLE);
        address[3] memory others = [user, attesters[0].who, address(this)];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IVault.NotTheVaultItself.selector, others[i]));
            vault.settle(entry, user);
        }
    }

    /// @dev What `release` swallows, asked of `settle` itself in the vault's name.
    function rejects(Release memory entry, bytes memory why) private {
        vm.prank(address(vault));
        vm.expectRevert(why);
        vault.settle(entry, submitter);
    }

    function test_rejects_recipients_that_are_no_address() public {
        Release memory entry = releaseTo(user, NATIVE, 1);
        entry.recipient |= bytes32(uint256(1) << 255);
        rejects(entry, abi.encodeWithSelector(IVault.WrongRecipient.selector, entry.recipient));
        entry = releaseTo(address(0), NATIVE, 1);
        rejects(entry, abi.encodeWithSelector(IVault.WrongRecipient.selector, entry.recipient));
        entry = releaseTo(address(vault), NATIVE, 1);
        rejects(entry, abi.encodeWithSelector(IVault.WrongRecipient.selector, entry.recipient));
    }

    function test_rejects_an_asset_that_is_not_listed() public {
        bytes32 asset = keccak256("unknown");
        rejects(releaseTo(user, asset, 1), abi.encodeWithSelector(IVault.UnknownAsset.selector, asset));
    }

    function test_rejects_more_than_the_holdings() public {
        deposit(NATIVE, WHOLE);
        rejects(
            releaseTo(user, NATIVE, WHOLE + 1),
            abi.encodeWithSelector(IVault.InsufficientFunds.selector, WHOLE + 1, WHOLE)
        );
    }

    function test_rejects_a_payment_that_the_recipient_refuses() public {
        deposit(NATIVE, WHOLE);
        address refusing = address(token);
        rejects(releaseTo(refusing, NATIVE, 1), abi.encodeWithSelector(IVault.PaymentFailed.selector, refusing, 1));
    }

    function test_stake_is_paid_back_by_a_release() public {
        address attester = attesters[0].who;
        vm.prank(user);
        vault.depositStake(attester, 10 * WHOLE);
        Release memory entry = releaseTo(attester, STAKE, 4 * WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectEmit(address(vault));
        emit IVault.StakeReleased(1, attester, 4 * WHOLE, 6 * WHOLE);
        vault.release(entries, proofs);
        vm.assertEq(token.balanceOf(attester), 4 * WHOLE, "attester");
        vm.assertEq(vault.stakeOf(attester).amount, 6 * WHOLE, "stake");
        vm.assertEq(vault.totalStake(), 6 * WHOLE, "total");
        vm.assertEq(holdings(tokenAsset), 0, "stake is no collateral");
    }

    function test_rejects_more_stake_than_there_is() public {
        address attester = attesters[0].who;
        vm.prank(user);
        vault.depositStake(attester, 10 * WHOLE);
        vm.prank(user);
        vault.depositStake(attesters[1].who, 10 * WHOLE);
        rejects(
            releaseTo(attester, STAKE, 10 * WHOLE + 1),
            abi.encodeWithSelector(IVault.InsufficientFunds.selector, 10 * WHOLE + 1, 10 * WHOLE)
        );
    }

    function test_a_stake_that_can_not_be_paid_waits_without_an_event() public {
        uint64 seq = vault.nextSeq();
        Release memory entry = releaseTo(attesters[0].who, STAKE, 1);
        vm.assertEq(uint256(pay(entry)), uint256(Outcome.Failed), "outcome");
        vm.assertEq(vault.nextSeq(), seq, "no event");
        vm.prank(user);
        vault.depositStake(attesters[0].who, WHOLE);
        vm.assertEq(uint256(pay(entry)), uint256(Outcome.Released), "outcome");
    }

    function test_stake_does_not_count_for_the_limiter() public {
        vm.prank(user);
        vault.depositStake(attesters[0].who, 10 * OUTFLOW_MINIMUM);
        vm.assertEq(
            uint256(pay(releaseTo(attesters[0].who, STAKE, 10 * OUTFLOW_MINIMUM))), uint256(Outcome.Released), "outcome"
        );
        vm.assertEq(vault.outflowAvailable(tokenAsset), OUTFLOW_MINIMUM, "available");
    }

    function test_collateral_is_never_paid_out_of_stake() public {
        vm.prank(user);
        vault.depositStake(attesters[0].who, 10 * WHOLE);
        rejects(releaseTo(user, tokenAsset, 1), abi.encodeWithSelector(IVault.InsufficientFunds.selector, 1, 0));
    }
}
