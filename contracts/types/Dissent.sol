// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One signer's statement against that of at least two thirds of the epoch, about the same thing.
/// @param epoch Epoch contract under whose domain all of them signed.
/// @param subject What the statements are about.
/// @param facts What the one signed.
/// @param r EIP-2098 signature of the one: r.
/// @param vs EIP-2098 signature of the one: yParity and s.
/// @param attestation What the others signed: packed attestation, see Attestation.sol. Its asOf and asOfHash are also the one's.
struct Dissent {
    address epoch;
    bytes32 subject;
    bytes32 facts;
    bytes32 r;
    bytes32 vs;
    bytes attestation;
}

/// @notice A dissent that was proven and may still be vetoed.
/// @param account Whose bond is at stake; zero when there is no such accusation, or no longer.
/// @param executableAt Second from which anybody may execute it.
/// @param reporter Who proved it.
struct Accusation {
    address account;
    uint40 executableAt;
    address reporter;
}
