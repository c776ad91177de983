// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrowExtension} from "../interfaces/IEscrowExtension.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {Order, OrderAction} from "../types/Order.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Moves} from "./Moves.sol";
import {PaymentWord} from "./PaymentWord.sol";

/// @dev Acts of the operator or the payee that somebody else submits.
abstract contract Orders is Moves {
    using PartySignature for bytes32;

    function _execute(
        PackedTerms calldata terms,
        Order calldata order,
        bytes calldata signature,
        bytes calldata attestation
    ) internal {
        address actor = _orderedBy(terms, order, signature);
        OrderAction action = order.action;
        if (action == OrderAction.Refund) return _refund(actor, actor, terms, order.amount, order.reasonCode);
        if (msg.value != 0) revert IPaymentEscrow.ValueUnexpected(msg.value);
        if (action == OrderAction.Void) return _void(actor, terms, order.amount, order.reasonCode);
        // The first three actions are the three payouts of a capture, in their order.
        _capture(actor, terms, order.amount, order.feeBps, uint256(action), attestation);
    }

    /// @dev Who signed the order for the state the payment is in. Each act lowers what is capturable, or leaves it and lowers
    /// what is refundable, so no state comes back and no order runs twice.
    function _orderedBy(
        PackedTerms calldata terms,
        Order calldata order,
        bytes calldata signature
    ) private view returns (address) {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        if (block.timestamp >= order.deadline) {
            revert IEscrowExtension.DeadlinePassed(block.timestamp, order.deadline);
        }
        if (word.capturable() != order.capturable || word.refundable() != order.refundable) {
            revert IPaymentEscrow.OrderOutdated(id, word.capturable(), word.refundable());
        }
        bytes32 digest = order.digest(id, _domainSeparator());
        if (digest.isSignedBy(terms.operator(), signature)) return terms.operator();
        if (digest.isSignedBy(terms.payee(), signature)) return terms.payee();
        revert IPaymentEscrow.OrderSignatureInvalid(id, terms.operator(), terms.payee());
    }
}
