// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {FeeParts, IFeeSplitter} from "../interfaces/IFeeSplitter.sol";
import {IRebatePool} from "../interfaces/IRebatePool.sol";
import {Payouts} from "../libraries/Payouts.sol";

contract FeeSplitter is IFeeSplitter, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint256 private constant STEP = 500;
    uint256 private constant REST = 7 days;

    address private immutable TIMELOCK;
    address private immutable TREASURY;
    address private immutable BUY_BACK;
    address private immutable DEPLOYER;

    /// @inheritdoc IFeeSplitter
    address public attesterRewards;
    /// @inheritdoc IFeeSplitter
    address public rebatePool;
    /// @inheritdoc IFeeSplitter
    uint256 public restsUntil;

    FeeParts private _parts;

    constructor(address timelock_, address treasury_, address buyBack_, FeeParts memory first) {
        if (treasury_ == address(0) || buyBack_ == address(0)) revert AddressZero();
        (TIMELOCK, TREASURY, BUY_BACK, DEPLOYER) = (timelock_, treasury_, buyBack_, msg.sender);
        _checkBounds(first);
        _parts = first;
    }

    receive() external payable {}

    /// @inheritdoc IFeeSplitter
    function split(address token) external nonReentrant {
        if (attesterRewards == address(0)) revert AddressZero();
        uint256 amount = Payouts.balance(token);
        if (amount == 0) revert NothingToSplit(token);
        FeeParts memory p = _parts;

        // Gas cannot be chosen so that a part fails and the call goes on: the sixty-fourth that is left after a failure does
        // not pay for the transfer to the treasury.
        uint256 attesters = _send(token, attesterRewards, Math.mulDiv(amount, p.attesters, BPS));
        uint256 stakers = _send(token, BUY_BACK, Math.mulDiv(amount, p.stakers, BPS));
        uint256 rebates = _fund(token, Math.mulDiv(amount, p.rebates, BPS));
        // Read again: of a token that takes a fee from the sender less may be left.
        uint256 rest = Payouts.balance(token);
        emit Split(token, attesters, stakers, rebates, rest);

        if (rest != 0 && !Payouts.trySend(token, TREASURY, rest)) revert TransferFailed(token, TREASURY, rest);
    }

    /// @inheritdoc IFeeSplitter
    function setParts(FeeParts calldata parts_) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        if (block.timestamp < restsUntil) revert PartsAtRest(block.timestamp, restsUntil);
        _checkBounds(parts_);
        FeeParts memory previous = _parts;
        _checkSteps(_listed(previous), _listed(parts_));

        restsUntil = block.timestamp + REST;
        _parts = parts_;
        emit PartsChanged(previous, parts_);
    }

    /// @inheritdoc IFeeSplitter
    function setPools(address attesterRewards_, address rebatePool_) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender, DEPLOYER);
        if (attesterRewards != address(0)) revert PoolsAlreadyFixed(attesterRewards, rebatePool);
        if (attesterRewards_ == address(0) || rebatePool_ == address(0)) revert AddressZero();

        (attesterRewards, rebatePool) = (attesterRewards_, rebatePool_);
        emit PoolsFixed(attesterRewards_, rebatePool_);
    }

    /// @inheritdoc IFeeSplitter
    function parts() external view returns (FeeParts memory) {
        return _parts;
    }

    /// @inheritdoc IFeeSplitter
    function buyBack() external view returns (address) {
        return BUY_BACK;
    }

    /// @inheritdoc IFeeSplitter
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IFeeSplitter
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    function _send(address token, address to, uint256 amount) private returns (uint256) {
        return amount != 0 && Payouts.trySend(token, to, amount) ? amount : 0;
    }

    /// @dev The pool counts what it is given, so it takes by allowance; it refuses a token that delivers less than it moves.
    function _fund(address token, uint256 amount) private returns (uint256) {
        if (amount == 0 || token == address(0)) return 0;
        address pool = rebatePool;
        IERC20(token).forceApprove(pool, amount);
        try IRebatePool(pool).fund(token, amount) {
            return amount;
        } catch {
            IERC20(token).forceApprove(pool, 0);
            return 0;
        }
    }

    function _checkBounds(FeeParts memory p) private pure {
        uint256[4] memory bps = _listed(p);
        uint256[4] memory lowest = [uint256(1_000), 0, 0, 500];
        uint256[4] memory highest = [uint256(6_000), 5_000, 5_000, 6_000];
        uint256 sum;
        for (uint256 i = 0; i < 4; ++i) {
            if (bps[i] < lowest[i] || bps[i] > highest[i]) revert PartOutOfBounds(i, bps[i], lowest[i], highest[i]);
            sum += bps[i];
        }
        if (sum != BPS) revert PartsSumWrong(sum);
    }

    function _checkSteps(uint256[4] memory previous, uint256[4] memory next) private pure {
        for (uint256 i = 0; i < 4; ++i) {
            bool tooLarge = next[i] > previous[i] + STEP || previous[i] > next[i] + STEP;
            if (tooLarge) revert PartStepTooLarge(i, previous[i], next[i]);
        }
    }

    function _listed(FeeParts memory p) private pure returns (uint256[4] memory) {
        return [uint256(p.attesters), p.stakers, p.rebates, p.treasury];
    }
}
