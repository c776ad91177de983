// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {QueuedAmount} from "../types/ChannelState.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {Float24, Float24Lib} from "../types/Float24.sol";
import {AccountUse} from "../types/PayMany.sol";
import {SessionUse} from "../types/Session.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {ChannelBatchLib, VoucherLib} from "../types/Voucher.sol";
import {ChannelStore} from "./ChannelStore.sol";
import {ChannelWord, ChannelWordLib} from "./ChannelWord.sol";
import {Credits} from "./Credits.sol";
import {SignedBy} from "./SignedBy.sol";

/// @dev What both parts of the channels stand on: their storage, their names, their one lock, and the rules of one channel.
abstract contract ChannelsBase is ReentrancyGuardTransient, Credits {
    using ChannelStore for ChannelId;
    using SignedBy for bytes32;

    uint256 private constant MIN_EXIT_DELAY = 1 hours;
    uint256 private constant MAX_EXIT_DELAY = 30 days;
    /// @dev Whatever a policy says, no queued amount waits longer than these two together.
    uint256 private constant MAX_SILENCE_DELAY = 7 days;
    uint256 private constant MAX_HOLD_DELAY = 30 days;

    IRiskGate internal immutable GATE;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(ChannelId id => QueuedAmount amount) internal _queues;
    mapping(ChannelId id => address payee) internal _payees;
    mapping(bytes32 session => SessionUse use) internal _sessions;
    mapping(address token => mapping(address account => AccountUse use)) internal _accounts;

    /// @param channels The contract whose storage this is and under whose domain vouchers are signed.
    constructor(address gate_, address channels) {
        GATE = IRiskGate(gate_);
        CHAIN_ID = block.chainid;
        DOMAIN_SEPARATOR = SluiceDomains.separator(SluiceDomains.CHANNELS_NAME, channels);
    }

    function _idOf(ChannelTerms calldata terms) internal view returns (ChannelId) {
        return terms.id(_domainSeparator());
    }

    function _domainSeparator() internal view returns (bytes32) {
        // A chain that split keeps its contracts but not its id: signatures must not be valid on both sides.
        return
            block.chainid == CHAIN_ID
                ? DOMAIN_SEPARATOR
                : SluiceDomains.separator(SluiceDomains.CHANNELS_NAME, address(this));
    }

    /// @dev Everything about a voucher but its signature.
    function _dueVoucher(ChannelId id, uint256 cumulative) internal view returns (ChannelWord word) {
        word = _unblocked(id);
        if (cumulative <= word.claimed()) revert IPaymentChannels.VoucherNotHigher(cumulative, word.claimed());
        if (cumulative > word.deposit()) revert IPaymentChannels.VoucherExceedsDeposit(cumulative, word.deposit());
        if (_windowOver(word) && cumulative > _waiting(id, word).cumulative) {
            revert IPaymentChannels.ExitWindowClosed(block.timestamp, word.closeAt());
        }
    }

    function _checkedVoucher(
        ChannelTerms calldata terms,
        ChannelId id,
        uint256 cumulative,
        bytes calldata signature
    ) internal view returns (ChannelWord word) {
        word = _dueVoucher(id, cumulative);
        if (!VoucherLib.digest(id, cumulative, _domainSeparator()).signedBy(terms.signer, signature)) {
            revert IPaymentChannels.VoucherSignatureInvalid(id, terms.signer);
        }
    }

    /// @dev Books a checked voucher up to `upTo`, all of it or the part a session lets go; the gate judges the whole. What the
    /// caller must deliver is returned: nothing where the gate holds or blocks.
    function _redeem(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint96 cumulative,
        uint96 upTo,
        bytes calldata attestation
    ) internal returns (uint256 amount) {
        amount = _unclaimed(word, upTo);
        if (attestation.length == 0) {
            word = _capped(id, terms.token, word, amount);
        } else {
            Verdict verdict = _judgeOne(terms, id, cumulative, _unclaimed(word, cumulative), attestation);
            if (verdict.band() == Band.Block) {
                _block(id, word);
                return 0;
            }
            if (verdict.band() == Band.Hold) {
                _queue(terms, id, word, upTo, _holdEnd(verdict));
                return 0;
            }
            word = verdict.band() == Band.Allow ? word.withoutRiskCap() : _capped(id, terms.token, word, amount);
        }
        id.save(word.withClaimed(upTo));
        emit IPaymentChannels.Redeemed(id, upTo);
    }

    /// @dev Whom a channel pays. Only where the payee moved is a second slot read.
    function _payeeOf(ChannelTerms calldata terms, ChannelId id, ChannelWord word) internal view returns (address) {
        return word.isMoved() ? _payees[id] : terms.payee;
    }

    function _open(ChannelTerms calldata terms, uint256 deposit) internal returns (ChannelId id) {
        id = _idOf(terms);
        if (id.load().exists()) revert IPaymentChannels.ChannelExists(id);
        if (deposit == 0) revert IPaymentChannels.DepositZero();
        _checkParty(terms.payer);
        _checkParty(terms.payee);
        _checkParty(terms.signer);
        uint256 exitDelay = terms.exitDelay;
        if (exitDelay < MIN_EXIT_DELAY || exitDelay > MAX_EXIT_DELAY) {
            revert IPaymentChannels.ExitDelayOutOfRange(exitDelay, MIN_EXIT_DELAY, MAX_EXIT_DELAY);
        }

        id.save(ChannelWordLib.create(deposit));
        emit IPaymentChannels.Opened(
            id,
            terms.payer,
            terms.payee,
            terms.token,
            terms.signer,
            terms.exitDelay,
            terms.salt,
            deposit
        );
    }

    /// @dev Nobody signs for the zero address, and the contract would pay itself.
    function _checkParty(address party) internal view {
        if (party == address(0) || party == address(this)) revert IPaymentChannels.ChannelPartyInvalid(party);
    }

    /// @dev The caller collects the amount. The word is written before, under the lock, with the clock as it was.
    function _topUp(ChannelId id, address from, uint256 amount) internal {
        ChannelWord word = _unblocked(id);
        if (amount == 0) revert IPaymentChannels.DepositZero();
        uint256 deposit = word.deposit() + amount;
        if (deposit > type(uint96).max) revert IPaymentChannels.DepositTooLarge(deposit, type(uint96).max);

        id.save(word.withDeposit(deposit));
        emit IPaymentChannels.ToppedUp(id, from, amount, deposit);
    }

    function _opened(ChannelId id) internal view returns (ChannelWord word) {
        word = id.load();
        if (!word.isOpen()) revert IPaymentChannels.ChannelNotOpen(id);
    }

    function _unblocked(ChannelId id) internal view returns (ChannelWord word) {
        word = _opened(id);
        if (word.isBlocked()) revert IPaymentChannels.PayoutBlocked(id);
    }

    function _windowOver(ChannelWord word) internal view returns (bool) {
        uint256 closeAt = word.closeAt();
        return closeAt != 0 && block.timestamp >= closeAt;
    }

    function _unclaimed(ChannelWord word, uint256 cumulative) internal pure returns (uint256) {
        unchecked {
            return cumulative - word.claimed(); // the voucher was checked to be higher, and a queued amount was
        }
    }

    /// @param list The rows that are judged.
    function _judge(
        address payee,
        address token,
        bytes memory list,
        uint256 amount,
        bytes calldata attestation
    ) internal returns (Verdict) {
        bytes32 subject = ChannelBatchLib.subject(payee, token, keccak256(list), _domainSeparator());
        return GATE.evaluateBatch(subject, token, amount, attestation);
    }

    /// @dev The same for a batch of one row. Verdict zero, that is Band.None, where there is no attestation.
    function _judgeOne(
        ChannelTerms calldata terms,
        ChannelId id,
        uint96 cumulative,
        uint256 amount,
        bytes calldata attestation
    ) internal returns (Verdict) {
        if (attestation.length == 0) return Verdict.wrap(0);
        return _judge(terms.payee, terms.token, abi.encodePacked(id, cumulative), amount, attestation);
    }

    function _holdEnd(Verdict verdict) internal view returns (uint256) {
        return block.timestamp + _min(verdict.holdDelay(), MAX_HOLD_DELAY);
    }

    /// @dev A gate or epoch that fails must not keep a payee from queueing: nothing goes out at once then, and what is queued
    /// waits longest.
    function _channelTerms(address token) internal view returns (uint256 cap, uint256 silenceDelay, uint256 holdDelay) {
        try GATE.channelTerms(token) returns (uint256 cap_, uint256 silence, uint256 hold) {
            return (cap_, _min(silence, MAX_SILENCE_DELAY), _min(hold, MAX_HOLD_DELAY));
        } catch {
            return (0, MAX_SILENCE_DELAY, MAX_HOLD_DELAY);
        }
    }

    /// @dev When an amount that nobody judges may leave if it starts to wait now.
    function _silenceEnd(address token) internal view returns (uint256) {
        (, uint256 silenceDelay, uint256 holdDelay) = _channelTerms(token);
        return block.timestamp + silenceDelay + holdDelay;
    }

    function _loadedCap(address token) internal view returns (Float24) {
        (uint256 cap, , ) = _channelTerms(token);
        return Float24Lib.encode(cap);
    }

    /// @dev The word with a risk cap that has let `amount` go.
    function _capped(
        ChannelId id,
        address token,
        ChannelWord word,
        uint256 amount
    ) internal view returns (ChannelWord) {
        Float24 cap = word.isCapped() ? word.riskCap() : _loadedCap(token);
        uint256 room = cap.decode();
        if (amount > room) revert IPaymentChannels.AttestationNeeded(id, amount, room);
        return word.withRiskCap(cap.minus(amount));
    }

    /// @dev What waits for its time. An entry not above what was paid has been paid with it and waits no longer.
    function _waiting(ChannelId id, ChannelWord word) internal view returns (QueuedAmount memory queued) {
        if (!word.isQueued()) return queued;
        queued = _queues[id];
        if (queued.cumulative <= word.claimed()) queued = QueuedAmount(0, 0);
    }

    function _block(ChannelId id, ChannelWord word) internal {
        id.save(word.withBlock());
        emit IPaymentChannels.ChannelBlocked(id);
    }

    function _queue(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint256 cumulative,
        uint256 releaseAt
    ) internal {
        if (!_enqueue(_payeeOf(terms, id, word), id, word, cumulative, releaseAt)) {
            revert IPaymentChannels.VoucherAlreadyQueued(id, cumulative, _queues[id].cumulative);
        }
        emit IPaymentChannels.VoucherQueued(id, cumulative, releaseAt);
    }

    /// @dev False where an entry waits that this one may not replace. The same amount may only come earlier. A higher one
    /// starts to wait anew, so the payee decides about it; in the exit window anybody may bring it, since the window ends.
    function _enqueue(
        address payee,
        ChannelId id,
        ChannelWord word,
        uint256 cumulative,
        uint256 releaseAt
    ) internal returns (bool) {
        QueuedAmount memory waiting = _waiting(id, word);
        if (cumulative < waiting.cumulative) return false;
        if (cumulative == waiting.cumulative && releaseAt >= waiting.releaseAt) return false;
        bool raises = waiting.cumulative != 0 && cumulative > waiting.cumulative;
        if (raises && msg.sender != payee && word.closeAt() == 0) return false;
        if (!word.isQueued()) id.save(word.withQueue());
        _queues[id] = QueuedAmount(uint96(cumulative), uint40(releaseAt));
        return true;
    }

    /// @dev Pays the payer what neither was paid to the payee nor waits for him.
    function _returnRest(ChannelTerms calldata terms, ChannelId id, ChannelWord word) internal {
        uint256 claimed = word.claimed();
        uint256 kept = claimed;
        uint256 waiting = _waiting(id, word).cumulative;
        if (waiting != 0 && !word.isBlocked()) kept = waiting;
        uint256 returned = word.deposit() - kept;
        if (kept == claimed) {
            id.save(ChannelWordLib.tombstone());
            emit IPaymentChannels.Closed(id, claimed, returned);
        } else {
            if (returned == 0) revert IPaymentChannels.QueuePending(id, _queues[id].releaseAt);
            id.save(word.withDeposit(kept));
            emit IPaymentChannels.ExitPending(id, returned, kept - claimed);
        }
        _deliver(terms.token, terms.payer, returned);
    }

    /// @dev The last payout obeys the cap like every other one.
    function _checkLastPayout(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint96 cumulative,
        bytes calldata attestation
    ) internal {
        if (word.isBlocked()) revert IPaymentChannels.PayoutBlocked(id);
        uint256 amount = _unclaimed(word, cumulative);
        Verdict verdict = _judgeOne(terms, id, cumulative, amount, attestation);
        if (verdict.band() == Band.None) _capped(id, terms.token, word, amount);
        else if (verdict.band() != Band.Allow)
            revert IPaymentChannels.CloseNotAllowed(id, verdict.band(), verdict.score());
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _checkPayee(ChannelTerms calldata terms, ChannelId id, ChannelWord word) internal view {
        address payee = _payeeOf(terms, id, word);
        if (msg.sender != payee) revert IPaymentChannels.NotPayee(msg.sender, payee);
    }

    /// @dev Ends an open channel at an amount both sides have agreed to.
    function _closeAt(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint96 cumulative,
        bytes calldata attestation
    ) internal {
        uint256 claimed = word.claimed();
        if (cumulative < claimed || cumulative > word.deposit()) {
            revert IPaymentChannels.CloseAmountOutOfRange(cumulative, claimed, word.deposit());
        }
        uint256 amount = cumulative - claimed;
        if (amount != 0) _checkLastPayout(terms, id, word, cumulative, attestation);
        uint256 returned = word.deposit() - cumulative;
        address payee = _payeeOf(terms, id, word);

        id.save(ChannelWordLib.tombstone());
        emit IPaymentChannels.Closed(id, cumulative, returned);

        _deliver(terms.token, payee, amount);
        _deliver(terms.token, terms.payer, returned);
    }
}
