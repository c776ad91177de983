// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Signatures of keys (65 bytes r, s, v, or 64 as in EIP-2098) and of contracts (EIP-1271).
library SignedBy {
    /// @dev A key's signature first: looking for the signer's code would cost 2,600 gas.
    function signedBy(bytes32 digest, address signer, bytes calldata signature) internal view returns (bool) {
        if (signer != address(0) && _recover(digest, signature) == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }

    /// @dev A key's signature in two words, as in EIP-2098.
    function signedByKey(bytes32 digest, address signer, bytes32 r, bytes32 yParityAndS) internal pure returns (bool) {
        (address recovered, , ) = ECDSA.tryRecover(digest, r, yParityAndS);
        return recovered == signer && signer != address(0);
    }

    /// @dev Replaces the library's recovery, which takes one length only and costs some 400 gas more. The precompile reads
    /// digest, v, r and s from free memory and answers into scratch space; where it answers nothing, and for another length,
    /// zero is left. A high s is not refused: a signature is no identity here.
    function _recover(bytes32 digest, bytes calldata signature) private view returns (address recovered) {
        assembly ("memory-safe") {
            let m := mload(0x40)
            let s := calldataload(add(signature.offset, 0x20))
            let v := 0
            switch signature.length
            case 64 {
                v := add(27, shr(255, s))
                s := shr(1, shl(1, s))
            }
            case 65 {
                v := byte(0, calldataload(add(signature.offset, 0x40)))
            }
            mstore(m, digest)
            mstore(add(m, 0x20), v)
            mstore(add(m, 0x40), calldataload(signature.offset))
            mstore(add(m, 0x60), s)
            mstore(0, 0)
            pop(staticcall(gas(), 1, m, 0x80, 0, 0x20))
            recovered := mload(0)
        }
    }
}
