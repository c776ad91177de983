// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ITokenHooks} from "./HookToken.sol";

/// @notice Lends all it has for one transaction. The borrower acts when it is told that the tokens are there.
contract FlashLender {
    IERC20 public immutable TOKEN;

    /// @notice The loan was not back at the end of the call.
    error NotRepaid(uint256 owed, uint256 held);

    constructor(IERC20 token) {
        TOKEN = token;
    }

    /// @notice Lends `amount`; where `forgiven`, nobody asks for it back, which is more than any lender does.
    function lend(address borrower, uint256 amount, bool forgiven) external {
        uint256 owed = TOKEN.balanceOf(address(this));
        TOKEN.transfer(borrower, amount);
        ITokenHooks(borrower).tokensReceived();
        uint256 held = TOKEN.balanceOf(address(this));
        if (!forgiven && held < owed) revert NotRepaid(owed, held);
    }
}
