// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A fact that raised a score.
/// @param index The fact's place in the epoch's schema.
/// @param value The fact.
/// @param usual The same fact's median over honest payments.
/// @param weight By how much the accumulator falls when the fact takes its usual value; above zero.
struct Reason {
    uint8 index;
    int8 value;
    int8 usual;
    uint32 weight;
}
