// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSets} from "./AttesterSets.sol";
import {Signatures} from "./Signatures.sol";
import {Header, Precommit, Statements} from "./Statements.sol";

/// @title Block certificates: precommits of attesters, worth a quorum together, over one header in one round.
/// @dev signers strictly ascending · each a member · Σ weight >= quorum · no signature after the quorum is met
///      Signers and members ascend together, so that one walk over the members finds every signer. The law is
///      `wire::certificate`'s, so that whatever passes here passes there, and one certificate has one form.
library BlockCertificate {
    /// @notice A signer is not a member, or stands behind one with a higher address, or twice.
    error NotANextMember(address signer);
    /// @notice Signatures go on after the quorum is met.
    error SurplusSignature(uint256 index);
    /// @notice The signatures weigh too little.
    error BelowQuorum(uint256 weight, uint256 quorum);

    /// @notice Checks that `quorum` of `members` precommitted `header` in `round`.
    /// @param separator The network's domain.
    /// @param members Of the header's set, authenticated and checked: ascending.
    /// @param quorum Not zero.
    /// @return blockId The header's block id, never zero.
    function verify(
        bytes32 separator,
        Header calldata header,
        uint32 round,
        uint256[] calldata members,
        uint256 quorum,
        bytes calldata signatures
    ) internal pure returns (bytes32 blockId) {
        blockId = Statements.hash(header);
        bytes32 precommit = Statements.hash(Precommit({height: header.height, round: round, blockId: blockId}));
        weigh(Statements.digest(separator, precommit), members, quorum, signatures);
    }

    /// @notice Checks that the signatures over `digest` are worth `quorum` and no more than that needs.
    function weigh(bytes32 digest, uint256[] calldata members, uint256 quorum, bytes calldata signatures)
        internal
        pure
    {
        if (signatures.length % Signatures.LENGTH != 0) revert Signatures.SignatureLength(signatures.length);
        uint256 weight;
        uint256 next;
        for (uint256 start; start < signatures.length; start += Signatures.LENGTH) {
            if (weight >= quorum) revert SurplusSignature(start / Signatures.LENGTH);
            address signer = Signatures.recover(digest, signatures[start:start + Signatures.LENGTH]);
            next = find(members, next, signer);
            unchecked {
                // Below 64 members of 32 bits.
                weight += AttesterSets.weightOf(members[next++]);
            }
        }
        if (weight < quorum) revert BelowQuorum(weight, quorum);
    }

    /// @notice Place of `signer` among the members from `from` on.
    function find(uint256[] calldata members, uint256 from, address signer) private pure returns (uint256 place) {
        uint256 count = members.length;
        for (place = from; place < count;) {
            if (AttesterSets.attesterOf(members[place]) == signer) return place;
            unchecked {
                ++place;
            }
        }
        revert NotANextMember(signer);
    }
}
