// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What attesters sign and what the ledger's trees hold, field by field as `relayer/wire` declares it.
/// A word of a struct is its ABI encoding, so that `abi.encode(TYPE_HASH, value)` is what EIP-712 hashes.

/// @notice One margin account of an owner.
struct Account {
    /// @dev The address that signs the account's commands.
    address owner;
    /// @dev Which of the owner's.
    uint32 sub;
}

/// @notice Commits to one block of the ledger and to the state after its parent.
struct Header {
    /// @dev 1 for the first block.
    uint64 height;
    /// @dev Block id of the parent.
    bytes32 parent;
    /// @dev Block time in milliseconds since 1970.
    uint64 timeMs;
    /// @dev The attester set that decides this block.
    uint32 setId;
    /// @dev Leaves below `commandsRoot`.
    uint32 commandCount;
    /// @dev Root over the whole body.
    bytes32 commandsRoot;
    /// @dev Root of the ledger state after the parent.
    bytes32 stateRoot;
    /// @dev Leaves below `outboxRoot`.
    uint32 outboxCount;
    /// @dev Root of the outbox entries, after the parent, that are neither confirmed nor void.
    bytes32 outboxRoot;
    /// @dev Hash of the current attester set; in an epoch's last block of the next one.
    bytes32 nextSet;
}

/// @notice A vote for a block; `blockId` zero is nil and never certified.
struct Precommit {
    uint64 height;
    uint32 round;
    bytes32 blockId;
}

/// @notice A proposer's block for a round.
struct Proposal {
    uint64 height;
    uint32 round;
    /// @dev Round in which the block gathered a quorum of prevotes before; -1 for none.
    int64 polRound;
    bytes32 blockId;
}

/// @notice One final block of a chain and the vault events in it.
struct Attestation {
    uint32 chain;
    uint64 height;
    bytes32 blockHash;
    uint64 timestamp;
    uint64 previous;
    uint64 firstSeq;
    uint32 eventCount;
    bytes32 eventsRoot;
}

/// @notice Outbox entry: pays an asset out of a vault, or mints a bridged token there.
struct Release {
    /// @dev Numbered by the ledger together with `Govern`; each once.
    uint64 id;
    /// @dev Registry number of the chain that pays.
    uint32 chain;
    /// @dev The vault that pays: its address left-padded.
    bytes32 vault;
    /// @dev The vault's identifier of the asset, or one of the names `stake` and `bucket`.
    bytes32 asset;
    /// @dev An address left-padded.
    bytes32 recipient;
    /// @dev In the chain's unit of the asset.
    uint256 amount;
    /// @dev Unix seconds of the chain's clock after which the vault refuses it.
    uint64 validUntil;
}

/// @notice Outbox entry: sets a value of a vault, within the bounds that the vault checks itself.
struct Govern {
    /// @dev Numbered by the ledger together with `Release`; each once.
    uint64 id;
    uint32 chain;
    bytes32 vault;
    /// @dev The ASCII name of the value, right-padded with zeros.
    bytes32 key;
    uint256 value;
}

/// @notice Outbox entry: how far the events of a chain's vault are applied.
struct Progress {
    uint32 chain;
    /// @dev Number of the next event to apply: all below it are applied.
    uint64 processedSeq;
}

/// @title Struct hashes, leaves and digests of what Viaduct signs.
/// @dev structHash = keccak256(typeHash ‖ words), leaf = keccak256(0x00 ‖ typeHash ‖ words),
///      digest = keccak256(0x19 ‖ 0x01 ‖ separator ‖ structHash). Specification: EIP-712; DESIGN.md, Identities and formats.
///      Guarantees: one type hash per struct, so that no signature and no leaf serves two purposes.
///      Not guaranteed: that the values make sense.
library Statements {
    bytes32 internal constant DOMAIN_TYPE = keccak256("EIP712Domain(string name,string version,bytes32 salt)");
    bytes32 internal constant HEADER_TYPE = keccak256(
        "Header(uint64 height,bytes32 parent,uint64 timeMs,uint32 setId,uint32 commandCount,bytes32 commandsRoot,"
        "bytes32 stateRoot,uint32 outboxCount,bytes32 outboxRoot,bytes32 nextSet)"
    );
    bytes32 internal constant PRECOMMIT_TYPE = keccak256("Precommit(uint64 height,uint32 round,bytes32 blockId)");
    bytes32 internal constant PROPOSAL_TYPE =
        keccak256("Proposal(uint64 height,uint32 round,int64 polRound,bytes32 blockId)");
    bytes32 internal constant ATTESTATION_TYPE = keccak256(
        "Attestation(uint32 chain,uint64 height,bytes32 blockHash,uint64 timestamp,uint64 previous,uint64 firstSeq,"
        "uint32 eventCount,bytes32 eventsRoot)"
    );
    bytes32 internal constant RELEASE_TYPE = keccak256(
        "Release(uint64 id,uint32 chain,bytes32 vault,bytes32 asset,bytes32 recipient,uint256 amount,uint64 validUntil)"
    );
    bytes32 internal constant GOVERN_TYPE =
        keccak256("Govern(uint64 id,uint32 chain,bytes32 vault,bytes32 key,uint256 value)");
    bytes32 internal constant PROGRESS_TYPE = keccak256("Progress(uint32 chain,uint64 processedSeq)");
    bytes32 internal constant PAUSE_TYPE = keccak256("VaultPause(uint32 chain,bytes32 vault,uint32 setId)");

    /// @notice The signing domain of the network whose genesis file hashes to `networkId`.
    function separatorOf(bytes32 networkId) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, keccak256("Viaduct"), keccak256("1"), networkId));
    }

    /// @notice What a key signs for a struct hash in a domain.
    function digest(bytes32 separator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    /// @notice The block id: the header's struct hash.
    function hash(Header calldata header) internal pure returns (bytes32) {
        return keccak256(abi.encode(HEADER_TYPE, header));
    }

    function hash(Precommit memory precommit) internal pure returns (bytes32) {
        return keccak256(abi.encode(PRECOMMIT_TYPE, precommit));
    }

    function hash(Proposal calldata proposal) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROPOSAL_TYPE, proposal));
    }

    function hash(Attestation calldata attestation) internal pure returns (bytes32) {
        return keccak256(abi.encode(ATTESTATION_TYPE, attestation));
    }

    /// @notice Struct hash of one attester's pause of one vault under one set.
    function hashPause(uint32 chain, bytes32 vault, uint32 setId) internal pure returns (bytes32) {
        return keccak256(abi.encode(PAUSE_TYPE, chain, vault, setId));
    }

    function leaf(Release calldata entry) internal pure returns (bytes32) {
        // One allocation: every word of it is padded by hand.
        return keccak256(
            abi.encodePacked(
                hex"00",
                RELEASE_TYPE,
                uint256(entry.id),
                uint256(entry.chain),
                entry.vault,
                entry.asset,
                entry.recipient,
                entry.amount,
                uint256(entry.validUntil)
            )
        );
    }

    function leaf(Govern calldata entry) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", abi.encode(GOVERN_TYPE, entry)));
    }

    function leaf(Progress calldata entry) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", abi.encode(PROGRESS_TYPE, entry)));
    }
}
