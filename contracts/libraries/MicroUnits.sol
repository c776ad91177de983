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
    /// @dev The assembly replaces six branches of a binary search for the most significant bit, some 300 gas; it is a pure
    /// function of `micro` below 2^64 and touches no memory.
    function bucket(uint256 micro) internal pure returns (uint8) {
        uint256 lg;
        assembly ("memory-safe") {
            let msb := shl(5, gt(micro, 0xffffffff))
            msb := or(msb, shl(4, gt(shr(msb, micro), 0xffff)))
            msb := or(msb, shl(3, gt(shr(msb, micro), 0xff)))
            msb := or(msb, shl(2, gt(shr(msb, micro), 0xf)))
            msb := or(msb, shl(1, gt(shr(msb, micro), 3)))
            msb := or(msb, gt(shr(msb, micro), 1))
            lg := or(shl(3, msb), and(shr(msb, shl(3, micro)), 7))
        }
        // lg of zero is zero, which is clipped like everything up to 2^4
        if (lg <= 32) return 0x80;
        if (lg >= 287) return 0x7f;
        unchecked {
            return uint8(lg + 96); // lg − 160 modulo 256
        }
    }
}
