// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outcome} from "../../src/interfaces/IVault.sol";
import {Proof} from "../../src/libraries/MerkleTree.sol";
import {Header, Release} from "../../src/libraries/Statements.sol";
import {Committees} from "../base/Committees.sol";
import {vm, within} from "../base/Vm.sol";
import {RefusingReceiver} from "../mocks/Receivers.sol";
import {Numbering} from "./Numbering.sol";

/// @title What users, attesters and thieves do to one vault, in any order
/// @notice Keeps books of its own, against which the invariants hold the vault.
contract VaultHandler is Numbering {
    mapping(bytes32 asset => uint256) public deposited;
    mapping(bytes32 asset => uint256) public paid;
    mapping(uint64 id => uint256) public timesPaid;
    /// @dev Per asset and clock hour.
    mapping(bytes32 asset => mapping(uint256 hour => uint256)) public outflow;
    mapping(bytes32 asset => mapping(uint256 hour => uint256)) public inflow;
    mapping(bytes32 asset => mapping(uint256 hour => uint256)) public heldAtFirst;
    uint64 public lastId;
    uint256 public forgeriesTaken;
    uint256 private rotations;

    Release[] private past;

    function begin(bytes32 asset) private returns (uint256 hour) {
        hour = block.timestamp / 1 hours;
        if (outflow[asset][hour] == 0 && inflow[asset][hour] == 0) heldAtFirst[asset][hour] = holdings(asset);
    }

    function depositSome(uint256 number, uint256 amount) external counted {
        bytes32 asset = assetNumbered(number % 2);
        uint256 hour = begin(asset);
        amount = within(amount, DEPOSIT_MINIMUM, 5000 * WHOLE);
        deposit(asset, amount);
        deposited[asset] += amount;
        inflow[asset][hour] += amount;
    }

    function stakeSome(uint256 index, uint256 amount) external counted {
        vm.prank(user);
        vault.depositStake(attesters[index % 4].who, within(amount, DEPOSIT_MINIMUM, 1000 * WHOLE));
    }

    function releaseSome(uint256 number, uint256 amount, bool isRefusing) external counted {
        bytes32 asset = assetNumbered(number);
        amount = within(amount, 1, 1500 * WHOLE);
        address recipient = isRefusing ? address(new RefusingReceiver()) : address(uint160(0x10000 + number % 99));
        Release memory entry = releaseTo(recipient, asset, amount);
        past.push(entry);
        tryRelease(entry);
    }

    function releaseAgain(uint256 index) external counted {
        if (past.length != 0) tryRelease(past[index % past.length]);
    }

    function tryRelease(Release memory entry) private {
        uint256 hour = begin(entry.asset);
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        if (block.timestamp < vault.pausedUntil()) return;
        if (vault.release(entries, proofs)[0] != Outcome.Released) return;
        timesPaid[entry.id]++;
        paid[entry.asset] += entry.amount;
        outflow[entry.asset][hour] += entry.amount;
        lastId = entry.id > lastId ? entry.id : lastId;
    }

    function forgeRelease(uint256 number, uint256 amount) external counted {
        submitNext();
        Release[] memory entries = new Release[](1);
        entries[0] = releaseTo(address(0xbad), assetNumbered(number), within(amount, 1, WHOLE));
        Proof[] memory proofs = new Proof[](1);
        try vault.release(entries, proofs) {
            forgeriesTaken++;
        } catch {}
    }

    function forgeHeader(uint256 signers) external counted {
        Header memory header = nextHeader();
        bytes memory signatures = Committees.signFirst(attesters, within(signers, 0, 2), digestOf(header));
        try vault.submitHeader(header, ROUND, currentSet(), signatures) {
            forgeriesTaken++;
        } catch {}
    }

    function rotateOn() external counted {
        vm.warp(block.timestamp + 1 hours);
        rotateTo(successors(1000 + ++rotations));
    }

    function pauseSome(uint256 index) external counted {
        try vault.pause(currentSet(), signPause(index % 4)) {} catch {}
    }

    function forceSome(bytes32 command) external counted {
        vault.forceCommand(abi.encode(command));
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 12 hours));
    }
}
