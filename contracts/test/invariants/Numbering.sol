// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../../src/interfaces/IVault.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Vm, vm} from "../base/Vm.sol";

/// @title A vault whose events are counted, call by call
abstract contract Numbering is VaultTest {
    uint64 public countedSeq;
    bool public hasGap;

    /// @dev The recorder keeps what an undone payment emitted: its `Released` stands before the `ReleaseFailed` of the same number.
    modifier counted() {
        vm.recordLogs();
        _;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(vault)) continue;
            bool isUndone = i + 1 < logs.length && logs[i].topics[0] == IVault.Released.selector
                && logs[i + 1].topics[0] == IVault.ReleaseFailed.selector && logs[i].topics[1] == logs[i + 1].topics[1];
            if (isUndone) continue;
            if (uint256(logs[i].topics[1]) != countedSeq) hasGap = true;
            countedSeq++;
        }
    }

    function vaultAddress() external view returns (address) {
        return address(vault);
    }

    function tokenAddress() external view returns (address) {
        return address(token);
    }

    function assetNumbered(uint256 number) public view returns (bytes32) {
        return [NATIVE, tokenAsset, bridgedAsset][number % 3];
    }
}
