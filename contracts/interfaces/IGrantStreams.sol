// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A grant that becomes the recipient's second by second.
/// @param token The zero address for native coin.
/// @param start From here the amount is counted; before `cliff` nothing of it can be withdrawn.
/// @param cliff Second from which what was counted since `start` can be withdrawn.
/// @param recipient Who gets it.
/// @param end Second in which all of it has vested; of a cancelled grant the second of its end.
/// @param cancelled Whether a vote ended it early.
/// @param amount What it comes to in all; of a cancelled grant what had vested.
/// @param withdrawn What was paid.
struct Grant {
    address token;
    uint40 start;
    uint40 cliff;
    address recipient;
    uint40 end;
    bool cancelled;
    uint128 amount;
    uint128 withdrawn;
}

/// @title Streamed grants
/// @notice Pays grants out over time. A vote opens a grant out of money that stands here for it, and may cancel it; what has
/// vested by then stays the recipient's, the rest returns to the treasury.
/// @dev To open one, a proposal spends from the treasury to this contract and opens the grant in its next call. Money that
/// belongs to no grant goes back to the treasury by anybody's call.
interface IGrantStreams {
    event GrantOpened(
        uint256 indexed id,
        address indexed recipient,
        address indexed token,
        uint256 amount,
        uint256 start,
        uint256 cliff,
        uint256 end
    );
    event GrantWithdrawn(uint256 indexed id, address indexed recipient, uint256 amount);
    event GrantMoved(uint256 indexed id, address indexed previous, address indexed recipient);
    /// @notice A vote ended a grant early.
    event GrantCancelled(uint256 indexed id, uint256 vested, uint256 returned);
    /// @notice Money that belonged to no grant went back to the treasury.
    event Returned(address indexed token, uint256 amount);

    error NotTimelock(address caller, address timelock);
    error NotRecipient(address caller, address recipient);
    error AmountZero();
    error AddressZero();
    error TransferFailed(address token, address to, uint256 amount);
    /// @notice A grant starts, reaches its cliff and ends in this order, and lasts at most ten years.
    error GrantTimesInvalid(uint256 start, uint256 cliff, uint256 end);
    /// @notice There is less here than no grant has a claim to.
    error GrantNotFunded(address token, uint256 free, uint256 amount);
    error NoSuchGrant(uint256 id);
    /// @notice The grant has ended or was cancelled: nothing is left to cancel.
    error GrantOver(uint256 id);
    error NothingVested(uint256 id);
    error NothingFree(address token);

    /// @notice Opens a grant out of money that is here already. By the timelock.
    /// @param token The zero address for native coin.
    /// @param amount In the token's smallest unit.
    /// @param start Second from which it counts; may lie in the past.
    /// @param cliff Second before which nothing can be withdrawn.
    /// @param end Second in which all has vested.
    /// @return id Numbers begin at 1.
    function open(
        address token,
        address recipient,
        uint256 amount,
        uint256 start,
        uint256 cliff,
        uint256 end
    ) external returns (uint256 id);

    /// @notice Pays what has vested to the recipient. Anybody may call.
    function withdraw(uint256 id) external;

    /// @notice Gives a grant another recipient, for all that was not withdrawn. By the recipient.
    function move(uint256 id, address recipient) external;

    /// @notice Ends a grant: what has vested stays the recipient's, the rest goes back to the treasury. By the timelock.
    function cancel(uint256 id) external;

    /// @notice Sends what belongs to no grant to the treasury. Anybody may call.
    function returnFree(address token) external;

    /// @notice A grant; all zero where there is none.
    function grant(uint256 id) external view returns (Grant memory);

    /// @notice How many were opened.
    function grantCount() external view returns (uint256);

    /// @notice What has vested up to now, withdrawn or not.
    function vestedOf(uint256 id) external view returns (uint256);

    /// @notice What grants in a token still have a claim to.
    function committedOf(address token) external view returns (uint256);

    /// @notice Where the rest goes.
    function treasury() external view returns (address);

    /// @notice Who opens and cancels.
    function timelock() external view returns (address);
}
