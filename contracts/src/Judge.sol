// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Chain, Finality, IJudge} from "./interfaces/IJudge.sol";
import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    Evidence,
    ForkingPrecommits
} from "./libraries/Evidence.sol";

/// @title Judges evidence for the vault that deploys it; documented in `IJudge`.
contract Judge is IJudge {
    /// @inheritdoc IJudge
    bytes32 public immutable separator;
    /// @inheritdoc IJudge
    mapping(uint32 chainId => Finality) public finalityOf;

    /// @param domain The network's domain separator.
    /// @param chains All chains of the network.
    constructor(bytes32 domain, Chain[] memory chains) {
        separator = domain;
        for (uint256 i; i < chains.length; ++i) {
            if (chains[i].finality == Finality.Unknown) revert InvalidChain(chains[i].id);
            if (finalityOf[chains[i].id] != Finality.Unknown) revert InvalidChain(chains[i].id);
            finalityOf[chains[i].id] = chains[i].finality;
        }
    }

    /// @inheritdoc IJudge
    function slash(ConflictingAttestations calldata evidence) external view returns (address offender) {
        Finality finality = finalityOf[evidence.first.chain];
        if (finality == Finality.Unknown) revert UnknownChain(evidence.first.chain);
        return Evidence.judge(separator, evidence, finality == Finality.Finalising);
    }

    /// @inheritdoc IJudge
    function slash(ConflictingProposals calldata evidence) external view returns (address offender) {
        return Evidence.judge(separator, evidence);
    }

    /// @inheritdoc IJudge
    function slash(DoublePrecommit calldata evidence) external view returns (address offender) {
        return Evidence.judge(separator, evidence);
    }

    /// @inheritdoc IJudge
    function slash(ForkingPrecommits calldata evidence) external view returns (address offender) {
        return Evidence.judge(separator, evidence);
    }
}
