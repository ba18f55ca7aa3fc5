// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockCertificate} from "../../src/libraries/BlockCertificate.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Header} from "../../src/libraries/Statements.sol";
import {Attester, Committees} from "../base/Committees.sol";
import {Digests} from "../base/Digests.sol";
import {vm, within} from "../base/Vm.sol";

contract BlockCertificateCaller {
    function verify(
        bytes32 separator,
        Header calldata header,
        uint32 round,
        uint256[] calldata members,
        uint256 quorum,
        bytes calldata signatures
    ) external pure returns (bytes32) {
        return BlockCertificate.verify(separator, header, round, members, quorum, signatures);
    }

    function weigh(bytes32 digest, uint256[] calldata members, uint256 quorum, bytes calldata signatures)
        external
        pure
    {
        BlockCertificate.weigh(digest, members, quorum, signatures);
    }
}

/// @title A certificate is a quorum of the set over one digest, in one form only
contract BlockCertificateTest {
    using Committees for Attester[];

    bytes32 private constant NETWORK = keccak256("network");
    bytes32 private constant DIGEST = keccak256("digest");

    BlockCertificateCaller private immutable CALLER = new BlockCertificateCaller();

    function weigh(Attester[] memory members, bytes memory signatures) private view {
        CALLER.weigh(DIGEST, members.asSet(0).members, members.quorum(), signatures);
    }

    /// @dev A call of its own, so that a revert can be expected of everything that is prepared before.
    function weighing(Attester[] memory members, bytes memory signatures) external view {
        weigh(members, signatures);
    }

    function four() private pure returns (Attester[] memory) {
        return Committees.of_(1, 4, 1);
    }

    function test_accepts_exactly_a_quorum() public view {
        weigh(four(), four().certify(DIGEST));
    }

    function testFuzz_accepts_any_ascending_signers_that_are_worth_a_quorum(uint256 chosen, uint8[13] memory weights)
        public
        view
    {
        Attester[] memory members = Committees.of_(2, 13, 1);
        for (uint256 i = 0; i < 13; i++) {
            members[i].weight = uint32(weights[i]) + 1;
        }
        uint256 weight = 0;
        bytes memory signatures;
        for (uint256 i = 0; i < 13 && weight < members.quorum(); i++) {
            if (chosen >> i & 1 == 0) continue;
            signatures = bytes.concat(signatures, Committees.sign(members[i].key, DIGEST));
            weight += members[i].weight;
        }
        try this.weighing(members, signatures) {
            vm.assertGe(weight, members.quorum(), "accepted");
        } catch {
            vm.assertTrue(weight < members.quorum(), "rejected");
        }
    }

    function test_rejects_one_signature_less_than_a_quorum() public {
        bytes memory signatures = four().signFirst(2, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 2, 3));
        this.weighing(four(), signatures);
    }

    function test_rejects_no_signatures() public {
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.BelowQuorum.selector, 0, 3));
        this.weighing(four(), "");
    }

    function test_rejects_signatures_after_the_quorum_is_met() public {
        bytes memory signatures = four().signFirst(4, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.SurplusSignature.selector, 3));
        this.weighing(four(), signatures);
    }

    function test_rejects_a_duplicate_signer() public {
        Attester[] memory members = four();
        bytes memory one = Committees.sign(members[0].key, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.NotANextMember.selector, members[0].who));
        this.weighing(members, bytes.concat(one, one, one));
    }

    function test_rejects_unsorted_signers() public {
        Attester[] memory members = four();
        bytes memory signatures = bytes.concat(
            Committees.sign(members[1].key, DIGEST),
            Committees.sign(members[0].key, DIGEST),
            Committees.sign(members[2].key, DIGEST)
        );
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.NotANextMember.selector, members[0].who));
        this.weighing(members, signatures);
    }

    function test_rejects_a_signer_of_another_set() public {
        Attester[] memory strangers = Committees.of_(99, 4, 1);
        bytes memory signatures = strangers.certify(DIGEST);
        vm.expectRevert(abi.encodeWithSelector(BlockCertificate.NotANextMember.selector, strangers[0].who));
        this.weighing(four(), signatures);
    }

    function testFuzz_rejects_bytes_that_are_left_over(uint256 surplus) public {
        surplus = within(surplus, 1, 64);
        bytes memory signatures = bytes.concat(four().certify(DIGEST), new bytes(surplus));
        vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureLength.selector, 195 + surplus));
        this.weighing(four(), signatures);
    }

    function testFuzz_rejects_any_flipped_bit(uint256 bit) public {
        Attester[] memory members = four();
        bytes memory signatures = members.certify(DIGEST);
        bit = within(bit, 0, 8 * signatures.length - 1);
        signatures[bit / 8] = bytes1(uint8(signatures[bit / 8]) ^ uint8(2 ** (bit % 8)));
        vm.expectRevert();
        this.weighing(members, signatures);
    }

    /* THE DIGEST */

    function header() private pure returns (Header memory) {
        return Header(9, keccak256("p"), 10, 11, 12, keccak256("c"), keccak256("s"), 13, keccak256("o"), keccak256("n"));
    }

    function digestOf(Header memory h, uint32 round) private pure returns (bytes32) {
        return Digests.digest(NETWORK, Digests.hash(Digests.precommitOf(h, round)));
    }

    function verifying(Header memory h, uint32 round, bytes memory signatures) external view returns (bytes32) {
        Attester[] memory members = four();
        uint256[] memory words = members.asSet(0).members;
        return CALLER.verify(Digests.separator(NETWORK), h, round, words, members.quorum(), signatures);
    }

    function testFuzz_answers_the_block_id(Header memory h, uint32 round) public view {
        bytes memory signatures = four().certify(digestOf(h, round));
        vm.assertEq(this.verifying(h, round, signatures), Digests.blockId(h), "block id");
    }

    function test_rejects_signatures_of_another_round() public {
        bytes memory signatures = four().certify(digestOf(header(), 1));
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        this.verifying(header(), 2, signatures);
    }

    function test_rejects_signatures_of_another_network() public {
        bytes32 structHash = Digests.hash(Digests.precommitOf(header(), 1));
        bytes memory signatures = four().certify(Digests.digest(keccak256("another"), structHash));
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        this.verifying(header(), 1, signatures);
    }

    function test_rejects_signatures_over_the_block_id_itself() public {
        bytes memory signatures = four().certify(Digests.digest(NETWORK, Digests.blockId(header())));
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        this.verifying(header(), 1, signatures);
    }

    function test_rejects_prevotes_as_precommits() public {
        bytes32 kind = keccak256("Prevote(uint64 height,uint32 round,bytes32 blockId)");
        bytes32 prevote = keccak256(abi.encode(kind, header().height, 1, Digests.blockId(header())));
        bytes memory signatures = four().certify(Digests.digest(NETWORK, prevote));
        vm.expectPartialRevert(BlockCertificate.NotANextMember.selector);
        this.verifying(header(), 1, signatures);
    }

    function testFuzz_every_field_of_the_header_is_signed(uint256 field, uint256 bit) public {
        bytes memory signatures = four().certify(digestOf(header(), 1));
        field = within(field, 0, 9);
        Header memory other = header();
        uint256 width = field == 0 || field == 2 ? 64 : field == 3 || field == 4 || field == 7 ? 32 : 256;
        bit = within(bit, 0, width - 1);
        assembly ("memory-safe") {
            let place := add(other, mul(field, 32))
            mstore(place, xor(mload(place), shl(bit, 1)))
        }
        vm.expectRevert();
        this.verifying(other, 1, signatures);
    }
}
