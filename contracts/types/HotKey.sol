// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A signing key's consent to answer for an account's bond, so that nobody registers another's key.
library HotKeyLib {
    bytes32 internal constant TYPEHASH = keccak256("HotKey(address account)");

    /// @notice The EIP-712 digest that the hot key signs.
    function digest(address account, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, account));
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }
}
