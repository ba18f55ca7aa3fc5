// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../src/libraries/AttesterSets.sol";
import {vm} from "./Vm.sol";

/// @notice A member with its key.
struct Attester {
    uint256 key;
    address who;
    uint32 weight;
}

/// @title Attester sets whose keys the test holds
/// @notice Members stand ascending by address, as certificates want their signers.
library Committees {
    /// @return members `count` of them with the same weight; another `seed` gives other keys.
    function of_(uint256 seed, uint256 count, uint32 weight) internal pure returns (Attester[] memory members) {
        members = new Attester[](count);
        for (uint256 i = 0; i < count; i++) {
            members[i] = attester(seed, i, weight);
        }
        sort(members);
    }

    function attester(uint256 seed, uint256 index, uint32 weight) internal pure returns (Attester memory) {
        uint256 key = uint256(keccak256(abi.encode("attester", seed, index))) >> 4;
        return Attester(key, vm.addr(key), weight);
    }

    function sort(Attester[] memory members) internal pure {
        for (uint256 i = 1; i < members.length; i++) {
            for (uint256 j = i; j > 0 && members[j].who < members[j - 1].who; j--) {
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
            }
        }
    }

    /// @notice The set as the contract reads it.
    function asSet(Attester[] memory members, uint32 id) internal pure returns (AttesterSet memory set) {
        set = AttesterSet(id, new uint256[](members.length));
        for (uint256 i = 0; i < members.length; i++) {
            set.members[i] = uint256(uint160(members[i].who)) << 32 | members[i].weight;
        }
    }

    function quorum(Attester[] memory members) internal pure returns (uint256) {
        uint256 total = 0;
        for (uint256 i = 0; i < members.length; i++) {
            total += members[i].weight;
        }
        return 2 * total / 3 + 1;
    }

    /// @notice How many of the first members a quorum takes.
    function signersNeeded(Attester[] memory members) internal pure returns (uint256 count) {
        for (uint256 weight = 0; weight < quorum(members); count++) {
            weight += members[count].weight;
        }
    }

    /// @return signatures Of the first members that are worth a quorum, and of no more.
    function certify(Attester[] memory members, bytes32 digest) internal pure returns (bytes memory signatures) {
        return signFirst(members, signersNeeded(members), digest);
    }

    /// @return signatures Of the first `count` members.
    function signFirst(Attester[] memory members, uint256 count, bytes32 digest)
        internal
        pure
        returns (bytes memory signatures)
    {
        for (uint256 i = 0; i < count; i++) {
            signatures = bytes.concat(signatures, sign(members[i].key, digest));
        }
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @return rest `members` without the one at `index`.
    function without(Attester[] memory members, uint256 index) internal pure returns (Attester[] memory rest) {
        rest = new Attester[](members.length - 1);
        for (uint256 i = 0; i < rest.length; i++) {
            rest[i] = members[i < index ? i : i + 1];
        }
    }

    /// @return more `members` and one more.
    function with(Attester[] memory members, Attester memory newcomer) internal pure returns (Attester[] memory more) {
        more = new Attester[](members.length + 1);
        for (uint256 i = 0; i < members.length; i++) {
            more[i] = members[i];
        }
        more[members.length] = newcomer;
        sort(more);
    }
}
