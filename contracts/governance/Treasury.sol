// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ITreasury, TreasuryCap} from "../interfaces/ITreasury.sol";
import {Payouts} from "../libraries/Payouts.sol";

contract Treasury is ITreasury, ReentrancyGuardTransient {
    struct Spend {
        uint256 time;
        uint256 amount;
    }

    /// @dev Spends in order of time; those before `first` have left the period, `sum` is that of the others.
    struct Book {
        uint256 sum;
        uint256 first;
        Spend[] spends;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant PERIOD = 30 days;
    /// @dev A vote takes days; those who lose it must see a higher cap come and still have time for a vote of their own.
    uint256 private constant DELAY = 14 days;
    uint256 private constant LOWEST = 100;
    uint256 private constant HIGHEST = 2_500;
    uint256 private constant STEP = 250;

    address private immutable TIMELOCK;
    uint16 private immutable FIRST_CAP;

    mapping(address token => Book book) private _books;
    mapping(address token => TreasuryCap cap) private _caps;

    /// @param firstCap Cap of every token until a vote changes it, in basis points.
    constructor(address timelock_, uint256 firstCap) {
        _checkBounds(firstCap);
        TIMELOCK = timelock_;
        FIRST_CAP = uint16(firstCap); // below the highest
    }

    receive() external payable {}

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        _;
    }

    /// @inheritdoc ITreasury
    function spend(address token, address to, uint256 amount) external onlyTimelock nonReentrant {
        if (amount == 0) revert AmountZero();
        Book storage book = _books[token];
        (uint256 first, uint256 sum) = _current(book);
        uint256 most = _most(token, sum);
        if (amount > most || sum > most - amount) revert AboveCap(token, sum + amount, most);

        (book.first, book.sum) = (first, sum + amount);
        book.spends.push(Spend(block.timestamp, amount));
        emit Spent(token, to, amount, sum + amount);

        if (!Payouts.trySend(token, to, amount)) revert TransferFailed(token, to, amount);
    }

    /// @inheritdoc ITreasury
    function setCap(address token, uint256 bps) external onlyTimelock {
        _checkBounds(bps);
        TreasuryCap memory cap = capOf(token);
        uint256 previous = cap.bps;
        if (bps == previous && cap.nextFrom == 0) revert CapUnchanged(bps);
        uint256 lowest = previous > STEP ? previous - STEP : 0;
        if (bps < lowest || bps > previous + STEP) revert CapStepTooLarge(bps, lowest, previous + STEP);
        bool higher = bps > previous;
        if (higher && block.timestamp < cap.restsUntil) revert CapAtRest(block.timestamp, cap.restsUntil);
        uint256 from = higher ? block.timestamp + DELAY : block.timestamp;

        // Both are within bounds, far below 2^16, and seconds fit 40 bits for ages.
        cap = higher ? TreasuryCap(uint16(previous), uint16(bps), uint40(from), 0) : TreasuryCap(uint16(bps), 0, 0, 0);
        cap.restsUntil = uint40(block.timestamp + PERIOD);
        _caps[token] = cap;
        emit CapChanged(token, previous, bps, from);
    }

    /// @inheritdoc ITreasury
    function capOf(address token) public view returns (TreasuryCap memory cap) {
        cap = _caps[token];
        if (cap.bps == 0) cap.bps = FIRST_CAP;
        if (cap.nextFrom == 0 || block.timestamp < cap.nextFrom) return cap;
        (cap.bps, cap.nextBps, cap.nextFrom) = (cap.nextBps, 0, 0);
    }

    /// @inheritdoc ITreasury
    function spentOf(address token) external view returns (uint256 sum) {
        (, sum) = _current(_books[token]);
    }

    /// @inheritdoc ITreasury
    function spendable(address token) external view returns (uint256) {
        (, uint256 sum) = _current(_books[token]);
        uint256 most = _most(token, sum);
        return most > sum ? Math.min(most - sum, Payouts.balance(token)) : 0;
    }

    /// @inheritdoc ITreasury
    function period() external pure returns (uint256) {
        return PERIOD;
    }

    /// @inheritdoc ITreasury
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    /// @dev Most that may leave in a period, of what is here and what has left in it.
    function _most(address token, uint256 sum) private view returns (uint256) {
        return Math.mulDiv(Payouts.balance(token) + sum, capOf(token).bps, BPS);
    }

    /// @dev A spend counts for a period and no second longer.
    function _current(Book storage book) private view returns (uint256 first, uint256 sum) {
        (first, sum) = (book.first, book.sum);
        for (; first < book.spends.length && book.spends[first].time + PERIOD <= block.timestamp; ++first) {
            sum -= book.spends[first].amount;
        }
    }

    function _checkBounds(uint256 bps) private pure {
        if (bps < LOWEST || bps > HIGHEST) revert CapOutOfBounds(bps, LOWEST, HIGHEST);
    }
}
