// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {RewardStream, StakeTotal} from "../types/StakeRewards.sol";

/// @dev All stake and its history, and in the same slots what one staked unit has earned: the index. Between two entries total and
/// rate are constant, so the index is known for the second of every entry exactly, and for now.
abstract contract StakeTotals is ISluiceStake {
    using SafeCast for uint256;

    /// @dev From the rate's scale, 2^32, to the index's, 2^100. The index grows by less than 2^236 at once: 128 bits of rate, 40 of
    /// seconds and these.
    uint256 private constant RATE_TO_INDEX = 68;
    /// @dev Binary digits of the part of the supply that must be staked for the stream to run.
    uint256 private constant LEAST_PART = 16;

    uint256 internal immutable LEAST;

    StakeTotal[] private _totals;
    RewardStream internal _stream;

    constructor(uint256 supply) {
        LEAST = Math.max(supply >> LEAST_PART, 1);
    }

    /// @inheritdoc ISluiceStake
    function leastStreamingStake() external view returns (uint256) {
        return LEAST;
    }

    /// @inheritdoc ISluiceStake
    function rewardStream() external view returns (RewardStream memory stream) {
        stream = _stream;
        stream.end = uint40(stream.end + _pause(_newest(_totals.length), stream.end));
    }

    /// @dev Changes the total, counts what was earned until now, and writes both in one slot.
    /// @return index What one unit has earned until now.
    function _changeTotal(uint256 added, uint256 removed) internal returns (uint256 index) {
        uint256 count = _totals.length;
        StakeTotal memory newest = _newest(count);
        index = _indexAfter(newest);
        uint256 end = _stream.end;
        uint256 pause = _pause(newest, end);
        if (pause != 0) _stream.end = (end + pause).toUint40();

        StakeTotal memory next = StakeTotal({
            second: uint40(block.timestamp), // lasts 34,000 years
            total: (newest.total + added - removed).toUint88(),
            index: index.toUint128()
        });
        // Changes of one second are one change: the last value counts.
        if (count != 0 && newest.second == block.timestamp) _totals[count - 1] = next;
        else _totals.push(next);
    }

    /// @dev What one unit has earned until now.
    function _index() internal view returns (uint256) {
        return _indexAfter(_newest(_totals.length));
    }

    /// @dev What one unit had earned at a second in which the total changed.
    function _indexAt(uint256 second) internal view returns (uint256) {
        return _totals[_countUntil(second) - 1].index;
    }

    /// @dev All stake at the end of a second.
    function _totalAt(uint256 second) internal view returns (uint256) {
        uint256 count = _countUntil(second);
        return count == 0 ? 0 : _totals[count - 1].total;
    }

    function _newest(uint256 count) private view returns (StakeTotal memory newest) {
        if (count != 0) newest = _totals[count - 1];
    }

    function _indexAfter(StakeTotal memory newest) private view returns (uint256) {
        RewardStream storage stream = _stream;
        uint256 end = stream.end;
        if (newest.total < LEAST || newest.second >= end) return newest.index;
        uint256 ran = Math.min(block.timestamp, end) - newest.second;
        return newest.index + ((stream.rate * ran) << RATE_TO_INDEX) / newest.total;
    }

    /// @dev Seconds in which the stream stood still, since the newest entry.
    function _pause(StakeTotal memory newest, uint256 end) private view returns (uint256) {
        return newest.total < LEAST && newest.second < end ? block.timestamp - newest.second : 0;
    }

    /// @dev How many entries are not later than a second. Mostly a recent one is asked for.
    function _countUntil(uint256 second) private view returns (uint256 high) {
        high = _totals.length;
        uint256 low = 0;
        if (high > 5) {
            uint256 recent = high - Math.sqrt(high);
            if (_totals[recent].second > second) high = recent;
            else low = recent + 1;
        }
        while (low < high) {
            uint256 middle = Math.average(low, high);
            if (_totals[middle].second > second) high = middle;
            else low = middle + 1;
        }
    }
}
