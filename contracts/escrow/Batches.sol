// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrowExtension} from "../interfaces/IEscrowExtension.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {Subject} from "../interfaces/IRiskGate.sol";
import {CaptureItem} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {Moves} from "./Moves.sol";
import {PaymentWord} from "./PaymentWord.sol";

/// @dev Many captures in one call.
abstract contract Batches is Moves {
    /// @dev What neighbours of one payee, token and fee account have together; paid out when the next item differs.
    struct Tally {
        address token;
        address payee;
        address feeAccount;
        uint256 net;
        uint256 operatorFees;
        uint256 protocolFees;
    }

    function _captureMany(address actor, CaptureItem[] calldata items, bytes calldata attestation) internal {
        Verdict[] memory verdicts;
        if (attestation.length != 0) verdicts = GATE.evaluateMany(_subjects(items), attestation);
        Tally memory tally;
        for (uint256 i = 0; i < items.length; ++i) {
            CaptureItem calldata item = items[i];
            PaymentId id = _idOf(item.terms);
            PaymentWord word = _payments[id];
            bool attested = verdicts.length != 0 && _awaitsBand(id, word);
            Verdict verdict = attested ? verdicts[i] : Verdict.wrap(0);
            bytes4 problem = _itemProblem(actor, item, id, word, attested, verdict);
            if (problem != 0) {
                emit IEscrowExtension.CaptureSkipped(id, problem);
                continue;
            }
            if (!_isOf(tally, item.terms)) tally = _next(tally, item.terms);
            uint256 feeBps = attested ? verdict.protocolFeeBps() : word.protocolFeeBps();
            _take(tally, item, id, word, feeBps);
        }
        _payOut(tally);
    }

    function _take(
        Tally memory tally,
        CaptureItem calldata item,
        PaymentId id,
        PaymentWord word,
        uint256 protocolFeeBps
    ) private {
        uint256 amount = item.amount;
        (uint256 operatorFee, uint256 protocolFee) = _fees(item.terms, amount, item.feeBps, protocolFeeBps);
        _payments[id] = word.captured(amount);
        emit IPaymentEscrow.Captured(id, amount, operatorFee, protocolFee);
        unchecked {
            // sums of amounts below 2^96, and both fees are parts of the amount
            tally.net += amount - operatorFee - protocolFee;
            tally.operatorFees += operatorFee;
            tally.protocolFees += protocolFee;
        }
    }

    function _itemProblem(
        address actor,
        CaptureItem calldata item,
        PaymentId id,
        PaymentWord word,
        bool attested,
        Verdict verdict
    ) private view returns (bytes4 problem) {
        problem = _captureProblem(actor, item.terms, id, word, item.amount, item.feeBps, attested);
        if (problem != 0 || !attested || verdict.band() == Band.Allow) return problem;
        return verdict.band() == Band.None ? verdict.reason() : IPaymentEscrow.NotAllowed.selector;
    }

    /// @dev The payments as the gate takes them; those that need no judgement are named and not judged.
    function _subjects(CaptureItem[] calldata items) private view returns (Subject[] memory subjects) {
        subjects = new Subject[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            PackedTerms calldata terms = items[i].terms;
            PaymentId id = _idOf(terms);
            PaymentWord word = _payments[id];
            uint256 authorizedBlock = _awaitsBand(id, word) ? word.authorizedBlock() : 0;
            subjects[i] = Subject(PaymentId.unwrap(id), authorizedBlock, terms.token(), terms.amount());
        }
    }

    /// @dev Whether a first band still counts: none is posted and silence has not spoken.
    function _awaitsBand(PaymentId id, PaymentWord word) private view returns (bool) {
        if (word.band() != Band.None) return false;
        return !word.timed() || block.timestamp < _timers[id].silentAt;
    }

    function _isOf(Tally memory tally, PackedTerms calldata terms) private pure returns (bool) {
        return tally.payee == terms.payee() && tally.token == terms.token() && tally.feeAccount == _feeAccount(terms);
    }

    function _next(Tally memory tally, PackedTerms calldata terms) private returns (Tally memory next) {
        _payOut(tally);
        next.token = terms.token();
        next.payee = terms.payee();
        next.feeAccount = _feeAccount(terms);
    }

    function _payOut(Tally memory tally) private {
        if (tally.operatorFees | tally.protocolFees != 0) {
            _keep(tally.token, tally.feeAccount, tally.operatorFees, tally.protocolFees);
        }
        _deliver(tally.token, tally.payee, tally.net);
    }
}
