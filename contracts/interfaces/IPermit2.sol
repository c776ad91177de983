// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Permit2 as far as the escrow uses it
/// @notice One contract, at one address on every chain, that holders approve once and that moves their tokens under signatures.
interface IPermit2 {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice What the owner signs, with the caller as spender. Nonces are taken in any order, 256 of them in one slot.
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves the owner's tokens once, under his signature for the caller, which covers one more value.
    /// @param witness The value.
    /// @param witnessTypeString What follows "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256
    /// nonce,uint256 deadline," in the signed type.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
