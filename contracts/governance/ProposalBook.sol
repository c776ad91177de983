// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ISluiceGovernor} from "../interfaces/ISluiceGovernor.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {ISluiceToken} from "../interfaces/ISluiceToken.sol";

/// @dev Who proposed what, how the votes stand, and when a vote is over. Replaces the library's counting, storage and
/// late-quorum extensions, because votes for, votes against and the extended deadline fit one slot.
abstract contract ProposalBook is ISluiceGovernor, GovernorVotes {
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    uint256 private constant VETO_BPS = 500;

    /// @dev No supply exceeds 2^88, see SluiceStake.
    struct Tally {
        uint96 forVotes;
        uint96 againstVotes;
        uint48 extendedDeadline;
        bool optimistic;
        uint96 abstainVotes;
        mapping(address voter => bool voted) hasVoted;
        mapping(uint256 word => uint256 bits) numbersVoted;
    }

    uint48 private immutable LATE_QUORUM_EXTENSION;
    uint256 private immutable QUORUM_STAKED_BPS;
    uint256 private immutable QUORUM_OF_SUPPLY;

    mapping(uint256 proposalId => Tally tally) private _tallies;
    uint256[] private _proposalIds;

    /// @dev Numbers, from 1, of the accounts that have voted in a batch: 256 of them share one slot a proposal.
    mapping(address voter => uint256 number) private _numberOf;
    uint256 private _numbers;

    /// @inheritdoc ISluiceGovernor
    mapping(address proposer => uint256 proposalId) public latestProposalOf;

    constructor(
        address stake,
        uint256 quorumStakedBps,
        uint256 quorumSupplyBps,
        uint48 extension
    ) GovernorVotes(ISluiceStake(stake)) {
        if (quorumStakedBps > BPS) revert ShareOutOfRange(quorumStakedBps);
        if (quorumSupplyBps > BPS) revert ShareOutOfRange(quorumSupplyBps);
        LATE_QUORUM_EXTENSION = extension;
        QUORUM_STAKED_BPS = quorumStakedBps;
        QUORUM_OF_SUPPLY = (ISluiceToken(ISluiceStake(stake).token()).cap() * quorumSupplyBps) / BPS;
    }

    /// @inheritdoc ISluiceGovernor
    function proposalCount() external view returns (uint256) {
        return _proposalIds.length;
    }

    /// @inheritdoc ISluiceGovernor
    function proposalAt(uint256 index) external view returns (uint256 proposalId) {
        return _proposalIds[index];
    }

    /// @inheritdoc ISluiceGovernor
    function proposalVotes(
        uint256 proposalId
    ) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) {
        Tally storage tally = _tallies[proposalId];
        return (tally.againstVotes, tally.forVotes, tally.abstainVotes);
    }

    /// @inheritdoc IGovernor
    function hasVoted(uint256 proposalId, address account) external view returns (bool) {
        return _hasVoted(_tallies[proposalId], account, _numberOf[account]);
    }

    /// @inheritdoc ISluiceGovernor
    function isOptimistic(uint256 proposalId) public view returns (bool) {
        return _tallies[proposalId].optimistic;
    }

    /// @inheritdoc ISluiceGovernor
    function vetoVotes(uint256 timepoint) public view returns (uint256) {
        return (token().getPastTotalSupply(timepoint) * VETO_BPS) / BPS;
    }

    /// @inheritdoc IGovernor
    function COUNTING_MODE() external pure returns (string memory) {
        return "support=bravo&quorum=bravo";
    }

    /// @inheritdoc ISluiceGovernor
    function lateQuorumVoteExtension() public view returns (uint48) {
        return LATE_QUORUM_EXTENSION;
    }

    /// @inheritdoc ISluiceGovernor
    function quorumOfSupply() public view returns (uint256) {
        return QUORUM_OF_SUPPLY;
    }

    /// @inheritdoc IGovernor
    /// @dev A share of the stake at the snapshot, and never less than a share of the supply: few stakers are no quorum.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        uint256 ofStake = (token().getPastTotalSupply(timepoint) * QUORUM_STAKED_BPS) / BPS;
        return ofStake > QUORUM_OF_SUPPLY ? ofStake : QUORUM_OF_SUPPLY;
    }

    /// @inheritdoc IGovernor
    function proposalDeadline(uint256 proposalId) public view virtual override returns (uint256) {
        uint256 deadline = super.proposalDeadline(proposalId);
        uint256 extended = _tallies[proposalId].extendedDeadline;
        return extended > deadline ? extended : deadline;
    }

    /// @dev The clock is the stake's, asked for without a call.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp); // lasts eight million years
    }

    /// @dev One proposal at a time: a proposer cannot flood the voters.
    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal virtual override returns (uint256 proposalId) {
        uint256 latest = latestProposalOf[proposer];
        bool open = latest != 0 && clock() <= proposalDeadline(latest) && state(latest) != ProposalState.Canceled;
        if (open) revert ProposerBusy(proposer, latest);
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        latestProposalOf[proposer] = proposalId;
        _proposalIds.push(proposalId);
    }

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 weight,
        bytes memory
    ) internal override returns (uint256) {
        Tally storage tally = _tallies[proposalId];
        uint256 number = _numberOf[account];
        if (_hasVoted(tally, account, number)) revert GovernorAlreadyCastVote(account);
        if (number == 0) tally.hasVoted[account] = true;
        else _markNumber(tally, number);
        if (support == 0) tally.againstVotes = (tally.againstVotes + weight).toUint96();
        else if (support == 1) tally.forVotes = (tally.forVotes + weight).toUint96();
        else if (support == 2) tally.abstainVotes = (tally.abstainVotes + weight).toUint96();
        else revert GovernorInvalidVoteType();
        return weight;
    }

    /// @dev Takes a ballot of a batch: false where the account has voted. Its weight is added by the caller, once for all.
    function _markVoted(uint256 proposalId, address account) internal returns (bool) {
        Tally storage tally = _tallies[proposalId];
        uint256 number = _numberOf[account];
        if (_hasVoted(tally, account, number)) return false;
        if (number == 0) {
            number = ++_numbers;
            _numberOf[account] = number;
        }
        _markNumber(tally, number);
        return true;
    }

    /// @dev Adds a batch's weights, by support.
    function _addVotes(uint256 proposalId, uint256[3] memory weights) internal {
        Tally storage tally = _tallies[proposalId];
        tally.againstVotes = (tally.againstVotes + weights[0]).toUint96();
        tally.forVotes = (tally.forVotes + weights[1]).toUint96();
        if (weights[2] != 0) tally.abstainVotes = (tally.abstainVotes + weights[2]).toUint96();
        _tallyUpdated(proposalId);
    }

    /// @dev Who brings the quorum at the last minute gives everybody else the extension to answer. A veto needs no answer: the
    /// same step can be put to an ordinary vote.
    function _tallyUpdated(uint256 proposalId) internal virtual override {
        Tally storage tally = _tallies[proposalId];
        if (tally.extendedDeadline != 0 || tally.optimistic || !_quorumReached(proposalId)) return;
        uint48 extended = clock() + LATE_QUORUM_EXTENSION;
        if (extended > proposalDeadline(proposalId)) emit ProposalExtended(proposalId, extended);
        tally.extendedDeadline = extended;
    }

    function _markOptimistic(uint256 proposalId) internal {
        _tallies[proposalId].optimistic = true;
        emit OptimisticProposed(proposalId);
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        return tally.optimistic || tally.forVotes >= quorum(proposalSnapshot(proposalId));
    }

    /// @dev Votes for an optimistic proposal weigh nothing: it passes unless enough vote against it.
    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        if (tally.optimistic) return tally.againstVotes < vetoVotes(proposalSnapshot(proposalId));
        return tally.forVotes > tally.againstVotes;
    }

    function _markNumber(Tally storage tally, uint256 number) private {
        tally.numbersVoted[number >> 8] |= 1 << (number & 0xff);
    }

    /// @dev An account may have voted before it had a number.
    function _hasVoted(Tally storage tally, address account, uint256 number) private view returns (bool) {
        if (number != 0 && (tally.numbersVoted[number >> 8] >> (number & 0xff)) & 1 != 0) return true;
        return tally.hasVoted[account];
    }
}
