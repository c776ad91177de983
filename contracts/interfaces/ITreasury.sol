// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How much of a token may leave, in basis points of what the treasury holds and has spent in the last period.
/// @param bps In force.
/// @param nextBps What comes into force at `nextFrom`; zero where nothing waits.
/// @param nextFrom Second in which it does; zero where nothing waits.
/// @param restsUntil Second before which the cap cannot be raised again.
struct TreasuryCap {
    uint16 bps;
    uint16 nextBps;
    uint40 nextFrom;
    uint40 restsUntil;
}

/// @title Treasury
/// @notice Holds what belongs to the protocol. Only a vote spends it, through the timelock, and no vote can spend more of a
/// token in a period than the cap allows.
/// @dev The cap is a share, so that it holds for every token from the first unit, listed by nobody. It counts spends in every
/// window as long as a period, wherever the window begins: what left at its end cannot leave again at the next one's start. There is no
/// other way out: no call of choice, no allowance, no owner, no upgrade.
interface ITreasury {
    event Spent(address indexed token, address indexed to, uint256 amount, uint256 spentInPeriod);
    /// @notice The cap is another from a second on.
    event CapChanged(address indexed token, uint256 previousBps, uint256 bps, uint256 from);

    error NotTimelock(address caller, address timelock);
    error AmountZero();
    error TransferFailed(address token, address to, uint256 amount);
    /// @notice More would leave in a period than the cap allows.
    error AboveCap(address token, uint256 spent, uint256 most);
    error CapOutOfBounds(uint256 bps, uint256 lowest, uint256 highest);
    /// @notice One change moves the cap by at most a step.
    error CapStepTooLarge(uint256 bps, uint256 lowest, uint256 highest);
    error CapUnchanged(uint256 bps);
    /// @notice The cap was changed less than a period ago and cannot be raised.
    error CapAtRest(uint256 timestamp, uint256 restsUntil);

    /// @notice Pays out of the treasury, within the cap. By the timelock.
    /// @param token The zero address for native coin.
    /// @param amount In the token's smallest unit.
    function spend(address token, address to, uint256 amount) external;

    /// @notice Changes a token's cap by at most a step, within bounds. Lower at once and at any time; higher after a delay, and
    /// not again within a period. A lower cap drops a higher one that waits. By the timelock.
    /// @param bps Share of the holdings that may leave in a period.
    function setCap(address token, uint256 bps) external;

    /// @notice A token's cap; one whose time has come counts as in force.
    function capOf(address token) external view returns (TreasuryCap memory);

    /// @notice What was spent in the period that ends now.
    function spentOf(address token) external view returns (uint256);

    /// @notice What can be spent now.
    function spendable(address token) external view returns (uint256);

    /// @notice Seconds over which spends are counted.
    function period() external pure returns (uint256);

    /// @notice Who alone spends and changes caps.
    function timelock() external view returns (address);
}
