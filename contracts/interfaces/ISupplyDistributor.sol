// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Distribution of a first supply
/// @notice Sends a token's whole supply to its receivers in one transaction, or nothing to anybody.
/// @dev Holds nothing, stores nothing and has no owner. Whoever holds the supply approves this contract for it and calls.
interface ISupplyDistributor {
    /// @notice The whole supply was sent.
    event Distributed(address indexed token, address indexed from, uint256 supply, uint256 receivers);

    /// @notice Each receiver needs an amount and each amount a receiver.
    error LengthsDiffer(uint256 receivers, uint256 amounts);
    /// @notice The amounts do not add up to the supply; nothing was sent.
    error SumIsNotSupply(uint256 sum, uint256 supply);

    /// @notice Sends the caller's tokens, which are the whole supply.
    /// @param token The token, approved for this contract before.
    /// @param receivers Who gets them, vesting wallets among them.
    /// @param amounts What each gets, in the token's smallest unit, in the same order.
    function distribute(address token, address[] calldata receivers, uint256[] calldata amounts) external;
}
