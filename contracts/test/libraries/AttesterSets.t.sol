// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet, AttesterSets} from "../../src/libraries/AttesterSets.sol";
import {Attester, Committees} from "../base/Committees.sol";
import {Digests} from "../base/Digests.sol";
import {vm, within} from "../base/Vm.sol";

contract AttesterSetsCaller {
    function check(uint256[] calldata members) external pure returns (uint256) {
        return AttesterSets.check(members);
    }

    function checkSuccession(AttesterSet calldata current, AttesterSet calldata next) external pure returns (uint256) {
        return AttesterSets.checkSuccession(current, next);
    }

    function weightAmong(uint256[] calldata members, address attester) external pure returns (uint256) {
        return AttesterSets.weightAmong(members, attester);
    }
}

/// @title What is a set, and what may follow one
contract AttesterSetsTest {
    using Committees for Attester[];

    AttesterSetsCaller private immutable CALLER = new AttesterSetsCaller();

    function member(address attester, uint256 weight) private pure returns (uint256) {
        return uint256(uint160(attester)) << 32 | weight;
    }

    /// @dev Members 1, 2, .. with the weights.
    function weighing(uint256[4] memory weights) private pure returns (uint256[] memory members) {
        members = new uint256[](4);
        for (uint256 i = 0; i < 4; i++) {
            members[i] = member(address(uint160(i + 1)), weights[i]);
        }
    }

    function test_accepts_four_to_sixty_four_members() public view {
        vm.assertEq(CALLER.check(Committees.of_(1, 4, 1).asSet(0).members), 4, "4");
        vm.assertEq(CALLER.check(Committees.of_(1, 64, 7).asSet(0).members), 448, "64");
    }

    function test_rejects_three_and_sixty_five_members() public {
        uint256[] memory few = Committees.of_(1, 3, 1).asSet(0).members;
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.MemberCount.selector, 3));
        CALLER.check(few);
        uint256[] memory many = Committees.of_(1, 65, 1).asSet(0).members;
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.MemberCount.selector, 65));
        CALLER.check(many);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.MemberCount.selector, 0));
        CALLER.check(new uint256[](0));
    }

    function test_rejects_the_zero_address() public {
        uint256[] memory members = weighing([uint256(1), 1, 1, 1]);
        members[0] = member(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ZeroMember.selector, 0));
        CALLER.check(members);
    }

    function test_rejects_a_member_without_weight() public {
        uint256[] memory members = weighing([uint256(1), 1, 0, 1]);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ZeroWeight.selector, address(3)));
        CALLER.check(members);
    }

    function testFuzz_rejects_bits_above_the_address(uint256 bit) public {
        bit = within(bit, 192, 255);
        uint256[] memory members = weighing([uint256(1), 1, 1, 1]);
        members[3] |= 2 ** bit;
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.MemberTooWide.selector, members[3]));
        CALLER.check(members);
    }

    function test_rejects_unsorted_and_double_members() public {
        uint256[] memory members = weighing([uint256(1), 1, 1, 1]);
        (members[1], members[2]) = (members[2], members[1]);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.UnsortedMember.selector, address(2), address(3)));
        CALLER.check(members);
        members = weighing([uint256(1), 1, 1, 1]);
        members[2] = member(address(2), 5);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.UnsortedMember.selector, address(2), address(2)));
        CALLER.check(members);
    }

    function test_rejects_a_total_of_two_to_the_thirty_two() public {
        uint256 quarter = 2 ** 30;
        vm.assertEq(CALLER.check(weighing([quarter, quarter, quarter, quarter - 1])), 2 ** 32 - 1, "one below");
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.TotalTooLarge.selector, 2 ** 32));
        CALLER.check(weighing([quarter, quarter, quarter, quarter]));
    }

    function test_rejects_one_member_above_a_third() public {
        CALLER.check(weighing([uint256(2), 2, 1, 1]));
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.HeavyMember.selector, address(4), 3, 8));
        CALLER.check(weighing([uint256(2), 2, 1, 3]));
    }

    function testFuzz_quorum_is_above_two_thirds_and_least(uint32 total) public pure {
        vm.assume(total > 0);
        uint256 quorum = AttesterSets.quorumOf(total);
        vm.assertTrue(3 * quorum > 2 * uint256(total), "above two thirds");
        vm.assertTrue(3 * (quorum - 1) <= 2 * uint256(total), "least");
        vm.assertLe(quorum, uint256(total), "attainable");
    }

    function testFuzz_hash_is_the_struct_hash(uint32 id, uint256[] memory members) public pure {
        AttesterSet memory set = AttesterSet(id, members);
        vm.assertEq(AttesterSets.hash(set), Digests.setHash(set), "hash");
    }

    function testFuzz_weight_of_members_and_of_nobody_else(uint256 index) public view {
        Attester[] memory members = Committees.of_(1, 7, 3);
        uint256[] memory words = members.asSet(0).members;
        index = within(index, 0, 6);
        vm.assertEq(CALLER.weightAmong(words, members[index].who), 3, "member");
        vm.assertEq(CALLER.weightAmong(words, Committees.attester(1, 7 + index, 3).who), 0, "stranger");
        vm.assertEq(CALLER.weightAmong(words, address(0)), 0, "zero");
    }

    /* SUCCESSION */

    function test_the_id_goes_up_by_one() public {
        Attester[] memory members = Committees.of_(1, 4, 1);
        CALLER.checkSuccession(members.asSet(5), members.asSet(6));
        uint32[4] memory wrong = [uint32(0), 4, 5, 7];
        for (uint256 i = 0; i < 4; i++) {
            vm.expectRevert(abi.encodeWithSelector(AttesterSets.WrongNextId.selector, wrong[i], 5));
            CALLER.checkSuccession(members.asSet(5), members.asSet(wrong[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.WrongNextId.selector, 0, type(uint32).max));
        CALLER.checkSuccession(members.asSet(type(uint32).max), members.asSet(0));
    }

    function test_a_third_of_the_weight_may_change_and_no_more() public {
        Attester[] memory members = Committees.of_(1, 6, 1);
        Attester[] memory next = members.without(0).without(0);
        next = next.with(Committees.attester(2, 0, 1)).with(Committees.attester(2, 1, 1));
        CALLER.checkSuccession(members.asSet(0), next.asSet(1));
        next = next.without(indexOf(next, members[2].who)).with(Committees.attester(2, 2, 1));
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ChangeTooLarge.selector, 3, 3, 6));
        CALLER.checkSuccession(members.asSet(0), next.asSet(1));
    }

    function test_a_set_that_only_grows_by_more_than_a_third_is_rejected() public {
        Attester[] memory members = Committees.of_(1, 6, 1);
        Attester[] memory next = members;
        for (uint256 i = 0; i < 3; i++) {
            next = next.with(Committees.attester(2, i, 1));
        }
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ChangeTooLarge.selector, 3, 0, 6));
        CALLER.checkSuccession(members.asSet(0), next.asSet(1));
    }

    function test_a_set_that_only_shrinks_by_more_than_a_third_is_rejected() public {
        Attester[] memory members = Committees.of_(1, 7, 1);
        Attester[] memory next = members.without(0).without(0).without(0);
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ChangeTooLarge.selector, 0, 3, 7));
        CALLER.checkSuccession(members.asSet(0), next.asSet(1));
    }

    function test_weights_that_move_between_members_count_as_change() public {
        AttesterSet memory current = AttesterSet(0, weighing([uint256(3), 3, 3, 3]));
        CALLER.checkSuccession(current, AttesterSet(1, weighing([uint256(4), 4, 2, 2])));
        AttesterSet memory moved = AttesterSet(1, weighing([uint256(5), 5, 4, 4]));
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ChangeTooLarge.selector, 6, 0, 12));
        CALLER.checkSuccession(current, moved);
    }

    function test_the_next_set_is_checked_itself() public {
        AttesterSet memory current = AttesterSet(0, weighing([uint256(2), 2, 2, 2]));
        vm.expectRevert(abi.encodeWithSelector(AttesterSets.ZeroWeight.selector, address(1)));
        CALLER.checkSuccession(current, AttesterSet(1, weighing([uint256(0), 2, 2, 2])));
    }

    function testFuzz_changes_agree_with_a_lookup_per_member(uint8[12] memory before, uint8[12] memory afterwards)
        public
        pure
    {
        uint256[] memory current = some(before);
        uint256[] memory next = some(afterwards);
        (uint256 added, uint256 removed) = AttesterSets.changes(current, next);
        (uint256 expectedAdded, uint256 expectedRemoved) = (0, 0);
        for (uint256 i = 0; i < 12; i++) {
            if (afterwards[i] > before[i]) expectedAdded += afterwards[i] - before[i];
            if (before[i] > afterwards[i]) expectedRemoved += before[i] - afterwards[i];
        }
        vm.assertEq(added, expectedAdded, "added");
        vm.assertEq(removed, expectedRemoved, "removed");
    }

    function test_changes_at_the_highest_address() public pure {
        uint256[] memory highest = new uint256[](1);
        highest[0] = member(address(type(uint160).max), 5);
        (uint256 added, uint256 removed) = AttesterSets.changes(highest, new uint256[](0));
        vm.assertEq(added, 0, "added");
        vm.assertEq(removed, 5, "removed");
        (added, removed) = AttesterSets.changes(new uint256[](0), highest);
        vm.assertEq(added, 5, "added");
        vm.assertEq(removed, 0, "removed");
    }

    /// @dev Members of those weights that are not zero, the first and the last at the ends of the addresses.
    function some(uint8[12] memory weights) private pure returns (uint256[] memory members) {
        members = new uint256[](12);
        uint256 count = 0;
        for (uint256 i = 0; i < 12; i++) {
            address who = i == 11 ? address(type(uint160).max) : address(uint160(i + 1));
            if (weights[i] != 0) members[count++] = member(who, weights[i]);
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
    }

    function indexOf(Attester[] memory members, address who) private pure returns (uint256 index) {
        while (members[index].who != who) index++;
    }
}
