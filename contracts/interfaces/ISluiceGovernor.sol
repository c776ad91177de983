// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sluice governor
/// @notice Holders of stake propose, vote and have the timelock act. OpenZeppelin's Governor, so dashboards read it as they
/// read others; this interface is what is Sluice's own.
/// @dev Votes are those of a second before the vote begins, and stake takes longer to leave than a vote takes to end, so
/// borrowed votes do not exist. Quorum and floor are read as of that second, so nothing that happens later, no vote and no
/// burn, changes a proposal that is being voted on. Only votes for a proposal count towards its quorum.
interface ISluiceGovernor {
    /// @notice A proposal reached its quorum late and stays open until `extendedDeadline`, so that others can answer.
    event ProposalExtended(uint256 indexed proposalId, uint64 extendedDeadline);
    /// @notice Ballots of a batch were left out.
    /// @param report (index in the batch 2 bytes | BallotProblem 1 byte), one after the other.
    event BallotsSkipped(uint256 indexed proposalId, bytes report);
    /// @notice The proposal passes unless `vetoVotes` of its snapshot vote against it.
    event OptimisticProposed(uint256 indexed proposalId);
    /// @notice The guardian may cancel proposals until this second.
    event GuardianSet(address indexed guardian, uint256 until);

    /// @notice Too little is staked for this call: the treasury is locked and only bootstrap targets can be called.
    error TreasuryLocked(address target, uint256 staked, uint256 floor);
    /// @notice The proposer has a proposal that is waiting or being voted on.
    error ProposerBusy(address proposer, uint256 proposalId);
    /// @notice A voter needs time to see a proposal before its snapshot.
    error VotingDelayTooShort(uint256 delay, uint256 shortest);
    /// @notice A weekend is too short for a vote that nobody expects.
    error VotingPeriodTooShort(uint256 period, uint256 shortest);
    /// @notice Stake could leave before a vote that it took part in ends.
    error VoteLongerThanUnbonding(uint256 vote, uint256 unbonding);
    /// @notice Whoever can reach the quorum alone must be able to propose.
    error ProposalThresholdTooHigh(uint256 threshold, uint256 highest);
    /// @notice A guardian serves for at most a year at a time.
    error GuardianTermTooLong(uint256 until, uint256 latest);
    /// @notice Ballots have 85 bytes each and number at most 65,535.
    error BallotsLength(uint256 length);
    /// @notice A share is above 10,000 basis points.
    error ShareOutOfRange(uint256 bps);

    /// @notice Only one small step of one parameter of the policy can pass without a quorum.
    error NotASmallStep();
    /// @notice The governor acts through one timelock for ever.
    error TimelockFixed(address timelock);

    /// @notice Proposes a small step of the policy that passes without a quorum unless enough stake votes against it. All else
    /// is as with `propose`: threshold, one open proposal, delay, period, ballots, guardian, timelock, events.
    /// @dev Below the staked floor nothing passes in this way.
    /// @param targets One: a bootstrap target, which is the policy registry.
    /// @param values One: zero.
    /// @param calldatas One: a call of `IPolicyRegistry.changeSmall`.
    /// @param description What voters read.
    function proposeOptimistic(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) external returns (uint256 proposalId);

    /// @notice Casts many ballots that keys have signed. Anybody may submit; a bad or repeated one is left out and reported.
    /// @dev An account's first ballot in a batch gives it a number, so that later ones cost a bit instead of a slot. Contracts
    /// vote by `castVote` or `castVoteBySig`.
    /// @param ballots Each (voter 20 bytes | support 1 | r 32 | yParity and s 32) over BatchBallot(proposalId, support, voter).
    /// @return counted Ballots that were counted.
    /// @return report As in `BallotsSkipped`.
    function castVotesBySig(
        uint256 proposalId,
        bytes calldata ballots
    ) external returns (uint256 counted, bytes memory report);

    /// @notice Names a guardian, who can cancel proposals until a second and do nothing else. Only by vote.
    function setGuardian(address guardian, uint256 until) external;

    /// @notice The guardian, and the second in which his term ends.
    function guardian() external view returns (address account, uint256 until);

    /// @notice Number of proposals ever made.
    function proposalCount() external view returns (uint256);

    /// @notice Id of a proposal by its number, from 0. Targets and calls are in its `ProposalCreated` event.
    function proposalAt(uint256 index) external view returns (uint256 proposalId);

    /// @notice The last proposal of an account; zero when there is none.
    function latestProposalOf(address proposer) external view returns (uint256 proposalId);

    /// @notice Whether a proposal passes without a quorum, unless it is vetoed.
    function isOptimistic(uint256 proposalId) external view returns (bool);

    /// @notice Votes against that veto an optimistic proposal with this snapshot: 5 % of what was staked.
    function vetoVotes(uint256 timepoint) external view returns (uint256);

    /// @notice Votes cast on a proposal.
    function proposalVotes(
        uint256 proposalId
    ) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);

    /// @notice Seconds a proposal stays open, at least, after it reached its quorum.
    function lateQuorumVoteExtension() external view returns (uint48);

    /// @notice Quorum whatever is staked: the share of the token's supply.
    function quorumOfSupply() external view returns (uint256);

    /// @notice Stake at a proposal's snapshot from which the treasury is open.
    function stakedFloor() external view returns (uint256);

    /// @notice Whether proposals may call the target while less is staked.
    function isBootstrapTarget(address target) external view returns (bool);
}
