// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Signatures of a party to a payment: a key's (65 bytes r, s, v), or what a contract accepts by EIP-1271.
library PartySignature {
    /// @dev Last word of a signature wrapped for an account that is not deployed yet (EIP-6492).
    bytes32 private constant WRAPPED = 0x6492649264926492649264926492649264926492649264926492649264926492;
    /// @dev Three words of heads and two of lengths stand before it at least.
    uint256 private constant SHORTEST_WRAPPED = 6 * 32;

    /// @dev Replaces a slice of the last word. Above the length checked first, the word lies inside the signature.
    function isWrapped(bytes calldata signature) internal pure returns (bool wrapped) {
        if (signature.length < SHORTEST_WRAPPED) return false;
        bytes32 last;
        assembly ("memory-safe") {
            last := calldataload(sub(add(signature.offset, signature.length), 0x20))
        }
        return last == WRAPPED;
    }

    /// @dev A key's signature first: an account that delegates to code by EIP-7702 still has its key, and its code need not
    /// know EIP-1271. No key is known of a contract's own address, so nothing is accepted that EIP-1271 would refuse.
    function isSignedBy(bytes32 digest, address party, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (problem == ECDSA.RecoverError.NoError && recovered == party) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(party, digest, signature);
    }
}
