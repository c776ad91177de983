// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {Timer} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId, SilenceRule} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {EscrowStore} from "./EscrowStore.sol";
import {PaymentWord} from "./PaymentWord.sol";

/// @dev When who may act. Every window is half-open.
abstract contract Windows is EscrowStore {
    /// @dev Whatever a policy says, no payment stays longer than these allow; `exitBy` adds them up.
    uint256 internal constant MAX_SILENCE_DELAY = 7 days;
    uint256 internal constant MAX_GRACE = 7 days;
    uint256 internal constant MAX_APPEAL_DELAY = 14 days;

    /// @dev A first band counts until the payee's time is over or, after a request, until silence begins.
    function _answerBy(PackedTerms calldata terms, PaymentId id, PaymentWord word) internal view returns (uint256) {
        return word.requested() ? _timers[id].silentAt : terms.captureBy();
    }

    /// @dev Half-open window in which the payee may capture without an attestation; the payer reclaims from its end. Neither
    /// holds while there is a dispute, whose `ruleBy` is not zero.
    function _window(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word
    ) internal view returns (uint256 opensAt, uint256 closesAt, uint256 ruleBy) {
        if (!word.timed()) return (0, terms.captureBy(), 0);
        Timer storage stored = _timers[id];
        return (stored.opensAt, stored.closesAt, stored.ruleBy);
    }

    function _checkUndisputed(PaymentId id, PaymentWord word) internal view {
        if (!word.timed()) return;
        uint256 ruleBy = _timers[id].ruleBy;
        if (ruleBy != 0) revert IPaymentEscrow.InDispute(id, ruleBy);
    }

    /// @dev A posted Allow may still become a Hold, but one that a reviewer gave; Hold and Block stay.
    function _checkPostable(PackedTerms calldata terms, PaymentId id, PaymentWord word) internal view {
        Band band = word.band();
        bool stays = band > Band.Allow || (word.timed() && _timers[id].reviewed);
        if (stays) revert IPaymentEscrow.AlreadyScreened(id, band);
        uint256 closesAt;
        if (band == Band.None) closesAt = _answerBy(terms, id, word);
        else (, closesAt, ) = _window(terms, id, word);
        if (block.timestamp >= closesAt) revert IPaymentEscrow.ScreeningClosed(block.timestamp, closesAt);
    }

    /// @dev Stores score, band and, but for a plain Allow, the window that follows.
    function _storeVerdict(PackedTerms calldata terms, PaymentId id, PaymentWord word, Verdict verdict) internal {
        (uint256 opensAt, uint256 closesAt) = _judgedWindow(terms, id, word, verdict);
        PaymentWord judged = word.judged(verdict);
        if (verdict.band() != Band.Allow || word.timed()) {
            judged = judged.markTimed();
            _moveWindow(id, opensAt, closesAt);
        }
        _payments[id] = judged;
        emit IPaymentEscrow.BandPosted(id, verdict.band(), verdict.score(), opensAt, closesAt);
    }

    function _moveWindow(PaymentId id, uint256 opensAt, uint256 closesAt) internal {
        Timer memory moved = _timers[id];
        (moved.opensAt, moved.closesAt) = (_time(opensAt), _time(closesAt));
        _timers[id] = moved;
    }

    /// @dev What a request starts. Refund: nothing opens, the payer takes his money from `silentAt` on. Release: the payee
    /// may capture from `silentAt`, above the policy's cap only after a Hold.
    function _silence(
        PackedTerms calldata terms,
        PaymentWord word
    ) internal view returns (uint256 silentAt, uint256 opensAt, uint256 closesAt) {
        (uint256 silenceDelay, uint256 holdDelay, uint256 grace, bool capped) = GATE.silenceTerms(
            word.authorizedBlock(),
            terms.token(),
            terms.amount()
        );
        silentAt = block.timestamp + _min(silenceDelay, MAX_SILENCE_DELAY);
        if (terms.silenceRule() == uint256(SilenceRule.Refund)) return (silentAt, silentAt, silentAt);
        opensAt = capped ? silentAt + _min(holdDelay, terms.maxHold()) : silentAt;
        closesAt = _max(terms.captureBy(), opensAt + _min(grace, MAX_GRACE));
    }

    /// @dev Window after a verdict. It never ends earlier than the one the payee had.
    function _judgedWindow(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        Verdict verdict
    ) internal view returns (uint256 opensAt, uint256 closesAt) {
        opensAt = block.timestamp;
        if (verdict.band() == Band.Block) {
            if (terms.arbiter() != address(0)) opensAt += _min(verdict.appealDelay(), MAX_APPEAL_DELAY);
            return (opensAt, opensAt);
        }
        closesAt = terms.captureBy();
        if (word.band() == Band.Allow) (, closesAt, ) = _window(terms, id, word);
        if (verdict.band() == Band.Hold) {
            opensAt += _min(verdict.holdDelay(), terms.maxHold());
            return (opensAt, _max(closesAt, opensAt + _min(verdict.grace(), MAX_GRACE)));
        }
        if (!word.requested()) return (opensAt, closesAt);
        (, , uint256 grace, ) = GATE.silenceTerms(word.authorizedBlock(), terms.token(), terms.amount());
        closesAt = _max(closesAt, opensAt + _min(grace, MAX_GRACE));
    }
}
