// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Credits
/// @notice Money whose receiver the token refused to pay waits here for him, so that nobody blocks anybody.
interface ITokenCredits {
    /// @notice Money that could not be delivered waits for `sweep`.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice A credit was paid out.
    event CreditSwept(address indexed token, address indexed account, uint256 amount);

    /// @notice The token delivered another amount than was named; fee-on-transfer tokens are refused here.
    error AmountReceived(uint256 expected, uint256 actual);
    /// @notice The token's address holds no code, or what is there has no `balanceOf`.
    error TokenUnreadable(address token);
    error TransferFailed(address token, address from, address to, uint256 amount);
    error NothingToSweep(address token, address account);

    /// @notice Pays an account's credit in a token out to it. Anybody may call.
    function sweep(address token, address account) external;

    /// @notice What waits for an account, in the token's smallest unit.
    function credit(address token, address account) external view returns (uint256);
}
