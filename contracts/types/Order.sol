// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {PaymentId} from "./Terms.sol";

/// @notice What an order tells the escrow to do.
/// Capture, CapturePushed and CaptureCredited: capture with Push, PushAll and Credit of Payout.
enum OrderAction {
    Capture,
    CapturePushed,
    CaptureCredited,
    Void,
    Refund
}

/// @notice One act of the operator or the payee, signed for whoever submits it. It names the state it was signed for; every
/// act changes that state and none brings it back, so an order runs once and needs no nonce.
/// @param action What to do.
/// @param amount In the token's smallest unit.
/// @param feeBps The operator's fee of a capture, in basis points; otherwise 0.
/// @param reasonCode The reason of a void or a refund, see `IEscrowCore.refund`; otherwise 0.
/// @param capturable What was in escrow when it was signed.
/// @param refundable What was captured and not refunded then.
/// @param deadline The order counts before this second.
struct Order {
    OrderAction action;
    uint96 amount;
    uint16 feeBps;
    uint16 reasonCode;
    uint96 capturable;
    uint96 refundable;
    uint40 deadline;
}

using OrderLib for Order global;

library OrderLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Order(bytes32 payment,uint8 action,uint96 amount,uint16 feeBps,uint16 reasonCode,uint96 capturable,uint96 refundable,uint40 deadline)"
    );

    /// @notice EIP-712 digest of an order about a payment.
    function digest(Order calldata order, PaymentId payment, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, payment, order));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
