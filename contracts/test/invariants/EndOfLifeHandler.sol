// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outcome} from "../../src/interfaces/IVault.sol";
import {DoublePrecommit} from "../../src/libraries/Evidence.sol";
import {Proof} from "../../src/libraries/MerkleTree.sol";
import {Account, Govern, Precommit, Release} from "../../src/libraries/Statements.sol";
import {ExitProof} from "../../src/libraries/SumTree.sol";
import {Committees} from "../base/Committees.sol";
import {Digests} from "../base/Digests.sol";
import {SumTreeOracle} from "../base/SumTree.sol";
import {vm, within} from "../base/Vm.sol";
import {Numbering} from "./Numbering.sol";

/// @title A vault from its first deposit over silence to its last exit, with offenders and governed values on the way
/// @notice Plays the ledger: a withdrawal leaves the claim at once and stands in every later outbox until it is paid, so a header's
/// state never counts what its outbox pays. Profits make the claims more than the vault holds.
///
///     deposit ─► claim ─► withdrawal ─► outbox ─► release
///                  └────► header's state ─► silence ─► exit
contract EndOfLifeHandler is Numbering {
    uint256 public constant OWNERS = 3;
    bytes32 private constant GLOBALS = keccak256("globals");
    bytes32[6] private KEYS =
        [bytes32("rotation_delay"), "exit_after", "forced_grace", "payment_gas", "outflow_hour", "outflow_day"];
    uint256[6] private LOWS = [uint256(1 minutes), 3 days, 1 days, 250_000, 0.002e18, 0.02e18];
    uint256[6] private HIGHS = [uint256(7 days), 30 days, 7 days, 5_000_000, 0.2e18, 1e18];

    mapping(bytes32 asset => uint256) public deposited;
    mapping(bytes32 asset => uint256) public released;
    mapping(bytes32 asset => uint256) public exited;
    /// @dev Per owner and asset: all that was ever the owner's, what is not yet withdrawn, and what was paid by either way.
    mapping(uint256 owner => mapping(bytes32 asset => uint256)) public credited;
    mapping(uint256 owner => mapping(bytes32 asset => uint256)) private claims;
    mapping(uint256 owner => mapping(bytes32 asset => uint256)) public paidTo;
    mapping(uint256 owner => mapping(bytes32 asset => uint256)) public timesExited;
    uint256 public stakeGiven;
    uint256 public stakeSlashed;
    uint256 public bucketPaid;
    uint256 public cancelled;
    uint256 public enacted;
    /// @dev Calls that went through and should not have.
    uint256 public wrongs;

    Release[] private withdrawals;
    /// @dev Owner of the withdrawal at the same index; `OWNERS` where the bucket pays.
    uint256[] private ownerOf;
    mapping(uint64 id => uint256) public timesReleased;
    /// @dev Place in the newest outbox, from 1.
    mapping(uint64 id => uint256) private place;
    SumTreeOracle.Leaf[] private leaves;
    uint32 private slashedUnder;
    uint256 private rotations;

    function isFinal() public view returns (bool) {
        uint256 finalAt = vault.declaredExit().finalAt;
        return finalAt != 0 && block.timestamp >= finalAt;
    }

    function owner_(uint256 index) private pure returns (address) {
        return address(uint160(0xe0000 + index));
    }

    function boundsHold() external view returns (bool) {
        for (uint256 i = 0; i < KEYS.length; i++) {
            (uint128 value,) = vault.setting(KEYS[i]);
            if (value < LOWS[i] || value > HIGHS[i]) return false;
        }
        return true;
    }

    /* THE LEDGER */

    function depositSome(uint256 owner, uint256 number, uint256 amount) external counted {
        if (vault.declaredExit().finalAt != 0) return;
        bytes32 asset = assetNumbered(number % 2);
        amount = within(amount, DEPOSIT_MINIMUM, 2000 * WHOLE);
        deposit(asset, amount);
        deposited[asset] += amount;
        credit(owner % OWNERS, asset, amount);
    }

    function profitSome(uint256 owner, uint256 number, uint256 amount) external {
        credit(owner % OWNERS, assetNumbered(number % 2), within(amount, 1, 300 * WHOLE));
    }

    function credit(uint256 owner, bytes32 asset, uint256 amount) private {
        credited[owner][asset] += amount;
        claims[owner][asset] += amount;
    }

    function withdrawSome(uint256 owner, uint256 number, uint256 amount) external {
        (owner, number) = (owner % OWNERS, number % 2);
        bytes32 asset = assetNumbered(number);
        if (claims[owner][asset] == 0) return;
        amount = within(amount, 1, claims[owner][asset]);
        claims[owner][asset] -= amount;
        order(owner, releaseTo(owner_(owner), asset, amount));
    }

    function compensateSome(uint256 amount) external {
        if (vault.bucket() == 0) return;
        order(OWNERS, releaseTo(address(0x7777), BUCKET, within(amount, 1, vault.bucket())));
    }

    function order(uint256 owner, Release memory entry) private {
        entry.validUntil = START + 3650 days;
        withdrawals.push(entry);
        ownerOf.push(owner);
    }

    /// @dev The state and the outbox of the next header.
    function close() private {
        delete outbox;
        for (uint256 i = 0; i < withdrawals.length; i++) {
            bool isOpen = !vault.isDone(withdrawals[i].id);
            place[withdrawals[i].id] = isOpen ? queue(withdrawals[i]) + 1 : 0;
        }
        delete leaves;
        for (uint256 i = 0; i < OWNERS; i++) {
            addLeaf(i);
        }
        stateRoot = SumTreeOracle.stateRoot(leaves, GLOBALS);
    }

    function addLeaf(uint256 owner) private {
        SumTreeOracle.Leaf storage leaf = leaves.push();
        (leaf.owner, leaf.sub, leaf.rest) = (owner_(owner), uint32(owner), keccak256(abi.encode(owner)));
        bytes32[2] memory ascending = tokenAsset < NATIVE ? [tokenAsset, NATIVE] : [NATIVE, tokenAsset];
        for (uint256 i = 0; i < 2; i++) {
            uint128 claim = uint128(claims[owner][ascending[i]]);
            if (claim == 0) continue;
            leaf.claims.push(SumTreeOracle.Amount(CHAIN, ascending[i], claim));
            leaf.exitable.push(SumTreeOracle.Amount(CHAIN, ascending[i], claim));
        }
    }

    /// @dev Every header before the end cancels an exit that silence declared; after it there is none.
    function headerSome() external counted {
        if (isFinal()) return headerTooLate();
        bool isDeclared = vault.declaredExit().finalAt != 0;
        close();
        submitNext();
        if (isDeclared) cancelled++;
        if (vault.declaredExit().finalAt != 0) wrongs++;
    }

    function headerTooLate() private {
        uint64 before = height;
        try this.submitAnyway() {
            wrongs++;
        } catch {
            height = before;
        }
    }

    function submitAnyway() external {
        submitNext();
    }

    function rotateOn() external counted {
        if (isFinal()) return;
        (uint128 delay,) = vault.setting("rotation_delay");
        if (block.timestamp < vault.currentSet().since + delay) vm.warp(vault.currentSet().since + delay);
        if (isFinal()) return;
        close();
        rotateTo(successors(1000 + ++rotations));
    }

    /* THE WAY OUT */

    function fallSilent() external counted {
        if (vault.declaredExit().finalAt != 0) return;
        (uint128 silence,) = vault.setting("exit_after");
        uint256 from = vault.newestHeader().time + silence;
        if (block.timestamp < from) vm.warp(from);
        vault.declareExit();
    }

    function staySilent() external {
        uint256 finalAt = vault.declaredExit().finalAt;
        if (block.timestamp < finalAt) vm.warp(finalAt);
    }

    function releaseSome(uint256 index) external counted {
        if (withdrawals.length == 0) return;
        index %= withdrawals.length;
        Release memory entry = withdrawals[index];
        if (place[entry.id] == 0) return;
        Release[] memory entries = new Release[](1);
        Proof[] memory proofs = new Proof[](1);
        (entries[0], proofs[0]) = (entry, prove(place[entry.id] - 1));
        if (vault.release(entries, proofs)[0] != Outcome.Released) return;
        timesReleased[entry.id]++;
        if (timesReleased[entry.id] > 1) wrongs++;
        if (entry.asset == BUCKET) return bookBucket(entry.amount);
        released[entry.asset] += entry.amount;
        paidTo[ownerOf[index]][entry.asset] += entry.amount;
    }

    function bookBucket(uint256 amount) private {
        bucketPaid += amount;
        if (vault.newestHeader().setId <= slashedUnder) wrongs++;
    }

    function exitSome(uint256 owner, uint256 number) external counted {
        if (leaves.length == 0) return;
        owner %= OWNERS;
        bytes32 asset = assetNumbered(number % 2);
        ExitProof memory proof = SumTreeOracle.prove(leaves, owner, GLOBALS);
        uint256 before = holdings(asset);
        try vault.exit(asset, proof) {
            if (!isFinal()) wrongs++;
            uint256 amount = before - holdings(asset);
            if (!vault.hasExited(Account(owner_(owner), uint32(owner)), asset)) wrongs++;
            timesExited[owner][asset]++;
            exited[asset] += amount;
            paidTo[owner][asset] += amount;
        } catch {}
    }

    /* OFFENDERS */

    function stakeSome(uint256 index, uint256 amount) external counted {
        address attester = attesters[index % 4].who;
        if (isFinal() || vault.stakeOf(attester).isSlashed) return;
        amount = within(amount, DEPOSIT_MINIMUM, 100 * WHOLE);
        vm.prank(user);
        try vault.depositStake(attester, amount) {
            stakeGiven += amount;
        } catch {}
    }

    function precommits(uint256 first, uint256 second, bytes32 one, bytes32 two)
        private
        view
        returns (DoublePrecommit memory)
    {
        Precommit memory left = Precommit(100, 2, one);
        Precommit memory right = Precommit(100, 2, two);
        return DoublePrecommit(left, sign(first, left), right, sign(second, right));
    }

    function sign(uint256 index, Precommit memory precommit) private view returns (bytes memory) {
        return Committees.sign(attesters[index].key, Digests.digest(NETWORK, Digests.hash(precommit)));
    }

    function slashSome(uint256 index) external counted {
        index %= 4;
        uint256 amount = vault.stakeOf(attesters[index].who).amount;
        if (amount == 0) return;
        vault.slash(precommits(index, index, "block", "fork"));
        stakeSlashed += amount;
        slashedUnder = setId;
    }

    /// @dev The same block, nil beside a block, two signers.
    function accuseWrongly(uint256 index, uint256 kind) external counted {
        (index, kind) = (index % 4, kind % 3);
        bytes32 two = [bytes32("block"), bytes32(0), "fork"][kind];
        DoublePrecommit memory pair = precommits(index, kind == 2 ? (index + 1) % 4 : index, "block", two);
        try vault.slash(pair) {
            wrongs++;
        } catch {}
    }

    /* GOVERNED VALUES */

    function governSome(uint256 index, uint256 value) external counted {
        if (isFinal()) return;
        index %= 6;
        (uint128 old,) = vault.setting(KEYS[index]);
        Govern memory entry = governTo(KEYS[index], within(value, LOWS[index] / 2, HIGHS[index] * 2));
        close();
        Proof memory proof;
        uint256 last = queue(entry);
        submitNext();
        proof = prove(last);
        try vault.govern(entry, proof) {
            enacted++;
            if (entry.value > 2 * uint256(old) || 2 * entry.value < old) wrongs++;
        } catch {}
    }
}
