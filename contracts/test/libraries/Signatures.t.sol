// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "../../src/libraries/Signatures.sol";
import {vm, within} from "../base/Vm.sol";

/// @notice Gives the library's internal functions a call of their own, so that a revert can be expected.
contract SignaturesCaller {
    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return Signatures.recover(digest, signature);
    }
}

/// @title One signature has one byte string, and only its signer's address comes out
contract SignaturesTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    bytes32 private constant DIGEST = keccak256("digest");

    SignaturesCaller private immutable CALLER = new SignaturesCaller();

    function testFuzz_recovers_the_signer(uint256 key, bytes32 digest) public view {
        key = within(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        vm.assertEq(CALLER.recover(digest, abi.encodePacked(r, s, v)), vm.addr(key), "signer");
    }

    function testFuzz_another_digest_gives_another_signer(uint256 key, bytes32 digest, bytes32 other) public view {
        vm.assume(digest != other);
        key = within(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        try CALLER.recover(other, abi.encodePacked(r, s, v)) returns (address signer) {
            vm.assertTrue(signer != vm.addr(key), "signer");
            vm.assertTrue(signer != address(0), "zero");
        } catch {}
    }

    function testFuzz_agrees_with_ecrecover_where_it_accepts(bytes32 digest, bytes32 r, bytes32 s, uint8 v)
        public
        view
    {
        address expected = ecrecover(digest, v, r, s);
        bool isAccepted = expected != address(0) && uint256(s) <= HALF_ORDER;
        try CALLER.recover(digest, abi.encodePacked(r, s, v)) returns (address signer) {
            vm.assertTrue(isAccepted, "accepted");
            vm.assertEq(signer, expected, "signer");
        } catch {
            vm.assertFalse(isAccepted, "rejected");
        }
    }

    function test_rejects_the_high_twin_of_a_signature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(1, DIGEST);
        uint256 twin = ORDER - uint256(s);
        vm.expectRevert(abi.encodeWithSelector(Signatures.HighS.selector, twin));
        CALLER.recover(DIGEST, abi.encodePacked(r, twin, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_rejects_s_just_above_half_the_order() public {
        vm.expectRevert(abi.encodeWithSelector(Signatures.HighS.selector, HALF_ORDER + 1));
        CALLER.recover(DIGEST, abi.encodePacked(uint256(1), HALF_ORDER + 1, uint8(27)));
    }

    function test_accepts_s_of_exactly_half_the_order() public view {
        bytes memory signature = abi.encodePacked(uint256(1), HALF_ORDER, uint8(27));
        vm.assertEq(
            CALLER.recover(DIGEST, signature), ecrecover(DIGEST, 27, bytes32(uint256(1)), bytes32(HALF_ORDER)), "signer"
        );
    }

    function testFuzz_rejects_every_other_recovery_byte(uint8 v) public {
        vm.assume(v != 27 && v != 28);
        (, bytes32 r, bytes32 s) = vm.sign(1, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(Signatures.RecoveryByte.selector, v));
        CALLER.recover(DIGEST, abi.encodePacked(r, s, v));
    }

    function test_rejects_signatures_that_no_key_made() public {
        bytes memory zeroR = abi.encodePacked(uint256(0), uint256(1), uint8(27));
        vm.expectRevert(abi.encodeWithSelector(Signatures.Unrecoverable.selector, DIGEST));
        CALLER.recover(DIGEST, zeroR);
        bytes memory zeroS = abi.encodePacked(uint256(1), uint256(0), uint8(27));
        vm.expectRevert(abi.encodeWithSelector(Signatures.Unrecoverable.selector, DIGEST));
        CALLER.recover(DIGEST, zeroS);
        bytes memory largeR = abi.encodePacked(ORDER, uint256(1), uint8(27));
        vm.expectRevert(abi.encodeWithSelector(Signatures.Unrecoverable.selector, DIGEST));
        CALLER.recover(DIGEST, largeR);
    }

    function testFuzz_rejects_every_other_length(uint256 length) public {
        length = within(length, 0, 200);
        vm.assume(length != 65);
        vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureLength.selector, length));
        CALLER.recover(DIGEST, new bytes(length));
    }

    function test_rejects_the_compact_form_of_64_bytes() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(1, DIGEST);
        bytes32 compact = bytes32(uint256(s) | uint256(v - 27) << 255);
        vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureLength.selector, 64));
        CALLER.recover(DIGEST, abi.encodePacked(r, compact));
    }
}
