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
/// appealDelay 32 | reason 32 | amount bucket 8, least significant bits first. The delays (seconds) are zero when the band is Allow; the reason is
/// the selector of an error and stands with the band None, where a payment of a batch was not judged.
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

    function withBucket(Verdict v, bytes1 bucket_) internal pure returns (Verdict) {
        return Verdict.wrap(Verdict.unwrap(v) | (uint256(uint8(bucket_)) << 168));
    }

    function refused(bytes4 reason_) internal pure returns (Verdict) {
        return Verdict.wrap(uint256(uint32(reason_)) << 136);
    }

    function score(Verdict v) internal pure returns (uint256) {
        return uint16(Verdict.unwrap(v));
    }

    function band(Verdict v) internal pure returns (Band) {
        return Band(uint8(Verdict.unwrap(v) >> 16));
    }

    /// @dev The same as `band() == Band.Allow`, without the check that the byte is a band.
    function allows(Verdict v) internal pure returns (bool) {
        return uint8(Verdict.unwrap(v) >> 16) == uint8(Band.Allow);
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

    function bucket(Verdict v) internal pure returns (int8) {
        return int8(uint8(Verdict.unwrap(v) >> 168));
    }

    function reason(Verdict v) internal pure returns (bytes4) {
        return bytes4(uint32(Verdict.unwrap(v) >> 136));
    }
}
