// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardStream} from "../interfaces/IRewardStream.sol";

/// @notice A reward stream that takes what it is given, or, when closed, nothing.
contract RewardStreamMock is IRewardStream {
    IERC20 private immutable TOKEN;

    uint256 public received;
    bool public closed;

    error StreamClosed();

    constructor(address token) {
        TOKEN = IERC20(token);
    }

    /// @notice Refuses rewards from now on, or no longer.
    function setClosed(bool closed_) external {
        closed = closed_;
    }

    /// @inheritdoc IRewardStream
    function notifyReward(uint256 amount) external {
        if (closed) revert StreamClosed();
        received += amount;
        TOKEN.transferFrom(msg.sender, address(this), amount);
    }
}
