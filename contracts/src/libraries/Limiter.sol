// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice One window of the limiter, in units of its asset.
struct Window {
    /// @dev Holdings when it began.
    uint128 base;
    /// @dev What has left in it.
    uint128 spent;
    /// @dev What has come in.
    uint128 inflow;
    /// @dev What came in in the window before.
    uint128 inflowBefore;
    /// @dev What came in a whole window ago and offsets what is spent now.
    uint128 freed;
    /// @dev Number of the window: Unix seconds over its length.
    uint64 number;
}

/// @title The outflow limiter: how much of an asset may still leave in a window.
/// @dev   base      = min(holdings now, holdings when the window began)
///        cap       = max(fraction · base, minimum), rounded down
///        available = min(cap, cap + freed - spent), at least zero
///        inflow:     this window -> last window -> freed: counts only when a whole window has passed since it came in
///      The law is the ledger's governor's (`relayer/ledger/src/limits/window.rs`) with twice its fractions and minimum: windows of both
///      begin at whole multiples of their length since 1970, so that what the ledger lets out in one of its windows, released late,
///      still fits beside that of the next. Freed inflow never lifts the cap; a deposit that is withdrawn at once takes its own turn.
library Limiter {
    /// @notice One, as fractions are written.
    uint256 internal constant ONE = 1e18;

    /// @notice Begins the window anew where the running one is over.
    /// @param holdings Of the asset, before anything of this call moved.
    function turn(Window storage window, uint256 time, uint256 length, uint128 holdings) internal {
        if (window.number == time / length) return;
        Window memory next = turned(window, time, length, holdings);
        (window.base, window.spent, window.inflow) = (next.base, next.spent, next.inflow);
        (window.inflowBefore, window.freed, window.number) = (next.inflowBefore, next.freed, next.number);
    }

    /// @notice The window as it is at `time`.
    function turned(Window memory window, uint256 time, uint256 length, uint128 holdings)
        internal
        pure
        returns (Window memory)
    {
        uint256 number = time / length;
        uint256 passed = number - window.number;
        if (passed == 0) return window;
        return Window({
            base: holdings,
            spent: 0,
            inflow: 0,
            inflowBefore: passed == 1 ? window.inflow : 0,
            freed: passed == 1 ? window.inflowBefore : passed == 2 ? window.inflow : 0,
            number: uint64(number)
        });
    }

    /// @notice The most that may leave in the window.
    function capDown(Window memory window, uint128 holdings, uint256 fraction, uint256 minimum)
        internal
        pure
        returns (uint256)
    {
        return Math.max(Math.min(window.base, holdings) * fraction / ONE, minimum);
    }

    /// @notice What may still leave under `cap`.
    function available(Window memory window, uint256 cap) internal pure returns (uint256) {
        return Math.min(cap, Math.saturatingSub(cap + window.freed, window.spent));
    }
}
