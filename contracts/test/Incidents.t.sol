// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, Outcome} from "../src/interfaces/IVault.sol";
import {AttesterSet} from "../src/libraries/AttesterSets.sol";
import {BlockCertificate} from "../src/libraries/BlockCertificate.sol";
import {MerkleTree, Proof} from "../src/libraries/MerkleTree.sol";
import {Header, Release} from "../src/libraries/Statements.sol";
import {Attester, Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {OutboxTree} from "./base/OutboxTree.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title Bridges that were robbed: each way in, tried here
/// @notice Those whose cause lay outside a contract (RPC nodes, configuration, keys in one hand) have their tests elsewhere.
contract IncidentsTest is VaultTest {
    using Committees for Attester[];

    address private constant THIEF = address(0x7417ef);

    function setUp() public override {
        super.setUp();
        deposit(NATIVE, 10_000 * WHOLE);
        deposit(tokenAsset, 10_000 * WHOLE);
    }

    function one(Release memory entry, Proof memory proof)
        private
        pure
        returns (Release[] memory entries, Proof[] memory proofs)
    {
        (entries, proofs) = (new Release[](1), new Proof[](1));
        (entries[0], proofs[0]) = (entry, proof);
    }

    function unproved() private pure returns (Proof memory) {
        return Proof(0, new bytes32[](0));
    }

    function test_nomad_the_zero_root_proves_nothing() public {
        (Release[] memory entries, Proof[] memory proofs) = one(releaseTo(THIEF, NATIVE, WHOLE), unproved());
        vm.expectPartialRevert(MerkleTree.RootAgainstCount.selector);
        vault.release(entries, proofs);
    }

    function test_nomad_an_unproved_message_is_not_released() public {
        queue(releaseTo(user, NATIVE, WHOLE));
        submitNext();
        (Release[] memory entries, Proof[] memory proofs) = one(releaseTo(THIEF, NATIVE, WHOLE), unproved());
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function test_wormhole_a_signer_set_of_the_thiefs_own_certifies_nothing() public {
        Attester[] memory thieves = Committees.of_(666, 4, 1);
        queue(releaseTo(THIEF, NATIVE, WHOLE));
        Header memory header = nextHeader();
        bytes memory signatures = thieves.certify(digestOf(header));
        AttesterSet memory forged = thieves.asSet(FIRST_SET);
        vm.expectPartialRevert(IVault.WrongSet.selector);
        vault.submitHeader(header, ROUND, forged, signatures);
        AttesterSet memory real = currentSet();
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        vault.submitHeader(header, ROUND, real, signatures);
    }

    function test_wormhole_nothing_is_left_to_initialise() public {
        // The vault has no initialiser, no owner and no code but its own.
        string[5] memory names =
            ["initialize()", "init()", "upgradeTo(address)", "owner()", "transferOwnership(address)"];
        for (uint256 i = 0; i < names.length; i++) {
            (bool isAnswered,) = address(vault).call(abi.encodeWithSignature(names[i], THIEF));
            vm.assertFalse(isAnswered, names[i]);
        }
    }

    function test_ronin_2022_a_removed_member_signs_nothing() public {
        Attester[] memory before = attesters;
        vm.warp(START + 1 days);
        rotateTo(successors(2));
        queue(releaseTo(THIEF, NATIVE, WHOLE));
        Header memory header = nextHeader();
        bytes memory signatures = before.certify(digestOf(header));
        AttesterSet memory set = currentSet();
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_ronin_2024_a_threshold_is_never_zero() public {
        vm.assertTrue(vault.currentSet().quorum > 0, "quorum");
        Header memory header = nextHeader();
        AttesterSet memory set = currentSet();
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 0, 3));
        vault.submitHeader(header, ROUND, set, "");
    }

    function test_harmony_two_keys_are_no_quorum() public {
        Header memory header = nextHeader();
        bytes memory signatures = attesters.signFirst(2, digestOf(header));
        AttesterSet memory set = currentSet();
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 2, 3));
        vault.submitHeader(header, ROUND, set, signatures);
    }

    function test_harmony_orbit_poly_2023_a_stolen_quorum_takes_what_the_limiter_leaves() public {
        uint256 before = holdings(NATIVE);
        for (uint256 i = 0; i < 30; i++) {
            pay(releaseTo(THIEF, NATIVE, OUTFLOW_MINIMUM / 4));
        }
        vm.assertEq(THIEF.balance, OUTFLOW_MINIMUM, "stolen");
        vm.assertEq(holdings(NATIVE), before - OUTFLOW_MINIMUM, "left");
    }

    function test_poly_2021_a_release_calls_nothing_of_the_vaults_own() public {
        IVault target = vault;
        vm.assertEq(uint256(pay(releaseTo(address(target), NATIVE, 1))), uint256(Outcome.Failed), "the vault");
        // A release carries no call data: its recipient is only ever paid.
        Release memory entry = releaseTo(address(token), tokenAsset, WHOLE);
        vm.assertEq(uint256(pay(entry)), uint256(Outcome.Released), "a token");
        vm.assertEq(vault.currentSet().id, FIRST_SET, "set");
    }

    function test_qubit_an_asset_without_code_brings_nothing() public {
        vm.prank(THIEF);
        vm.expectPartialRevert(IVault.UnknownAsset.selector);
        vault.deposit(bytes32(0), WHOLE, account(THIEF));
        bytes32 codeless = Digests.word(address(0xdead));
        vm.prank(THIEF);
        vm.expectPartialRevert(IVault.UnknownAsset.selector);
        vault.deposit(codeless, WHOLE, account(THIEF));
    }

    function test_qubit_a_deposit_without_a_balance_delta_is_not_credited() public {
        vm.deal(THIEF, 10 * WHOLE);
        vm.prank(THIEF);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, 0, WHOLE));
        vault.deposit(NATIVE, WHOLE, account(THIEF));
    }

    function test_meter_a_deposit_of_the_coin_is_backed_by_the_coin() public {
        vm.deal(THIEF, 10 * WHOLE);
        vm.prank(THIEF);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, 1, WHOLE));
        vault.deposit{value: 1}(NATIVE, WHOLE, account(THIEF));
        vm.prank(THIEF);
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongValue.selector, WHOLE, 0));
        vault.deposit{value: WHOLE}(tokenAsset, WHOLE, account(THIEF));
    }

    function test_bnb_hyperbridge_a_proof_has_nothing_left_over() public {
        Release memory entry = releaseTo(user, NATIVE, WHOLE);
        queue(entry);
        queue(releaseTo(user, NATIVE, 2 * WHOLE));
        submitNext();
        Proof memory proof = prove(0);
        bytes32[] memory more = new bytes32[](proof.lemmas.length + 1);
        more[0] = proof.lemmas[0];
        proof.lemmas = more;
        (Release[] memory entries, Proof[] memory proofs) = one(entry, proof);
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.SurplusLemmas.selector, 1));
        vault.release(entries, proofs);
    }

    function test_bnb_an_older_header_proves_nothing_any_more() public {
        Header memory old = nextHeader();
        bytes memory signatures = certify(old);
        submitNext();
        submitNext();
        AttesterSet memory set = currentSet();
        vm.expectPartialRevert(IVault.StaleHeader.selector);
        vault.submitHeader(old, ROUND, set, signatures);
    }

    function test_hyperbridge_an_index_beyond_the_count_proves_nothing() public {
        Release memory entry = releaseTo(user, NATIVE, WHOLE);
        queue(entry);
        queue(releaseTo(user, NATIVE, 2 * WHOLE));
        submitNext();
        Release memory forged = releaseTo(THIEF, NATIVE, WHOLE);
        (Release[] memory entries, Proof[] memory proofs) = one(forged, Proof(1000, new bytes32[](0)));
        vm.expectRevert(abi.encodeWithSelector(MerkleTree.IndexOutOfRange.selector, 1000, 2));
        vault.release(entries, proofs);
    }

    function test_hyperbridge_the_proof_of_one_entry_proves_no_other() public {
        queue(releaseTo(user, NATIVE, WHOLE));
        queue(releaseTo(user, NATIVE, 2 * WHOLE));
        submitNext();
        (Release[] memory entries, Proof[] memory proofs) = one(releaseTo(THIEF, NATIVE, WHOLE), prove(0));
        vm.expectPartialRevert(MerkleTree.RootMismatch.selector);
        vault.release(entries, proofs);
    }

    function test_shibarium_two_thirds_of_a_set_are_not_replaced_at_once() public {
        Attester[] memory thieves = Committees.of_(666, 3, 1).with(attesters[0]);
        vm.warp(START + 1 days);
        Header memory header = headerNaming(thieves);
        bytes memory signatures = certify(header);
        AttesterSet memory set = currentSet();
        AttesterSet memory next = thieves.asSet(FIRST_SET + 1);
        vm.expectRevert();
        vault.rotate(header, ROUND, set, signatures, next);
    }

    function test_crosscurve_no_path_releases_without_a_proof() public {
        Release memory entry = releaseTo(THIEF, NATIVE, WHOLE);
        vm.prank(THIEF);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotTheVaultItself.selector, THIEF));
        vault.settle(entry, THIEF);
    }

    function test_verus_a_release_never_pays_more_than_is_held() public {
        vm.deal(address(vault), 100_000 * WHOLE);
        Release memory entry = releaseTo(THIEF, NATIVE, 10_001 * WHOLE);
        vm.prank(address(vault));
        vm.expectPartialRevert(IVault.InsufficientFunds.selector);
        vault.settle(entry, THIEF);
    }

    function test_a_forked_chain_can_not_spend_the_certificates_of_the_other() public {
        (Release[] memory entries, Proof[] memory proofs) = certified(releaseTo(user, NATIVE, WHOLE));
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(IVault.ForkedChain.selector);
        vault.release(entries, proofs);
    }

    function test_another_vaults_entry_is_not_paid_here() public {
        Release memory entry = releaseTo(THIEF, NATIVE, WHOLE);
        entry.vault = Digests.word(address(0xbeef));
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.expectPartialRevert(IVault.WrongVault.selector);
        vault.release(entries, proofs);
        vm.assertEq(OutboxTree.root(outbox), Digests.leaf(entry), "it is certified, for another");
    }
}
