// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrowCore} from "../interfaces/IEscrowCore.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {Order} from "../types/Order.sol";
import {PaymentBatchLib} from "../types/PayerConsent.sol";
import {Collection} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {Collect} from "./Collect.sol";
import {EscrowExtension} from "./EscrowExtension.sol";
import {EscrowStore} from "./EscrowStore.sol";
import {Openings} from "./Openings.sol";
import {PaymentWord, PaymentWordLib} from "./PaymentWord.sol";
import {Orders} from "./Orders.sol";
import {RareWays} from "./RareWays.sol";
import {TermsChecks} from "./TermsChecks.sol";

contract PaymentEscrow is IEscrowCore, Openings, Orders, Collect {
    address private immutable EXTENSION;

    constructor(
        address gate_,
        address treasury_,
        address stake_
    ) EscrowStore(gate_, treasury_, stake_, address(this)) Openings(address(new RareWays())) {
        EXTENSION = address(new EscrowExtension(gate_, treasury_, stake_, RARE_WAYS));
    }

    /// @inheritdoc IEscrowCore
    function authorize(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external payable nonReentrant returns (PaymentId id) {
        id = _create(terms);

        _take(terms, id, collection, payerSignature);
    }

    /// @inheritdoc IEscrowCore
    function authorizeMany(
        PackedTerms[] calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external payable nonReentrant returns (PaymentId[] memory ids) {
        if (terms.length == 0) revert IPaymentEscrow.AmountZero();
        ids = new PaymentId[](terms.length);
        address payer = terms[0].payer();
        address token = terms[0].token();
        uint256 sum;
        uint256 deadline = type(uint40).max;
        for (uint256 i = 0; i < terms.length; ++i) {
            PackedTerms calldata each = terms[i];
            PaymentId id = _create(each);
            if (each.payer() != payer || each.token() != token) revert IPaymentEscrow.BatchMixed(id, payer, token);
            ids[i] = id;
            sum += each.amount();
            deadline = _min(deadline, each.authorizeBy());
        }
        bytes32 digest = PaymentBatchLib.digest(ids, _domainSeparator());

        _collectRarely(payer, token, sum, deadline, digest, collection, payerSignature);
    }

    /// @inheritdoc IEscrowCore
    function capture(
        PackedTerms calldata terms,
        uint256 amount,
        uint16 feeBps,
        uint256 payout,
        bytes calldata attestation
    ) external nonReentrant {
        _capture(msg.sender, terms, amount, feeBps, payout, attestation);
    }

    /// @inheritdoc IEscrowCore
    function charge(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature,
        uint256 feeBps,
        bytes calldata attestation
    ) external payable nonReentrant returns (PaymentId id) {
        id = _idOf(terms);
        if (_payments[id].exists()) revert IPaymentEscrow.PaymentExists(id);
        TermsChecks.check(terms);
        uint256 amount = terms.amount();
        _checkFee(msg.sender, terms, feeBps);
        Verdict verdict = GATE.evaluateCharge(PaymentId.unwrap(id), terms.token(), amount, attestation);
        _checkAllowed(id, verdict);
        (uint256 operatorFee, uint256 protocolFee) = _fees(terms, amount, feeBps, verdict.protocolFeeBps());

        _payments[id] = PaymentWordLib.create(amount).judged(verdict).captured(amount);
        if (operatorFee | protocolFee != 0) _keepFees(terms, operatorFee, protocolFee);
        emit IPaymentEscrow.Charged(id, terms.payee(), terms, operatorFee, protocolFee);

        _take(terms, id, collection, payerSignature);
        unchecked {
            _deliver(terms.token(), terms.payee(), amount - operatorFee - protocolFee); // see _fees
        }
    }

    /// @inheritdoc IEscrowCore
    function void(PackedTerms calldata terms, uint256 amount, uint16 reasonCode) external nonReentrant {
        _void(msg.sender, terms, amount, reasonCode);
    }

    /// @inheritdoc IEscrowCore
    function refund(PackedTerms calldata terms, uint256 amount, uint16 reasonCode) external payable nonReentrant {
        _refund(msg.sender, msg.sender, terms, amount, reasonCode);
    }

    /// @inheritdoc IEscrowCore
    function reclaim(PackedTerms calldata terms) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        uint256 amount = word.capturable();
        if (amount == 0) revert IPaymentEscrow.AmountZero();
        (, uint256 reclaimAt, uint256 ruleBy) = _window(terms, id, word);
        if (ruleBy != 0) revert IPaymentEscrow.InDispute(id, ruleBy);
        if (block.timestamp < reclaimAt) revert IPaymentEscrow.ReclaimTooEarly(block.timestamp, reclaimAt);

        _payments[id] = word.release(amount);
        emit IPaymentEscrow.Reclaimed(id, amount);

        _deliver(terms.token(), terms.payer(), amount);
    }

    /// @inheritdoc IEscrowCore
    function post(PackedTerms calldata terms, bytes calldata attestation) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
        _checkPostable(terms, id, word);
        Verdict verdict = _evaluate(terms, id, word, attestation);
        // A posted Allow yields to a refresh that says otherwise; any other second answer is refused.
        bool changes = word.band() == Band.None || (verdict.refreshed() && verdict.band() != Band.Allow);
        if (!changes) revert IPaymentEscrow.AlreadyScreened(id, word.band());

        _storeVerdict(terms, id, word, verdict);
    }

    /// @inheritdoc IEscrowCore
    function execute(
        PackedTerms calldata terms,
        Order calldata order,
        bytes calldata signature,
        bytes calldata attestation
    ) external payable nonReentrant {
        _execute(terms, order, signature, attestation);
    }

    /// @dev Coins without a call would be in nobody's escrow.
    receive() external payable {
        revert IPaymentEscrow.ValueUnexpected(msg.value);
    }

    /// @dev What this contract does not know itself: runs the extension's code on this contract's storage with the whole call
    /// as it came, and answers what it answers. The address is fixed, its code cannot change, and it takes the same lock.
    fallback() external payable {
        address target = EXTENSION;
        assembly ("memory-safe") {
            let m := mload(0x40)
            calldatacopy(m, 0, calldatasize())
            let success := delegatecall(gas(), target, m, calldatasize(), 0, 0)
            returndatacopy(m, 0, returndatasize())
            if iszero(success) {
                revert(m, returndatasize())
            }
            return(m, returndatasize())
        }
    }

    function _take(
        PackedTerms calldata terms,
        PaymentId id,
        Collection collection,
        bytes calldata payerSignature
    ) private {
        address payer = terms.payer();
        address token = terms.token();
        uint256 amount = terms.amount();
        uint256 deadline = terms.authorizeBy();
        bytes32 digest = PaymentId.unwrap(id);
        if (collection > Collection.Permit2 || PartySignature.isWrapped(payerSignature)) {
            return _collectRarely(payer, token, amount, deadline, digest, collection, payerSignature);
        }
        _collect(payer, token, amount, deadline, digest, collection, payerSignature);
    }
}
