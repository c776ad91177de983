// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token's auctions. Prices are governance tokens (smallest units) for 10^18 smallest units of the sold token.
/// @param price What the last auctions say a unit is worth: the price halfway through the next one.
/// @param startedAt Second in which the last auction began; zero before the first.
/// @param minLot Least that is auctioned, and least that is bought at once unless less is left.
/// @param restsUntil Second before which the smallest lot cannot be changed again.
/// @param lot What the last auction began with.
/// @param left What of it is unsold.
/// @param raised Governance tokens it has brought.
struct Auction {
    uint128 price;
    uint40 startedAt;
    uint40 restsUntil;
    uint128 minLot;
    uint128 lot;
    uint128 left;
    uint256 raised;
}

/// @title Buy-back
/// @notice Sells the stakers' part of protocol fees for governance tokens, which stream to stakers.
/// @dev A falling-price auction that asks no oracle. An auction of a day begins at four times the price the earlier ones found and
/// halves every quarter, down to a quarter of it. The price moves with the clock alone: no purchase changes it, and what was bought
/// counts for the next auction's price with the share of the lot that it was, the unsold rest with the lowest price. So nobody
/// moves the price within a block, and moving it over days costs the lot. A lot is at most twice what the last auction sold, so a price
/// that is far off is found with little before much is sold.
interface IBuyBack {
    event TokenListed(address indexed token, uint256 price, uint256 minLot);
    event MinLotChanged(address indexed token, uint256 previous, uint256 minLot);
    /// @notice An auction began; `price` is that of its middle.
    event AuctionStarted(address indexed token, uint256 lot, uint256 price, uint256 endsAt);
    event Bought(address indexed token, address indexed buyer, address indexed to, uint256 amount, uint256 cost);
    /// @notice Proceeds went to the reward stream.
    event Forwarded(uint256 amount);
    /// @notice A token that is not auctioned went to the treasury.
    event Returned(address indexed token, uint256 amount);

    error NotTimelock(address caller, address timelock);
    error AmountZero();
    error TransferFailed(address token, address to, uint256 amount);
    error PriceOutOfBounds(uint256 price, uint256 lowest, uint256 highest);
    error AlreadyListed(address token);
    error NotListed(address token);
    /// @notice The governance token is not sold for itself.
    error SoldForItself(address token);
    /// @notice One change moves the smallest lot to between half and double.
    error MinLotOutOfReach(uint256 minLot, uint256 lowest, uint256 highest);
    error MinLotAtRest(uint256 timestamp, uint256 restsUntil);
    /// @notice The last auction is not over.
    error AuctionRunning(address token, uint256 endsAt);
    /// @notice No auction of the token runs: start one.
    error NoAuction(address token);
    error LotTooSmall(uint256 amount, uint256 minLot);
    /// @notice It costs more than the buyer is willing to pay.
    error CostTooHigh(uint256 cost, uint256 maxCost);
    error NothingToForward();

    /// @notice Lets a token be auctioned. By the timelock, once for a token.
    /// @param token The zero address for native coin.
    /// @param price Where the middle of the first auction lies.
    /// @param minLot Smallest lot.
    function list(address token, uint256 price, uint256 minLot) external;

    /// @notice Changes a token's smallest lot, at most to half or double. By the timelock.
    function setMinLot(address token, uint256 minLot) external;

    /// @notice Begins the next auction, a day after the last one began at the earliest. Anybody may call.
    function start(address token) external;

    /// @notice Buys at the price of now.
    /// @param amount At most this; what is left where that is less.
    /// @param maxCost Governance tokens the caller pays at most, out of his allowance.
    /// @param to Gets what was bought.
    /// @return bought What it was.
    /// @return cost What was paid.
    function buy(
        address token,
        uint256 amount,
        uint256 maxCost,
        address to
    ) external returns (uint256 bought, uint256 cost);

    /// @notice Hands proceeds to the reward stream that it did not take when they came in. Anybody may call.
    function forward() external;

    /// @notice Sends a token that is not listed to the treasury. By the timelock.
    function returnUnlisted(address token) external;

    /// @notice The price of now; zero where no auction runs.
    function priceOf(address token) external view returns (uint256);

    /// @notice What an amount costs now; zero where no auction runs.
    function costOf(address token, uint256 amount) external view returns (uint256);

    /// @notice A token's auctions; all zero where it is not listed.
    function auction(address token) external view returns (Auction memory);

    /// @notice What is bought with.
    function governanceToken() external view returns (address);

    /// @notice Where proceeds go.
    function stream() external view returns (address);

    /// @notice Where unlisted tokens go.
    function treasury() external view returns (address);

    /// @notice Who lists.
    function timelock() external view returns (address);
}
