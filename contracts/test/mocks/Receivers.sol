// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Receivers of the native coin that do not simply take it
/// @notice One release to any of them must fail, or pass, alone: the others of its batch proceed.

/// @notice Refuses the coin until it is told to take it.
contract RefusingReceiver {
    error Refused();

    bool public takes;

    function setTakes(bool takes_) external {
        takes = takes_;
    }

    receive() external payable {
        if (!takes) revert Refused();
    }
}

/// @notice Burns all gas that it is given.
contract GasBurningReceiver {
    receive() external payable {
        while (true) {}
    }
}

/// @notice Refuses with so much data that copying it would cost its caller all gas.
contract ReturnBombReceiver {
    receive() external payable {
        assembly ("memory-safe") {
            revert(0, 200000)
        }
    }
}

/// @notice Calls back while it is paid, and remembers what came of it.
contract CallingReceiver {
    address public target;
    bytes public call;
    bool public hasSucceeded;
    bytes public answer;

    function setCall(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    receive() external payable {
        if (target == address(0)) return;
        (hasSucceeded, answer) = target.call(call);
    }
}
