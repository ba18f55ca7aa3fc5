// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Attestation,
    Govern,
    Header,
    Precommit,
    Progress,
    Proposal,
    Release,
    Statements
} from "../../src/libraries/Statements.sol";
import {Digests} from "../base/Digests.sol";
import {vm} from "../base/Vm.sol";

/// @notice Hands the library calldata.
contract StatementsCaller {
    function hash(Header calldata header) external pure returns (bytes32) {
        return Statements.hash(header);
    }

    function hash(Precommit calldata precommit) external pure returns (bytes32) {
        return Statements.hash(precommit);
    }

    function hash(Proposal calldata proposal) external pure returns (bytes32) {
        return Statements.hash(proposal);
    }

    function hash(Attestation calldata attestation) external pure returns (bytes32) {
        return Statements.hash(attestation);
    }

    function leaf(Release calldata entry) external pure returns (bytes32) {
        return Statements.leaf(entry);
    }

    function leaf(Govern calldata entry) external pure returns (bytes32) {
        return Statements.leaf(entry);
    }

    function leaf(Progress calldata entry) external pure returns (bytes32) {
        return Statements.leaf(entry);
    }
}

/// @title Hashes of everything signed, against the plain word-by-word reference
contract StatementsTest {
    StatementsCaller private immutable CALLER = new StatementsCaller();

    function testFuzz_domain_and_digest(bytes32 network, bytes32 structHash) public pure {
        bytes32 separator = Statements.separatorOf(network);
        vm.assertEq(separator, Digests.separator(network), "separator");
        vm.assertEq(Statements.digest(separator, structHash), Digests.digest(network, structHash), "digest");
    }

    function testFuzz_header(Header memory header) public view {
        vm.assertEq(CALLER.hash(header), Digests.blockId(header), "header");
    }

    function testFuzz_precommit(Precommit memory precommit) public view {
        vm.assertEq(CALLER.hash(precommit), Digests.hash(precommit), "precommit");
    }

    function testFuzz_proposal(Proposal memory proposal) public view {
        vm.assertEq(CALLER.hash(proposal), Digests.hash(proposal), "proposal");
    }

    function testFuzz_attestation(Attestation memory attestation) public view {
        vm.assertEq(CALLER.hash(attestation), Digests.hash(attestation), "attestation");
    }

    function testFuzz_pause(uint32 chain, address vault, uint32 setId) public pure {
        vm.assertEq(
            Statements.hashPause(chain, Digests.word(vault), setId), Digests.pause(chain, vault, setId), "pause"
        );
    }

    function testFuzz_leaves(Release memory release, Govern memory govern, Progress memory progress) public view {
        vm.assertEq(CALLER.leaf(release), Digests.leaf(release), "release");
        vm.assertEq(CALLER.leaf(govern), Digests.leaf(govern), "govern");
        vm.assertEq(CALLER.leaf(progress), Digests.leaf(progress), "progress");
    }

    function testFuzz_no_leaf_of_one_kind_is_one_of_another(
        uint64 id,
        uint32 chain,
        bytes32 vault,
        bytes32 key,
        uint256 value
    ) public view {
        bytes32 govern = CALLER.leaf(Govern(id, chain, vault, key, value));
        bytes32 release = CALLER.leaf(Release(id, chain, vault, key, bytes32(value), 0, 0));
        bytes32 progress = CALLER.leaf(Progress(chain, id));
        vm.assertNotEq(govern, release, "govern and release");
        vm.assertNotEq(govern, progress, "govern and progress");
        vm.assertNotEq(release, progress, "release and progress");
    }

    function test_type_hashes_are_all_different() public pure {
        bytes32[8] memory kinds = [
            Statements.HEADER_TYPE,
            Statements.PRECOMMIT_TYPE,
            Statements.PROPOSAL_TYPE,
            Statements.ATTESTATION_TYPE,
            Statements.RELEASE_TYPE,
            Statements.GOVERN_TYPE,
            Statements.PROGRESS_TYPE,
            Statements.PAUSE_TYPE
        ];
        for (uint256 i = 0; i < 8; i++) {
            for (uint256 j = 0; j < i; j++) {
                vm.assertNotEq(kinds[i], kinds[j], "two kinds");
            }
        }
    }
}
