// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice An amount in 24 bits: mantissa 16 | exponent 8, least significant bits first; value = mantissa · 2^exponent.
/// Always rounded down, so what it allows is never more than what was put in.
type Float24 is uint24;

using Float24Lib for Float24 global;

library Float24Lib {
    uint256 private constant MANTISSA_BITS = 16;

    /// @notice The largest representable amount that is not above `amount`; exact below 2^16, else less than 2^-15 of it off.
    function encode(uint256 amount) internal pure returns (Float24) {
        uint256 top = Math.log2(amount);
        if (top < MANTISSA_BITS) return Float24.wrap(uint24(amount));
        unchecked {
            // top lies in 16…255, so the exponent fits its 8 bits and the mantissa its 16
            uint256 exponent = top - (MANTISSA_BITS - 1);
            return Float24.wrap(uint24((amount >> exponent) | (exponent << MANTISSA_BITS)));
        }
    }

    /// @notice The amount meant. Exponents that `encode` makes, at most 240, lose no bit.
    function decode(Float24 f) internal pure returns (uint256) {
        uint256 raw = Float24.unwrap(f);
        return (raw & 0xffff) << (raw >> MANTISSA_BITS);
    }

    /// @notice What is left after `amount`, which the caller has checked against `decode`.
    /// @dev The exponent stays, so one shift does it; the step of rounding stays that of the amount first encoded.
    function minus(Float24 f, uint256 amount) internal pure returns (Float24) {
        uint256 raw = Float24.unwrap(f);
        uint256 exponent = raw >> MANTISSA_BITS;
        unchecked {
            // amount ≤ decode(f), and what is left has no more bits than the mantissa had
            uint256 mantissa = (((raw & 0xffff) << exponent) - amount) >> exponent;
            return Float24.wrap(uint24(mantissa | (exponent << MANTISSA_BITS)));
        }
    }
}
