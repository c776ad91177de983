// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One row of an epoch's token table: how an amount of `token` becomes integer micro-units.
/// @param token The token's address; the zero address stands for the chain's native coin.
/// @param shift Decimal exponent: micro-units = amount / 10^shift, at most 36.
/// @param class The token class the model sees as a fact, 0 to 127.
struct TokenEntry {
    address token;
    uint8 shift;
    uint8 class;
}

/// @notice Quorum for payments up to a value; at most three tiers, quorums never fall with value.
/// @param upTo Largest amount of the tier in micro-units, inclusive.
/// @param quorum Signatures needed, with 2 * quorum > number of signers.
struct QuorumTier {
    uint64 upTo;
    uint8 quorum;
}

/// @notice What an epoch is constructed with; the model is in the code.
/// @param signers Attesters' signing addresses, strictly ascending, 1 to 16.
/// @param tiers One to three quorum tiers, strictly ascending in both value and never falling in quorum. Above the last
/// tier the last quorum is needed and the band is at least Hold.
/// @param tokens At most 16 tokens; any other token means at least Hold.
struct EpochConfig {
    address[] signers;
    QuorumTier[] tiers;
    TokenEntry[] tokens;
}
