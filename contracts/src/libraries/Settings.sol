// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A governed value.
struct Value {
    uint128 value;
    /// @dev Unix seconds of the last change; zero: there is no such value.
    uint64 changedAt;
}

/// @notice The rule of a governed value.
struct Bound {
    /// @dev At deployment, where nothing else is said.
    uint128 initial;
    uint128 low;
    uint128 high;
    /// @dev Which way is the safe one.
    bool isHigherTighter;
}

/// @title Governed values of a vault: names, bounds, largest step and delays.
/// @dev A name is ASCII, right-padded with zeros: what the ledger calls `vault.NAME`.
///
///   | name               | unit             | default   | low .. high         | tighter |
///   |--------------------|------------------|-----------|---------------------|---------|
///   | rotation_delay     | seconds          | 1 h       | 1 min .. 7 d        | higher  |
///   | exit_after         | seconds          | 7 d       | 3 .. 30 d           | lower   |
///   | forced_grace       | seconds          | 3 d       | 1 .. 7 d            | lower   |
///   | payment_gas        | gas              | 500,000   | 250,000 .. 5,000,000| higher  |
///   | outflow_hour       | fraction at 1e18 | 2 %       | 0.2 .. 20 %         | lower   |
///   | outflow_day        | fraction at 1e18 | 20 %      | 2 .. 100 %          | lower   |
///   | deposit_minimum.NN | asset's unit     | listing's | 1 .. 2^112          | higher  |
///   | outflow_minimum.NN | asset's unit     | listing's | 1 .. 2^112          | lower   |
///
///   NN is the asset's number in two digits. A step goes at most to twice the value or to half of it. The ledger waits before it orders
///   a change; so that a stolen quorum cannot do without, a value tightens at most once an hour and loosens at most once in 48 hours
///   here, counted from its last change or the deployment. Specification: spec/parameters.md.
library Settings {
    bytes32 internal constant ROTATION_DELAY = "rotation_delay";
    bytes32 internal constant EXIT_AFTER = "exit_after";
    bytes32 internal constant FORCED_GRACE = "forced_grace";
    bytes32 internal constant PAYMENT_GAS = "payment_gas";
    bytes32 internal constant OUTFLOW_HOUR = "outflow_hour";
    bytes32 internal constant OUTFLOW_DAY = "outflow_day";

    /// @notice Assets that two digits can number.
    uint256 internal constant MAX_ASSETS = 100;

    bytes16 private constant DEPOSIT_MINIMUM = "deposit_minimum.";
    bytes16 private constant OUTFLOW_MINIMUM = "outflow_minimum.";
    uint128 private constant MAX_UNITS = 1 << 112;
    uint256 private constant TIGHTEN_DELAY = 1 hours;
    uint256 private constant LOOSEN_DELAY = 48 hours;

    /// @notice No value has this name.
    error UnknownSetting(bytes32 key);
    /// @notice The value is outside its bounds.
    error OutOfBounds(bytes32 key, uint256 value, uint256 low, uint256 high);
    /// @notice The value is more than twice the old one, less than half of it, or the same.
    error WrongStep(bytes32 key, uint256 value, uint256 old);
    /// @notice The last change was too short ago.
    error ChangedTooLately(bytes32 key, uint256 time, uint256 notBefore);

    /// @notice Name of the least deposit of the asset with this number, below 100.
    function depositMinimum(uint256 number) internal pure returns (bytes32) {
        return bytes32(DEPOSIT_MINIMUM) | digits(number);
    }

    /// @notice Name of what may leave of the asset with this number in any case.
    function outflowMinimum(uint256 number) internal pure returns (bytes32) {
        return bytes32(OUTFLOW_MINIMUM) | digits(number);
    }

    /// @notice Two digits behind the 16 bytes of a name.
    function digits(uint256 number) private pure returns (bytes32) {
        return bytes32((0x3030 + (number / 10 << 8) + number % 10) << 112);
    }

    /// @notice The rule of the value with this name.
    function boundOf(bytes32 key) internal pure returns (Bound memory) {
        if (key == ROTATION_DELAY) return Bound(1 hours, 1 minutes, 7 days, true);
        if (key == EXIT_AFTER) return Bound(7 days, 3 days, 30 days, false);
        if (key == FORCED_GRACE) return Bound(3 days, 1 days, 7 days, false);
        if (key == PAYMENT_GAS) return Bound(500_000, 250_000, 5_000_000, true);
        if (key == OUTFLOW_HOUR) return Bound(0.02e18, 0.002e18, 0.2e18, false);
        if (key == OUTFLOW_DAY) return Bound(0.2e18, 0.02e18, 1e18, false);
        if (bytes16(key) == DEPOSIT_MINIMUM) return Bound(1, 1, MAX_UNITS, true);
        if (bytes16(key) == OUTFLOW_MINIMUM) return Bound(1, 1, MAX_UNITS, false);
        revert UnknownSetting(key);
    }

    /// @notice Checks that a value is within its bounds.
    function checkBounds(bytes32 key, uint256 value) internal pure returns (Bound memory bound) {
        bound = boundOf(key);
        if (value < bound.low || value > bound.high) revert OutOfBounds(key, value, bound.low, bound.high);
    }

    /// @notice Checks that a value may follow the one in force at this time.
    function checkChange(bytes32 key, Value memory old, uint256 value, uint256 time) internal pure {
        if (old.changedAt == 0) revert UnknownSetting(key);
        Bound memory bound = checkBounds(key, value);
        if (value == old.value || value > 2 * uint256(old.value) || 2 * value < old.value) {
            revert WrongStep(key, value, old.value);
        }
        bool tightens = (value > old.value) == bound.isHigherTighter;
        uint256 notBefore = old.changedAt + (tightens ? TIGHTEN_DELAY : LOOSEN_DELAY);
        if (time < notBefore) revert ChangedTooLately(key, time, notBefore);
    }
}
