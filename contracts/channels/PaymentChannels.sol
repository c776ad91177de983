// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {
    BatchHeader,
    ChannelState,
    IPaymentChannels,
    QueuedAmount,
    RowProblem
} from "../interfaces/IPaymentChannels.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {ITokenCredits} from "../interfaces/ITokenCredits.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {Float24, Float24Lib} from "../types/Float24.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {ChannelBatchLib, CloseLib, VoucherLib} from "../types/Voucher.sol";
import {ChannelStore} from "./ChannelStore.sol";
import {ChannelWord, ChannelWordLib} from "./ChannelWord.sol";
import {Credits} from "./Credits.sol";
import {SignedBy} from "./SignedBy.sol";
import {Batch, VoucherRows} from "./VoucherRows.sol";

contract PaymentChannels is IPaymentChannels, ReentrancyGuardTransient, Credits {
    using ChannelStore for ChannelId;
    using SignedBy for bytes32;
    using VoucherRows for Batch;

    uint256 private constant MIN_EXIT_DELAY = 1 hours;
    uint256 private constant MAX_EXIT_DELAY = 30 days;
    /// @dev Whatever a policy says, no queued amount waits longer than these two together.
    uint256 private constant MAX_SILENCE_DELAY = 7 days;
    uint256 private constant MAX_HOLD_DELAY = 30 days;

    IRiskGate private immutable GATE;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(ChannelId id => QueuedAmount amount) private _queues;

    constructor(address gate_) {
        GATE = IRiskGate(gate_);
        CHAIN_ID = block.chainid;
        DOMAIN_SEPARATOR = SluiceDomains.separator(SluiceDomains.CHANNELS_NAME, address(this));
    }

    /// @inheritdoc IPaymentChannels
    function open(ChannelTerms calldata terms, uint96 deposit) external nonReentrant returns (ChannelId id) {
        if (msg.sender != terms.payer) revert NotPayer(msg.sender, terms.payer);
        id = _open(terms, deposit);
        _pull(terms.token, msg.sender, deposit);
    }

    /// @inheritdoc IPaymentChannels
    function openWithAuthorization(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 validBefore,
        bytes calldata signature
    ) external nonReentrant returns (ChannelId id) {
        id = _open(terms, deposit);
        _receive(terms.token, terms.payer, deposit, validBefore, keccak256(abi.encode(id, deposit)), signature);
    }

    /// @inheritdoc IPaymentChannels
    function topUp(ChannelTerms calldata terms, uint96 amount) external nonReentrant {
        _topUp(idOf(terms), msg.sender, amount);
        _pull(terms.token, msg.sender, amount);
    }

    /// @inheritdoc IPaymentChannels
    function topUpWithAuthorization(
        ChannelTerms calldata terms,
        address from,
        uint96 amount,
        uint256 salt,
        uint256 validBefore,
        bytes calldata signature
    ) external nonReentrant {
        ChannelId id = idOf(terms);
        _topUp(id, from, amount);
        _receive(terms.token, from, amount, validBefore, keccak256(abi.encode(id, amount, salt)), signature);
    }

    /// @inheritdoc IPaymentChannels
    function redeem(
        ChannelTerms calldata terms,
        uint96 cumulative,
        bytes calldata signature,
        bytes calldata attestation
    ) external nonReentrant {
        ChannelId id = idOf(terms);
        ChannelWord word = _checkedVoucher(terms, id, cumulative, signature);
        uint256 amount = _unclaimed(word, cumulative);
        Verdict verdict = _judgeOne(terms, id, cumulative, amount, attestation);
        Band band = verdict.band();
        if (band == Band.Block) return _block(id, word);
        if (band == Band.Hold) return _queue(terms, id, word, cumulative, _holdEnd(verdict));

        word = band == Band.Allow ? word.withoutRiskCap() : _capped(id, terms.token, word, amount);
        id.save(word.withClaimed(cumulative));
        emit Redeemed(id, cumulative);

        _deliver(terms.token, terms.payee, amount);
    }

    /// @inheritdoc IPaymentChannels
    function redeemMany(
        BatchHeader calldata header,
        bytes calldata rows,
        bytes calldata attestation
    ) external nonReentrant returns (uint256 paid, bytes memory report) {
        Batch memory batch = VoucherRows.prepare(header, rows, domainSeparator());
        Verdict verdict = _payBatch(header, batch, rows, attestation);
        if (verdict.band() > Band.Allow) _stopBatch(header, batch, verdict);
        if (batch.bad != 0) {
            batch.cut();
            report = _report(batch);
            emit RowsSkipped(header.payee, header.token, report);
        }
        if (batch.bad != batch.count) _emitBatch(header, batch, verdict);
        paid = batch.paid;

        _deliver(header.token, header.payee, paid);
    }

    /// @inheritdoc IPaymentChannels
    function queue(ChannelTerms calldata terms, uint96 cumulative, bytes calldata signature) external nonReentrant {
        ChannelId id = idOf(terms);
        ChannelWord word = _checkedVoucher(terms, id, cumulative, signature);
        (, uint256 silenceDelay, uint256 holdDelay) = _channelTerms(terms.token);
        _queue(terms, id, word, cumulative, block.timestamp + silenceDelay + holdDelay);
    }

    /// @inheritdoc IPaymentChannels
    function release(ChannelTerms calldata terms) external nonReentrant {
        ChannelId id = idOf(terms);
        ChannelWord word = _unblocked(id);
        QueuedAmount memory queued = _waiting(id, word);
        if (queued.cumulative == 0) revert NothingQueued(id);
        if (block.timestamp < queued.releaseAt) revert ReleaseTooEarly(block.timestamp, queued.releaseAt);
        uint256 amount = _unclaimed(word, queued.cumulative);

        id.save(word.withClaimed(queued.cumulative));
        emit Redeemed(id, queued.cumulative);

        _deliver(terms.token, terms.payee, amount);
    }

    /// @inheritdoc IPaymentChannels
    function requestExit(ChannelTerms calldata terms) external nonReentrant {
        if (msg.sender != terms.payer) revert NotPayer(msg.sender, terms.payer);
        ChannelId id = idOf(terms);
        ChannelWord word = _opened(id);
        if (word.closeAt() != 0) revert ExitAlreadyRequested(id, word.closeAt());
        uint256 closeAt = block.timestamp + terms.exitDelay;

        id.save(word.withCloseAt(closeAt));
        emit ExitRequested(id, closeAt);
    }

    /// @inheritdoc IPaymentChannels
    function finalizeExit(ChannelTerms calldata terms) external nonReentrant {
        ChannelId id = idOf(terms);
        ChannelWord word = _opened(id);
        if (!word.isBlocked() && !_windowOver(word)) {
            if (word.closeAt() == 0) revert ExitNotRequested(id);
            revert ExitTooEarly(block.timestamp, word.closeAt());
        }
        _returnRest(terms, id, word);
    }

    /// @inheritdoc IPaymentChannels
    function close(ChannelTerms calldata terms) external nonReentrant {
        if (msg.sender != terms.payee) revert NotPayee(msg.sender, terms.payee);
        ChannelId id = idOf(terms);
        _returnRest(terms, id, _opened(id).withCloseAt(block.timestamp));
    }

    /// @inheritdoc IPaymentChannels
    function coopClose(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes calldata signerSignature,
        bytes calldata payeeSignature,
        bytes calldata attestation
    ) external nonReentrant {
        ChannelId id = idOf(terms);
        ChannelWord word = _opened(id);
        uint256 claimed = word.claimed();
        if (cumulative < claimed || cumulative > word.deposit()) {
            revert CloseAmountOutOfRange(cumulative, claimed, word.deposit());
        }
        _checkCloseSignatures(terms, id, cumulative, deadline, signerSignature, payeeSignature);
        uint256 amount = cumulative - claimed;
        if (amount != 0) _checkLastPayout(terms, id, word, cumulative, attestation);
        uint256 returned = word.deposit() - cumulative;

        id.save(ChannelWordLib.tombstone());
        emit Closed(id, cumulative, returned);

        _deliver(terms.token, terms.payee, amount);
        _deliver(terms.token, terms.payer, returned);
    }

    /// @inheritdoc ITokenCredits
    function sweep(address token, address account) external nonReentrant {
        _sweep(token, account);
    }

    /// @inheritdoc IPaymentChannels
    function idOf(ChannelTerms calldata terms) public view returns (ChannelId) {
        return terms.id(domainSeparator());
    }

    /// @inheritdoc IPaymentChannels
    function channel(ChannelId id) external view returns (ChannelState memory) {
        ChannelWord word = id.load();
        return
            ChannelState({
                deposit: uint96(word.deposit()),
                claimed: uint96(word.claimed()),
                closeAt: uint32(word.closeAt()),
                riskCap: word.riskCap().decode(),
                open: word.isOpen(),
                closed: word.isClosed(),
                blocked: word.isBlocked(),
                queued: _waiting(id, word).cumulative != 0,
                capped: word.isCapped()
            });
    }

    /// @inheritdoc IPaymentChannels
    function queueOf(ChannelId id) external view returns (QueuedAmount memory) {
        return _waiting(id, id.load());
    }

    /// @inheritdoc IPaymentChannels
    function batchSubject(address payee, address token, bytes calldata rows) external view returns (bytes32) {
        return ChannelBatchLib.subject(payee, token, keccak256(rows), domainSeparator());
    }

    /// @inheritdoc IPaymentChannels
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IPaymentChannels
    function domainSeparator() public view returns (bytes32) {
        // A chain that split keeps its contracts but not its id: signatures must not be valid on both sides.
        return
            block.chainid == CHAIN_ID
                ? DOMAIN_SEPARATOR
                : SluiceDomains.separator(SluiceDomains.CHANNELS_NAME, address(this));
    }

    function _open(ChannelTerms calldata terms, uint256 deposit) private returns (ChannelId id) {
        id = idOf(terms);
        if (id.load().exists()) revert ChannelExists(id);
        if (deposit == 0) revert DepositZero();
        _checkParty(terms.payer);
        _checkParty(terms.payee);
        _checkParty(terms.signer);
        uint256 exitDelay = terms.exitDelay;
        if (exitDelay < MIN_EXIT_DELAY || exitDelay > MAX_EXIT_DELAY) {
            revert ExitDelayOutOfRange(exitDelay, MIN_EXIT_DELAY, MAX_EXIT_DELAY);
        }

        id.save(ChannelWordLib.create(deposit));
        emit Opened(id, terms.payer, terms.payee, terms.token, terms.signer, terms.exitDelay, terms.salt, deposit);
    }

    /// @dev Nobody signs for the zero address, and the contract would pay itself.
    function _checkParty(address party) private view {
        if (party == address(0) || party == address(this)) revert ChannelPartyInvalid(party);
    }

    /// @dev The caller collects the amount. The word is written before, under the lock, with the clock as it was.
    function _topUp(ChannelId id, address from, uint256 amount) private {
        ChannelWord word = _unblocked(id);
        if (amount == 0) revert DepositZero();
        uint256 deposit = word.deposit() + amount;
        if (deposit > type(uint96).max) revert DepositTooLarge(deposit, type(uint96).max);

        id.save(word.withDeposit(deposit));
        emit ToppedUp(id, from, amount, deposit);
    }

    function _opened(ChannelId id) private view returns (ChannelWord word) {
        word = id.load();
        if (!word.isOpen()) revert ChannelNotOpen(id);
    }

    function _unblocked(ChannelId id) private view returns (ChannelWord word) {
        word = _opened(id);
        if (word.isBlocked()) revert PayoutBlocked(id);
    }

    function _checkedVoucher(
        ChannelTerms calldata terms,
        ChannelId id,
        uint256 cumulative,
        bytes calldata signature
    ) private view returns (ChannelWord word) {
        word = _unblocked(id);
        if (cumulative <= word.claimed()) revert VoucherNotHigher(cumulative, word.claimed());
        if (cumulative > word.deposit()) revert VoucherExceedsDeposit(cumulative, word.deposit());
        if (_windowOver(word) && cumulative > _waiting(id, word).cumulative) {
            revert ExitWindowClosed(block.timestamp, word.closeAt());
        }
        if (!VoucherLib.digest(id, cumulative, domainSeparator()).signedBy(terms.signer, signature)) {
            revert VoucherSignatureInvalid(id, terms.signer);
        }
    }

    function _windowOver(ChannelWord word) private view returns (bool) {
        uint256 closeAt = word.closeAt();
        return closeAt != 0 && block.timestamp >= closeAt;
    }

    function _unclaimed(ChannelWord word, uint256 cumulative) private pure returns (uint256) {
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
    ) private returns (Verdict) {
        bytes32 subject = ChannelBatchLib.subject(payee, token, keccak256(list), domainSeparator());
        return GATE.evaluateBatch(subject, token, amount, attestation);
    }

    /// @dev The same for a batch of one row. Verdict zero, that is Band.None, where there is no attestation.
    function _judgeOne(
        ChannelTerms calldata terms,
        ChannelId id,
        uint96 cumulative,
        uint256 amount,
        bytes calldata attestation
    ) private returns (Verdict) {
        if (attestation.length == 0) return Verdict.wrap(0);
        return _judge(terms.payee, terms.token, abi.encodePacked(id, cumulative), amount, attestation);
    }

    function _holdEnd(Verdict verdict) private view returns (uint256) {
        return block.timestamp + _min(verdict.holdDelay(), MAX_HOLD_DELAY);
    }

    /// @dev A gate or epoch that fails must not keep a payee from queueing: nothing goes out at once then, and what is queued
    /// waits longest.
    function _channelTerms(address token) private view returns (uint256 cap, uint256 silenceDelay, uint256 holdDelay) {
        try GATE.channelTerms(token) returns (uint256 cap_, uint256 silence, uint256 hold) {
            return (cap_, _min(silence, MAX_SILENCE_DELAY), _min(hold, MAX_HOLD_DELAY));
        } catch {
            return (0, MAX_SILENCE_DELAY, MAX_HOLD_DELAY);
        }
    }

    function _loadedCap(address token) private view returns (Float24) {
        (uint256 cap, , ) = _channelTerms(token);
        return Float24Lib.encode(cap);
    }

    /// @dev The word with a risk cap that has let `amount` go.
    function _capped(ChannelId id, address token, ChannelWord word, uint256 amount) private view returns (ChannelWord) {
        Float24 cap = word.isCapped() ? word.riskCap() : _loadedCap(token);
        uint256 room = cap.decode();
        if (amount > room) revert AttestationNeeded(id, amount, room);
        return word.withRiskCap(cap.minus(amount));
    }

    /// @dev What waits for its time. An entry not above what was paid has been paid with it and waits no longer.
    function _waiting(ChannelId id, ChannelWord word) private view returns (QueuedAmount memory queued) {
        if (!word.isQueued()) return queued;
        queued = _queues[id];
        if (queued.cumulative <= word.claimed()) queued = QueuedAmount(0, 0);
    }

    function _block(ChannelId id, ChannelWord word) private {
        id.save(word.withBlock());
        emit ChannelBlocked(id);
    }

    function _queue(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint256 cumulative,
        uint256 releaseAt
    ) private {
        if (!_enqueue(terms.payee, id, word, cumulative, releaseAt)) {
            revert VoucherAlreadyQueued(id, cumulative, _queues[id].cumulative);
        }
        emit VoucherQueued(id, cumulative, releaseAt);
    }

    /// @dev False where an entry waits that this one may not replace. The same amount may only come earlier. A higher one
    /// starts to wait anew, so the payee decides about it; in the exit window anybody may bring it, since the window ends.
    function _enqueue(
        address payee,
        ChannelId id,
        ChannelWord word,
        uint256 cumulative,
        uint256 releaseAt
    ) private returns (bool) {
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
    function _returnRest(ChannelTerms calldata terms, ChannelId id, ChannelWord word) private {
        uint256 claimed = word.claimed();
        uint256 kept = claimed;
        uint256 waiting = _waiting(id, word).cumulative;
        if (waiting != 0 && !word.isBlocked()) kept = waiting;
        uint256 returned = word.deposit() - kept;
        if (kept == claimed) {
            id.save(ChannelWordLib.tombstone());
            emit Closed(id, claimed, returned);
        } else {
            if (returned == 0) revert QueuePending(id, _queues[id].releaseAt);
            id.save(word.withDeposit(kept));
            emit ExitPending(id, returned, kept - claimed);
        }
        _deliver(terms.token, terms.payer, returned);
    }

    function _checkCloseSignatures(
        ChannelTerms calldata terms,
        ChannelId id,
        uint256 cumulative,
        uint256 deadline,
        bytes calldata signerSignature,
        bytes calldata payeeSignature
    ) private view {
        if (block.timestamp >= deadline) revert CloseExpired(block.timestamp, deadline);
        bytes32 digest = CloseLib.digest(id, cumulative, deadline, domainSeparator());
        if (!digest.signedBy(terms.signer, signerSignature)) revert CloseSignatureInvalid(id, terms.signer);
        if (msg.sender != terms.payee && !digest.signedBy(terms.payee, payeeSignature)) {
            revert CloseSignatureInvalid(id, terms.payee);
        }
    }

    /// @dev The last payout obeys the cap like every other one.
    function _checkLastPayout(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint96 cumulative,
        bytes calldata attestation
    ) private {
        if (word.isBlocked()) revert PayoutBlocked(id);
        uint256 amount = _unclaimed(word, cumulative);
        Verdict verdict = _judgeOne(terms, id, cumulative, amount, attestation);
        if (verdict.band() == Band.None) _capped(id, terms.token, word, amount);
        else if (verdict.band() != Band.Allow) revert CloseNotAllowed(id, verdict.band(), verdict.score());
    }

    /// @dev Pays what can be paid, as if the verdict were Allow where there is an attestation, and asks the gate then: what a
    /// row gets must be known to be judged, and walking twice costs more than undoing the few batches that are stopped.
    function _payBatch(
        BatchHeader calldata header,
        Batch memory batch,
        bytes calldata rows,
        bytes calldata attestation
    ) private returns (Verdict verdict) {
        bool attested = attestation.length != 0;
        uint256 next = batch.pay(header, rows, 0, attested ? VoucherRows.NO_CAP : VoucherRows.UNKNOWN_CAP);
        if (next != batch.count) batch.pay(header, rows, next, VoucherRows.freshCap(_loadedCap(header.token)));
        if (batch.bad != 0) _explain(batch);
        if (attested && batch.bad != batch.count) {
            verdict = _judge(header.payee, header.token, batch.list, batch.paid, attestation);
        }
    }

    /// @dev Says of each row that was not paid why. After the exit window a batch pays nothing; `redeem` still pays what was
    /// queued in it.
    function _explain(Batch memory batch) private view {
        for (uint256 i = 0; i < batch.count; ++i) {
            if (batch.wordAt(i) != 0) continue;
            (ChannelId id, uint256 cumulative) = batch.rowAt(i);
            batch.setProblem(i, _problem(id.load(), cumulative));
        }
    }

    function _problem(ChannelWord word, uint256 cumulative) private view returns (RowProblem) {
        if (!word.isOpen()) return RowProblem.NotOpen;
        if (word.isBlocked()) return RowProblem.Blocked;
        if (cumulative <= word.claimed()) return RowProblem.NotHigher;
        if (cumulative > word.deposit()) return RowProblem.ExceedsDeposit;
        return _windowOver(word) ? RowProblem.WindowClosed : RowProblem.BadSignature;
    }

    /// @dev Undoes the payouts, last first because a channel may be in the batch twice, and queues or blocks instead.
    function _stopBatch(BatchHeader calldata header, Batch memory batch, Verdict verdict) private {
        batch.paid = 0;
        for (uint256 i = batch.count; i != 0; --i) {
            if (!batch.isGood(i - 1)) continue;
            (ChannelId id, ) = batch.rowAt(i - 1);
            id.save(ChannelWord.wrap(batch.wordAt(i - 1)));
        }
        for (uint256 i = 0; i < batch.count; ++i) {
            if (!batch.isGood(i)) continue;
            (ChannelId id, uint256 cumulative) = batch.rowAt(i);
            if (verdict.band() == Band.Block) {
                id.save(id.load().withBlock());
            } else if (!_enqueue(header.payee, id, id.load(), cumulative, _holdEnd(verdict))) {
                batch.setProblem(i, RowProblem.AlreadyQueued);
                ++batch.bad;
            }
        }
    }

    function _emitBatch(BatchHeader calldata header, Batch memory batch, Verdict verdict) private {
        Band band = verdict.band();
        if (band == Band.Block) emit BatchBlocked(header.payee, header.token, batch.list);
        else if (band == Band.Hold) emit BatchQueued(header.payee, header.token, _holdEnd(verdict), batch.list);
        else emit BatchRedeemed(header.payee, header.token, batch.paid, batch.list);
    }

    function _report(Batch memory batch) private pure returns (bytes memory report) {
        report = new bytes(3 * batch.bad);
        uint256 place = 0;
        for (uint256 i = 0; i < batch.count; ++i) {
            if (batch.isGood(i)) continue;
            report[place++] = bytes1(uint8(i >> 8));
            report[place++] = bytes1(uint8(i));
            report[place++] = bytes1(uint8(batch.wordAt(i)));
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
