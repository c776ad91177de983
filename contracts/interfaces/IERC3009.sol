// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ERC-3009 as far as the escrow uses it
interface IERC3009 {
    /// @notice Moves `value` from `from` to the caller, who must be `to`, under the signature of `from`.
    /// @param validAfter The authorization is valid after this second, exclusive.
    /// @param validBefore … and before this one, exclusive.
    /// @param nonce Any value not used by `from` before.
    /// @param signature 65 bytes r, s, v of an ordinary account, or whatever a contract accepts by EIP-1271.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
