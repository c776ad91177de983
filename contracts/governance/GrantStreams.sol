// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Grant, IGrantStreams} from "../interfaces/IGrantStreams.sol";
import {Payouts} from "../libraries/Payouts.sol";

contract GrantStreams is IGrantStreams, ReentrancyGuardTransient {
    using SafeCast for uint256;

    uint256 private constant LONGEST = 10 * 365 days;

    address private immutable TIMELOCK;
    address private immutable TREASURY;

    /// @inheritdoc IGrantStreams
    uint256 public grantCount;
    /// @inheritdoc IGrantStreams
    mapping(address token => uint256 amount) public committedOf;

    mapping(uint256 id => Grant grant) private _grants;

    constructor(address timelock_, address treasury_) {
        TIMELOCK = timelock_;
        TREASURY = treasury_;
    }

    receive() external payable {}

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        _;
    }

    /// @inheritdoc IGrantStreams
    function open(
        address token,
        address recipient,
        uint256 amount,
        uint256 start,
        uint256 cliff,
        uint256 end
    ) external onlyTimelock nonReentrant returns (uint256 id) {
        if (amount == 0) revert AmountZero();
        if (recipient == address(0)) revert AddressZero();
        bool ordered = start < end && start <= cliff && cliff <= end;
        if (!ordered || end - start > LONGEST) revert GrantTimesInvalid(start, cliff, end);
        uint256 free = _free(token);
        if (amount > free) revert GrantNotFunded(token, free, amount);

        id = ++grantCount;
        committedOf[token] += amount;
        Grant storage opened = _grants[id];
        (opened.token, opened.recipient) = (token, recipient);
        (opened.start, opened.cliff, opened.end) = (start.toUint40(), cliff.toUint40(), end.toUint40());
        opened.amount = amount.toUint128();
        emit GrantOpened(id, recipient, token, amount, start, cliff, end);
    }

    /// @inheritdoc IGrantStreams
    function withdraw(uint256 id) external nonReentrant {
        Grant storage held = _find(id);
        uint256 amount = _vested(held) - held.withdrawn;
        if (amount == 0) revert NothingVested(id);
        (address token, address recipient) = (held.token, held.recipient);

        held.withdrawn += uint128(amount); // at most the grant's amount
        committedOf[token] -= amount;
        emit GrantWithdrawn(id, recipient, amount);

        if (!Payouts.trySend(token, recipient, amount)) revert TransferFailed(token, recipient, amount);
    }

    /// @inheritdoc IGrantStreams
    function move(uint256 id, address recipient) external {
        Grant storage held = _find(id);
        address previous = held.recipient;
        if (msg.sender != previous) revert NotRecipient(msg.sender, previous);
        if (recipient == address(0)) revert AddressZero();

        held.recipient = recipient;
        emit GrantMoved(id, previous, recipient);
    }

    /// @inheritdoc IGrantStreams
    function cancel(uint256 id) external onlyTimelock nonReentrant {
        Grant storage held = _find(id);
        uint256 vested = _vested(held);
        uint256 rest = held.amount - vested;
        if (rest == 0) revert GrantOver(id);
        address token = held.token;

        // Whatever the clock says later, all of what is left of it has vested.
        (held.amount, held.end, held.cancelled) = (uint128(vested), uint40(block.timestamp), true);
        committedOf[token] -= rest;
        emit GrantCancelled(id, vested, rest);

        if (!Payouts.trySend(token, TREASURY, rest)) revert TransferFailed(token, TREASURY, rest);
    }

    /// @inheritdoc IGrantStreams
    function returnFree(address token) external nonReentrant {
        uint256 free = _free(token);
        if (free == 0) revert NothingFree(token);
        emit Returned(token, free);

        if (!Payouts.trySend(token, TREASURY, free)) revert TransferFailed(token, TREASURY, free);
    }

    /// @inheritdoc IGrantStreams
    function grant(uint256 id) external view returns (Grant memory) {
        return _grants[id];
    }

    /// @inheritdoc IGrantStreams
    function vestedOf(uint256 id) external view returns (uint256) {
        return _vested(_find(id));
    }

    /// @inheritdoc IGrantStreams
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IGrantStreams
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    /// @dev A token that takes balances away may leave less than the grants' claims.
    function _free(address token) private view returns (uint256) {
        uint256 balance = Payouts.balance(token);
        uint256 committed = committedOf[token];
        return balance > committed ? balance - committed : 0;
    }

    function _vested(Grant storage held) private view returns (uint256) {
        uint256 amount = held.amount;
        if (held.cancelled || block.timestamp >= held.end) return amount;
        if (block.timestamp < held.start || block.timestamp < held.cliff) return 0;
        // Below 2^128 · 2^40.
        return (amount * (block.timestamp - held.start)) / (held.end - held.start);
    }

    function _find(uint256 id) private view returns (Grant storage held) {
        held = _grants[id];
        if (held.recipient == address(0)) revert NoSuchGrant(id);
    }
}
