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
import {RowList} from "./RowList.sol";
import {SignedBy} from "./SignedBy.sol";
import {RowForm, VoucherRows} from "./VoucherRows.sol";

contract PaymentChannels is IPaymentChannels, ReentrancyGuardTransient, Credits {
    using ChannelStore for ChannelId;
    using RowList for bytes;
    using RowList for uint256;
    using SignedBy for bytes32;
    using VoucherRows for RowForm;

    uint256 private constant MIN_EXIT_DELAY = 1 hours;
    uint256 private constant MAX_EXIT_DELAY = 30 days;
    /// @dev Whatever a policy says, no queued amount waits longer than these two together.
    uint256 private constant MAX_SILENCE_DELAY = 7 days;
    uint256 private constant MAX_HOLD_DELAY = 30 days;
    uint256 private constant LAST_PROBLEM = uint256(type(RowProblem).max);

    /// @dev A batch between its two walks, see RowList. `words` has the channel's word where a row is good and its problem where
    /// it is not; a good word has its open flag set and is larger than any problem.
    struct Batch {
        bytes list;
        uint256 words;
        uint256 count;
        uint256 amount;
        bool capped;
    }

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
        id.save(_paid(id, word, cumulative));
        emit Redeemed(id, cumulative, amount);

        _deliver(terms.token, terms.payee, amount);
    }

    /// @inheritdoc IPaymentChannels
    function redeemMany(BatchHeader calldata header, bytes calldata rows, bytes calldata attestation)
        external
        nonReentrant
        returns (uint256 paid, bytes memory report)
    {
        Batch memory batch = _readBatch(header, rows);
        Verdict verdict;
        if (batch.amount != 0) verdict = _judge(header.payee, header.token, batch.list, batch.amount, attestation);
        Band band = verdict.band();
        uint256 releaseAt = _holdEnd(verdict);
        (uint256 amount, uint256 kept) = _settleBatch(header, batch, band, releaseAt);
        if (kept != 0) _emitBatch(header, batch, band, amount, releaseAt);
        if (kept != batch.count) {
            report = _report(batch, batch.count - kept);
            emit RowsSkipped(header.payee, header.token, report);
        }
        if (band <= Band.Allow) paid = amount;

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
        if (!word.isQueued()) revert NothingQueued(id);
        QueuedAmount memory queued = _queues[id];
        if (block.timestamp < queued.releaseAt) revert ReleaseTooEarly(block.timestamp, queued.releaseAt);
        uint256 amount = _unclaimed(word, queued.cumulative);

        id.save(_paid(id, word, queued.cumulative));
        emit Redeemed(id, queued.cumulative, amount);

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
        if (!word.isBlocked()) {
            uint256 closeAt = word.closeAt();
            if (closeAt == 0) revert ExitNotRequested(id);
            if (block.timestamp < closeAt) revert ExitTooEarly(block.timestamp, closeAt);
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
        return ChannelState({
            deposit: uint96(word.deposit()),
            claimed: uint96(word.claimed()),
            closeAt: uint32(word.closeAt()),
            riskCap: word.riskCap().decode(),
            open: word.isOpen(),
            closed: word.isClosed(),
            blocked: word.isBlocked(),
            queued: word.isQueued(),
            capped: word.isCapped()
        });
    }

    /// @inheritdoc IPaymentChannels
    function queueOf(ChannelId id) external view returns (QueuedAmount memory queued) {
        if (id.load().isQueued()) queued = _queues[id];
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
        return block.chainid == CHAIN_ID
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
        emit Opened(
            id, terms.payer, terms.payee, terms.token, terms.signer, terms.exitDelay, terms.salt, deposit
        );
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

    function _checkedVoucher(ChannelTerms calldata terms, ChannelId id, uint256 cumulative, bytes calldata signature)
        private
        view
        returns (ChannelWord word)
    {
        word = _unblocked(id);
        RowProblem problem = _problem(id, word, cumulative);
        if (problem == RowProblem.NotHigher) revert VoucherNotHigher(cumulative, word.claimed());
        if (problem == RowProblem.ExceedsDeposit) revert VoucherExceedsDeposit(cumulative, word.deposit());
        if (problem == RowProblem.WindowClosed) revert ExitWindowClosed(block.timestamp, word.closeAt());
        if (!VoucherLib.digest(id, cumulative, domainSeparator()).signedBy(terms.signer, signature)) {
            revert VoucherSignatureInvalid(id, terms.signer);
        }
    }

    /// @dev What is wrong with a voucher, its signature aside. After the exit window only what was queued in it counts.
    function _problem(ChannelId id, ChannelWord word, uint256 cumulative) private view returns (RowProblem) {
        if (!word.isOpen()) return RowProblem.NotOpen;
        if (word.isBlocked()) return RowProblem.Blocked;
        if (cumulative <= word.claimed()) return RowProblem.NotHigher;
        if (cumulative > word.deposit()) return RowProblem.ExceedsDeposit;
        uint256 closeAt = word.closeAt();
        if (closeAt == 0 || block.timestamp < closeAt) return RowProblem.None;
        bool waits = word.isQueued() && cumulative <= _queues[id].cumulative;
        return waits ? RowProblem.None : RowProblem.WindowClosed;
    }

    function _unclaimed(ChannelWord word, uint256 cumulative) private pure returns (uint256) {
        unchecked {
            return cumulative - word.claimed(); // the voucher was checked to be higher, and a queued amount was
        }
    }

    /// @dev Verdict zero, that is Band.None, where there is no attestation. `list` is the batch that is judged.
    function _judge(address payee, address token, bytes memory list, uint256 amount, bytes calldata attestation)
        private
        returns (Verdict)
    {
        if (attestation.length == 0) return Verdict.wrap(0);
        bytes32 subject = ChannelBatchLib.subject(payee, token, keccak256(list), domainSeparator());
        return GATE.evaluateBatch(subject, token, amount, attestation);
    }

    /// @dev The same for a batch of one.
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
    function _channelTerms(address token)
        private
        view
        returns (uint256 cap, uint256 silenceDelay, uint256 holdDelay)
    {
        try GATE.channelTerms(token) returns (uint256 cap_, uint256 silence, uint256 hold) {
            return (cap_, _min(silence, MAX_SILENCE_DELAY), _min(hold, MAX_HOLD_DELAY));
        } catch {
            return (0, MAX_SILENCE_DELAY, MAX_HOLD_DELAY);
        }
    }

    function _loadedCap(address token) private view returns (Float24) {
        (uint256 cap,,) = _channelTerms(token);
        return Float24Lib.encode(cap);
    }

    /// @dev The word with a risk cap that has let `amount` go.
    function _capped(ChannelId id, address token, ChannelWord word, uint256 amount) private view returns (ChannelWord) {
        Float24 cap = word.isCapped() ? word.riskCap() : _loadedCap(token);
        uint256 room = cap.decode();
        if (amount > room) revert AttestationNeeded(id, amount, room);
        return word.withRiskCap(cap.minus(amount));
    }

    /// @dev The word after a payout. A queued amount that is paid with it waits no longer.
    function _paid(ChannelId id, ChannelWord word, uint256 cumulative) private view returns (ChannelWord) {
        if (word.isQueued() && cumulative >= _queues[id].cumulative) word = word.withoutQueue();
        return word.withClaimed(cumulative);
    }

    function _block(ChannelId id, ChannelWord word) private {
        id.save(word.withBlock());
        emit ChannelBlocked(id);
    }

    function _queue(ChannelTerms calldata terms, ChannelId id, ChannelWord word, uint256 cumulative, uint256 releaseAt)
        private
    {
        if (!_enqueue(terms.payee, id, word, cumulative, releaseAt)) {
            revert VoucherAlreadyQueued(id, cumulative, _queues[id].cumulative);
        }
        emit VoucherQueued(id, cumulative, releaseAt);
    }

    /// @dev False where an entry waits that this one may not replace. The same amount may only come earlier. A higher one
    /// starts to wait anew, so the payee decides about it; in the exit window anybody may bring it, since the window ends.
    function _enqueue(address payee, ChannelId id, ChannelWord word, uint256 cumulative, uint256 releaseAt)
        private
        returns (bool)
    {
        if (word.isQueued()) {
            QueuedAmount memory waiting = _queues[id];
            if (cumulative < waiting.cumulative) return false;
            if (cumulative == waiting.cumulative && releaseAt >= waiting.releaseAt) return false;
            if (cumulative > waiting.cumulative && msg.sender != payee && word.closeAt() == 0) return false;
        } else {
            id.save(word.withQueue());
        }
        _queues[id] = QueuedAmount(uint96(cumulative), uint40(releaseAt));
        return true;
    }

    /// @dev Pays the payer what neither was paid to the payee nor waits for him.
    function _returnRest(ChannelTerms calldata terms, ChannelId id, ChannelWord word) private {
        uint256 claimed = word.claimed();
        uint256 kept = claimed;
        if (word.isQueued() && !word.isBlocked()) kept = _queues[id].cumulative;
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
        if (!digest.signedBy(terms.payee, payeeSignature)) revert CloseSignatureInvalid(id, terms.payee);
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

    /// @dev First walk: reads, checks and adds up, and changes nothing. Good rows ascend, so no channel is in it twice and
    /// the words stay true until the second walk.
    function _readBatch(BatchHeader calldata header, bytes calldata rows) private view returns (Batch memory) {
        (uint256 rowLength, uint256 count) = VoucherRows.measure(header, rows);
        RowForm form = VoucherRows.form(header, domainSeparator());
        (bytes memory list, uint256 words) = RowList.allocate(count);
        uint256 row = VoucherRows.first(rows);
        uint256 last = 0;
        uint256 amount = 0;
        ChannelWord common = ChannelWordLib.all();
        unchecked {
            // count is below 2^16 and each amount below 2^96
            for (uint256 i = 0; i < count; ++i) {
                (ChannelId id, uint256 cumulative) = form.read(row, header.withSigners);
                list.write(i, id, cumulative);
                ChannelWord word = id.load();
                RowProblem problem = word.lets(cumulative) ? RowProblem.None : _problem(id, word, cumulative);
                if (problem == RowProblem.None) problem = _rowProblem(form, row, id, last);
                if (problem == RowProblem.None) {
                    last = uint256(ChannelId.unwrap(id));
                    amount += cumulative - word.claimed();
                    common = common.and(word);
                    words.setWord(i, ChannelWord.unwrap(word));
                } else {
                    words.setWord(i, uint256(problem));
                }
                row += rowLength;
            }
        }
        return Batch(list, words, count, amount, common.isCapped());
    }

    function _rowProblem(RowForm form, uint256 row, ChannelId id, uint256 last) private view returns (RowProblem) {
        if (uint256(ChannelId.unwrap(id)) <= last) return RowProblem.OutOfOrder;
        return form.isSigned(row) ? RowProblem.None : RowProblem.BadSignature;
    }

    /// @dev Second walk: pays, queues or blocks the good rows as the verdict says. The list becomes that of the rows it was
    /// done to; in `words` zero is left for each of them, and a problem for every other.
    function _settleBatch(BatchHeader calldata header, Batch memory batch, Band band, uint256 releaseAt)
        private
        returns (uint256 amount, uint256 kept)
    {
        (bytes memory list, uint256 words, uint256 count) = (batch.list, batch.words, batch.count);
        Float24 loaded = Float24.wrap(0);
        if (band == Band.None && !batch.capped) loaded = _loadedCap(header.token);
        for (uint256 i = 0; i < count; ++i) {
            ChannelWord word = ChannelWord.wrap(words.wordAt(i));
            if (ChannelWord.unwrap(word) <= LAST_PROBLEM) continue;
            (ChannelId id, uint256 cumulative) = list.read(i);
            RowProblem problem = band > Band.Allow
                ? _stopRow(header.payee, band, releaseAt, id, word, cumulative)
                : _payRow(id, word, cumulative, band == Band.Allow, loaded);
            words.setWord(i, uint256(problem));
            if (problem != RowProblem.None) continue;
            list.keep(kept, i, id, cumulative);
            unchecked {
                // at most count rows, of amounts below 2^96
                ++kept;
                amount += cumulative - word.claimed();
            }
        }
        list.truncate(kept);
    }

    function _payRow(ChannelId id, ChannelWord word, uint256 cumulative, bool attested, Float24 loaded)
        private
        returns (RowProblem)
    {
        if (attested) {
            word = word.withoutRiskCap();
        } else {
            Float24 cap = word.isCapped() ? word.riskCap() : loaded;
            uint256 amount = _unclaimed(word, cumulative);
            if (amount > cap.decode()) return RowProblem.NeedsAttestation;
            word = word.withRiskCap(cap.minus(amount));
        }
        id.save(_paid(id, word, cumulative));
        return RowProblem.None;
    }

    function _stopRow(
        address payee,
        Band band,
        uint256 releaseAt,
        ChannelId id,
        ChannelWord word,
        uint256 cumulative
    ) private returns (RowProblem) {
        if (band == Band.Block) {
            id.save(word.withBlock());
            return RowProblem.None;
        }
        return _enqueue(payee, id, word, cumulative, releaseAt) ? RowProblem.None : RowProblem.AlreadyQueued;
    }

    function _emitBatch(BatchHeader calldata header, Batch memory batch, Band band, uint256 amount, uint256 releaseAt)
        private
    {
        if (band == Band.Block) emit BatchBlocked(header.payee, header.token, batch.list);
        else if (band == Band.Hold) emit BatchQueued(header.payee, header.token, releaseAt, batch.list);
        else emit BatchRedeemed(header.payee, header.token, amount, batch.list);
    }

    /// @dev What is left in `words` after the second walk are problems, and zero where there was none.
    function _report(Batch memory batch, uint256 skipped) private pure returns (bytes memory report) {
        report = new bytes(3 * skipped);
        uint256 place = 0;
        for (uint256 i = 0; i < batch.count; ++i) {
            uint256 problem = batch.words.wordAt(i);
            if (problem == 0) continue;
            report[place++] = bytes1(uint8(i >> 8));
            report[place++] = bytes1(uint8(i));
            report[place++] = bytes1(uint8(problem));
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
