// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {ISluiceToken} from "../interfaces/ISluiceToken.sol";
import {StakePosition} from "../types/StakePosition.sol";
import {RewardStream, SettledRewards} from "../types/StakeRewards.sol";
import {StakeTotals} from "./StakeTotals.sol";

/// @dev The stream and what accounts have of it. Everything is rounded down: to the account's disadvantage by less than one unit
/// each time it is settled, to the stream's by less than one unit each time something is added.
abstract contract StakeRewards is StakeTotals {
    using SafeCast for uint256;

    uint256 private constant RATE_SCALE = 32;
    uint256 private constant INDEX_SCALE = 100;

    ISluiceToken internal immutable TOKEN;
    uint256 internal immutable UNBONDING_PERIOD;

    mapping(address account => StakePosition position) internal _positions;
    mapping(address account => SettledRewards settled) private _settled;

    constructor(ISluiceToken token_, uint256 unbondingPeriod_) {
        if (unbondingPeriod_ == 0 || unbondingPeriod_ > type(uint32).max) {
            revert UnbondingPeriodOutOfRange(unbondingPeriod_, type(uint32).max);
        }
        (TOKEN, UNBONDING_PERIOD) = (token_, unbondingPeriod_);
    }

    /// @inheritdoc ISluiceStake
    function notifyReward(uint256 amount) external {
        if (amount == 0) revert AmountZero();
        _changeTotal(0, 0);

        RewardStream memory stream = _stream;
        stream.held = (stream.held + amount).toUint88();
        uint256 left = stream.end > block.timestamp ? stream.end - block.timestamp : 0;
        uint256 old = stream.rate * left;
        uint256 added = amount << RATE_SCALE;
        // Not less than what is left, because that is not more than the period; so a unit added shortens and stretches nothing.
        uint256 duration = (old * left + added * UNBONDING_PERIOD) / (old + added);
        stream.rate = ((old + added) / duration).toUint128();
        stream.end = (block.timestamp + duration).toUint40();
        _stream = stream;
        emit RewardAdded(msg.sender, amount, stream.rate, stream.end);

        TOKEN.transferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc ISluiceStake
    function claimRewards(address account) external returns (uint256 amount) {
        uint256 index = _index();
        amount = _earned(account, index);
        if (amount == 0) revert NothingEarned(account);

        _settled[account] = SettledRewards(0, uint40(block.timestamp), index.toUint128());
        _stream.held -= amount.toUint88();
        emit RewardsClaimed(account, amount);

        TOKEN.transfer(account, amount);
    }

    /// @inheritdoc ISluiceStake
    function earned(address account) external view returns (uint256 amount) {
        return _earned(account, _index());
    }

    /// @dev Before an account's stake changes. Where the index has not moved there is nothing to settle, and no slot is written.
    function _settle(address account, uint256 index) internal {
        uint256 since = _indexSince(account);
        if (index == since) return;
        uint256 owed = _settled[account].owed + _share(_positions[account].staked, index - since);
        _settled[account] = SettledRewards(owed.toUint88(), uint40(block.timestamp), index.toUint128());
    }

    function _earned(address account, uint256 index) private view returns (uint256) {
        uint256 staked = _positions[account].staked;
        uint256 owed = _settled[account].owed;
        return staked == 0 ? owed : owed + _share(staked, index - _indexSince(account));
    }

    /// @dev The index from which the account's stake earns: that of the later of its settling and its growing. Of the latter only
    /// the second is known; the total changed in it.
    function _indexSince(address account) private view returns (uint256) {
        SettledRewards storage settled = _settled[account];
        uint256 since = _positions[account].stakedSince;
        return settled.second >= since ? settled.index : _indexAt(since);
    }

    function _share(uint256 staked, uint256 index) private pure returns (uint256) {
        return (staked * index) >> INDEX_SCALE;
    }
}
