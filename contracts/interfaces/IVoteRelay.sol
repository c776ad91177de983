// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Vote relay
/// @notice Pays back, out of coins the treasury gave it, what submitting signed ballots costs. Nobody needs it: ballots can
/// always be submitted to the governor, and cast directly.
/// @dev Only the timelock sets limits and takes coins back. A submitter gets at most what he paid, at most so much a counted
/// ballot, and all of them together at most so much a proposal; ballots that count for nothing bring nothing.
interface IVoteRelay {
    event LimitsSet(uint256 perBallot, uint256 perProposal);
    event Reimbursed(uint256 indexed proposalId, address indexed submitter, uint256 ballots, uint256 amount);
    event Withdrawn(uint256 amount);

    error NotTimelock(address caller, address timelock);
    error PaymentFailed(address to, uint256 amount);

    /// @notice Submits ballots to the governor and pays the caller back.
    /// @param ballots As for `ISluiceGovernor.castVotesBySig`.
    /// @return counted Ballots that were counted.
    /// @return refund What was paid back, in wei.
    function castVotes(uint256 proposalId, bytes calldata ballots) external returns (uint256 counted, uint256 refund);

    /// @notice Sets what is paid back at most, in wei, for a counted ballot and for a proposal. By the timelock.
    function setLimits(uint256 perBallot, uint256 perProposal) external;

    /// @notice Sends coins back to the timelock. By the timelock.
    function withdraw(uint256 amount) external;

    /// @notice Most that is paid back for a counted ballot, in wei.
    function perBallot() external view returns (uint256);

    /// @notice Most that is paid back for a proposal, in wei.
    function perProposal() external view returns (uint256);

    /// @notice What was paid back for a proposal, in wei.
    function spentOn(uint256 proposalId) external view returns (uint256);
}
