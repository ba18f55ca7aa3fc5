// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {IVault, Outcome} from "../src/interfaces/IVault.sol";
import {MerkleTree, Proof} from "../src/libraries/MerkleTree.sol";
import {Release} from "../src/libraries/Statements.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm, within} from "./base/Vm.sol";
import {GasBurningReceiver, RefusingReceiver, ReturnBombReceiver} from "./mocks/Receivers.sol";

/// @title `release`: what the newest outbox holds is paid once, each entry for itself
contract ReleaseTest is VaultTest {
    address private constant RECIPIENT = address(0x7777);

    function setUp() public override {
        super.setUp();
        deposit(NATIVE, 10_000 * WHOLE);
        deposit(tokenAsset, 10_000 * WHOLE);
    }

    function is_(Outcome got, Outcome expected) private pure {
        vm.assertEq(uint256(got), uint256(expected), "outcome");
    }

    function release(Release[] memory entries, Proof[] memory proofs) private returns (Outcome[] memory) {
        vm.prank(submitter);
        return vault.release(entries, proofs);
    }

    function rejects(Release[] memory entries, Proof[] memory proofs, bytes memory why) private {
        vm.expectRevert(why);
        vault.release(entries, proofs);
    }

    function batchOf(uint256 count) private pure returns (Release[] memory) {
        return new Release[](count);
    }

    /* WHAT IS PAID */

    function test_pays_the_native_coin() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        uint64 seq = vault.nextSeq();
        vm.expectEmit(address(vault));
        emit IVault.Released(seq, entry.id, NATIVE, entry.recipient, 5 * WHOLE, submitter, 9995 * WHOLE);
        is_(release(entries, proofs)[0], Outcome.Released);
        vm.assertEq(RECIPIENT.balance, 5 * WHOLE, "recipient");
        vm.assertEq(address(vault).balance, 9995 * WHOLE, "vault");
        vm.assertEq(holdings(NATIVE), 9995 * WHOLE, "holdings");
        vm.assertTrue(vault.isDone(entry.id), "done");
    }

    function test_pays_a_token() public {
        Release memory entry = releaseTo(RECIPIENT, tokenAsset, 5 * WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectEmit(address(vault));
        emit IVault.Released(2, entry.id, tokenAsset, entry.recipient, 5 * WHOLE, submitter, 9995 * WHOLE);
        is_(release(entries, proofs)[0], Outcome.Released);
        vm.assertEq(token.balanceOf(RECIPIENT), 5 * WHOLE, "recipient");
        vm.assertEq(holdings(tokenAsset), 9995 * WHOLE, "holdings");
    }

    function test_mints_a_bridged_token() public {
        IBridgedToken bridged = IBridgedToken(vault.assetOf(bridgedAsset).token);
        Release memory entry = releaseTo(RECIPIENT, bridgedAsset, 7e8);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectEmit(address(vault));
        emit IVault.Released(2, entry.id, bridgedAsset, entry.recipient, 7e8, submitter, 7e8);
        is_(release(entries, proofs)[0], Outcome.Released);
        vm.assertEq(bridged.balanceOf(RECIPIENT), 7e8, "recipient");
        vm.assertEq(bridged.totalSupply(), 7e8, "supply");
        vm.assertEq(holdings(bridgedAsset), 7e8, "holdings");
    }

    function testFuzz_pays_every_entry_of_a_batch(uint256 seed, uint256 count) public {
        count = within(count, 1, 20);
        Release[] memory batch = batchOf(count);
        bytes32[3] memory kinds = [NATIVE, tokenAsset, bridgedAsset];
        for (uint256 i = 0; i < count; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            address recipient = address(uint160(0x10000 + i));
            batch[i] = releaseTo(recipient, kinds[random % 3], 1 + (random >> 8) % (10 * WHOLE));
        }
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        Outcome[] memory outcomes = release(entries, proofs);
        for (uint256 i = 0; i < count; i++) {
            // Of the bridged token, whose unit is finer, more is asked than may leave.
            uint256 paid = balanceOf(batch[i].asset, address(uint160(0x10000 + i)));
            bool isReleased = outcomes[i] == Outcome.Released;
            vm.assertTrue(isReleased || outcomes[i] == Outcome.Limited, "outcome");
            vm.assertEq(paid, isReleased ? batch[i].amount : 0, "paid");
            vm.assertTrue(vault.isDone(batch[i].id) == isReleased, "done");
        }
    }

    function balanceOf(bytes32 asset, address who) private view returns (uint256) {
        return asset == NATIVE ? who.balance : IBridgedToken(vault.assetOf(asset).token).balanceOf(who);
    }

    function test_one_header_serves_many_batches() public {
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, 1);
        batch[1] = releaseTo(RECIPIENT, tokenAsset, 1);
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        for (uint256 i = 0; i < 2; i++) {
            Release[] memory one = batchOf(1);
            Proof[] memory its = new Proof[](1);
            (one[0], its[0]) = (entries[i], proofs[i]);
            is_(release(one, its)[0], Outcome.Released);
        }
    }

    function test_a_newer_header_proves_an_older_entry() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        certified(entry);
        queue(releaseTo(RECIPIENT, NATIVE, 2));
        submitNext();
        Release[] memory entries = batchOf(1);
        entries[0] = entry;
        Proof[] memory proofs = new Proof[](1);
        proofs[0] = prove(0);
        is_(release(entries, proofs)[0], Outcome.Released);
    }

    function test_an_amount_of_zero_moves_nothing() public {
        is_(pay(releaseTo(RECIPIENT, NATIVE, 0)), Outcome.Released);
        vm.assertEq(holdings(NATIVE), 10_000 * WHOLE, "holdings");
    }

    /* ONCE */

    function test_pays_an_entry_once() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 5 * WHOLE));
        is_(release(entries, proofs)[0], Outcome.Released);
        uint64 seq = vault.nextSeq();
        is_(release(entries, proofs)[0], Outcome.AlreadyReleased);
        vm.assertEq(RECIPIENT.balance, 5 * WHOLE, "recipient");
        vm.assertEq(vault.nextSeq(), seq, "no event");
    }

    function test_pays_an_entry_once_that_stands_twice_in_a_batch() public {
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        batch[1] = batch[0];
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        Outcome[] memory outcomes = release(entries, proofs);
        is_(outcomes[0], Outcome.Released);
        is_(outcomes[1], Outcome.AlreadyReleased);
        vm.assertEq(RECIPIENT.balance, 5 * WHOLE, "recipient");
    }

    function test_pays_only_one_of_two_entries_with_one_id() public {
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        batch[1] = releaseTo(RECIPIENT, tokenAsset, 5 * WHOLE);
        batch[1].id = batch[0].id;
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        is_(release(entries, proofs)[1], Outcome.AlreadyReleased);
        vm.assertEq(token.balanceOf(RECIPIENT), 0, "second");
    }

    function test_pays_an_entry_once_over_later_headers_and_sets() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        entry.validUntil = START + 5 days;
        pay(entry);
        vm.warp(START + 1 days);
        rotateTo(successors(2));
        is_(pay(entry), Outcome.AlreadyReleased);
    }

    /* PROOFS */

    function test_rejects_an_entry_that_the_outbox_does_not_hold() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 5 * WHOLE));
        entries[0].amount++;
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function testFuzz_every_field_of_an_entry_is_proved(uint256 field) public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 5 * WHOLE));
        field = within(field, 0, 4);
        if (field == 0) entries[0].id++;
        else if (field == 1) entries[0].asset = tokenAsset;
        else if (field == 2) entries[0].recipient = Digests.word(submitter);
        else if (field == 3) entries[0].amount--;
        else entries[0].validUntil++;
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function test_rejects_an_entry_of_an_older_outbox() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 5 * WHOLE));
        delete outbox;
        queue(releaseTo(RECIPIENT, NATIVE, 1));
        submitNext();
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function test_rejects_every_entry_before_the_first_header() public {
        Release[] memory entries = batchOf(1);
        entries[0] = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        Proof[] memory proofs = new Proof[](1);
        proofs[0] = Proof(0, new bytes32[](0));
        rejects(entries, proofs, abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, bytes32(0), 0));
    }

    function test_rejects_every_entry_under_an_empty_outbox() public {
        submitNext();
        Release[] memory entries = batchOf(1);
        entries[0] = releaseTo(RECIPIENT, NATIVE, 5 * WHOLE);
        Proof[] memory proofs = new Proof[](1);
        proofs[0] = Proof(0, new bytes32[](0));
        rejects(entries, proofs, abi.encodeWithSelector(MerkleTree.IndexOutOfRange.selector, 0, 0));
    }

    function test_rejects_lemmas_that_are_left_over() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 5 * WHOLE));
        proofs[0].lemmas = new bytes32[](1);
        rejects(entries, proofs, abi.encodeWithSelector(MerkleTree.SurplusLemmas.selector, 1));
    }

    function test_rejects_the_proof_of_another_entry() public {
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, 1);
        batch[1] = releaseTo(RECIPIENT, tokenAsset, 1);
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        (proofs[0], proofs[1]) = (proofs[1], proofs[0]);
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function test_one_unproved_entry_rejects_the_whole_batch() public {
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, 1);
        batch[1] = releaseTo(RECIPIENT, tokenAsset, 1);
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        entries[1].amount = 2;
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
        vm.assertFalse(vault.isDone(batch[0].id), "first");
    }

    function test_rejects_batches_whose_lengths_differ_or_are_zero() public {
        rejects(batchOf(0), new Proof[](0), abi.encodeWithSelector(IVault.BatchLength.selector, 0, 0));
        rejects(batchOf(1), new Proof[](2), abi.encodeWithSelector(IVault.BatchLength.selector, 1, 2));
        rejects(batchOf(2), new Proof[](1), abi.encodeWithSelector(IVault.BatchLength.selector, 2, 1));
    }

    /* WHERE AND WHEN */

    function test_rejects_an_entry_of_another_chain() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        entry.chain = CHAIN + 1;
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        rejects(entries, proofs, abi.encodeWithSelector(IVault.WrongChain.selector, CHAIN + 1, CHAIN));
    }

    function test_rejects_an_entry_of_another_vault() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        entry.vault = Digests.word(address(0xdead));
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        bytes32 own = Digests.word(address(vault));
        rejects(entries, proofs, abi.encodeWithSelector(IVault.WrongVault.selector, entry.vault, own));
    }

    function test_rejects_a_vault_with_bits_above_its_address() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        entry.vault |= bytes32(uint256(1) << 200);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectPartialRevert(IVault.WrongVault.selector);
        vault.release(entries, proofs);
    }

    function test_pays_in_the_last_second_of_its_time_and_not_after() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.warp(entry.validUntil + 1);
        is_(release(entries, proofs)[0], Outcome.Expired);
        vm.assertFalse(vault.isDone(entry.id), "done");
        vm.warp(entry.validUntil);
        is_(release(entries, proofs)[0], Outcome.Released);
    }

    function test_rejects_while_paused() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 1));
        vault.pause(currentSet(), signPause(0));
        rejects(entries, proofs, abi.encodeWithSelector(IVault.ReleasesPaused.selector, START + 1 days));
        vm.warp(START + 1 days);
        is_(release(entries, proofs)[0], Outcome.Released);
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, 1));
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        rejects(entries, proofs, abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
    }

    function test_releases_of_the_last_accepted_outbox_stay_payable_after_a_final_exit() public {
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 1);
        entry.validUntil = START + 60 days;
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.warp(START + 8 days);
        vault.declareExit();
        vm.warp(START + 11 days);
        is_(release(entries, proofs)[0], Outcome.Released);
    }

    /* THE LIMITER */

    function test_pays_what_the_limiter_leaves_and_no_more() public {
        uint256 available = vault.outflowAvailable(NATIVE);
        vm.assertEq(available, OUTFLOW_MINIMUM, "minimum above 2 %");
        is_(pay(releaseTo(RECIPIENT, NATIVE, available + 1)), Outcome.Limited);
        is_(pay(releaseTo(RECIPIENT, NATIVE, available)), Outcome.Released);
        vm.assertEq(vault.outflowAvailable(NATIVE), 0, "available");
        is_(pay(releaseTo(RECIPIENT, NATIVE, 1)), Outcome.Limited);
        is_(pay(releaseTo(RECIPIENT, tokenAsset, 1)), Outcome.Released);
    }

    function test_a_limited_entry_is_payable_in_the_next_window() public {
        // From the day after the deposit on, 20 % of what is held may leave in a day: of 10,000, then of 9,000.
        vm.warp(START + 1 days);
        is_(pay(releaseTo(RECIPIENT, NATIVE, OUTFLOW_MINIMUM)), Outcome.Released);
        Release memory entry = releaseTo(RECIPIENT, NATIVE, 800 * WHOLE);
        is_(pay(entry), Outcome.Limited);
        vm.assertFalse(vault.isDone(entry.id), "done");
        vm.warp(START + 1 days + 1 hours);
        is_(pay(entry), Outcome.Released);
        is_(pay(releaseTo(RECIPIENT, NATIVE, 1)), Outcome.Limited);
        vm.warp(START + 2 days);
        is_(pay(releaseTo(RECIPIENT, NATIVE, OUTFLOW_MINIMUM)), Outcome.Released);
    }

    function test_minting_a_bridged_token_is_limited_too() public {
        is_(pay(releaseTo(RECIPIENT, bridgedAsset, 1000e8 + 1)), Outcome.Limited);
        is_(pay(releaseTo(RECIPIENT, bridgedAsset, 1000e8)), Outcome.Released);
    }

    /* PAYMENTS THAT FAIL */

    function test_one_refusing_receiver_stops_no_other() public {
        address[3] memory bad =
            [address(new RefusingReceiver()), address(new GasBurningReceiver()), address(new ReturnBombReceiver())];
        Release[] memory batch = batchOf(6);
        for (uint256 i = 0; i < 3; i++) {
            batch[2 * i] = releaseTo(bad[i], NATIVE, WHOLE);
            batch[2 * i + 1] = releaseTo(address(uint160(0x10000 + i)), NATIVE, WHOLE);
        }
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        Outcome[] memory outcomes = release(entries, proofs);
        for (uint256 i = 0; i < 3; i++) {
            is_(outcomes[2 * i], Outcome.Failed);
            is_(outcomes[2 * i + 1], Outcome.Released);
            vm.assertFalse(vault.isDone(batch[2 * i].id), "failed");
            vm.assertEq(address(uint160(0x10000 + i)).balance, WHOLE, "paid");
        }
        vm.assertEq(holdings(NATIVE), 9997 * WHOLE, "holdings");
        vm.assertEq(address(vault).balance, 9997 * WHOLE, "balance");
    }

    function test_a_failed_entry_is_noted_and_payable_later() public {
        RefusingReceiver receiver = new RefusingReceiver();
        Release memory entry = releaseTo(address(receiver), NATIVE, WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectEmit(address(vault));
        emit IVault.ReleaseFailed(2, entry.id);
        is_(release(entries, proofs)[0], Outcome.Failed);
        receiver.setTakes(true);
        is_(release(entries, proofs)[0], Outcome.Released);
        vm.assertEq(address(receiver).balance, WHOLE, "receiver");
    }

    function test_a_failed_entry_spends_nothing_of_the_limiter() public {
        uint256 before = vault.outflowAvailable(NATIVE);
        pay(releaseTo(address(new RefusingReceiver()), NATIVE, WHOLE));
        vm.assertEq(vault.outflowAvailable(NATIVE), before, "available");
    }

    function test_recipients_that_are_no_receivers_fail_alone() public {
        is_(pay(releaseTo(address(0), NATIVE, WHOLE)), Outcome.Failed);
        is_(pay(releaseTo(address(vault), NATIVE, WHOLE)), Outcome.Failed);
        Release memory entry = releaseTo(RECIPIENT, NATIVE, WHOLE);
        entry.recipient |= bytes32(uint256(1) << 160);
        is_(pay(entry), Outcome.Failed);
        vm.assertEq(holdings(NATIVE), 10_000 * WHOLE, "holdings");
    }

    function test_an_asset_that_is_not_listed_fails_alone() public {
        is_(pay(releaseTo(RECIPIENT, keccak256("unknown"), 1)), Outcome.Failed);
        is_(pay(releaseTo(RECIPIENT, 0, 1)), Outcome.Failed);
    }

    function test_more_than_the_holdings_fails_alone() public {
        uint256 small = 100 * WHOLE;
        vm.deal(address(vault), address(vault).balance + small);
        bytes32 asset = NATIVE;
        // The minimum of the limiter is above what is held: let nearly all of it leave first.
        for (uint256 day = 0; holdings(asset) > small; day++) {
            vm.warp(START + day * 1 days);
            uint256 available = vault.outflowAvailable(asset);
            pay(releaseTo(RECIPIENT, asset, available < holdings(asset) - small ? available : holdings(asset) - small));
        }
        vm.warp(block.timestamp + 1 days);
        is_(pay(releaseTo(RECIPIENT, asset, small + 1)), Outcome.Failed);
        is_(pay(releaseTo(RECIPIENT, asset, small)), Outcome.Released);
        vm.assertEq(holdings(asset), 0, "holdings");
    }

    function test_an_amount_beyond_128_bits_is_limited() public {
        is_(pay(releaseTo(RECIPIENT, NATIVE, uint256(1) << 128)), Outcome.Limited);
        is_(pay(releaseTo(RECIPIENT, bridgedAsset, type(uint256).max)), Outcome.Limited);
    }

    /* GAS */

    function test_a_batch_with_too_little_gas_reverts_as_a_whole() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(RECIPIENT, NATIVE, WHOLE));
        (bool isTaken, bytes memory answer) =
            address(vault).call{gas: 400_000}(abi.encodeCall(vault.release, (entries, proofs)));
        vm.assertFalse(isTaken, "taken");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(IVault.GasTooLow.selector), "why");
        vm.assertFalse(vault.isDone(entries[0].id), "done");
        is_(release(entries, proofs)[0], Outcome.Released);
    }

    function testFuzz_no_gas_limit_makes_a_good_entry_fail(uint256 gasLimit) public {
        gasLimit = within(gasLimit, 21_000, 2_000_000);
        Release[] memory batch = batchOf(2);
        batch[0] = releaseTo(RECIPIENT, NATIVE, WHOLE);
        batch[1] = releaseTo(RECIPIENT, tokenAsset, WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = certified(batch);
        (bool isTaken, bytes memory answer) =
            address(vault).call{gas: gasLimit}(abi.encodeCall(vault.release, (entries, proofs)));
        if (!isTaken) {
            vm.assertFalse(vault.isDone(batch[0].id) || vault.isDone(batch[1].id), "nothing");
            return;
        }
        Outcome[] memory outcomes = abi.decode(answer, (Outcome[]));
        is_(outcomes[0], Outcome.Released);
        is_(outcomes[1], Outcome.Released);
    }
}
