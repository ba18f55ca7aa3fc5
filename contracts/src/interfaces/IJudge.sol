// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    ForkingPrecommits
} from "../libraries/Evidence.sol";

/// @notice Whether the final blocks of a chain can be replaced.
enum Finality {
    /// @dev Not a chain of the network.
    Unknown,
    /// @dev Never without a fault of the chain's own validators: Ethereum, Cosmos.
    Finalising,
    /// @dev With enough work: CKB, Bitcoin.
    Probabilistic
}

/// @notice A chain of the network, for judging evidence.
struct Chain {
    /// @dev Registry number.
    uint32 id;
    Finality finality;
}

/// @title Judges evidence for the vault that deploys it.
/// @notice Knows the network's domain and chains, has no other state, no authority and no owner; it stands apart from the vault because
///   one contract's code is limited (EIP-170), and evidence is rare.
/// @dev Its functions have the names and arguments of the vault's, which hands a call on as it came. What is convicted, and what is not:
///   `Evidence.sol`.
interface IJudge {
    /// @notice A chain stands twice, or its finality is unknown.
    error InvalidChain(uint32 chain);
    /// @notice The network has no such chain.
    error UnknownChain(uint32 chain);

    /// @notice Who signed both attestations.
    function slash(ConflictingAttestations calldata evidence) external view returns (address offender);

    /// @notice Who signed both proposals.
    function slash(ConflictingProposals calldata evidence) external view returns (address offender);

    /// @notice Who signed both precommits of one round.
    function slash(DoublePrecommit calldata evidence) external view returns (address offender);

    /// @notice Who signed precommits for both headers.
    function slash(ForkingPrecommits calldata evidence) external view returns (address offender);

    /// @notice The EIP-712 domain separator of the network.
    function separator() external view returns (bytes32);

    /// @notice Finality of a chain of the network.
    function finalityOf(uint32 chainId) external view returns (Finality);
}
