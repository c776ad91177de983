// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float24} from "../types/Float24.sol";

/// @notice A channel's stored state in one slot, least significant bits first: deposit 96 | claimed 96 | closeAt 32 |
/// riskCap 24 | flags 8. Flags: open 1 | closed 1 | blocked 1 | queued 1 | capped 1 | moved 1 | spare 2. A closed channel keeps its one
/// flag for ever, so that its id is never used again. VoucherRows reads and writes the same bits.
type ChannelWord is uint256;

using ChannelWordLib for ChannelWord global;

library ChannelWordLib {
    uint256 private constant CLAIMED = 96;
    uint256 private constant CLOSE_AT = 192;
    uint256 private constant RISK_CAP = 224;
    uint256 private constant OPEN = 1 << 248;
    uint256 private constant CLOSED = 1 << 249;
    uint256 private constant BLOCKED = 1 << 250;
    uint256 private constant QUEUED = 1 << 251;
    uint256 private constant CAPPED = 1 << 252;
    uint256 private constant MOVED = 1 << 253;
    uint256 private constant MASK_96 = type(uint96).max;
    uint256 private constant MASK_CLAIMED = MASK_96 << CLAIMED;
    uint256 private constant MASK_CLOSE_AT = uint256(type(uint32).max) << CLOSE_AT;
    uint256 private constant MASK_RISK_CAP = uint256(type(uint24).max) << RISK_CAP;

    function create(uint256 deposit_) internal pure returns (ChannelWord) {
        return ChannelWord.wrap(deposit_ | OPEN);
    }

    function tombstone() internal pure returns (ChannelWord) {
        return ChannelWord.wrap(CLOSED);
    }

    /// @dev Open or closed: the id is taken.
    function exists(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) != 0;
    }

    function deposit(ChannelWord w) internal pure returns (uint256) {
        return uint96(ChannelWord.unwrap(w));
    }

    function claimed(ChannelWord w) internal pure returns (uint256) {
        return uint96(ChannelWord.unwrap(w) >> CLAIMED);
    }

    /// @dev Second from which the payer's rest goes back; 0 while nobody asked to leave.
    function closeAt(ChannelWord w) internal pure returns (uint256) {
        return uint32(ChannelWord.unwrap(w) >> CLOSE_AT);
    }

    /// @dev What may still be paid out without an attestation; means nothing unless `isCapped`.
    function riskCap(ChannelWord w) internal pure returns (Float24) {
        return Float24.wrap(uint24(ChannelWord.unwrap(w) >> RISK_CAP));
    }

    function isOpen(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & OPEN != 0;
    }

    function isClosed(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & CLOSED != 0;
    }

    function isBlocked(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & BLOCKED != 0;
    }

    function isQueued(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & QUEUED != 0;
    }

    function isCapped(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & CAPPED != 0;
    }

    /// @dev Another payee than the terms' one is stored.
    function isMoved(ChannelWord w) internal pure returns (bool) {
        return ChannelWord.unwrap(w) & MOVED != 0;
    }

    /// @dev The caller has checked that the new deposit is below 2^96.
    function withDeposit(ChannelWord w, uint256 deposit_) internal pure returns (ChannelWord) {
        return ChannelWord.wrap((ChannelWord.unwrap(w) & ~MASK_96) | deposit_);
    }

    /// @dev The caller has checked cumulative ≤ deposit.
    function withClaimed(ChannelWord w, uint256 cumulative) internal pure returns (ChannelWord) {
        return ChannelWord.wrap((ChannelWord.unwrap(w) & ~MASK_CLAIMED) | (cumulative << CLAIMED));
    }

    /// @dev Times fit 32 bits until 2106.
    function withCloseAt(ChannelWord w, uint256 second) internal pure returns (ChannelWord) {
        uint256 rest = ChannelWord.unwrap(w) & ~MASK_CLOSE_AT;
        return ChannelWord.wrap(rest | (uint256(uint32(second)) << CLOSE_AT));
    }

    function withRiskCap(ChannelWord w, Float24 cap) internal pure returns (ChannelWord) {
        uint256 rest = ChannelWord.unwrap(w) & ~MASK_RISK_CAP;
        return ChannelWord.wrap(rest | (uint256(Float24.unwrap(cap)) << RISK_CAP) | CAPPED);
    }

    /// @dev The next payout without an attestation loads the cap anew.
    function withoutRiskCap(ChannelWord w) internal pure returns (ChannelWord) {
        return ChannelWord.wrap(ChannelWord.unwrap(w) & ~(MASK_RISK_CAP | CAPPED));
    }

    function withBlock(ChannelWord w) internal pure returns (ChannelWord) {
        return ChannelWord.wrap(ChannelWord.unwrap(w) | BLOCKED);
    }

    function withQueue(ChannelWord w) internal pure returns (ChannelWord) {
        return ChannelWord.wrap(ChannelWord.unwrap(w) | QUEUED);
    }

    function withMove(ChannelWord w) internal pure returns (ChannelWord) {
        return ChannelWord.wrap(ChannelWord.unwrap(w) | MOVED);
    }
}
