// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Amounts as integer micro-units and as the fact the model sees. The same functions stand in the oracle
/// (oracle/src/facts/units.ts) and are fuzzed against these.
library MicroUnits {
    uint256 internal constant MAX = 2 ** 48 - 1;

    /// @notice amount / 10^shift, rounded down, saturated at 2^48 - 1. `shift` is at most 36.
    function fromAmount(uint256 amount, uint256 shift) internal pure returns (uint256 micro) {
        unchecked {
            micro = amount / 10 ** shift; // 10^36 < 2^256
        }
        if (micro > MAX) micro = MAX;
    }

    /// @notice The amount bucket as an int8 in two's complement: 8·msb + next three mantissa bits − 160, clipped to
    /// [−128, 127]; −128 for zero.
    /// @dev The branch-free most significant bit of at most 48 bits is a binary search over shifts.
    function bucket(uint256 micro) internal pure returns (uint8) {
        if (micro == 0) return 0x80;
        uint256 msb = 0;
        uint256 rest = micro;
        unchecked {
            // each step adds at most its own power of two; msb ends below 64
            if (rest >> 32 != 0) (rest, msb) = (rest >> 32, 32);
            if (rest >> 16 != 0) (rest, msb) = (rest >> 16, msb + 16);
            if (rest >> 8 != 0) (rest, msb) = (rest >> 8, msb + 8);
            if (rest >> 4 != 0) (rest, msb) = (rest >> 4, msb + 4);
            if (rest >> 2 != 0) (rest, msb) = (rest >> 2, msb + 2);
            if (rest >> 1 != 0) msb += 1;
            uint256 mantissa = (msb < 3 ? micro << (3 - msb) : micro >> (msb - 3)) & 7;
            uint256 lg = 8 * msb + mantissa; // at most 8 · 47 + 7 = 383
            if (lg <= 32) return 0x80;
            if (lg >= 287) return 0x7f;
            return uint8(lg - 160 + 256); // two's complement of lg − 160 in [−127, 126]
        }
    }
}
