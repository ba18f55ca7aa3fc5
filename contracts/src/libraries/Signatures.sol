// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Signatures: 65 bytes r ‖ s ‖ v over a digest, from which the signer's address is recovered.
/// @dev Accepted: 0 < r < n, 0 < s <= n/2 (low s), v = 27 or 28, the recovered address is not zero.
///      One signature has one byte string. The law is `wire::signature`'s.
library Signatures {
    /// @notice Bytes of one signature.
    uint256 internal constant LENGTH = 65;

    /// @dev Half the order of secp256k1, rounded down: the largest low s.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice The bytes are not those of whole signatures.
    error SignatureLength(uint256 length);
    /// @notice v is neither 27 nor 28.
    error RecoveryByte(uint8 v);
    /// @notice s is above half the group order.
    error HighS(uint256 s);
    /// @notice No key has such a signature over the digest.
    error Unrecoverable(bytes32 digest);

    /// @notice The address whose key signed `digest`; never zero.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        if (signature.length != LENGTH) revert SignatureLength(signature.length);
        bytes32 r;
        uint256 s;
        uint8 v;
        // Plainly `signature[0:32]`, `signature[32:64]` and `signature[64]`, which the tests compare; the length is checked above.
        assembly ("memory-safe") {
            r := calldataload(signature.offset)
            s := calldataload(add(signature.offset, 32))
            v := byte(0, calldataload(add(signature.offset, 64)))
        }
        return recover(digest, r, s, v);
    }

    /// @notice The address whose key signed `digest` with r, s and v; never zero.
    function recover(bytes32 digest, bytes32 r, uint256 s, uint8 v) internal pure returns (address signer) {
        if (v != 27 && v != 28) revert RecoveryByte(v);
        if (s > HALF_ORDER) revert HighS(s);
        signer = ecrecover(digest, v, r, bytes32(s));
        if (signer == address(0)) revert Unrecoverable(digest);
    }
}
