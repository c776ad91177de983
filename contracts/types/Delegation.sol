// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an account signs that lets somebody else send its delegation. The account is named, so that wallets of one owner do
/// not take each other's; IVotes' `Delegation` names none, because there the key that signed is the account.
library AccountDelegationLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "AccountDelegation(address account,address delegatee,uint256 nonce,uint256 expiry)"
    );

    /// @notice EIP-712 hash of a delegation without its domain.
    function hash(address account, address delegatee, uint256 nonce, uint256 expiry) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, account, delegatee, nonce, expiry));
    }
}
