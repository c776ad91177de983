// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {PaymentId} from "./Terms.sol";

/// @notice What a payer signs for several payments at once: milestones, or a cart of several payees.
library PaymentBatchLib {
    bytes32 internal constant TYPEHASH = keccak256("PaymentBatch(bytes32[] payments)");

    /// @notice EIP-712 digest of a list of payment ids, in their order.
    function digest(PaymentId[] memory payments, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, keccak256(abi.encodePacked(payments))));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}

/// @notice What a payer signs for money that a plug-in brings: the payment or batch, which plug-in, and what it is told.
library CollectorCallLib {
    bytes32 internal constant TYPEHASH = keccak256("CollectorCall(bytes32 payment,address collector,bytes data)");

    /// @notice EIP-712 digest of a call of a collector.
    function digest(
        bytes32 payment,
        address collector,
        bytes calldata data,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, payment, collector, keccak256(data)));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
