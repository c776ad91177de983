// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Parts of protocol fees in basis points; they make 10,000 together.
/// @param attesters To attesters, by answered requests.
/// @param stakers To the buy-back, whose proceeds stream to stakers.
/// @param rebates To the rebate pool.
/// @param treasury To the treasury, with all rounding.
struct FeeParts {
    uint16 attesters;
    uint16 stakers;
    uint16 rebates;
    uint16 treasury;
}

/// @title Split of protocol fees
/// @notice Where the escrow's protocol fees arrive. Anybody splits them between attesters, stakers, rebate pool and treasury, by
/// parts that only a vote changes, slowly and within bounds.
/// @dev It keeps nothing: a part whose receiver cannot take it goes to the treasury. There is no owner and no other way out.
interface IFeeSplitter {
    /// @notice What each part got, in the token's smallest unit.
    event Split(address indexed token, uint256 attesters, uint256 stakers, uint256 rebates, uint256 treasury);
    event PartsChanged(FeeParts previous, FeeParts parts);
    event PoolsFixed(address indexed attesterRewards, address indexed rebatePool);

    error NotTimelock(address caller, address timelock);
    error NotDeployer(address caller, address deployer);
    error PoolsAlreadyFixed(address attesterRewards, address rebatePool);
    /// @notice The parts do not make 10,000 together.
    error PartsSumWrong(uint256 sum);
    /// @notice A part, 0 to 3 in the order attesters, stakers, rebates, treasury, is outside of its bounds.
    error PartOutOfBounds(uint256 part, uint256 bps, uint256 lowest, uint256 highest);
    /// @notice One change moves a part by at most a step.
    error PartStepTooLarge(uint256 part, uint256 previous, uint256 bps);
    /// @notice The parts were changed a short while ago.
    error PartsAtRest(uint256 timestamp, uint256 restsUntil);
    error NothingToSplit(address token);
    error TransferFailed(address token, address to, uint256 amount);
    error AddressZero();

    /// @notice Splits all of a token that is here. Anybody may call.
    /// @param token The zero address for native coin, whose rebate part goes to the treasury: the pool takes no coin.
    function split(address token) external;

    /// @notice Changes the parts. By the timelock.
    /// @dev What has come in and was not split yet is split by the new parts.
    function setParts(FeeParts calldata parts_) external;

    /// @notice Fixes where attesters' and rebates' parts go: contracts that need the gate, which comes after the escrow. By the
    /// deployer, once.
    function setPools(address attesterRewards_, address rebatePool_) external;

    /// @notice The parts in force.
    function parts() external view returns (FeeParts memory);

    /// @notice Second before which the parts cannot be changed again.
    function restsUntil() external view returns (uint256);

    /// @notice Takes the attesters' part.
    function attesterRewards() external view returns (address);

    /// @notice Takes the stakers' part.
    function buyBack() external view returns (address);

    /// @notice Takes the rebates' part.
    function rebatePool() external view returns (address);

    /// @notice Takes the rest.
    function treasury() external view returns (address);

    /// @notice Who changes the parts.
    function timelock() external view returns (address);
}
