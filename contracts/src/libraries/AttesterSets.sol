// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An attester set as it stands in calldata.
struct AttesterSet {
    /// @dev Counts the sets from genesis.
    uint32 id;
    /// @dev address << 32 | weight, strictly ascending.
    uint256[] members;
}

/// @title Attester sets: who attests, with what weight, and how far a set may change at once.
/// @dev members    4 .. 64, strictly ascending by address, none zero, weight >= 1, total < 2^32, none above a third
///      quorum     floor(2 · total / 3) + 1
///      change     3 · max(added, removed) <= old total, ids one apart
///      hash       struct hash of AttesterSet(uint32 id,uint256[] members)
///      A set is checked once, when the vault takes it; afterwards its hash says that it was. The law is `wire::attesters`'s; operators,
///      of which a contract knows nothing, are the ledger's.
library AttesterSets {
    bytes32 internal constant TYPE = keccak256("AttesterSet(uint32 id,uint256[] members)");
    uint256 internal constant MIN_MEMBERS = 4;
    uint256 internal constant MAX_MEMBERS = 64;

    /// @notice Fewer or more members than a set may have.
    error MemberCount(uint256 count);
    /// @notice A member has the zero address.
    error ZeroMember(uint256 index);
    /// @notice A member has no weight.
    error ZeroWeight(address attester);
    /// @notice A member's word is more than address and weight.
    error MemberTooWide(uint256 member);
    /// @notice A member does not stand behind one with a lower address.
    error UnsortedMember(address attester, address previous);
    /// @notice The weights add up to 2^32 or more.
    error TotalTooLarge(uint256 total);
    /// @notice One member has more than a third of the weight.
    error HeavyMember(address attester, uint256 weight, uint256 total);
    /// @notice The next set's id is not one above.
    error WrongNextId(uint32 got, uint32 current);
    /// @notice More than a third of the weight comes or goes.
    error ChangeTooLarge(uint256 added, uint256 removed, uint256 total);

    /// @notice What headers and vaults know the set by.
    /// @param membersHash keccak256 of the members' words.
    function hash(uint32 id, bytes32 membersHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE, id, membersHash));
    }

    /// @notice What headers and vaults know a set in memory by.
    function hash(AttesterSet memory set) internal pure returns (bytes32) {
        return hash(set.id, keccak256(abi.encodePacked(set.members)));
    }

    /// @notice The address of a member.
    function attesterOf(uint256 member) internal pure returns (address) {
        return address(uint160(member >> 32));
    }

    /// @notice The weight of a member.
    function weightOf(uint256 member) internal pure returns (uint256) {
        return uint32(member);
    }

    /// @notice The weight that a certificate needs of a set with this total.
    function quorumOf(uint256 total) internal pure returns (uint256) {
        return 2 * total / 3 + 1;
    }

    /// @notice Checks the members of a set.
    /// @return total Sum of the weights, below 2^32.
    function check(uint256[] memory members) internal pure returns (uint256 total) {
        if (members.length < MIN_MEMBERS || members.length > MAX_MEMBERS) revert MemberCount(members.length);
        address previous;
        for (uint256 i; i < members.length; ++i) {
            previous = checkMember(members[i], i, previous);
            total += weightOf(members[i]);
        }
        if (total > type(uint32).max) revert TotalTooLarge(total);
        for (uint256 i; i < members.length; ++i) {
            uint256 weight = weightOf(members[i]);
            if (3 * weight > total) revert HeavyMember(attesterOf(members[i]), weight, total);
        }
    }

    function checkMember(uint256 member, uint256 index, address previous) private pure returns (address attester) {
        attester = attesterOf(member);
        if (member >> 192 != 0) revert MemberTooWide(member);
        if (attester == address(0)) revert ZeroMember(index);
        if (weightOf(member) == 0) revert ZeroWeight(attester);
        if (attester <= previous) revert UnsortedMember(attester, previous);
    }

    /// @notice Checks that `next` may follow `current`, which was checked before.
    /// @return total Sum of the weights of `next`.
    function checkSuccession(AttesterSet memory current, AttesterSet memory next)
        internal
        pure
        returns (uint256 total)
    {
        if (next.id == 0 || next.id - 1 != current.id) revert WrongNextId(next.id, current.id);
        total = check(next.members);
        (uint256 added, uint256 removed) = changes(current.members, next.members);
        // Each total is old plus added less removed, so that the old one follows.
        uint256 old = total + removed - added;
        if (3 * added > old || 3 * removed > old) revert ChangeTooLarge(added, removed, old);
    }

    /// @notice Weight that `next` has more and less than `current`, member by member; both ascend.
    function changes(uint256[] memory current, uint256[] memory next)
        internal
        pure
        returns (uint256 added, uint256 removed)
    {
        uint256 i;
        uint256 j;
        while (i < current.length || j < next.length) {
            address leaving = i < current.length ? attesterOf(current[i]) : address(type(uint160).max);
            address coming = j < next.length ? attesterOf(next[j]) : address(type(uint160).max);
            uint256 before = leaving <= coming && i < current.length ? weightOf(current[i++]) : 0;
            uint256 afterwards = coming <= leaving && j < next.length ? weightOf(next[j++]) : 0;
            if (afterwards > before) added += afterwards - before;
            else removed += before - afterwards;
        }
    }

    /// @notice The weight of `attester` among ascending members; zero for anybody else.
    function weightAmong(uint256[] calldata members, address attester) internal pure returns (uint256) {
        for (uint256 i; i < members.length; ++i) {
            if (attesterOf(members[i]) == attester) return weightOf(members[i]);
        }
        return 0;
    }
}
