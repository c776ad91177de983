// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChannelsCore} from "../interfaces/IChannelsCore.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ITokenCredits} from "../interfaces/ITokenCredits.sol";
import {BatchHeader, ChannelState, QueuedAmount, RowProblem} from "../types/ChannelState.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {ChannelBatchLib, CloseLib} from "../types/Voucher.sol";
import {ChannelsBase} from "./ChannelsBase.sol";
import {ChannelsExtension} from "./ChannelsExtension.sol";
import {ChannelStore} from "./ChannelStore.sol";
import {ChannelWord} from "./ChannelWord.sol";
import {SignedBy} from "./SignedBy.sol";
import {Batch, VoucherRows} from "./VoucherRows.sol";

contract PaymentChannels is IChannelsCore, ITokenCredits, ChannelsBase {
    using ChannelStore for ChannelId;
    using SignedBy for bytes32;
    using VoucherRows for Batch;

    address private immutable EXTENSION;

    constructor(address gate_) ChannelsBase(gate_, address(this)) {
        EXTENSION = address(new ChannelsExtension(gate_));
    }

    /// @inheritdoc IChannelsCore
    function open(ChannelTerms calldata terms, uint96 deposit) external nonReentrant returns (ChannelId id) {
        if (msg.sender != terms.payer) revert IPaymentChannels.NotPayer(msg.sender, terms.payer);
        id = _open(terms, deposit);
        _pull(terms.token, msg.sender, deposit);
    }

    /// @inheritdoc IChannelsCore
    function openGasless(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint40 validBefore,
        bytes32 r,
        bytes32 yParityAndS
    ) external nonReentrant returns (ChannelId id) {
        id = _open(terms, deposit);
        bytes32 nonce = keccak256(abi.encode(id, deposit));
        _receiveByKey(terms.token, terms.payer, deposit, validBefore, nonce, r, yParityAndS);
    }

    /// @inheritdoc IChannelsCore
    function topUp(ChannelTerms calldata terms, uint96 amount) external nonReentrant {
        _topUp(_idOf(terms), msg.sender, amount);
        _pull(terms.token, msg.sender, amount);
    }

    /// @inheritdoc IChannelsCore
    function redeem(
        ChannelTerms calldata terms,
        uint96 cumulative,
        bytes calldata signature,
        bytes calldata attestation
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _checkedVoucher(terms, id, cumulative, signature);
        uint256 amount = _redeem(terms, id, word, cumulative, cumulative, attestation);

        _deliver(terms.token, _payeeOf(terms, id, word), amount);
    }

    /// @inheritdoc IChannelsCore
    function redeemMany(
        BatchHeader calldata header,
        bytes calldata rows,
        bytes calldata attestation
    ) external nonReentrant returns (uint256 paid, bytes memory report) {
        Batch memory batch = VoucherRows.prepare(header, rows, _domainSeparator());
        Verdict verdict = _payBatch(header, batch, rows, attestation);
        if (verdict.band() > Band.Allow) _stopBatch(header, batch, verdict);
        if (batch.bad != 0) {
            batch.cut();
            report = _report(batch);
            emit IPaymentChannels.RowsSkipped(header.payee, header.token, report);
        }
        if (batch.bad != batch.count) _emitBatch(header, batch, verdict);
        paid = batch.paid;

        _deliver(header.token, header.payee, paid);
    }

    /// @inheritdoc IChannelsCore
    function queue(ChannelTerms calldata terms, uint96 cumulative, bytes calldata signature) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _checkedVoucher(terms, id, cumulative, signature);
        _queue(terms, id, word, cumulative, _silenceEnd(terms.token));
    }

    /// @inheritdoc IChannelsCore
    function release(ChannelTerms calldata terms) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _unblocked(id);
        QueuedAmount memory queued = _waiting(id, word);
        if (queued.cumulative == 0) revert IPaymentChannels.NothingQueued(id);
        if (block.timestamp < queued.releaseAt)
            revert IPaymentChannels.ReleaseTooEarly(block.timestamp, queued.releaseAt);
        uint256 amount = _unclaimed(word, queued.cumulative);

        id.save(word.withClaimed(queued.cumulative));
        emit IPaymentChannels.Redeemed(id, queued.cumulative);

        _deliver(terms.token, _payeeOf(terms, id, word), amount);
    }

    /// @inheritdoc IChannelsCore
    function requestExit(ChannelTerms calldata terms) external nonReentrant {
        if (msg.sender != terms.payer) revert IPaymentChannels.NotPayer(msg.sender, terms.payer);
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        if (word.closeAt() != 0) revert IPaymentChannels.ExitAlreadyRequested(id, word.closeAt());
        uint256 closeAt = block.timestamp + terms.exitDelay;

        id.save(word.withCloseAt(closeAt));
        emit IPaymentChannels.ExitRequested(id, closeAt);
    }

    /// @inheritdoc IChannelsCore
    function finalizeExit(ChannelTerms calldata terms) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        if (!word.isBlocked() && !_windowOver(word)) {
            if (word.closeAt() == 0) revert IPaymentChannels.ExitNotRequested(id);
            revert IPaymentChannels.ExitTooEarly(block.timestamp, word.closeAt());
        }
        _returnRest(terms, id, word);
    }

    /// @inheritdoc IChannelsCore
    function close(ChannelTerms calldata terms) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        _checkPayee(terms, id, word);
        _returnRest(terms, id, word.withCloseAt(block.timestamp));
    }

    /// @inheritdoc IChannelsCore
    function closeAgreed(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes32 r,
        bytes32 yParityAndS
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        _checkPayee(terms, id, word);
        if (block.timestamp >= deadline) revert IPaymentChannels.CloseExpired(block.timestamp, deadline);
        bytes32 digest = CloseLib.digest(id, cumulative, deadline, _domainSeparator());
        if (!digest.signedByKey(terms.signer, r, yParityAndS)) {
            revert IPaymentChannels.CloseSignatureInvalid(id, terms.signer);
        }
        _closeAt(terms, id, word, cumulative, msg.data[0:0]);
    }

    /// @inheritdoc ITokenCredits
    function sweep(address token, address account) external nonReentrant {
        _sweep(token, account);
    }

    /// @inheritdoc ITokenCredits
    function credit(address token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    /// @inheritdoc IChannelsCore
    function idOf(ChannelTerms calldata terms) external view returns (ChannelId) {
        return _idOf(terms);
    }

    /// @inheritdoc IChannelsCore
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

    /// @inheritdoc IChannelsCore
    function queueOf(ChannelId id) external view returns (QueuedAmount memory) {
        return _waiting(id, id.load());
    }

    /// @inheritdoc IChannelsCore
    function batchSubject(address payee, address token, bytes calldata rows) external view returns (bytes32) {
        return ChannelBatchLib.subject(payee, token, keccak256(rows), _domainSeparator());
    }

    /// @inheritdoc IChannelsCore
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IChannelsCore
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    /// @dev What this contract does not know itself: runs the extension's code on this contract's storage with the whole call
    /// as it came, and answers what it answers. The address is fixed, its code cannot change, and it takes the same lock.
    fallback() external {
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
        if (word.isMoved()) return RowProblem.PayeeMoved;
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
        if (band == Band.Block) emit IPaymentChannels.BatchBlocked(header.payee, header.token, batch.list);
        else if (band == Band.Hold)
            emit IPaymentChannels.BatchQueued(header.payee, header.token, _holdEnd(verdict), batch.list);
        else emit IPaymentChannels.BatchRedeemed(header.payee, header.token, batch.paid, batch.list);
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
}
