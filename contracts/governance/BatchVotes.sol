// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ISluiceGovernor} from "../interfaces/ISluiceGovernor.sol";
import {BallotProblem, BatchBallotLib} from "../types/BatchBallot.sol";
import {ProposalBook} from "./ProposalBook.sol";

/// @dev Many signed ballots in one transaction. A bad one is left out and reported; those that count are counted as if each
/// had been cast alone, with the event that every reader of governors knows.
abstract contract BatchVotes is ProposalBook {
    uint256 private constant ROW = 85;

    /// @inheritdoc ISluiceGovernor
    function castVotesBySig(
        uint256 proposalId,
        bytes calldata ballots
    ) external returns (uint256 counted, bytes memory report) {
        if (ballots.length % ROW != 0 || ballots.length / ROW > type(uint16).max) revert BallotsLength(ballots.length);
        _validateStateBitmap(proposalId, _encodeStateBitmap(ProposalState.Active));
        uint256 snapshot = proposalSnapshot(proposalId);
        uint256 count = ballots.length / ROW;
        uint256[3] memory weights;
        report = new bytes(3 * count);
        uint256 bad = 0;
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata row = ballots[i * ROW:(i + 1) * ROW];
            BallotProblem problem = _castOne(proposalId, snapshot, row, weights);
            if (problem == BallotProblem.None) continue;
            (report[3 * bad], report[3 * bad + 1]) = (bytes1(uint8(i >> 8)), bytes1(uint8(i)));
            report[3 * bad + 2] = bytes1(uint8(problem));
            ++bad;
        }
        assembly ("memory-safe") {
            mstore(report, mul(3, bad)) // cuts the report down to what was written
        }
        counted = count - bad;
        if (counted != 0) _addVotes(proposalId, weights);
        if (bad != 0) emit BallotsSkipped(proposalId, report);
    }

    function _castOne(
        uint256 proposalId,
        uint256 snapshot,
        bytes calldata row,
        uint256[3] memory weights
    ) private returns (BallotProblem) {
        address voter = address(bytes20(row[:20]));
        uint8 support = uint8(row[20]);
        if (support > 2) return BallotProblem.BadSupport;
        bytes32 digest = _hashTypedDataV4(BatchBallotLib.hash(proposalId, support, voter));
        (address signer, , ) = ECDSA.tryRecover(digest, bytes32(row[21:53]), bytes32(row[53:85]));
        if (signer != voter || voter == address(0)) return BallotProblem.BadSignature;
        uint256 weight = token().getPastVotes(voter, snapshot);
        if (weight == 0) return BallotProblem.NoVotes;
        if (!_markVoted(proposalId, voter)) return BallotProblem.AlreadyVoted;

        weights[support] += weight;
        emit VoteCast(voter, proposalId, support, weight, "");
        return BallotProblem.None;
    }
}
