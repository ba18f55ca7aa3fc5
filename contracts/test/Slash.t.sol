// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Finality, IJudge} from "../src/interfaces/IJudge.sol";
import {Deployment, IVault, Outcome} from "../src/interfaces/IVault.sol";
import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    Evidence,
    ForkingPrecommits
} from "../src/libraries/Evidence.sol";
import {Attestation, Header, Precommit, Proposal, Release} from "../src/libraries/Statements.sol";
import {Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title `slash`: the whole stake of whoever signed against himself goes to the bucket
contract SlashTest is VaultTest {
    address private offender;
    address private constant HARMED = address(0x7777);

    function setUp() public override {
        super.setUp();
        offender = attesters[0].who;
        vm.prank(user);
        vault.depositStake(offender, 10 * WHOLE);
        vm.prank(user);
        vault.depositStake(attesters[1].who, 7 * WHOLE);
    }

    function sign(bytes32 structHash) private view returns (bytes memory) {
        return Committees.sign(attesters[0].key, Digests.digest(NETWORK, structHash));
    }

    function attestations(uint32 chain) private view returns (ConflictingAttestations memory) {
        Attestation memory one = Attestation(chain, 100, keccak256("block"), 1000, 90, 5, 2, keccak256("events"));
        Attestation memory two = Attestation(chain, 100, keccak256("fork"), 1000, 90, 5, 2, keccak256("events"));
        return ConflictingAttestations(one, sign(Digests.hash(one)), two, sign(Digests.hash(two)));
    }

    function proposals() private view returns (ConflictingProposals memory) {
        Proposal memory one = Proposal(100, 2, -1, keccak256("block"));
        Proposal memory two = Proposal(100, 2, -1, keccak256("fork"));
        return ConflictingProposals(one, sign(Digests.hash(one)), two, sign(Digests.hash(two)));
    }

    function precommits() private view returns (DoublePrecommit memory) {
        Precommit memory one = Precommit(100, 2, keccak256("block"));
        Precommit memory two = Precommit(100, 2, keccak256("fork"));
        return DoublePrecommit(one, sign(Digests.hash(one)), two, sign(Digests.hash(two)));
    }

    function fork() private view returns (ForkingPrecommits memory) {
        Header memory one = nextHeader();
        Header memory two = nextHeader();
        two.stateRoot = keccak256("fork");
        Precommit memory first = Digests.precommitOf(one, 1);
        Precommit memory second = Digests.precommitOf(two, 4);
        return ForkingPrecommits(first, sign(Digests.hash(first)), one, second, sign(Digests.hash(second)), two);
    }

    function expectSlashed() private {
        vm.expectEmit(address(vault));
        emit IVault.Slashed(2, offender, 10 * WHOLE, 10 * WHOLE);
    }

    function isSlashed() private view {
        vm.assertEq(vault.stakeOf(offender).amount, 0, "stake");
        vm.assertTrue(vault.stakeOf(offender).isSlashed, "slashed");
        vm.assertEq(vault.bucket(), 10 * WHOLE, "bucket");
        vm.assertEq(vault.totalStake(), 7 * WHOLE, "total");
    }

    function test_moves_the_stake_of_who_attested_to_two_blocks() public {
        ConflictingAttestations memory evidence = attestations(FINALISING);
        expectSlashed();
        vault.slash(evidence);
        isSlashed();
    }

    function test_moves_the_stake_of_who_proposed_twice() public {
        ConflictingProposals memory evidence = proposals();
        expectSlashed();
        vault.slash(evidence);
        isSlashed();
    }

    function test_moves_the_stake_of_who_precommitted_twice() public {
        DoublePrecommit memory evidence = precommits();
        expectSlashed();
        vault.slash(evidence);
        isSlashed();
    }

    function test_moves_the_stake_of_who_precommitted_a_fork() public {
        ForkingPrecommits memory evidence = fork();
        expectSlashed();
        vault.slash(evidence);
        isSlashed();
    }

    function test_acquits_of_two_blocks_of_a_chain_that_reorganises() public {
        ConflictingAttestations memory evidence = attestations(PROBABILISTIC);
        vm.expectRevert(Evidence.NoConflict.selector);
        vault.slash(evidence);
    }

    function test_rejects_a_chain_that_the_network_does_not_have() public {
        ConflictingAttestations memory evidence = attestations(77);
        vm.expectRevert(abi.encodeWithSelector(IJudge.UnknownChain.selector, 77));
        vault.slash(evidence);
    }

    function test_slashes_an_offender_once() public {
        vault.slash(precommits());
        ConflictingProposals memory evidence = proposals();
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingStaked.selector, offender));
        vault.slash(evidence);
    }

    function test_rejects_an_offender_without_stake() public {
        attesters[0] = attesters[2];
        DoublePrecommit memory evidence = precommits();
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingStaked.selector, attesters[0].who));
        vault.slash(evidence);
    }

    function test_an_offender_can_not_stake_again() public {
        vault.slash(precommits());
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(IVault.AlreadySlashed.selector, offender));
        vault.depositStake(offender, WHOLE);
    }

    function test_a_pending_release_of_slashed_stake_pays_nothing() public {
        vault.slash(precommits());
        vm.assertEq(uint256(pay(releaseTo(offender, STAKE, 10 * WHOLE))), uint256(Outcome.Failed), "outcome");
    }

    function test_the_bucket_pays_only_under_a_later_set() public {
        vault.slash(precommits());
        Release memory entry = releaseTo(HARMED, BUCKET, 4 * WHOLE);
        entry.validUntil = START + 9 days;
        vm.assertEq(uint256(pay(entry)), uint256(Outcome.Failed), "under the same set");
        vm.prank(address(vault));
        vm.expectRevert(abi.encodeWithSelector(IVault.BucketLocked.selector, FIRST_SET));
        vault.settle(entry, submitter);
        vm.warp(START + 1 days);
        rotateTo(successors(2));
        vm.assertEq(uint256(pay(entry)), uint256(Outcome.Released), "under the next set");
        vm.assertEq(token.balanceOf(HARMED), 4 * WHOLE, "harmed");
        vm.assertEq(vault.bucket(), 6 * WHOLE, "bucket");
    }

    function test_the_bucket_pays_no_more_than_it_holds() public {
        vault.slash(precommits());
        vm.warp(START + 1 days);
        rotateTo(successors(2));
        submitNext();
        Release memory entry = releaseTo(HARMED, BUCKET, 10 * WHOLE + 1);
        vm.prank(address(vault));
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFunds.selector, 10 * WHOLE + 1, 10 * WHOLE));
        vault.settle(entry, submitter);
    }

    function test_the_report_takes_the_bucket_off() public {
        deposit(tokenAsset, 5 * WHOLE);
        vault.slash(precommits());
        vm.expectEmit(address(vault));
        emit IVault.BalanceReport(4, tokenAsset, 5 * WHOLE, 5 * WHOLE);
        vault.report(tokenAsset);
    }

    function test_rejects_where_stake_lives_elsewhere() public {
        Deployment memory parts = deployment();
        parts.stakeAsset = 0;
        vault = deploy(parts);
        DoublePrecommit memory evidence = precommits();
        vm.expectRevert(IVault.StakeElsewhere.selector);
        vault.slash(evidence);
    }

    function test_rejects_on_a_fork_of_the_chain() public {
        DoublePrecommit memory evidence = precommits();
        uint256 original = block.chainid;
        vm.chainId(original + 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.ForkedChain.selector, original + 1, original));
        vault.slash(evidence);
    }

    function test_the_judge_knows_the_networks_chains() public view {
        IJudge judge = vault.judge();
        vm.assertEq(uint256(judge.finalityOf(FINALISING)), uint256(Finality.Finalising), "finalising");
        vm.assertEq(uint256(judge.finalityOf(PROBABILISTIC)), uint256(Finality.Probabilistic), "probabilistic");
        vm.assertEq(uint256(judge.finalityOf(77)), uint256(Finality.Unknown), "unknown");
        vm.assertEq(judge.separator(), Digests.separator(NETWORK), "separator");
    }
}
