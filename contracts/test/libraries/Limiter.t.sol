// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Limiter, Window} from "../../src/libraries/Limiter.sol";
import {vm, within} from "../base/Vm.sol";

/// @title The limiter's law, case by case as the ledger's governor has it
contract LimiterTest {
    uint256 private constant HOUR = 1 hours;
    uint256 private constant ONE_PER_CENT = 1e16;

    function begun(uint128 holdings) private pure returns (Window memory window) {
        return Limiter.turned(window, HOUR, HOUR, holdings);
    }

    /// @dev 1 % of holdings, at least 10.
    function available(Window memory window, uint128 holdings) private pure returns (uint256) {
        return Limiter.available(window, Limiter.capDown(window, holdings, ONE_PER_CENT, 10));
    }

    function test_what_was_spent_is_gone_until_the_window_turns() public pure {
        Window memory window = begun(10_000);
        window.spent = 70;
        vm.assertEq(available(window, 10_000), 30, "in the window");
        window = Limiter.turned(window, 2 * HOUR - 1, HOUR, 9930);
        vm.assertEq(available(window, 10_000), 30, "at its end");
        window = Limiter.turned(window, 2 * HOUR, HOUR, 9000);
        vm.assertEq(available(window, 9930), 90, "after it");
    }

    function test_the_base_is_the_lower_of_now_and_the_start() public pure {
        vm.assertEq(available(begun(10_000), 5000), 50, "now");
        vm.assertEq(available(begun(10_000), 50_000), 100, "start");
        vm.assertEq(available(begun(100), 50_000), 10, "minimum");
    }

    function test_inflow_offsets_outflow_only_a_whole_window_later() public pure {
        Window memory window = begun(10_000);
        (window.inflow, window.spent) = (60, 100);
        vm.assertEq(available(window, 10_000), 0, "in the same window");
        window = Limiter.turned(window, 2 * HOUR, HOUR, 10_000);
        window.spent = 100;
        vm.assertEq(available(window, 10_000), 0, "in the next one");
        window = Limiter.turned(window, 3 * HOUR, HOUR, 10_000);
        vm.assertEq(available(window, 10_000), 100, "never above the cap");
        window.spent = 100;
        vm.assertEq(available(window, 10_000), 60, "a whole window later");
    }

    function test_inflow_of_long_ago_frees_nothing() public pure {
        Window memory window = begun(10_000);
        window.inflow = 60;
        window = Limiter.turned(window, 4 * HOUR, HOUR, 10_000);
        window.spent = 100;
        vm.assertEq(available(window, 10_000), 0, "available");
    }

    function testFuzz_never_lets_out_more_than_the_cap(
        Window memory window,
        uint128 holdings,
        uint256 fraction,
        uint128 minimum
    ) public pure {
        fraction = within(fraction, 0, Limiter.ONE);
        uint256 cap = Limiter.capDown(window, holdings, fraction, minimum);
        uint256 left = Limiter.available(window, cap);
        vm.assertLe(left, cap, "cap");
        vm.assertLe(cap, uint256(holdings) > minimum ? holdings : minimum, "holdings or minimum");
        uint256 room = cap + window.freed;
        uint256 expected = room > window.spent ? room - window.spent : 0;
        vm.assertEq(left, expected < cap ? expected : cap, "law");
    }

    function testFuzz_a_deposit_in_the_window_frees_nothing(Window memory window, uint128 holdings, uint128 amount)
        public
        pure
    {
        holdings = uint128(within(holdings, 0, type(uint128).max - amount));
        uint256 before = available(window, holdings);
        window.inflow = amount;
        vm.assertLe(available(window, holdings), before, "by inflow");
        window.base = uint128(window.base < holdings ? window.base : holdings);
        vm.assertLe(available(window, holdings + amount), before, "by holdings");
    }
}
