// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Two statements about one thing, signed by one key: what a node with a working guard never signs.
/// @param epoch Epoch contract under whose domain both were signed.
/// @param subject What both are about.
/// @param asOf Block both were read up to.
/// @param asOfHash Hash of that block. It is the same in both: whoever saw two blocks of one number saw a reorganisation.
/// @param factsA Facts of the first statement.
/// @param factsB Facts of the second statement, others than the first's.
/// @param rA EIP-2098 signature of the first statement: r.
/// @param vsA EIP-2098 signature of the first statement: yParity and s.
/// @param rB EIP-2098 signature of the second statement: r.
/// @param vsB EIP-2098 signature of the second statement: yParity and s.
struct Equivocation {
    address epoch;
    bytes32 subject;
    uint64 asOf;
    bytes32 asOfHash;
    bytes32 factsA;
    bytes32 factsB;
    bytes32 rA;
    bytes32 vsA;
    bytes32 rB;
    bytes32 vsB;
}

/// @notice Where a statement was signed together with others, in a batch attestation.
/// @param leaves Struct hashes of all attestations of the batch, in order; empty for a statement signed alone.
/// @param index Place of the statement among them.
struct BatchPlace {
    bytes32[] leaves;
    uint256 index;
}
