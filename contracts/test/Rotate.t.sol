// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CurrentSet, IVault} from "../src/interfaces/IVault.sol";
import {AttesterSet, AttesterSets} from "../src/libraries/AttesterSets.sol";
import {BlockCertificate} from "../src/libraries/BlockCertificate.sol";
import {Header} from "../src/libraries/Statements.sol";
import {Attester, Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `rotate`: only the current set names the next one, one id and at most a third of the weight further
contract RotateTest is VaultTest {
    using Committees for Attester[];

    uint64 private constant LATER = START + 1 days;

    function setUp() public override {
        super.setUp();
        vm.warp(LATER);
    }

    function rejects(Header memory header, Attester[] memory next, uint32 id, bytes memory why) private {
        bytes memory signatures = certify(header);
        AttesterSet memory set = currentSet();
        AttesterSet memory nextSet = next.asSet(id);
        vm.expectRevert(why);
        vault.rotate(header, ROUND, set, signatures, nextSet);
    }

    function test_takes_the_named_set_and_its_header() public {
        Attester[] memory next = successors(2);
        bytes32 hash = Digests.setHash(next.asSet(FIRST_SET + 1));
        vm.expectEmit(address(vault));
        emit IVault.Rotated(0, FIRST_SET + 1, hash, FIRST_HEIGHT + 1);
        rotateTo(next);
        CurrentSet memory set = vault.currentSet();
        vm.assertEq(set.hash, hash, "hash");
        vm.assertEq(set.id, FIRST_SET + 1, "id");
        vm.assertEq(set.quorum, 3, "quorum");
        vm.assertEq(set.height, FIRST_HEIGHT + 1, "height");
        vm.assertEq(set.since, LATER, "since");
        vm.assertEq(vault.newestHeader().height, FIRST_HEIGHT + 1, "newest");
        vm.assertFalse(vault.newestHeader().isLastOfSet, "last of set");
    }

    function test_takes_the_set_that_the_newest_header_has_named_already() public {
        Attester[] memory next = successors(2);
        Header memory last = headerNaming(next);
        submit(last);
        vault.rotate(last, ROUND, currentSet(), certify(last), next.asSet(FIRST_SET + 1));
        vm.assertEq(vault.currentSet().id, FIRST_SET + 1, "id");
        (setId, height) = (FIRST_SET + 1, last.height);
        install(next);
        submitNext();
    }

    function test_the_next_sets_headers_are_accepted_and_it_rotates_on() public {
        rotateTo(successors(2));
        submitNext();
        vm.warp(LATER + 1 days);
        rotateTo(successors(3));
        submitNext();
        vm.assertEq(vault.currentSet().id, FIRST_SET + 2, "id");
    }

    function test_the_quorum_follows_the_new_weights() public {
        Attester[] memory next = successors(2).with(Committees.attester(3, 0, 1)).without(0);
        next[1].weight = 1;
        rotateTo(next);
        vm.assertEq(vault.currentSet().quorum, next.quorum(), "quorum");
    }

    function test_a_removed_member_counts_for_nothing() public {
        Attester[] memory before = attesters;
        rotateTo(successors(2));
        Header memory header = nextHeader();
        bytes memory signatures = before.certify(digestOf(header));
        AttesterSet memory set = currentSet();
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.NotANextMember.selector, before[0].who));
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_rejects_another_set_than_the_header_names() public {
        Attester[] memory named = successors(2);
        Attester[] memory given = successors(3);
        bytes32 got = Digests.setHash(given.asSet(FIRST_SET + 1));
        bytes32 expected = Digests.setHash(named.asSet(FIRST_SET + 1));
        rejects(
            headerNaming(named),
            given,
            FIRST_SET + 1,
            abi.encodeWithSelector(IVault.NotTheNamedSet.selector, got, expected)
        );
    }

    function test_rejects_an_id_that_is_not_one_above() public {
        Attester[] memory next = successors(2);
        Header memory header = nextHeader();
        header.nextSet = Digests.setHash(next.asSet(FIRST_SET + 2));
        rejects(
            header,
            next,
            FIRST_SET + 2,
            abi.encodeWithSelector(AttesterSets.WrongNextId.selector, FIRST_SET + 2, FIRST_SET)
        );
    }

    function test_rejects_the_current_set_as_its_own_successor() public {
        rejects(
            nextHeader(),
            attesters,
            FIRST_SET,
            abi.encodeWithSelector(AttesterSets.WrongNextId.selector, FIRST_SET, FIRST_SET)
        );
    }

    function test_rejects_a_change_of_more_than_a_third() public {
        Attester[] memory next = successors(2).without(0).with(Committees.attester(3, 0, 1));
        next = next.without(0).with(Committees.attester(4, 0, 1));
        Header memory header = headerNaming(next);
        bytes memory signatures = certify(header);
        vm.expectPartialRevert(AttesterSets.ChangeTooLarge.selector);
        vault.rotate(header, ROUND, currentSet(), signatures, next.asSet(FIRST_SET + 1));
    }

    function test_rejects_fewer_than_four_members() public {
        Attester[] memory next = Committees.of_(1, 4, 1).without(0);
        rejects(headerNaming(next), next, FIRST_SET + 1, abi.encodeWithSelector(AttesterSets.MemberCount.selector, 3));
    }

    function test_rejects_a_heavy_member() public {
        Attester[] memory next = attesters;
        next[3].weight = 2;
        rejects(
            headerNaming(next),
            next,
            FIRST_SET + 1,
            abi.encodeWithSelector(AttesterSets.HeavyMember.selector, next[3].who, 2, 5)
        );
    }

    function test_rejects_a_rotation_before_the_minimum_delay() public {
        rotateTo(successors(2));
        vm.warp(LATER + 1 hours - 1);
        Attester[] memory next = successors(3);
        rejects(
            headerNaming(next),
            next,
            FIRST_SET + 2,
            abi.encodeWithSelector(IVault.RotationTooEarly.selector, LATER + 1 hours - 1, LATER + 1 hours)
        );
        vm.warp(LATER + 1 hours);
        rotateTo(next);
    }

    function test_rejects_the_same_rotation_twice() public {
        Attester[] memory before = attesters;
        Attester[] memory next = successors(2);
        Header memory header = headerNaming(next);
        bytes memory signatures = certify(header);
        vault.rotate(header, ROUND, before.asSet(FIRST_SET), signatures, next.asSet(FIRST_SET + 1));
        vm.warp(LATER + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IVault.StaleHeader.selector, header.height, header.height));
        vault.rotate(header, ROUND, before.asSet(FIRST_SET), signatures, next.asSet(FIRST_SET + 1));
    }

    function test_rejects_a_second_last_header_of_a_set() public {
        submit(headerNaming(successors(2)));
        Attester[] memory other = successors(3);
        rejects(headerNaming(other), other, FIRST_SET + 1, abi.encodeWithSelector(IVault.SetIsOver.selector, FIRST_SET));
    }

    function test_rejects_a_rotation_that_the_next_set_signed_itself() public {
        Attester[] memory next = successors(2);
        Header memory header = headerNaming(next);
        bytes memory signatures = next.certify(digestOf(header));
        AttesterSet memory set = currentSet();
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        vault.rotate(header, ROUND, set, signatures, next.asSet(FIRST_SET + 1));
    }

    function test_rejects_once_an_exit_is_final() public {
        vm.warp(START + 7 days);
        vault.declareExit();
        uint64 finalAt = vault.declaredExit().finalAt;
        vm.warp(finalAt);
        Attester[] memory next = successors(2);
        rejects(headerNaming(next), next, FIRST_SET + 1, abi.encodeWithSelector(IVault.ExitFinal.selector, finalAt));
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        Attester[] memory next = successors(2);
        Header memory header = headerNaming(next);
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        rejects(
            header, next, FIRST_SET + 1, abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original)
        );
    }

    function test_a_pause_does_not_hold_it_up() public {
        vault.pause(currentSet(), signPause(0));
        rotateTo(successors(2));
    }

    function test_its_header_cancels_an_exit_that_was_declared_by_silence() public {
        vm.warp(START + 8 days);
        vault.declareExit();
        vm.warp(START + 9 days);
        rotateTo(successors(2));
        vm.assertEq(vault.declaredExit().finalAt, 0, "declared");
    }
}
