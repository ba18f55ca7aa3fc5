// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, NewestHeader} from "../src/interfaces/IVault.sol";
import {AttesterSet} from "../src/libraries/AttesterSets.sol";
import {BlockCertificate} from "../src/libraries/BlockCertificate.sol";
import {MerkleTree} from "../src/libraries/MerkleTree.sol";
import {Header} from "../src/libraries/Statements.sol";
import {Attester, Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {OutboxTree} from "./base/OutboxTree.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm, within} from "./base/Vm.sol";

/// @title `submitHeader`: newer headers of the current set, under its quorum
contract SubmitHeaderTest is VaultTest {
    using Committees for Attester[];

    function test_keeps_what_it_needs_of_a_certified_header() public {
        queue(releaseTo(user, NATIVE, WHOLE));
        Header memory header = submitNext();
        NewestHeader memory newest = vault.newestHeader();
        vm.assertEq(newest.height, FIRST_HEIGHT + 1, "height");
        vm.assertEq(newest.time, START, "time");
        vm.assertEq(newest.outboxCount, 1, "outbox count");
        vm.assertEq(newest.outboxRoot, header.outboxRoot, "outbox root");
        vm.assertEq(newest.stateRoot, header.stateRoot, "state root");
        vm.assertFalse(newest.isLastOfSet, "last of set");
    }

    function test_is_no_numbered_event() public {
        submitNext();
        vm.assertEq(vault.nextSeq(), 0, "next number");
    }

    function test_accepts_heights_with_gaps() public {
        Header memory header = nextHeader();
        header.height += 500;
        submit(header);
        vm.assertEq(vault.newestHeader().height, FIRST_HEIGHT + 501, "height");
    }

    function test_anybody_may_submit() public {
        Header memory header = nextHeader();
        bytes memory signatures = certify(header);
        vm.prank(address(0xaaaa));
        vault.submitHeader(header, ROUND, currentSet(), signatures);
    }

    function test_counts_a_header_from_the_future_as_of_now() public {
        Header memory header = nextHeader();
        header.timeMs = (START + 10 days) * 1000;
        submit(header);
        vm.assertEq(vault.newestHeader().time, START, "time");
    }

    /* HEIGHTS */

    function rejects(Header memory header, bytes memory why) private {
        bytes memory signatures = certify(header);
        AttesterSet memory set = currentSet();
        vm.expectRevert(why);
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_rejects_the_same_header_twice() public {
        Header memory header = submitNext();
        rejects(header, abi.encodeWithSelector(IVault.StaleHeader.selector, header.height, header.height));
    }

    function testFuzz_rejects_heights_that_are_not_above_the_newest(uint64 lower) public {
        submitNext();
        Header memory header = nextHeader();
        header.height = uint64(within(lower, 0, height));
        rejects(header, abi.encodeWithSelector(IVault.StaleHeader.selector, header.height, height));
    }

    function test_rejects_a_height_up_to_that_of_the_deployment() public {
        Header memory header = nextHeader();
        header.height = FIRST_HEIGHT;
        rejects(header, abi.encodeWithSelector(IVault.StaleHeader.selector, FIRST_HEIGHT, FIRST_HEIGHT));
    }

    /* SETS */

    function test_rejects_a_header_of_another_set_id() public {
        Header memory header = nextHeader();
        header.setId = FIRST_SET + 1;
        rejects(header, abi.encodeWithSelector(IVault.WrongSetId.selector, FIRST_SET + 1, FIRST_SET));
    }

    function test_rejects_another_set_than_the_current_one() public {
        Attester[] memory strangers = Committees.of_(99, 4, 1);
        AttesterSet memory set = strangers.asSet(FIRST_SET);
        Header memory header = nextHeader();
        bytes memory signatures = strangers.certify(digestOf(header));
        bytes32 expected = Digests.setHash(currentSet());
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongSet.selector, Digests.setHash(set), expected));
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_rejects_the_current_members_under_another_id() public {
        Header memory header = nextHeader();
        bytes memory signatures = certify(header);
        AttesterSet memory set = currentSet();
        set.id++;
        vm.expectPartialRevert(IVault.WrongSet.selector);
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_rejects_the_current_members_with_other_weights() public {
        Header memory header = nextHeader();
        bytes memory signatures = attesters.signFirst(1, digestOf(header));
        AttesterSet memory set = currentSet();
        set.members[0] += 1000;
        vm.expectPartialRevert(IVault.WrongSet.selector);
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_rejects_the_previous_set_after_a_rotation() public {
        Attester[] memory before = attesters;
        vm.warp(START + 1 days);
        rotateTo(successors(2));
        Header memory header = nextHeader();
        header.setId = FIRST_SET;
        bytes memory signatures = before.certify(digestOf(header));
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongSetId.selector, FIRST_SET, FIRST_SET + 1));
        vault.submitHeader(header, ROUND, before.asSet(FIRST_SET), signatures);
    }

    function test_rejects_a_further_header_after_the_last_of_a_set() public {
        Header memory last = headerNaming(successors(2));
        submit(last);
        vm.assertTrue(vault.newestHeader().isLastOfSet, "last of set");
        rejects(nextHeader(), abi.encodeWithSelector(IVault.SetIsOver.selector, FIRST_SET));
    }

    /* ROOTS */

    function test_rejects_zero_roots() public {
        Header memory header = nextHeader();
        header.stateRoot = 0;
        rejects(header, abi.encodeWithSelector(IVault.ZeroRoot.selector));
        header = nextHeader();
        header.nextSet = 0;
        rejects(header, abi.encodeWithSelector(IVault.ZeroRoot.selector));
        header = nextHeader();
        header.outboxRoot = 0;
        rejects(header, abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, bytes32(0), 0));
    }

    function test_rejects_an_outbox_root_that_contradicts_its_count() public {
        Header memory header = nextHeader();
        header.outboxCount = 1;
        rejects(header, abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, OutboxTree.EMPTY_ROOT, 1));
        header = nextHeader();
        header.outboxRoot = keccak256("root");
        rejects(header, abi.encodeWithSelector(MerkleTree.RootAgainstCount.selector, keccak256("root"), 0));
    }

    /* CERTIFICATES */

    function test_rejects_less_than_a_quorum() public {
        Header memory header = nextHeader();
        bytes memory signatures = attesters.signFirst(2, digestOf(header));
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 2, 3));
        vault.submitHeader(header, ROUND, currentSet(), signatures);
    }

    function test_rejects_no_signatures() public {
        Header memory header = nextHeader();
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 0, 3));
        vault.submitHeader(header, ROUND, currentSet(), "");
    }

    function test_rejects_signatures_for_another_round() public {
        Header memory header = nextHeader();
        bytes memory signatures = certify(header);
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        vault.submitHeader(header, ROUND + 1, currentSet(), signatures);
    }

    function testFuzz_rejects_any_flipped_bit_of_the_header(uint256 field, uint256 bit) public {
        queue(releaseTo(user, NATIVE, WHOLE));
        Header memory header = nextHeader();
        bytes memory signatures = certify(header);
        field = within(field, 0, 9);
        uint256 width = field == 0 || field == 2 ? 64 : field == 3 || field == 4 || field == 7 ? 32 : 256;
        bit = within(bit, 0, width - 1);
        assembly ("memory-safe") {
            let place := add(header, mul(field, 32))
            mstore(place, xor(mload(place), shl(bit, 1)))
        }
        AttesterSet memory set = currentSet();
        vm.expectRevert();
        vault.submitHeader(header, ROUND, set, signatures);
    }

    /* WHERE AND WHEN */

    function test_rejects_on_a_fork_of_the_chain() public {
        Header memory header = nextHeader();
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        rejects(header, abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
    }

    function test_a_pause_does_not_hold_it_up() public {
        bytes memory signature = signPause(0);
        vault.pause(currentSet(), signature);
        submitNext();
    }

    function test_a_fresh_header_cancels_an_exit_that_was_declared_by_silence() public {
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.expectEmit(address(vault));
        emit IVault.ExitCancelled(1, FIRST_HEIGHT + 1);
        submitNext();
        vm.assertEq(vault.declaredExit().finalAt, 0, "declared");
    }

    function test_an_old_header_does_not_cancel_an_exit() public {
        vm.warp(START + 8 days);
        vault.declareExit();
        Header memory header = nextHeader();
        header.timeMs = (START + 1 days) * 1000;
        submit(header);
        vm.assertTrue(vault.declaredExit().finalAt != 0, "declared");
    }

    function test_rejects_headers_once_an_exit_is_final() public {
        vm.warp(START + 7 days);
        vault.declareExit();
        uint64 finalAt = vault.declaredExit().finalAt;
        vm.warp(finalAt);
        rejects(nextHeader(), abi.encodeWithSelector(IVault.ExitFinal.selector, finalAt));
    }

    function test_accepts_a_header_in_the_last_second_before_an_exit_is_final() public {
        vm.warp(START + 7 days);
        vault.declareExit();
        vm.warp(vault.declaredExit().finalAt - 1);
        submitNext();
        vm.assertEq(vault.declaredExit().finalAt, 0, "declared");
    }
}
