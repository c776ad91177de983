// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RebateRoot} from "../types/RebateRoot.sol";

/// @notice One token's account in the pool.
/// @param funded What ever came in, in the token's smallest unit.
/// @param claimed What ever went out.
/// @param total Sum of the leaves of the root in force.
/// @param root Root in force; zero before the first.
/// @param period Its period.
/// @param activeAt Second in which the waiting root comes into force; zero where none waits.
/// @param frozen The waiting root was challenged and does not come into force by time.
struct RebateBook {
    uint128 funded;
    uint128 claimed;
    uint256 total;
    bytes32 root;
    uint64 period;
    uint40 activeAt;
    bool frozen;
}

/// @notice A challenge of the waiting root.
/// @param challenger Who put up the bond.
/// @param ruleBy Second from which, without a ruling, the root falls and the bond goes back.
/// @param root What he says the root should be.
struct RebateChallenge {
    address challenger;
    uint40 ruleBy;
    bytes32 root;
}

/// @title Rebate pool
/// @notice Pays commissions and rebates out of protocol fees by cumulative Merkle roots that a quorum of attesters signs.
/// @dev A root waits before it pays, and one bonded challenge with another root stops it until a vote rules; the root before
/// it stays claimable all the while. A root never promises more than came in, and no account ever gets more than the roots
/// together promise. There is no owner; the timelock rules challenges and names tier tables, and sends to the treasury only
/// what no root has promised.
interface IRebatePool {
    event Funded(address indexed token, address indexed from, uint256 amount, uint256 funded);
    /// @notice A root waits until `activeAt`.
    event RootPosted(
        address indexed token,
        uint64 indexed period,
        bytes32 root,
        uint256 total,
        uint64 asOf,
        bytes32 asOfHash,
        bytes32 tierTable,
        uint256 activeAt
    );
    event RootActivated(address indexed token, uint64 indexed period, bytes32 root, uint256 total);
    event RootChallenged(address indexed token, uint64 indexed period, address indexed challenger, bytes32 root);
    /// @notice A challenge ended; where it was upheld, or nobody ruled, the waiting root fell.
    event ChallengeEnded(address indexed token, uint64 indexed period, bool upheld, bool ruled);
    event Claimed(address indexed token, address indexed account, uint256 amount, uint256 cumulative);
    event TierTableSet(bytes32 indexed tierTable);
    event Withdrawn(address indexed token, address indexed to, uint256 amount);

    error NotTimelock(address caller, address timelock);
    error AmountReceived(uint256 expected, uint256 actual);
    error AmountZero();
    error TransferFailed(address token, address to, uint256 amount);
    /// @notice A root waits, or its challenge does.
    error RootWaiting(address token, uint256 activeAt);
    error NoRootWaiting(address token);
    error WrongPeriod(uint256 expected, uint256 actual);
    /// @notice Computed by a table the vote did not name.
    error WrongTierTable(bytes32 expected, bytes32 actual);
    error TotalFell(uint256 before, uint256 total);
    /// @notice The root promises more than ever came in.
    error TotalAboveFunded(uint256 total, uint256 funded);
    error BlockHashMismatch(uint256 asOf, bytes32 asOfHash);
    error ChallengeTooLate(uint256 timestamp, uint256 activeAt);
    error AlreadyChallenged(address token, address challenger);
    /// @notice A challenge names another root.
    error ChallengeAgrees(bytes32 root);
    error NotChallenged(address token);
    error RulingTooLate(uint256 timestamp, uint256 ruleBy);
    error RulingOpen(uint256 timestamp, uint256 ruleBy);
    error ProofInvalid(address account, uint256 cumulative);
    error NothingToClaim(address token, address account, uint256 cumulative);
    /// @notice Leaves of a root promise more than its total.
    error ClaimsAboveTotal(uint256 claimed, uint256 total);

    /// @notice Adds to the pool out of the caller's allowance.
    function fund(address token, uint256 amount) external;

    /// @notice Posts a root that a quorum of the epoch in force has signed. Anybody may submit.
    /// @param signatures 64 bytes each (EIP-2098), ascending by signer, over the root's EIP-712 digest.
    function post(RebateRoot calldata root, bytes calldata signatures) external;

    /// @notice Stops the waiting root with a bond, in the governance token. Anybody, before it comes into force, once.
    /// @param root What it should be.
    function challenge(address token, bytes32 root) external;

    /// @notice Rules a challenge: upheld, the root falls and the bond goes back; else the root comes into force and the bond
    /// goes to the treasury. By the timelock, in time.
    function rule(address token, bool upheld) external;

    /// @notice Ends a challenge nobody ruled in time: the root falls and the bond goes back. Anybody may call.
    function expire(address token) external;

    /// @notice Pays an account what the root in force promises it and it did not get. Anybody may call; the money goes to the
    /// account.
    /// @param cumulative The account's leaf, in the token's smallest unit.
    function claim(address token, address account, uint256 cumulative, bytes32[] calldata proof) external;

    /// @notice Names the tier table that roots are computed by. By the timelock.
    function setTierTable(bytes32 tierTable) external;

    /// @notice Takes out what no root has promised, to the treasury, whose cap no vote gets around. By the timelock.
    function withdraw(address token, uint256 amount) external;

    /// @notice A token's account, with a waiting root whose time has come counted as in force.
    function book(address token) external view returns (RebateBook memory);

    /// @notice The challenge of a token's waiting root; zero where there is none.
    function challengeOf(address token) external view returns (RebateChallenge memory);

    /// @notice What an account has got.
    function claimedOf(address token, address account) external view returns (uint256);

    /// @notice Hash of the tier table in force.
    function tierTable() external view returns (bytes32);

    /// @notice Who rules challenges and names tier tables.
    function timelock() external view returns (address);

    /// @notice Where lost bonds and what is taken out go.
    function treasury() external view returns (address);

    /// @notice EIP-712 domain separator of roots.
    function domainSeparator() external view returns (bytes32);
}
