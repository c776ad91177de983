// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {Payout} from "../types/PaymentState.sol";
import {FeeTier, PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {PaymentWord} from "./PaymentWord.sol";
import {Windows} from "./Windows.sol";

/// @dev Ways out of escrow. The acting party is a parameter, so that direct calls, orders and batches share one path; whoever
/// calls has made sure that the actor wants it.
abstract contract Moves is Windows {
    using SafeERC20 for IERC20;

    uint256 internal constant BPS = 10_000;
    uint256 private constant PUSH = uint256(Payout.Push);
    uint256 private constant PUSH_ALL = uint256(Payout.PushAll);
    uint256 private constant CREDIT = uint256(Payout.Credit);
    /// @dev Each tier takes one part of four off the protocol's part of the fee.
    uint256 private constant TIER_PARTS = 4;
    uint256 private constant TIER_GAS = 50_000;

    function _capture(
        address actor,
        PackedTerms calldata terms,
        uint256 amount,
        uint256 feeBps,
        uint256 payout,
        bytes calldata attestation
    ) internal {
        PaymentId id = _idOf(terms);
        PaymentWord word = _payments[id];
        bool attested = word.band() == Band.None && attestation.length != 0;
        bytes4 problem = _captureProblem(actor, terms, id, word, amount, feeBps, attested);
        if (problem != 0) _refuse(problem, actor, terms, id, word, amount, feeBps, attested);
        uint256 protocolFeeBps = attested ? _attestedFeeBps(terms, id, word, attestation) : word.protocolFeeBps();

        (uint256 operatorFee, uint256 protocolFee) = _fees(terms, amount, feeBps, protocolFeeBps);
        _payments[id] = word.captured(amount);
        if (operatorFee | protocolFee != 0) {
            if (payout != PUSH_ALL) _keepFees(terms, operatorFee, protocolFee);
            else if (protocolFee != 0) _keepFees(terms, 0, protocolFee);
        }
        emit IPaymentEscrow.Captured(id, amount, operatorFee, protocolFee);

        unchecked {
            amount -= operatorFee + protocolFee; // see _fees; from here on what is left for the payee
        }
        if (payout == PUSH) return _deliver(terms.token(), terms.payee(), amount);
        if (payout == CREDIT) return _credit(terms.token(), terms.payee(), amount);
        if (payout != PUSH_ALL) revert IPaymentEscrow.PayoutUnknown(payout);
        _deliver(terms.token(), terms.payee(), amount);
        _deliver(terms.token(), terms.feeReceiver(), operatorFee);
    }

    function _void(address actor, PackedTerms calldata terms, uint256 amount, uint256 reasonCode) internal {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        _checkOperatorOrPayee(actor, terms);
        _checkAmount(amount, word.capturable());
        _checkUndisputed(id, word);

        _payments[id] = word.release(amount);
        emit IPaymentEscrow.Voided(id, amount, reasonCode);

        _deliver(terms.token(), terms.payer(), amount);
    }

    /// @param source Whose allowance pays. Native coin comes with the call, and a payer who refuses it gets a credit.
    function _refund(
        address actor,
        address source,
        PackedTerms calldata terms,
        uint256 amount,
        uint256 reasonCode
    ) internal {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        _checkOperatorOrPayee(actor, terms);
        _checkAmount(amount, word.refundable());
        uint256 refundBy = terms.refundBy();
        if (block.timestamp >= refundBy) revert IPaymentEscrow.RefundWindowClosed(block.timestamp, refundBy);

        _payments[id] = word.refunded(amount);
        emit IPaymentEscrow.Refunded(id, source, amount, reasonCode);

        address token = terms.token();
        uint256 coins = token == address(0) ? amount : 0;
        if (msg.value != coins) revert IPaymentEscrow.AmountReceived(coins, msg.value);
        if (coins != 0) return _deliver(token, terms.payer(), coins);
        if (!IERC20(token).trySafeTransferFrom(source, terms.payer(), amount)) {
            revert IPaymentEscrow.TransferFailed(token, source, terms.payer(), amount);
        }
    }

    /// @dev Operator's and protocol's part, each rounded down; together at most the amount, since the rates add up to at most
    /// 10,000. The party that the terms name pays less of the protocol's part by the tier of his stake.
    function _fees(
        PackedTerms calldata terms,
        uint256 amount,
        uint256 feeBps,
        uint256 protocolFeeBps
    ) internal view returns (uint256 operatorFee, uint256 protocolFee) {
        unchecked {
            // amounts are below 2^96
            operatorFee = (amount * feeBps) / BPS;
            protocolFee = (amount * protocolFeeBps) / BPS;
            if (protocolFee != 0 && terms.feeTier() != 0) {
                protocolFee = (amount * protocolFeeBps * (TIER_PARTS - _tier(terms))) / (BPS * TIER_PARTS);
            }
        }
    }

    /// @dev Why the actor cannot capture, as the selector of the error, or zero: one rule for single captures and batches.
    /// A band that is posted counts and an attestation beside it is ignored: a stranger who posts first makes nobody's capture
    /// fail.
    function _captureProblem(
        address actor,
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        uint256 amount,
        uint256 feeBps,
        bool attested
    ) internal view returns (bytes4) {
        if (!word.exists()) return IPaymentEscrow.PaymentUnknown.selector;
        bytes4 problem = _feeProblem(actor, terms, feeBps);
        if (problem != 0) return problem;
        if (amount == 0) return IPaymentEscrow.AmountZero.selector;
        if (amount > word.capturable()) return IPaymentEscrow.AmountTooLarge.selector;
        if (!word.timed() && !attested && word.band() == Band.None) return IPaymentEscrow.NotScreened.selector;
        (uint256 opensAt, uint256 closesAt, uint256 ruleBy) = _captureWindow(terms, id, word, attested);
        if (ruleBy != 0) return IPaymentEscrow.InDispute.selector;
        if (block.timestamp < opensAt || block.timestamp >= closesAt) return IPaymentEscrow.CaptureWindow.selector;
        return 0;
    }

    /// @dev Without the operator the payee pays the highest fee of the range, so going round him never pays.
    function _feeProblem(address actor, PackedTerms calldata terms, uint256 feeBps) private pure returns (bytes4) {
        if (actor == terms.operator()) {
            bool fits = feeBps >= terms.minFeeBps() && feeBps <= terms.maxFeeBps();
            return fits ? bytes4(0) : IPaymentEscrow.FeeOutOfRange.selector;
        }
        if (actor != terms.payee()) return IPaymentEscrow.NotOperatorOrPayee.selector;
        return feeBps == terms.maxFeeBps() ? bytes4(0) : IPaymentEscrow.FeeOutOfRange.selector;
    }

    function _checkFee(address actor, PackedTerms calldata terms, uint256 feeBps) internal pure {
        bytes4 problem = _feeProblem(actor, terms, feeBps);
        if (problem == IPaymentEscrow.FeeOutOfRange.selector) {
            uint256 lowest = actor == terms.operator() ? terms.minFeeBps() : terms.maxFeeBps();
            revert IPaymentEscrow.FeeOutOfRange(feeBps, lowest, terms.maxFeeBps());
        }
        if (problem != 0) revert IPaymentEscrow.NotOperatorOrPayee(actor, terms.operator(), terms.payee());
    }

    function _captureWindow(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bool attested
    ) private view returns (uint256 opensAt, uint256 closesAt, uint256 ruleBy) {
        if (attested) return (0, _answerBy(terms, id, word), 0);
        return _window(terms, id, word);
    }

    /// @dev The error that `_captureProblem` named, with the values that disagree.
    function _refuse(
        bytes4 problem,
        address actor,
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        uint256 amount,
        uint256 feeBps,
        bool attested
    ) private view {
        if (problem == IPaymentEscrow.PaymentUnknown.selector) revert IPaymentEscrow.PaymentUnknown(id);
        _checkFee(actor, terms, feeBps);
        _checkAmount(amount, word.capturable());
        if (problem == IPaymentEscrow.NotScreened.selector) revert IPaymentEscrow.NotScreened(id);
        (uint256 opensAt, uint256 closesAt, uint256 ruleBy) = _captureWindow(terms, id, word, attested);
        if (ruleBy != 0) revert IPaymentEscrow.InDispute(id, ruleBy);
        revert IPaymentEscrow.CaptureWindow(block.timestamp, opensAt, closesAt);
    }

    function _attestedFeeBps(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bytes calldata attestation
    ) private returns (uint256) {
        Verdict verdict = _evaluate(terms, id, word, attestation);
        _checkAllowed(id, verdict);
        return verdict.protocolFeeBps();
    }

    function _evaluate(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bytes calldata attestation
    ) internal returns (Verdict) {
        return GATE.evaluate(PaymentId.unwrap(id), word.authorizedBlock(), terms.amount(), terms.token(), attestation);
    }

    function _checkAllowed(PaymentId id, Verdict verdict) internal pure {
        if (verdict.allows()) return;
        revert IPaymentEscrow.NotAllowed(id, verdict.band(), verdict.score());
    }

    /// @dev Fees are kept under the fee receiver, or under the payee where the terms name none, so that payments of
    /// different merchants share no slot.
    function _keepFees(PackedTerms calldata terms, uint256 operatorFee, uint256 protocolFee) internal {
        _keep(terms.token(), _feeAccount(terms), operatorFee, protocolFee);
    }

    function _feeAccount(PackedTerms calldata terms) internal pure returns (address account) {
        account = terms.feeReceiver();
        if (account == address(0)) account = terms.payee();
    }

    /// @dev Tier 0 to 3 of the party whose stake counts. A stake contract that fails, is absent or answers nonsense gives no
    /// discount and stops no payment; its gas is limited to ten times what the lookup takes. Scratch space holds the call, then
    /// the answer: a third of what abi.encodeCall and abi.decode would cost.
    function _tier(PackedTerms calldata terms) private view returns (uint256 tier) {
        uint256 party = terms.feeTier();
        address account = terms.operator();
        if (party == uint256(FeeTier.Payer)) account = terms.payer();
        else if (party == uint256(FeeTier.Payee)) account = terms.payee();
        address stake = address(STAKE);
        bytes4 selector = ISluiceStake.feeTierOf.selector;
        bool answered;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, account)
            // the last argument of `and` is evaluated first, so the size is that of this call's answer
            answered := and(gt(returndatasize(), 0x1f), staticcall(TIER_GAS, stake, 0, 0x24, 0, 0x20))
            tier := mload(0)
        }
        if (!answered || tier >= TIER_PARTS) tier = 0;
    }
}
