// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    Evidence,
    ForkingPrecommits
} from "../../src/libraries/Evidence.sol";
import {Attestation, Header, Precommit, Proposal} from "../../src/libraries/Statements.sol";
import {Committees} from "../base/Committees.sol";
import {Digests} from "../base/Digests.sol";
import {vm, within} from "../base/Vm.sol";

contract EvidenceCaller {
    bytes32 private immutable SEPARATOR;

    constructor(bytes32 separator) {
        SEPARATOR = separator;
    }

    function judge(ConflictingAttestations calldata pair, bool isFinalising) external view returns (address) {
        return Evidence.judge(SEPARATOR, pair, isFinalising);
    }

    function judge(ConflictingProposals calldata pair) external view returns (address) {
        return Evidence.judge(SEPARATOR, pair);
    }

    function judge(DoublePrecommit calldata pair) external view returns (address) {
        return Evidence.judge(SEPARATOR, pair);
    }

    function judge(ForkingPrecommits calldata pair) external view returns (address) {
        return Evidence.judge(SEPARATOR, pair);
    }
}

/// @title What convicts whom, rule by rule as DESIGN.md has them
contract EvidenceTest {
    bytes32 private constant NETWORK = keccak256("network");
    uint256 private constant KEY = 77;
    uint256 private constant OTHER_KEY = 78;

    EvidenceCaller private immutable CALLER = new EvidenceCaller(Digests.separator(NETWORK));
    address private immutable OFFENDER = vm.addr(KEY);

    function sign(uint256 key, bytes32 structHash) private pure returns (bytes memory) {
        return Committees.sign(key, Digests.digest(NETWORK, structHash));
    }

    /* ATTESTATIONS */

    function attestation() private pure returns (Attestation memory) {
        return Attestation(1, 100, keccak256("block"), 1000, 90, 5, 2, keccak256("events"));
    }

    function pairOf(Attestation memory first, Attestation memory second)
        private
        pure
        returns (ConflictingAttestations memory)
    {
        return ConflictingAttestations(first, sign(KEY, Digests.hash(first)), second, sign(KEY, Digests.hash(second)));
    }

    function testFuzz_convicts_of_two_contents_of_one_block(uint256 field, bool isFinalising) public view {
        Attestation memory second = attestation();
        field = within(field, 0, 4);
        if (field == 0) second.timestamp++;
        else if (field == 1) second.previous++;
        else if (field == 2) second.firstSeq++;
        else if (field == 3) second.eventCount++;
        else second.eventsRoot = keccak256("others");
        vm.assertEq(CALLER.judge(pairOf(attestation(), second), isFinalising), OFFENDER, "offender");
    }

    function test_convicts_of_two_blocks_at_one_height_of_a_finalising_chain() public {
        Attestation memory second = attestation();
        second.blockHash = keccak256("fork");
        vm.assertEq(CALLER.judge(pairOf(attestation(), second), true), OFFENDER, "offender");
        ConflictingAttestations memory pair = pairOf(attestation(), second);
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair, false);
    }

    function test_acquits_of_other_heights_and_chains() public {
        Attestation memory second = attestation();
        second.height++;
        ConflictingAttestations memory pair = pairOf(attestation(), second);
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair, true);
        second = attestation();
        second.chain++;
        pair = pairOf(attestation(), second);
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair, true);
    }

    function test_acquits_of_the_same_attestation_twice() public {
        ConflictingAttestations memory pair = pairOf(attestation(), attestation());
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair, true);
    }

    function test_acquits_of_statements_of_two_signers() public {
        Attestation memory second = attestation();
        second.eventCount++;
        ConflictingAttestations memory pair = pairOf(attestation(), second);
        pair.secondSignature = sign(OTHER_KEY, Digests.hash(second));
        vm.expectRevert(abi.encodeWithSelector(Evidence.DifferentSigners.selector, OFFENDER, vm.addr(OTHER_KEY)));
        CALLER.judge(pair, true);
    }

    function test_acquits_of_statements_of_another_network() public {
        Attestation memory second = attestation();
        second.eventCount++;
        ConflictingAttestations memory pair = pairOf(attestation(), second);
        bytes32 digest = Digests.digest(keccak256("another"), Digests.hash(second));
        pair.secondSignature = Committees.sign(KEY, digest);
        vm.expectPartialRevert(Evidence.DifferentSigners.selector);
        CALLER.judge(pair, true);
    }

    /* PROPOSALS */

    function proposal() private pure returns (Proposal memory) {
        return Proposal(100, 2, -1, keccak256("block"));
    }

    function pairOf(Proposal memory first, Proposal memory second) private pure returns (ConflictingProposals memory) {
        return ConflictingProposals(first, sign(KEY, Digests.hash(first)), second, sign(KEY, Digests.hash(second)));
    }

    function test_convicts_of_two_proposals_of_one_round() public view {
        Proposal memory second = proposal();
        second.blockId = keccak256("another");
        vm.assertEq(CALLER.judge(pairOf(proposal(), second)), OFFENDER, "block");
        second = proposal();
        second.polRound = 1;
        vm.assertEq(CALLER.judge(pairOf(proposal(), second)), OFFENDER, "polRound");
    }

    function test_acquits_of_proposals_of_other_heights_rounds_or_the_same() public {
        Proposal[3] memory others = [proposal(), proposal(), proposal()];
        others[0].height++;
        others[1].round++;
        for (uint256 i = 0; i < 3; i++) {
            ConflictingProposals memory pair = pairOf(proposal(), others[i]);
            vm.expectRevert(Evidence.NoConflict.selector);
            CALLER.judge(pair);
        }
    }

    /* PRECOMMITS */

    function pairOf(Precommit memory first, Precommit memory second) private pure returns (DoublePrecommit memory) {
        return DoublePrecommit(first, sign(KEY, Digests.hash(first)), second, sign(KEY, Digests.hash(second)));
    }

    function test_convicts_of_two_blocks_in_one_round() public view {
        Precommit memory first = Precommit(100, 2, keccak256("block"));
        Precommit memory second = Precommit(100, 2, keccak256("another"));
        vm.assertEq(CALLER.judge(pairOf(first, second)), OFFENDER, "offender");
    }

    function test_acquits_of_nil_beside_a_block_other_rounds_and_the_same() public {
        Precommit memory first = Precommit(100, 2, keccak256("block"));
        Precommit[4] memory others = [
            Precommit(100, 2, 0),
            Precommit(100, 3, keccak256("another")),
            Precommit(101, 2, keccak256("another")),
            first
        ];
        for (uint256 i = 0; i < 4; i++) {
            DoublePrecommit memory pair = pairOf(first, others[i]);
            vm.expectRevert(Evidence.NoConflict.selector);
            CALLER.judge(pair);
            pair = pairOf(others[i], first);
            vm.expectRevert(Evidence.NoConflict.selector);
            CALLER.judge(pair);
        }
    }

    function test_acquits_of_a_precommit_and_a_proposal_of_one_block() public {
        Precommit memory first = Precommit(100, 2, keccak256("block"));
        Precommit memory second = Precommit(100, 2, keccak256("another"));
        DoublePrecommit memory pair = pairOf(first, second);
        pair.secondSignature = sign(KEY, Digests.hash(Proposal(100, 2, -1, keccak256("another"))));
        vm.expectPartialRevert(Evidence.DifferentSigners.selector);
        CALLER.judge(pair);
    }

    /* FORKS */

    function header() private pure returns (Header memory) {
        return
            Header(100, keccak256("p"), 10, 11, 12, keccak256("c"), keccak256("s"), 13, keccak256("o"), keccak256("n"));
    }

    function pairOf(Header memory first, uint32 firstRound, Header memory second, uint32 secondRound)
        private
        pure
        returns (ForkingPrecommits memory)
    {
        Precommit memory one = Digests.precommitOf(first, firstRound);
        Precommit memory two = Digests.precommitOf(second, secondRound);
        return ForkingPrecommits(one, sign(KEY, Digests.hash(one)), first, two, sign(KEY, Digests.hash(two)), second);
    }

    function testFuzz_convicts_of_headers_that_differ_in_state(uint256 field, uint32 firstRound, uint32 secondRound)
        public
        view
    {
        Header memory second = header();
        field = within(field, 0, 4);
        if (field == 0) second.parent = keccak256("fork");
        else if (field == 1) second.stateRoot = keccak256("fork");
        else if (field == 2) second.outboxRoot = keccak256("fork");
        else if (field == 3) second.setId++;
        else second.nextSet = keccak256("fork");
        vm.assertEq(CALLER.judge(pairOf(header(), firstRound, second, secondRound)), OFFENDER, "offender");
    }

    function testFuzz_acquits_of_headers_that_differ_only_in_time_or_body(uint256 field) public {
        Header memory second = header();
        field = within(field, 0, 4);
        if (field == 0) second.timeMs++;
        else if (field == 1) second.commandCount++;
        else if (field == 2) second.commandsRoot = keccak256("others");
        else if (field == 3) second.outboxCount++;
        // 4: the same header in another round
        ForkingPrecommits memory pair = pairOf(header(), 1, second, 2);
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair);
    }

    function test_acquits_of_headers_of_two_heights() public {
        Header memory second = header();
        (second.height, second.parent) = (101, keccak256("fork"));
        ForkingPrecommits memory pair = pairOf(header(), 1, second, 1);
        vm.expectRevert(Evidence.NoConflict.selector);
        CALLER.judge(pair);
    }

    function test_rejects_a_header_that_its_precommit_does_not_name() public {
        Header memory second = header();
        second.stateRoot = keccak256("fork");
        ForkingPrecommits memory pair = pairOf(header(), 1, second, 1);
        pair.secondHeader.parent = keccak256("forged");
        bytes32 got = Digests.blockId(pair.secondHeader);
        vm.expectRevert(abi.encodeWithSelector(Evidence.HeaderMismatch.selector, got, pair.second.blockId));
        CALLER.judge(pair);
        pair = pairOf(header(), 1, second, 1);
        pair.firstHeader.parent = keccak256("forged");
        vm.expectPartialRevert(Evidence.HeaderMismatch.selector);
        CALLER.judge(pair);
    }

    function test_rejects_a_header_of_another_height_than_its_precommit() public {
        Header memory second = header();
        second.stateRoot = keccak256("fork");
        ForkingPrecommits memory pair = pairOf(header(), 1, second, 1);
        pair.second.height = 99;
        vm.expectRevert(abi.encodeWithSelector(Evidence.HeightMismatch.selector, 100, 99));
        CALLER.judge(pair);
    }

    function test_acquits_of_a_fork_of_two_signers() public {
        Header memory second = header();
        second.stateRoot = keccak256("fork");
        ForkingPrecommits memory pair = pairOf(header(), 1, second, 1);
        pair.firstSignature = sign(OTHER_KEY, Digests.hash(pair.first));
        vm.expectPartialRevert(Evidence.DifferentSigners.selector);
        CALLER.judge(pair);
    }
}
