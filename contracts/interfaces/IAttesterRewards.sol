// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Answered, AttesterPeriod} from "../types/AttesterPeriod.sol";

/// @title Attesters' part of protocol fees
/// @notice Pays attesters by the requests they answered: a quorum signs who answered how many in a period, and what has come in
/// is credited by that list.
/// @dev The list is recomputed from the chain by anybody. No owner; nobody takes back what is credited, and it never lapses. Rounding goes to the
/// treasury.
interface IAttesterRewards {
    /// @notice From now on what comes in is credited by this list, until the next period's.
    event PeriodPosted(
        uint64 indexed period,
        uint64 fromBlock,
        uint64 toBlock,
        bytes32 toBlockHash,
        Answered[] answered
    );
    event Credited(address indexed token, address indexed account, uint64 indexed period, uint256 amount);
    /// @notice What had come in of a token was credited, `rounding` of it to the treasury.
    event Distributed(address indexed token, uint64 indexed period, uint256 amount, uint256 rounding);
    event RewardClaimed(address indexed token, address indexed account, uint256 amount);

    error TransferFailed(address token, address to, uint256 amount);
    error WrongPeriod(uint256 expected, uint256 actual);
    /// @notice The period does not begin where the last one ended, or ends before it begins.
    error PeriodBlocksInvalid(uint256 fromBlock, uint256 toBlock, uint256 expected);
    error BlockHashMismatch(uint256 asOf, bytes32 asOfHash);
    /// @notice The list is not the one that was signed.
    error AnswersMismatch(bytes32 expected, bytes32 actual);
    /// @notice Accounts must ascend, each with a count above zero, at least one and at most sixty-four.
    error AnswersInvalid(uint256 index);
    /// @notice This period's list was applied to the token already; what came in since waits for the next.
    error AlreadyDistributed(address token, uint256 period);
    error NothingToDistribute(address token);
    error NothingToClaim(address token, address account, uint256 cumulative);

    /// @notice Posts who answered, with a quorum's signatures of the epoch in force. Anybody may submit.
    /// @param answered The list, accounts ascending.
    /// @param signatures 64 bytes each (EIP-2098), ascending by signer, over the period's EIP-712 digest.
    function post(AttesterPeriod calldata period_, Answered[] calldata answered, bytes calldata signatures) external;

    /// @notice Credits what has come in of a token by the last period's list; once a period. Anybody may call.
    /// @param token The zero address for native coin.
    /// @param answered The list as it was posted.
    function distribute(address token, Answered[] calldata answered) external;

    /// @notice Pays an account what it is credited. Anybody may call; the money goes to the account.
    function claim(address token, address account) external;

    /// @notice What an account is credited and has not claimed.
    function owed(address token, address account) external view returns (uint256);

    /// @notice What all accounts together are credited and have not claimed.
    function owedInAll(address token) external view returns (uint256);

    /// @notice Number of the last period that was posted; zero before the first.
    function period() external view returns (uint64);

    /// @notice Its last block.
    function periodEnd() external view returns (uint64);

    /// @notice Hash of its list.
    function answersHash() external view returns (bytes32);

    /// @notice The last period whose list was applied to a token.
    function distributedIn(address token) external view returns (uint64);

    /// @notice Whose epoch's signers sign.
    function gate() external view returns (address);

    /// @notice Where rounding goes.
    function treasury() external view returns (address);

    /// @notice EIP-712 domain separator of periods.
    function domainSeparator() external view returns (bytes32);
}
