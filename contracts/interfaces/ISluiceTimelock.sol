// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sluice timelock
/// @notice The treasury, and the only account that acts on what was voted: OpenZeppelin's TimelockController with a delay that
/// no vote can bring below a day.
interface ISluiceTimelock {
    /// @notice Holders need time to leave.
    error DelayTooShort(uint256 delay, uint256 shortest);
}
