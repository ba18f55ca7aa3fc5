// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {Outcome} from "../src/interfaces/IVault.sol";
import {AttesterSet, AttesterSets} from "../src/libraries/AttesterSets.sol";
import {BlockCertificate} from "../src/libraries/BlockCertificate.sol";
import {Proof} from "../src/libraries/MerkleTree.sol";
import {Header, Release} from "../src/libraries/Statements.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What a header's verification costs without what is stored of it: the set's hash and the certificate.
contract Verifier {
    function verify(
        bytes32 separator,
        Header calldata header,
        uint32 round,
        AttesterSet calldata set,
        bytes calldata signatures
    ) external pure returns (bytes32 setHash, bytes32 blockId) {
        setHash = AttesterSets.hash(set);
        uint256 quorum = 2 * set.members.length / 3 + 1;
        blockId = BlockCertificate.verify(separator, header, round, set.members, quorum, signatures);
    }
}

/// @title What calls cost, against the specification's targets
/// @notice Execution gas, without the 21,000 of a transaction and its calldata. Everything is prepared in `setUp`, so that a call
/// finds storage cold, as in a transaction of its own. `contracts/snapshots` holds the numbers; FORGE_SNAPSHOT_CHECK compares them.
abstract contract GasTest is VaultTest {
    string internal constant GROUP = "Vault";
    uint256 internal constant BATCH = 50;

    Verifier internal verifier;
    Header internal header;
    bytes internal signatures;
    Release[] internal entries;
    Proof[] internal proofs;

    function setUp() public virtual override {
        super.setUp();
        verifier = new Verifier();
        deposit(NATIVE, 10_000 * WHOLE);
        deposit(tokenAsset, 10_000 * WHOLE);
        submitNext();
        header = nextHeader();
        signatures = certify(header);
    }

    function verifies(string memory name, uint256 target) internal {
        (Header memory h, bytes memory s, AttesterSet memory set) = (header, signatures, currentSet());
        verifier.verify(Digests.separator(NETWORK), h, ROUND, set, s);
        vm.assertLe(vm.snapshotGasLastCall(GROUP, string.concat("verify ", name)), target, name);
    }

    function submits(string memory name) internal {
        (Header memory h, bytes memory s, AttesterSet memory set) = (header, signatures, currentSet());
        vault.submitHeader(h, ROUND, set, s);
        vm.snapshotGasLastCall(GROUP, string.concat("submitHeader ", name));
    }
}

contract GasOfFourTest is GasTest {
    function test_verify_3_of_4() public {
        verifies("3 of 4", 35_000);
    }

    function test_submit_header_3_of_4() public {
        submits("3 of 4");
    }

    function test_deposit_of_a_token() public {
        deposit(tokenAsset, WHOLE);
        vm.snapshotGasLastCall(GROUP, "deposit token");
    }

    function test_deposit_of_the_native_coin() public {
        deposit(NATIVE, WHOLE);
        vm.snapshotGasLastCall(GROUP, "deposit native");
    }

    function test_force_command() public {
        vault.forceCommand(hex"01");
        vm.snapshotGasLastCall(GROUP, "forceCommand 1 byte");
    }
}

contract GasOfNineteenTest is GasTest {
    function attesterCount() internal pure override returns (uint256) {
        return 19;
    }

    function test_verify_13_of_19() public {
        verifies("13 of 19", 75_000);
    }

    function test_submit_header_13_of_19() public {
        submits("13 of 19");
    }
}

abstract contract GasOfReleaseTest is GasTest {
    function asset() internal view virtual returns (bytes32);

    /// @dev Whoever is paid holds some already.
    function endow(address recipient) internal virtual;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < BATCH; i++) {
            address recipient = address(uint160(0x10000 + i));
            endow(recipient);
            entries.push(releaseTo(recipient, asset(), 1_000_000));
            queue(entries[i]);
        }
        // One entry was released before, as in normal running.
        entries.push(releaseTo(submitter, asset(), 1_000_000));
        queue(entries[BATCH]);
        submitNext();
        Release[] memory first = new Release[](1);
        Proof[] memory its = new Proof[](1);
        (first[0], its[0]) = (entries[BATCH], prove(BATCH));
        vault.release(first, its);
        entries.pop();
        for (uint256 i = 0; i < BATCH; i++) {
            proofs.push(prove(i));
        }
    }

    function releases(string memory name) internal {
        (Release[] memory batch, Proof[] memory its) = (entries, proofs);
        Outcome[] memory outcomes = vault.release(batch, its);
        uint256 each = vm.snapshotGasLastCall(GROUP, string.concat("release 50 ", name)) / BATCH;
        for (uint256 i = 0; i < BATCH; i++) {
            vm.assertEq(uint256(outcomes[i]), uint256(Outcome.Released), "outcome");
        }
        vm.assertLe(each, 30_000, name);
    }
}

contract GasOfNativeReleaseTest is GasOfReleaseTest {
    function asset() internal pure override returns (bytes32) {
        return NATIVE;
    }

    function endow(address recipient) internal override {
        vm.deal(recipient, 1);
    }

    function test_release_of_50_native() public {
        releases("native");
    }
}

contract GasOfTokenReleaseTest is GasOfReleaseTest {
    function asset() internal view override returns (bytes32) {
        return tokenAsset;
    }

    function endow(address recipient) internal override {
        token.mint(recipient, 1);
    }

    function test_release_of_50_token() public {
        releases("token");
    }
}

contract GasOfBridgedReleaseTest is GasOfReleaseTest {
    function asset() internal view override returns (bytes32) {
        return bridgedAsset;
    }

    function endow(address recipient) internal override {
        IBridgedToken bridged = IBridgedToken(vault.assetOf(bridgedAsset).token);
        vm.prank(address(vault));
        bridged.mint(recipient, 1);
    }

    function test_release_of_50_bridged() public {
        releases("bridged");
    }
}
