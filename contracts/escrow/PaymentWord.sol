// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Band, Verdict} from "../types/Verdict.sol";

/// @notice A payment's stored state in one slot, least significant bits first: capturable 96 | refundable 96 |
/// authorizedBlock 40 | score 14 | flags 10. Flags: band 2 | requested 1 | protocolFeeBps 6 | timed 1 (the second
/// slot says when who may act).
type PaymentWord is uint256;

using PaymentWordLib for PaymentWord global;

library PaymentWordLib {
    uint256 private constant REFUNDABLE = 96;
    uint256 private constant AUTHORIZED_BLOCK = 192;
    uint256 private constant SCORE = 232;
    uint256 private constant BAND = 246;
    uint256 private constant REQUESTED = 248;
    uint256 private constant PROTOCOL_FEE = 249;
    uint256 private constant TIMED = 255;

    function create(uint256 amount) internal view returns (PaymentWord) {
        return PaymentWord.wrap(amount | (block.number << AUTHORIZED_BLOCK));
    }

    function exists(PaymentWord w) internal pure returns (bool) {
        return PaymentWord.unwrap(w) != 0;
    }

    function capturable(PaymentWord w) internal pure returns (uint256) {
        return uint96(PaymentWord.unwrap(w));
    }

    function refundable(PaymentWord w) internal pure returns (uint256) {
        return uint96(PaymentWord.unwrap(w) >> REFUNDABLE);
    }

    function authorizedBlock(PaymentWord w) internal pure returns (uint256) {
        return uint40(PaymentWord.unwrap(w) >> AUTHORIZED_BLOCK);
    }

    function score(PaymentWord w) internal pure returns (uint256) {
        return (PaymentWord.unwrap(w) >> SCORE) & 0x3fff;
    }

    function band(PaymentWord w) internal pure returns (Band) {
        return Band((PaymentWord.unwrap(w) >> BAND) & 3);
    }

    function requested(PaymentWord w) internal pure returns (bool) {
        return (PaymentWord.unwrap(w) >> REQUESTED) & 1 != 0;
    }

    function timed(PaymentWord w) internal pure returns (bool) {
        return PaymentWord.unwrap(w) >> TIMED != 0;
    }

    function protocolFeeBps(PaymentWord w) internal pure returns (uint256) {
        return (PaymentWord.unwrap(w) >> PROTOCOL_FEE) & 0x3f;
    }

    /// @dev The caller has checked amount ≤ capturable.
    function release(PaymentWord w, uint256 amount) internal pure returns (PaymentWord) {
        unchecked {
            return PaymentWord.wrap(PaymentWord.unwrap(w) - amount);
        }
    }

    /// @dev The caller has checked amount ≤ capturable; capturable + refundable never exceed the terms' 96-bit amount.
    function captured(PaymentWord w, uint256 amount) internal pure returns (PaymentWord) {
        unchecked {
            return PaymentWord.wrap(PaymentWord.unwrap(w) - amount + (amount << REFUNDABLE));
        }
    }

    /// @dev The caller has checked amount ≤ refundable.
    function refunded(PaymentWord w, uint256 amount) internal pure returns (PaymentWord) {
        unchecked {
            return PaymentWord.wrap(PaymentWord.unwrap(w) - (amount << REFUNDABLE));
        }
    }

    function markRequested(PaymentWord w) internal pure returns (PaymentWord) {
        return PaymentWord.wrap(PaymentWord.unwrap(w) | (1 << REQUESTED) | (1 << TIMED));
    }

    function markTimed(PaymentWord w) internal pure returns (PaymentWord) {
        return PaymentWord.wrap(PaymentWord.unwrap(w) | (1 << TIMED));
    }

    /// @dev Score and protocol fee stay.
    function withBand(PaymentWord w, Band band_) internal pure returns (PaymentWord) {
        return PaymentWord.wrap((PaymentWord.unwrap(w) & ~(uint256(3) << BAND)) | (uint256(band_) << BAND));
    }

    /// @dev Score and band follow the verdict; the protocol fee is pinned by the first one. Bits above the fee's six are
    /// cut off: the gate's bound of 50 lies below 63.
    function judged(PaymentWord w, Verdict verdict) internal pure returns (PaymentWord) {
        uint256 word = PaymentWord.unwrap(w);
        if (w.band() == Band.None) word |= (verdict.protocolFeeBps() & 0x3f) << PROTOCOL_FEE;
        word &= ~((uint256(0x3fff) << SCORE) | (uint256(3) << BAND));
        return PaymentWord.wrap(word | ((verdict.score() & 0x3fff) << SCORE) | (uint256(verdict.band()) << BAND));
    }
}
