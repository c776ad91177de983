// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a payment may do next: None until a band is known, then Allow, Hold or Block.
enum Band {
    None,
    Allow,
    Hold,
    Block
}

/// @notice The gate's answer in one word: score 16 | band 8 | protocolFeeBps 8 | refreshed 8 | holdDelay 32 | grace 32 |
/// appealDelay 32, least significant bits first. The delays (seconds) are zero when the band is Allow.
type Verdict is uint256;

using VerdictLib for Verdict global;

library VerdictLib {
    function pack(
        uint256 score_,
        Band band_,
        uint256 protocolFeeBps_,
        bool refreshed_
    ) internal pure returns (Verdict) {
        return
            Verdict.wrap(
                score_ | (uint256(band_) << 16) | (protocolFeeBps_ << 24) | (uint256(refreshed_ ? 1 : 0) << 32)
            );
    }

    function withDelays(
        Verdict v,
        uint256 holdDelay_,
        uint256 grace_,
        uint256 appealDelay_
    ) internal pure returns (Verdict) {
        return Verdict.wrap(Verdict.unwrap(v) | (holdDelay_ << 40) | (grace_ << 72) | (appealDelay_ << 104));
    }

    function score(Verdict v) internal pure returns (uint256) {
        return uint16(Verdict.unwrap(v));
    }

    function band(Verdict v) internal pure returns (Band) {
        return Band(uint8(Verdict.unwrap(v) >> 16));
    }

    function protocolFeeBps(Verdict v) internal pure returns (uint256) {
        return uint8(Verdict.unwrap(v) >> 24);
    }

    function refreshed(Verdict v) internal pure returns (bool) {
        return uint8(Verdict.unwrap(v) >> 32) != 0;
    }

    function holdDelay(Verdict v) internal pure returns (uint256) {
        return uint32(Verdict.unwrap(v) >> 40);
    }

    function grace(Verdict v) internal pure returns (uint256) {
        return uint32(Verdict.unwrap(v) >> 72);
    }

    function appealDelay(Verdict v) internal pure returns (uint256) {
        return uint32(Verdict.unwrap(v) >> 104);
    }
}
