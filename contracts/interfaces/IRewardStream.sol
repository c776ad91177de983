// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reward stream
/// @notice Where stakers' rewards go in: the stake, which streams them to whoever stakes.
interface IRewardStream {
    /// @notice Adds to the rewards that stream out, in the governance token, out of the caller's allowance.
    /// @param amount In the token's smallest unit.
    function notifyReward(uint256 amount) external;
}
