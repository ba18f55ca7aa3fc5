// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, Outcome} from "../src/interfaces/IVault.sol";
import {Proof} from "../src/libraries/MerkleTree.sol";
import {Release} from "../src/libraries/Statements.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";
import {
    BlocklistingToken,
    CallingToken,
    FalseReturnToken,
    FeeOnTransferToken,
    GasBurningToken,
    LyingToken,
    NoReturnToken,
    PausableToken,
    PlainToken,
    RebasingToken,
    ReturnBombToken
} from "./mocks/Tokens.sol";

/// @title Tokens that do not simply move what they are told
/// @notice Each is listed beside the plain token and the native coin, which must not notice.
contract WeirdTokensTest is VaultTest {
    address private constant RECIPIENT = address(0x7777);

    /// @dev Deploys a vault that lists `weird` in the place of the plain token, with some of it and of the coin in.
    function list(PlainToken weird) private {
        token = weird;
        tokenAsset = Digests.word(address(weird));
        vault = deploy(deployment());
        weird.mint(user, 1000 * WHOLE);
        vm.prank(user);
        weird.approve(address(vault), type(uint256).max);
        deposit(NATIVE, 100 * WHOLE);
    }

    /// @dev Releases one of the token and one of the coin; answers what became of the token, and asserts that the coin came.
    function payBeside(address recipient) private returns (Outcome) {
        Release[] memory batch = new Release[](2);
        batch[0] = releaseTo(recipient, tokenAsset, WHOLE);
        batch[1] = releaseTo(RECIPIENT, NATIVE, WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        uint256 before = RECIPIENT.balance;
        Outcome[] memory outcomes = vault.release(entries, proofs);
        vm.assertEq(RECIPIENT.balance, before + WHOLE, "the coin beside it");
        return outcomes[0];
    }

    function is_(Outcome got, Outcome expected) private pure {
        vm.assertEq(uint256(got), uint256(expected), "outcome");
    }

    function test_of_a_fee_on_transfer_only_what_arrives_is_credited() public {
        list(new FeeOnTransferToken());
        vm.expectEmit(address(vault));
        emit IVault.Deposited(1, tokenAsset, user, 0, 99 * WHOLE, 99 * WHOLE);
        deposit(tokenAsset, 100 * WHOLE);
        vm.assertEq(token.balanceOf(address(vault)), 99 * WHOLE, "balance");
        is_(payBeside(RECIPIENT), Outcome.Released);
        vm.assertEq(holdings(tokenAsset), token.balanceOf(address(vault)), "holdings");
    }

    function test_a_token_without_return_values_moves() public {
        list(new NoReturnToken());
        deposit(tokenAsset, 100 * WHOLE);
        is_(payBeside(RECIPIENT), Outcome.Released);
        vm.assertEq(token.balanceOf(RECIPIENT), WHOLE, "paid");
    }

    function test_a_false_return_is_a_failure() public {
        FalseReturnToken weird = new FalseReturnToken();
        list(weird);
        vm.prank(user);
        vm.expectRevert();
        vault.deposit(tokenAsset, WHOLE, account(user));
        weird.setRefuses(false);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setRefuses(true);
        is_(payBeside(RECIPIENT), Outcome.Failed);
        vm.assertEq(holdings(tokenAsset), 100 * WHOLE, "holdings");
    }

    function test_a_token_that_only_says_it_moved_credits_nothing() public {
        list(new LyingToken());
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.BelowMinimum.selector, 0, DEPOSIT_MINIMUM));
        vault.deposit(tokenAsset, WHOLE, account(user));
    }

    function test_a_token_that_starts_to_lie_pays_nothing() public {
        list(new PlainToken());
        deposit(tokenAsset, 100 * WHOLE);
        vm.etch(address(token), address(new LyingToken()).code);
        is_(payBeside(RECIPIENT), Outcome.Failed);
        vm.assertEq(holdings(tokenAsset), 100 * WHOLE, "holdings");
    }

    function test_a_paused_token_waits() public {
        PausableToken weird = new PausableToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setPaused(true);
        Release memory entry = releaseTo(RECIPIENT, tokenAsset, WHOLE);
        is_(pay(entry), Outcome.Failed);
        is_(payBeside(RECIPIENT), Outcome.Failed);
        weird.setPaused(false);
        is_(pay(entry), Outcome.Released);
    }

    function test_a_blocked_recipient_stops_no_other() public {
        BlocklistingToken weird = new BlocklistingToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setBlocked(address(0xbad), true);
        is_(payBeside(address(0xbad)), Outcome.Failed);
        is_(payBeside(address(0x900d)), Outcome.Released);
    }

    function test_a_blocked_vault_loses_no_count() public {
        BlocklistingToken weird = new BlocklistingToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setBlocked(address(vault), true);
        is_(payBeside(RECIPIENT), Outcome.Failed);
        vm.assertEq(holdings(tokenAsset), 100 * WHOLE, "holdings");
    }

    function test_a_rebase_below_the_counter_shows_in_the_report() public {
        RebasingToken weird = new RebasingToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.rebase(50);
        vm.expectEmit(address(vault));
        emit IVault.BalanceReport(2, tokenAsset, 50 * WHOLE, 100 * WHOLE);
        vault.report(tokenAsset);
        weird.rebase(200);
        vm.expectEmit(address(vault));
        emit IVault.BalanceReport(3, tokenAsset, 200 * WHOLE, 100 * WHOLE);
        vault.report(tokenAsset);
    }

    function test_a_token_that_burns_all_gas_stops_no_other() public {
        GasBurningToken weird = new GasBurningToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setBurns(true);
        is_(payBeside(RECIPIENT), Outcome.Failed);
    }

    function test_a_token_that_answers_without_end_stops_no_other() public {
        ReturnBombToken weird = new ReturnBombToken();
        list(weird);
        deposit(tokenAsset, 100 * WHOLE);
        weird.setBombs(true);
        is_(payBeside(RECIPIENT), Outcome.Failed);
    }

    /// @dev Every function that moves anything, called out of a token's transfer.
    function test_a_token_can_not_call_back_into_the_vault() public {
        CallingToken weird = new CallingToken();
        list(weird);
        deposit(tokenAsset, 10 * WHOLE);
        Release memory inner = releaseTo(address(weird), NATIVE, WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(inner);
        bytes[6] memory calls = [
            abi.encodeCall(vault.deposit, (tokenAsset, WHOLE, account(user))),
            abi.encodeCall(vault.depositStake, (user, WHOLE)),
            abi.encodeCall(vault.release, (entries, proofs)),
            abi.encodeCall(vault.forceCommand, (hex"01")),
            abi.encodeCall(vault.report, (NATIVE)),
            abi.encodeCall(vault.declareExit, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            weird.setCall(address(vault), calls[i]);
            deposit(tokenAsset, 10 * WHOLE);
            vm.assertFalse(weird.hasSucceeded(), "called back");
            vm.assertEq(bytes32(bytes4(weird.answer())), bytes32(IVault.Reentered.selector), "why");
        }
        vm.assertEq(holdings(tokenAsset), token.balanceOf(address(vault)), "holdings");
    }

    function test_a_token_can_not_settle_in_the_middle_of_a_release() public {
        CallingToken weird = new CallingToken();
        list(weird);
        deposit(tokenAsset, 10 * WHOLE);
        Release memory forged = releaseTo(address(weird), NATIVE, 50 * WHOLE);
        weird.setCall(address(vault), abi.encodeCall(vault.settle, (forged, user)));
        is_(payBeside(RECIPIENT), Outcome.Released);
        vm.assertEq(bytes32(bytes4(weird.answer())), bytes32(IVault.NotTheVaultItself.selector), "why");
    }

    function test_a_recipient_that_sends_the_token_back_in_the_middle_is_not_paid() public {
        CallingToken weird = new CallingToken();
        list(weird);
        deposit(tokenAsset, 10 * WHOLE);
        // In the transfer of the release the token mints to the vault, as if the payment had come back.
        weird.setCall(address(weird), abi.encodeCall(weird.mint, (address(vault), WHOLE)));
        is_(payBeside(RECIPIENT), Outcome.Failed);
        vm.assertEq(holdings(tokenAsset), 10 * WHOLE, "holdings");
    }
}
