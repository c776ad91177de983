// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IERC3009} from "../interfaces/IERC3009.sol";
import {Collection, IPaymentEscrow, PaymentState, Timer} from "../interfaces/IPaymentEscrow.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {PackedTerms, PaymentId, SilenceRule} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {Ledger} from "./Ledger.sol";
import {PaymentWord, PaymentWordLib} from "./PaymentWord.sol";
import {TermsChecks} from "./TermsChecks.sol";

contract PaymentEscrow is IPaymentEscrow, ReentrancyGuardTransient, Ledger {
    using SafeERC20 for IERC20;

    /// @dev Whatever a policy says, no payment stays longer than these allow; `exitBy` adds them up.
    uint256 private constant MAX_SILENCE_DELAY = 7 days;
    uint256 private constant MAX_GRACE = 7 days;
    uint256 private constant MAX_APPEAL_DELAY = 14 days;
    uint256 private constant BPS = 10_000;

    IRiskGate private immutable GATE;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(PaymentId id => PaymentWord word) private _payments;
    mapping(PaymentId id => Timer seconds_) private _timers;

    constructor(address gate_, address treasury_) Ledger(treasury_) {
        GATE = IRiskGate(gate_);
        CHAIN_ID = block.chainid;
        DOMAIN_SEPARATOR = SluiceDomains.separator(SluiceDomains.ESCROW_NAME, address(this));
    }

    /// @inheritdoc IPaymentEscrow
    function authorize(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external nonReentrant returns (PaymentId id) {
        id = idOf(terms);
        if (_payments[id].exists()) revert PaymentExists(id);
        TermsChecks.check(terms);
        uint256 amount = terms.amount();
        uint256 balance = _balance(terms.token());

        _payments[id] = PaymentWordLib.create(amount);
        emit Authorized(id, terms.payee(), terms);

        _collect(terms, id, collection, payerSignature);
        uint256 received = _balance(terms.token()) - balance;
        if (received != amount) revert AmountReceived(amount, received);
    }

    /// @inheritdoc IPaymentEscrow
    function capture(
        PackedTerms calldata terms,
        uint256 amount,
        uint256 feeBps,
        bool pushFee,
        bytes calldata attestation
    ) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        _checkFee(terms, feeBps);
        _checkAmount(amount, word.capturable());
        uint256 protocolFeeBps = _checkReleasable(terms, id, word, attestation);

        uint256 operatorFee;
        uint256 protocolFee;
        uint256 net;
        unchecked {
            // amount is below 2^96 and the two rates add up to at most 10,000
            operatorFee = (amount * feeBps) / BPS;
            protocolFee = (amount * protocolFeeBps) / BPS;
            net = amount - operatorFee - protocolFee;
        }
        _payments[id] = word.captured(amount);
        if (operatorFee | protocolFee != 0) _keepFees(terms, pushFee ? 0 : operatorFee, protocolFee);
        emit Captured(id, amount, operatorFee, protocolFee);

        _deliver(terms.token(), terms.payee(), net);
        if (pushFee) _deliver(terms.token(), terms.feeReceiver(), operatorFee);
    }

    /// @inheritdoc IPaymentEscrow
    function void(PackedTerms calldata terms, uint256 amount) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        _checkOperatorOrPayee(terms);
        _checkAmount(amount, word.capturable());

        _payments[id] = word.release(amount);
        emit Voided(id, amount);

        _deliver(terms.token(), terms.payer(), amount);
    }

    /// @inheritdoc IPaymentEscrow
    function reclaim(PackedTerms calldata terms) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        uint256 amount = word.capturable();
        if (amount == 0) revert AmountZero();
        (, uint256 reclaimAt) = _window(terms, id, word);
        if (block.timestamp < reclaimAt) revert ReclaimTooEarly(block.timestamp, reclaimAt);

        _payments[id] = word.release(amount);
        emit Reclaimed(id, amount);

        _deliver(terms.token(), terms.payer(), amount);
    }

    /// @inheritdoc IPaymentEscrow
    function refund(PackedTerms calldata terms, uint256 amount) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        _checkOperatorOrPayee(terms);
        _checkAmount(amount, word.refundable());
        uint256 refundBy = terms.refundBy();
        if (block.timestamp >= refundBy) revert RefundWindowClosed(block.timestamp, refundBy);

        _payments[id] = word.refunded(amount);
        emit Refunded(id, msg.sender, amount);

        address token = terms.token();
        if (!IERC20(token).trySafeTransferFrom(msg.sender, terms.payer(), amount)) {
            revert TransferFailed(token, msg.sender, terms.payer(), amount);
        }
    }

    /// @inheritdoc IPaymentEscrow
    function request(PackedTerms calldata terms) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        _checkParty(terms);
        if (word.band() != Band.None) revert AlreadyScreened(id, word.band());
        if (word.requested()) revert AlreadyRequested(id, _timers[id].silentAt);
        if (word.capturable() == 0) revert AmountZero();
        uint256 captureBy = terms.captureBy();
        if (block.timestamp >= captureBy) revert ScreeningClosed(block.timestamp, captureBy);
        (uint256 silentAt, uint256 opensAt, uint256 closesAt) = _silence(terms, word);

        _payments[id] = word.markRequested();
        _timers[id] = Timer(_time(silentAt), _time(opensAt), _time(closesAt));
        emit ScreeningRequested(id, silentAt, opensAt, closesAt);
    }

    /// @inheritdoc IPaymentEscrow
    function post(PackedTerms calldata terms, bytes calldata attestation) external nonReentrant {
        PaymentId id = idOf(terms);
        PaymentWord word = _existing(id);
        if (word.capturable() == 0) revert AmountZero();
        _checkPostable(terms, id, word);
        Verdict verdict = GATE.evaluate(
            PaymentId.unwrap(id),
            word.authorizedBlock(),
            terms.token(),
            terms.amount(),
            attestation
        );
        // A posted Allow yields to a refresh that says otherwise; any other second answer is refused.
        bool changes = word.band() == Band.None || (verdict.refreshed() && verdict.band() != Band.Allow);
        if (!changes) revert AlreadyScreened(id, word.band());

        _payments[id] = word.judged(verdict);
        (uint256 opensAt, uint256 closesAt) = _judgedWindow(terms, id, word, verdict);
        if (verdict.band() != Band.Allow || word.requested()) {
            _timers[id] = Timer(_timers[id].silentAt, _time(opensAt), _time(closesAt));
        }
        emit BandPosted(id, verdict.band(), verdict.score(), opensAt, closesAt);
    }

    /// @inheritdoc IPaymentEscrow
    function sweep(address token, address account) external nonReentrant {
        _sweep(token, account);
    }

    /// @inheritdoc IPaymentEscrow
    function idOf(PackedTerms calldata terms) public view returns (PaymentId) {
        return terms.id(domainSeparator());
    }

    /// @inheritdoc IPaymentEscrow
    function payment(PaymentId id) external view returns (PaymentState memory) {
        PaymentWord word = _payments[id];
        return
            PaymentState({
                capturable: uint96(word.capturable()),
                refundable: uint96(word.refundable()),
                authorizedBlock: uint40(word.authorizedBlock()),
                score: uint16(word.score()),
                band: word.band(),
                requested: word.requested(),
                protocolFeeBps: uint8(word.protocolFeeBps())
            });
    }

    /// @inheritdoc IPaymentEscrow
    function timer(PaymentId id) external view returns (Timer memory) {
        return _timers[id];
    }

    /// @inheritdoc IPaymentEscrow
    function exitBy(PackedTerms calldata terms) external pure returns (uint256) {
        uint256 hold = terms.maxHold() + MAX_GRACE;
        uint256 last = hold > MAX_APPEAL_DELAY ? hold : MAX_APPEAL_DELAY;
        return _time(terms.captureBy() + MAX_SILENCE_DELAY + MAX_GRACE + last);
    }

    /// @inheritdoc IPaymentEscrow
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IPaymentEscrow
    function domainSeparator() public view returns (bytes32) {
        // A chain that split keeps its contracts but not its id: signatures must not be valid on both sides.
        return
            block.chainid == CHAIN_ID
                ? DOMAIN_SEPARATOR
                : SluiceDomains.separator(SluiceDomains.ESCROW_NAME, address(this));
    }

    function _collect(
        PackedTerms calldata terms,
        PaymentId id,
        Collection collection,
        bytes calldata signature
    ) private {
        address payer = terms.payer();
        uint256 amount = terms.amount();
        address token = terms.token();
        if (collection == Collection.Erc3009) {
            // The nonce is the id, so the one signature covers every field of the terms.
            IERC3009(token).receiveWithAuthorization(
                payer,
                address(this),
                amount,
                0,
                terms.authorizeBy(),
                PaymentId.unwrap(id),
                signature
            );
            return;
        }
        if (msg.sender != payer && !SignatureChecker.isValidSignatureNow(payer, PaymentId.unwrap(id), signature)) {
            revert PayerSignatureInvalid(id, payer);
        }
        if (!IERC20(token).trySafeTransferFrom(payer, address(this), amount)) {
            revert TransferFailed(token, payer, address(this), amount);
        }
    }

    /// @dev Replaces IERC20.balanceOf, twice in each authorization, at half the overhead. The call is written to scratch
    /// space, the answer read from it; no code and short answers are told apart from a balance.
    function _balance(address token) private view returns (uint256 amount) {
        bool read;
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x70a08231))
            mstore(4, address())
            // Yul evaluates the last argument first, so the size is that of this call's answer
            read := and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0, 0x24, 0, 0x20))
            amount := mload(0)
        }
        if (!read) revert TokenUnreadable(token);
    }

    function _existing(PaymentId id) private view returns (PaymentWord word) {
        word = _payments[id];
        if (!word.exists()) revert PaymentUnknown(id);
    }

    function _checkAmount(uint256 amount, uint256 available) private pure {
        if (amount == 0) revert AmountZero();
        if (amount > available) revert AmountTooLarge(amount, available);
    }

    function _checkOperatorOrPayee(PackedTerms calldata terms) private view {
        address operator = terms.operator();
        if (msg.sender != operator && msg.sender != terms.payee()) {
            revert NotOperatorOrPayee(msg.sender, operator, terms.payee());
        }
    }

    function _checkParty(PackedTerms calldata terms) private view {
        if (msg.sender != terms.payer()) _checkOperatorOrPayee(terms);
    }

    /// @dev Without the operator the payee pays the highest fee of the range, so going round him never pays.
    function _checkFee(PackedTerms calldata terms, uint256 feeBps) private view {
        uint256 highest = terms.maxFeeBps();
        uint256 lowest = terms.minFeeBps();
        address operator = terms.operator();
        if (msg.sender != operator) {
            if (msg.sender != terms.payee()) revert NotOperatorOrPayee(msg.sender, operator, terms.payee());
            lowest = highest;
        }
        if (feeBps < lowest || feeBps > highest) revert FeeOutOfRange(feeBps, lowest, highest);
    }

    /// @dev Returns the protocol fee of the release. A band that is posted counts and an attestation beside it is ignored:
    /// a stranger who posts first makes nobody's capture fail.
    function _checkReleasable(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bytes calldata attestation
    ) private returns (uint256) {
        if (word.band() == Band.None && attestation.length != 0) return _checkAttested(terms, id, word, attestation);
        if (word.band() == Band.None && !word.requested()) revert NotScreened(id);
        (uint256 opensAt, uint256 closesAt) = _window(terms, id, word);
        if (block.timestamp < opensAt || block.timestamp >= closesAt) {
            revert CaptureWindow(block.timestamp, opensAt, closesAt);
        }
        return word.protocolFeeBps();
    }

    function _checkAttested(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bytes calldata attestation
    ) private returns (uint256) {
        uint256 closesAt = _answerBy(terms, id, word);
        if (block.timestamp >= closesAt) revert CaptureWindow(block.timestamp, 0, closesAt);
        Verdict verdict = GATE.evaluate(
            PaymentId.unwrap(id),
            word.authorizedBlock(),
            terms.token(),
            terms.amount(),
            attestation
        );
        if (verdict.band() != Band.Allow) revert NotAllowed(id, verdict.band(), verdict.score());
        return verdict.protocolFeeBps();
    }

    function _checkPostable(PackedTerms calldata terms, PaymentId id, PaymentWord word) private view {
        Band band = word.band();
        if (band == Band.Hold || band == Band.Block) revert AlreadyScreened(id, band);
        uint256 closesAt;
        if (band == Band.None) closesAt = _answerBy(terms, id, word);
        else (, closesAt) = _window(terms, id, word);
        if (block.timestamp >= closesAt) revert ScreeningClosed(block.timestamp, closesAt);
    }

    /// @dev A first band counts until the payee's time is over or, after a request, until silence begins.
    function _answerBy(PackedTerms calldata terms, PaymentId id, PaymentWord word) private view returns (uint256) {
        return word.requested() ? _timers[id].silentAt : terms.captureBy();
    }

    /// @dev Half-open window in which the payee may capture without an attestation; the payer reclaims from its end.
    function _window(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word
    ) private view returns (uint256 opensAt, uint256 closesAt) {
        bool timed = word.requested() || word.band() > Band.Allow;
        if (!timed) return (0, terms.captureBy());
        Timer memory stored = _timers[id];
        return (stored.opensAt, stored.closesAt);
    }

    /// @dev What a request starts. Refund: nothing opens, the payer takes his money from `silentAt` on. Release: the payee
    /// may capture from `silentAt`, above the policy's cap only after a Hold.
    function _silence(
        PackedTerms calldata terms,
        PaymentWord word
    ) private view returns (uint256 silentAt, uint256 opensAt, uint256 closesAt) {
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
    ) private view returns (uint256 opensAt, uint256 closesAt) {
        opensAt = block.timestamp;
        if (verdict.band() == Band.Block) {
            if (terms.arbiter() != address(0)) opensAt += _min(verdict.appealDelay(), MAX_APPEAL_DELAY);
            return (opensAt, opensAt);
        }
        closesAt = terms.captureBy();
        if (word.band() == Band.Allow) (, closesAt) = _window(terms, id, word);
        if (verdict.band() == Band.Hold) {
            opensAt += _min(verdict.holdDelay(), terms.maxHold());
            return (opensAt, _max(closesAt, opensAt + _min(verdict.grace(), MAX_GRACE)));
        }
        if (!word.requested()) return (opensAt, closesAt);
        (, , uint256 grace, ) = GATE.silenceTerms(word.authorizedBlock(), terms.token(), terms.amount());
        closesAt = _max(closesAt, opensAt + _min(grace, MAX_GRACE));
    }

    /// @dev Fees are kept under the fee receiver, or under the payee where the terms name none, so that payments of
    /// different merchants share no slot.
    function _keepFees(PackedTerms calldata terms, uint256 operatorFee, uint256 protocolFee) private {
        address account = terms.feeReceiver();
        if (account == address(0)) account = terms.payee();
        _keep(terms.token(), account, operatorFee, protocolFee);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    /// @dev Seconds saturate at 2^40 − 1: terms that name the end of time get the end of time.
    function _time(uint256 second) private pure returns (uint40) {
        return second > type(uint40).max ? type(uint40).max : uint40(second);
    }
}
