// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../src/libraries/AttesterSets.sol";
import {Attestation, Govern, Header, Precommit, Progress, Proposal, Release} from "../../src/libraries/Statements.sol";

/// @title Everything that is hashed and signed, word by word and plainly
/// @notice The oracle beside the contracts' hashing: each field is named, each type string stands whole.
/// Specification: EIP-712; DESIGN.md, Identities and formats.
library Digests {
    function separator(bytes32 networkId) internal pure returns (bytes32) {
        bytes32 domain = keccak256("EIP712Domain(string name,string version,bytes32 salt)");
        return keccak256(abi.encode(domain, keccak256("Viaduct"), keccak256("1"), networkId));
    }

    function digest(bytes32 networkId, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(bytes.concat(hex"1901", separator(networkId), structHash));
    }

    function setHash(AttesterSet memory set) internal pure returns (bytes32) {
        bytes memory members;
        for (uint256 i = 0; i < set.members.length; i++) {
            members = bytes.concat(members, bytes32(set.members[i]));
        }
        bytes32 kind = keccak256("AttesterSet(uint32 id,uint256[] members)");
        return keccak256(abi.encode(kind, set.id, keccak256(members)));
    }

    function blockId(Header memory h) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Header(uint64 height,bytes32 parent,uint64 timeMs,uint32 setId,uint32 commandCount,bytes32 commandsRoot,bytes32 stateRoot,uint32 outboxCount,bytes32 outboxRoot,bytes32 nextSet)"
        );
        bytes memory first = abi.encode(kind, h.height, h.parent, h.timeMs, h.setId, h.commandCount);
        return
            keccak256(
                bytes.concat(first, abi.encode(h.commandsRoot, h.stateRoot, h.outboxCount, h.outboxRoot, h.nextSet))
            );
    }

    function precommitOf(Header memory header, uint32 round) internal pure returns (Precommit memory) {
        return Precommit(header.height, round, blockId(header));
    }

    function hash(Precommit memory p) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Precommit(uint64 height,uint32 round,bytes32 blockId)");
        return keccak256(abi.encode(kind, p.height, p.round, p.blockId));
    }

    function hash(Proposal memory p) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Proposal(uint64 height,uint32 round,int64 polRound,bytes32 blockId)");
        return keccak256(abi.encode(kind, p.height, p.round, p.polRound, p.blockId));
    }

    function hash(Attestation memory a) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Attestation(uint32 chain,uint64 height,bytes32 blockHash,uint64 timestamp,uint64 previous,uint64 firstSeq,uint32 eventCount,bytes32 eventsRoot)"
        );
        bytes memory first = abi.encode(kind, a.chain, a.height, a.blockHash, a.timestamp);
        return keccak256(bytes.concat(first, abi.encode(a.previous, a.firstSeq, a.eventCount, a.eventsRoot)));
    }

    function pause(uint32 chain, address vault, uint32 setId) internal pure returns (bytes32) {
        bytes32 kind = keccak256("VaultPause(uint32 chain,bytes32 vault,uint32 setId)");
        return keccak256(abi.encode(kind, chain, word(vault), setId));
    }

    function leaf(Release memory r) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Release(uint64 id,uint32 chain,bytes32 vault,bytes32 asset,bytes32 recipient,uint256 amount,uint64 validUntil)"
        );
        bytes memory words = abi.encode(kind, r.id, r.chain, r.vault, r.asset, r.recipient, r.amount, r.validUntil);
        return keccak256(bytes.concat(hex"00", words));
    }

    function leaf(Govern memory g) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Govern(uint64 id,uint32 chain,bytes32 vault,bytes32 key,uint256 value)");
        return keccak256(bytes.concat(hex"00", abi.encode(kind, g.id, g.chain, g.vault, g.key, g.value)));
    }

    function leaf(Progress memory p) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Progress(uint32 chain,uint64 processedSeq)");
        return keccak256(bytes.concat(hex"00", abi.encode(kind, p.chain, p.processedSeq)));
    }

    /// @notice An address as assets, vaults and recipients are written: left-padded.
    function word(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
