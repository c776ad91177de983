// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Auction, IBuyBack} from "../interfaces/IBuyBack.sol";
import {IRewardStream} from "../interfaces/IRewardStream.sol";
import {Payouts} from "../libraries/Payouts.sol";

contract BuyBack is IBuyBack, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant WAD = 1e18;
    uint256 private constant LENGTH = 1 days;
    uint256 private constant QUARTER = LENGTH / 4;
    uint256 private constant REST = 7 days;
    /// @dev An auction begins at so many times the price, and ends at that part of it.
    uint256 private constant SPAN = 4;
    /// @dev The first lot, and any after one that did not sell, is at most so many smallest lots.
    uint256 private constant FEW_LOTS = 16;
    /// @dev Four times it fits the 128 bits of a price.
    uint256 private constant HIGHEST_PRICE = 2 ** 124;

    IERC20 private immutable TOKEN;
    IRewardStream private immutable STREAM;
    address private immutable TIMELOCK;
    address private immutable TREASURY;

    mapping(address token => Auction auction) private _auctions;

    constructor(address governanceToken_, address stream_, address timelock_, address treasury_) {
        TOKEN = IERC20(governanceToken_);
        STREAM = IRewardStream(stream_);
        TIMELOCK = timelock_;
        TREASURY = treasury_;
    }

    receive() external payable {}

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        _;
    }

    /// @inheritdoc IBuyBack
    function list(address token, uint256 price, uint256 minLot) external onlyTimelock {
        if (token == address(TOKEN)) revert SoldForItself(token);
        if (minLot == 0) revert AmountZero();
        if (price == 0 || price > HIGHEST_PRICE) revert PriceOutOfBounds(price, 1, HIGHEST_PRICE);
        Auction storage book = _auctions[token];
        if (book.minLot != 0) revert AlreadyListed(token);

        (book.price, book.minLot) = (price.toUint128(), minLot.toUint128());
        emit TokenListed(token, price, minLot);
    }

    /// @inheritdoc IBuyBack
    function setMinLot(address token, uint256 minLot) external onlyTimelock {
        Auction storage book = _find(token);
        if (block.timestamp < book.restsUntil) revert MinLotAtRest(block.timestamp, book.restsUntil);
        uint256 previous = book.minLot;
        (uint256 lowest, uint256 highest) = (Math.ceilDiv(previous, 2), previous * 2);
        if (minLot < lowest || minLot > highest) revert MinLotOutOfReach(minLot, lowest, highest);

        (book.minLot, book.restsUntil) = (minLot.toUint128(), uint40(block.timestamp + REST));
        emit MinLotChanged(token, previous, minLot);
    }

    /// @inheritdoc IBuyBack
    function start(address token) external nonReentrant {
        Auction storage book = _find(token);
        uint256 endsAt = book.startedAt + LENGTH;
        if (book.startedAt != 0 && block.timestamp < endsAt) revert AuctionRunning(token, endsAt);
        uint256 most = Math.max(FEW_LOTS * book.minLot, 2 * (uint256(book.lot) - book.left));
        uint256 lot = Math.min(Math.min(Payouts.balance(token), most), type(uint128).max);
        if (lot < book.minLot) revert LotTooSmall(lot, book.minLot);
        uint256 price = _settledPrice(book);

        book.price = uint128(price); // at most the highest
        (book.lot, book.left, book.raised) = (uint128(lot), uint128(lot), 0); // compared above
        book.startedAt = uint40(block.timestamp);
        emit AuctionStarted(token, lot, price, block.timestamp + LENGTH);
    }

    /// @inheritdoc IBuyBack
    function buy(
        address token,
        uint256 amount,
        uint256 maxCost,
        address to
    ) external nonReentrant returns (uint256 bought, uint256 cost) {
        Auction storage book = _find(token);
        uint256 price = _priceNow(book);
        if (price == 0 || book.left == 0) revert NoAuction(token);
        bought = Math.min(amount, book.left);
        if (bought < book.minLot && bought != book.left) revert LotTooSmall(bought, book.minLot);
        cost = Math.mulDiv(bought, price, WAD, Math.Rounding.Ceil);
        if (cost > maxCost) revert CostTooHigh(cost, maxCost);

        book.left -= uint128(bought); // at most what is left
        book.raised += cost;
        emit Bought(token, msg.sender, to, bought, cost);

        TOKEN.safeTransferFrom(msg.sender, address(this), cost);
        // All of the governance token that is here are proceeds. A stream that takes nothing now must not stop the sale:
        // `forward` tries again.
        uint256 proceeds = TOKEN.balanceOf(address(this));
        TOKEN.forceApprove(address(STREAM), proceeds);
        try STREAM.notifyReward(proceeds) {
            emit Forwarded(proceeds);
        } catch {}
        if (!Payouts.trySend(token, to, bought)) revert TransferFailed(token, to, bought);
    }

    /// @inheritdoc IBuyBack
    function forward() external nonReentrant {
        uint256 proceeds = TOKEN.balanceOf(address(this));
        if (proceeds == 0) revert NothingToForward();
        emit Forwarded(proceeds);

        TOKEN.forceApprove(address(STREAM), proceeds);
        STREAM.notifyReward(proceeds);
    }

    /// @inheritdoc IBuyBack
    function returnUnlisted(address token) external onlyTimelock nonReentrant {
        if (_auctions[token].minLot != 0) revert AlreadyListed(token);
        if (token == address(TOKEN)) revert SoldForItself(token);
        uint256 amount = Payouts.balance(token);
        if (amount == 0) revert AmountZero();
        emit Returned(token, amount);

        if (!Payouts.trySend(token, TREASURY, amount)) revert TransferFailed(token, TREASURY, amount);
    }

    /// @inheritdoc IBuyBack
    function priceOf(address token) external view returns (uint256) {
        return _priceNow(_auctions[token]);
    }

    /// @inheritdoc IBuyBack
    function costOf(address token, uint256 amount) external view returns (uint256) {
        return Math.mulDiv(amount, _priceNow(_auctions[token]), WAD, Math.Rounding.Ceil);
    }

    /// @inheritdoc IBuyBack
    function auction(address token) external view returns (Auction memory) {
        return _auctions[token];
    }

    /// @inheritdoc IBuyBack
    function governanceToken() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IBuyBack
    function stream() external view returns (address) {
        return address(STREAM);
    }

    /// @inheritdoc IBuyBack
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IBuyBack
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    /// @dev What an auction says: the price its lot brought, unsold units counted at its lowest. Between a quarter and four
    /// times the price it began with, whatever was bought.
    function _settledPrice(Auction storage book) private view returns (uint256 price) {
        uint256 before = book.price;
        uint256 lot = book.lot;
        if (lot == 0) return before;
        uint256 lowest = _lowest(before);
        // Rounded up costs of many small purchases may come to more than the highest price.
        price = Math.mulDiv(book.raised, WAD, lot) + Math.mulDiv(book.left, lowest, lot);
        price = Math.min(Math.max(price, lowest), Math.min(before * SPAN, HIGHEST_PRICE));
    }

    function _lowest(uint256 price) private pure returns (uint256) {
        return Math.max(price / SPAN, 1);
    }

    /// @dev Halves every quarter of the time, straight lines in between; the unit is the lowest.
    function _priceNow(Auction storage book) private view returns (uint256) {
        uint256 startedAt = book.startedAt;
        uint256 elapsed = block.timestamp - startedAt;
        if (startedAt == 0 || elapsed >= LENGTH) return 0;
        uint256 top = (SPAN * book.price) >> (elapsed / QUARTER);
        return Math.max(top - (top * (elapsed % QUARTER)) / (2 * QUARTER), _lowest(book.price));
    }

    function _find(address token) private view returns (Auction storage book) {
        book = _auctions[token];
        if (book.minLot == 0) revert NotListed(token);
    }
}
