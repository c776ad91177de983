// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ChannelId} from "./ChannelTerms.sol";

/// @notice What the signer of a channel gives the payee: everything paid so far, this time included, in the token's smallest
/// unit.
library VoucherLib {
    bytes32 internal constant TYPEHASH = keccak256("Voucher(bytes32 channel,uint96 cumulative)");

    /// @notice EIP-712 digest of a voucher.
    /// @dev Replaces toTypedDataHash(domain, keccak256(abi.encode(TYPEHASH, channel, cumulative))), which costs 150 gas more at
    /// each voucher. Writes only free memory and leaves the pointer.
    function digest(
        ChannelId channel,
        uint256 cumulative,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 hash) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, typehash)
            mstore(add(m, 0x20), channel)
            mstore(add(m, 0x40), cumulative)
            let structHash := keccak256(m, 0x60)
            mstore(m, shl(240, 0x1901))
            mstore(add(m, 2), domainSeparator)
            mstore(add(m, 34), structHash)
            hash := keccak256(m, 66)
        }
    }
}

/// @notice What both sides sign to end a channel at once: the final cumulative amount, and the second before which it counts.
library CloseLib {
    bytes32 internal constant TYPEHASH = keccak256("Close(bytes32 channel,uint96 cumulative,uint40 deadline)");

    /// @notice EIP-712 digest of a close.
    function digest(
        ChannelId channel,
        uint256 cumulative,
        uint256 deadline,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, channel, cumulative, deadline));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}

/// @notice What an attestation about channels is about: payee, token and the list of (channel 32 bytes | cumulative 12 bytes).
library ChannelBatchLib {
    bytes32 internal constant TYPEHASH = keccak256("ChannelBatch(address payee,address token,bytes32 rows)");

    /// @notice The subject of a batch; `rows` is the hash of the list.
    function subject(
        address payee,
        address token,
        bytes32 rows,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, payee, token, rows));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
