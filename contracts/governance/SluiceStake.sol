// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {ISluiceToken} from "../interfaces/ISluiceToken.sol";
import {StakePosition} from "../types/StakePosition.sol";
import {ReleasedBond} from "../types/StakeRewards.sol";
import {StakeRewards} from "./StakeRewards.sol";
import {StakeTotals} from "./StakeTotals.sol";
import {StakeVotes} from "./StakeVotes.sol";

/// @dev The token is Sluice's own: it reverts where a transfer fails and calls nobody. So answers are not read and there is
/// no lock against re-entry.
contract SluiceStake is StakeVotes {
    using SafeCast for uint256;

    /// @dev What a reporter gets: one part in five.
    uint256 private constant REPORTER_PART = 5;

    address private immutable DEPLOYER;
    uint256 private immutable TIER_AGE;
    uint256 private immutable TIER_1;
    uint256 private immutable TIER_2;
    uint256 private immutable TIER_3;

    /// @inheritdoc ISluiceStake
    address public attesters;

    mapping(address account => ReleasedBond released) private _released;

    constructor(
        address token_,
        uint256 unbondingPeriod_,
        uint256 tierAge_,
        uint256[3] memory tiers
    ) StakeTotals(ISluiceToken(token_).totalSupply()) StakeRewards(ISluiceToken(token_), unbondingPeriod_) {
        DEPLOYER = msg.sender;
        TIER_AGE = tierAge_;
        uint256 supply = TOKEN.totalSupply();
        if (supply > type(uint88).max) revert SupplyTooLarge(supply, type(uint88).max);
        if (tiers[0] == 0) revert TiersOutOfOrder(0);
        if (tiers[1] <= tiers[0]) revert TiersOutOfOrder(1);
        if (tiers[2] <= tiers[1]) revert TiersOutOfOrder(2);
        (TIER_1, TIER_2, TIER_3) = (tiers[0], tiers[1], tiers[2]);
    }

    modifier onlyAttesters() {
        if (msg.sender != attesters) revert NotAttesters(msg.sender, attesters);
        _;
    }

    /// @inheritdoc ISluiceStake
    function stake(uint256 amount) public {
        if (amount == 0) revert AmountZero();

        _enter(msg.sender, amount);
        emit Staked(msg.sender, amount);

        TOKEN.transferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc ISluiceStake
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // A permit seen in the public pool can be sent by anybody first; then this one fails and the allowance is there.
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        stake(amount);
    }

    /// @inheritdoc ISluiceStake
    function unstake(uint256 amount) external {
        if (amount == 0) revert AmountZero();
        uint256 until = block.timestamp + UNBONDING_PERIOD;

        _leave(msg.sender, amount);
        StakePosition storage held = _positions[msg.sender];
        held.unbonding = (held.unbonding + amount).toUint88();
        held.unbondingUntil = until.toUint40();
        emit Unstaked(msg.sender, amount, until);
    }

    /// @inheritdoc ISluiceStake
    function withdraw() external {
        StakePosition storage held = _positions[msg.sender];
        (uint256 amount, uint256 until) = (held.unbonding, held.unbondingUntil);
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        if (block.timestamp < until) revert StillUnbonding(block.timestamp, until);

        held.unbonding = 0;
        held.unbondingUntil = 0;
        emit Withdrawn(msg.sender, amount);

        TOKEN.transfer(msg.sender, amount);
    }

    /// @inheritdoc ISluiceStake
    function bond(address account, uint256 amount) external onlyAttesters {
        if (amount == 0) revert AmountZero();

        _leave(account, amount);
        StakePosition storage held = _positions[account];
        held.bonded = (held.bonded + amount).toUint88();
        // What was bond a short while ago goes back first: nothing answers twice.
        ReleasedBond storage released = _released[account];
        if (released.amount != 0) released.amount -= uint88(Math.min(released.amount, amount));
        emit Bonded(account, amount);
    }

    /// @inheritdoc ISluiceStake
    function unbond(address account, uint256 amount) external onlyAttesters {
        if (amount == 0) revert AmountZero();

        _takeBond(account, amount);
        _enter(account, amount);
        (uint256 before, ) = releasedBond(account);
        uint256 until = block.timestamp + UNBONDING_PERIOD;
        _released[account] = ReleasedBond((before + amount).toUint88(), until.toUint40());
        emit Unbonded(account, amount, until);
    }

    /// @inheritdoc ISluiceStake
    function recall(address account) external onlyAttesters returns (uint256 amount) {
        (uint256 released, ) = releasedBond(account);
        if (released == 0) return 0;
        StakePosition storage held = _positions[account];
        // What left after the last release waits longer than the release answers; only of earlier ones a part may be paid.
        uint256 unbonding = Math.min(released, held.unbonding);
        uint256 staked = Math.min(released - unbonding, held.staked);
        amount = unbonding + staked;

        delete _released[account];
        if (staked != 0) _leave(account, staked);
        held.unbonding -= uint88(unbonding); // at most what it was
        held.bonded = (held.bonded + amount).toUint88();
        emit Recalled(account, amount);
    }

    /// @inheritdoc ISluiceStake
    function slash(address account, uint256 amount, address reporter) external onlyAttesters {
        if (amount == 0) revert AmountZero();
        uint256 reward = amount / REPORTER_PART;

        _takeBond(account, amount);
        emit Slashed(account, amount, reporter, reward);

        TOKEN.burn(amount - reward);
        TOKEN.transfer(reporter, reward);
    }

    /// @inheritdoc ISluiceStake
    function setAttesters(address attesters_) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender, DEPLOYER);
        if (attesters != address(0)) revert AttestersAlreadySet(attesters);
        if (attesters_.code.length == 0) revert AttestersWithoutCode(attesters_);

        attesters = attesters_;
        emit AttestersSet(attesters_);
    }

    /// @inheritdoc ISluiceStake
    function position(address account) external view returns (StakePosition memory) {
        return _positions[account];
    }

    /// @inheritdoc ISluiceStake
    function releasedBond(address account) public view returns (uint256 amount, uint256 until) {
        ReleasedBond storage released = _released[account];
        until = released.until;
        return block.timestamp < until ? (released.amount, until) : (0, 0);
    }

    /// @inheritdoc ISluiceStake
    function maturedStake(address account) external view returns (uint256 amount) {
        return _matured(_positions[account]);
    }

    /// @inheritdoc ISluiceStake
    function feeTierOf(address account) external view returns (uint256 tier) {
        uint256 amount = _matured(_positions[account]);
        if (amount < TIER_1) return 0;
        if (amount < TIER_2) return 1;
        return amount < TIER_3 ? 2 : 3;
    }

    /// @inheritdoc ISluiceStake
    function tierStake(uint256 tier) external view returns (uint256 amount) {
        uint256[4] memory tiers = [0, TIER_1, TIER_2, TIER_3];
        return tiers[tier];
    }

    /// @inheritdoc ISluiceStake
    function tierAge() external view returns (uint256) {
        return TIER_AGE;
    }

    /// @inheritdoc ISluiceStake
    function unbondingPeriod() external view returns (uint256) {
        return UNBONDING_PERIOD;
    }

    /// @inheritdoc ISluiceStake
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @dev What is added begins to age now; what was old enough before stays so.
    function _enter(address account, uint256 amount) private {
        StakePosition storage held = _positions[account];
        uint256 staked = held.staked;
        uint256 index = _changeTotal(amount, 0);
        if (staked == 0) emit DelegateChanged(account, address(0), delegates(account));
        else _settle(account, index);
        uint256 matured = staked == 0 ? 0 : _matured(held);
        if (matured != held.matured) held.matured = uint88(matured); // at most staked
        held.staked = (staked + amount).toUint88();
        held.stakedSince = uint40(block.timestamp);
        _addVotes(account, amount);
    }

    /// @dev What leaves is the youngest, so the matured part falls only when nothing else is left.
    function _leave(address account, uint256 amount) private {
        StakePosition storage held = _positions[account];
        uint256 staked = held.staked;
        if (amount > staked) revert StakeTooSmall(amount, staked);
        _settle(account, _changeTotal(0, amount));
        unchecked {
            staked -= amount; // checked above
        }
        held.staked = uint88(staked);
        if (held.matured > staked) held.matured = uint88(staked);
        _removeVotes(account, amount);
    }

    function _takeBond(address account, uint256 amount) private {
        StakePosition storage held = _positions[account];
        uint256 bonded = held.bonded;
        if (amount > bonded) revert BondTooSmall(amount, bonded);
        held.bonded = uint88(bonded - amount);
    }

    function _matured(StakePosition storage held) private view returns (uint256) {
        return block.timestamp >= held.stakedSince + TIER_AGE ? held.staked : held.matured;
    }
}
