// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @notice Tokens and native coin alike; the zero address as token is the coin.
library Payouts {
    using SafeERC20 for IERC20;

    function balance(address token) internal view returns (uint256) {
        return token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    }

    /// @notice Whether it was paid. The receiver of coins gets all gas but its answer is not copied.
    function trySend(address token, address to, uint256 amount) internal returns (bool) {
        if (token == address(0)) return LowLevelCall.callNoReturn(to, amount, "");
        return IERC20(token).trySafeTransfer(to, amount);
    }
}
