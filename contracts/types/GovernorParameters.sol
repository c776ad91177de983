// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the governor is constructed with. Times are seconds, shares basis points, amounts the token's smallest unit.
/// @param votingDelay From a proposal to its snapshot, at least an hour. A vote can change it.
/// @param votingPeriod From the snapshot to the deadline, at least a day. A vote can change it.
/// @param lateQuorumExtension How long a vote stays open, at least, after its quorum was reached.
/// @param quorumStakedBps Share of the stake at the snapshot that must vote for a proposal.
/// @param quorumSupplyBps Share of the token's supply that must, whatever is staked.
/// @param proposalThreshold Votes needed to propose, at most the share of the supply. A vote can change it.
/// @param stakedFloor Stake at the snapshot below which only bootstrap targets can be called.
/// @param guardian Who can cancel proposals at the beginning; zero for nobody.
/// @param guardianUntil When his term ends, at most a year from now.
struct GovernorParameters {
    uint48 votingDelay;
    uint32 votingPeriod;
    uint48 lateQuorumExtension;
    uint256 quorumStakedBps;
    uint256 quorumSupplyBps;
    uint256 proposalThreshold;
    uint256 stakedFloor;
    address guardian;
    uint256 guardianUntil;
}
