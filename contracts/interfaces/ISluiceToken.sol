// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Sluice token
/// @notice The token that is staked: plain ERC-20 with ERC-2612 permit. The whole supply exists from the first block; there is
/// no owner, no minting and no voting weight in it, so a transfer costs what a transfer costs.
interface ISluiceToken is IERC20 {
    /// @notice Supply at construction; it can only fall.
    function cap() external view returns (uint256);

    /// @notice Destroys tokens of the caller.
    function burn(uint256 amount) external;
}
