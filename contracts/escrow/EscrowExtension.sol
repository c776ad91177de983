// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IEscrowExtension} from "../interfaces/IEscrowExtension.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {IRareWays} from "../interfaces/IRareWays.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {ReviewLib, SettlementLib} from "../types/CaseOrders.sol";
import {CaptureItem, PaymentState, Timer} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {Batches} from "./Batches.sol";
import {EscrowStore} from "./EscrowStore.sol";
import {Openings} from "./Openings.sol";
import {PaymentWord} from "./PaymentWord.sol";

/// @dev Runs by delegatecall of the escrow that created it, on the escrow's storage and under the escrow's lock. It has none
/// of its own: called directly it knows no payment.
contract EscrowExtension is IEscrowExtension, Openings, Batches {
    using PartySignature for bytes32;
    using SafeERC20 for IERC20;

    address private immutable SELF;

    constructor(
        address gate_,
        address treasury_,
        address stake_,
        address rareWays
    ) EscrowStore(gate_, treasury_, stake_, msg.sender) Openings(rareWays) {
        SELF = address(this);
    }

    /// @inheritdoc IEscrowExtension
    function captureMany(CaptureItem[] calldata items, bytes calldata attestation) external nonReentrant {
        _captureMany(msg.sender, items, attestation);
    }

    /// @inheritdoc IEscrowExtension
    function dispute(PackedTerms calldata terms) external payable nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        bool byPayee = msg.sender == terms.payee();
        if (!byPayee && msg.sender != terms.payer()) {
            revert NotPayerOrPayee(msg.sender, terms.payer(), terms.payee());
        }
        if (terms.arbiter() == address(0)) revert NoArbiter(id);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
        _checkUndisputed(id, word);
        _checkDisputable(id, word);
        Timer memory stored = _timers[id];
        // No split is executed before the second in which the hold or the appeal would have ended by itself.
        uint256 ruleBy = _max(_time(block.timestamp + terms.rulingWindow()), stored.opensAt);
        uint256 bond = terms.disputeBond();

        (stored.ruleBy, stored.disputedByPayee) = (uint40(ruleBy), byPayee);
        _timers[id] = stored;
        emit Disputed(id, msg.sender, bond, ruleBy);

        _pullBond(terms.token(), bond);
    }

    /// @inheritdoc IEscrowExtension
    function resolve(PackedTerms calldata terms, uint256 payeeBps) external nonReentrant {
        PaymentId id = _idOf(terms);
        (PaymentWord word, Timer memory stored) = _disputed(id);
        if (block.timestamp >= stored.ruleBy) revert RulingClosed(block.timestamp, stored.ruleBy);
        if (payeeBps > BPS) revert IPaymentEscrow.SplitOutOfRange(payeeBps);
        bool givesIn =
            (msg.sender == terms.payee() && payeeBps == 0) || (msg.sender == terms.payer() && payeeBps == BPS);
        if (msg.sender != terms.arbiter() && !givesIn) revert NotArbiter(msg.sender, terms.arbiter());

        uint256 openersBps = stored.disputedByPayee ? payeeBps : BPS - payeeBps;
        bool toPayee = stored.disputedByPayee == (openersBps >= BPS / 2);
        _rule(terms, id, word, payeeBps, toPayee ? terms.payee() : terms.payer());
    }

    /// @inheritdoc IEscrowExtension
    function resolveByDefault(PackedTerms calldata terms) external nonReentrant {
        PaymentId id = _idOf(terms);
        (PaymentWord word, Timer memory stored) = _disputed(id);
        if (block.timestamp < stored.ruleBy) revert RulingPending(block.timestamp, stored.ruleBy);

        address opener = stored.disputedByPayee ? terms.payee() : terms.payer();
        _rule(terms, id, word, terms.defaultSplitBps(), opener);
    }

    /// @inheritdoc IEscrowExtension
    function settle(
        PackedTerms calldata terms,
        uint96 toPayee,
        uint96 toPayer,
        uint40 deadline,
        bytes calldata payerSignature,
        bytes calldata payeeSignature
    ) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        uint256 capturable = word.capturable();
        _checkAmount(uint256(toPayee) + toPayer, capturable);
        _checkDeadline(deadline);
        bytes32 digest = SettlementLib.digest(id, toPayee, toPayer, capturable, deadline, _domainSeparator());
        _checkSigned(digest, terms.payer(), payerSignature);
        _checkSigned(digest, terms.payee(), payeeSignature);

        uint256 fees = _part(terms, id, word, toPayee, toPayer);
        emit Settled(id, toPayee, toPayer);

        _payParts(terms, toPayee - fees, toPayer);
        Timer memory stored = _timers[id];
        if (stored.ruleBy != 0 && uint256(toPayee) + toPayer == capturable) {
            _deliver(terms.token(), stored.disputedByPayee ? terms.payee() : terms.payer(), terms.disputeBond());
        }
    }

    /// @inheritdoc IEscrowExtension
    function review(
        PackedTerms calldata terms,
        Band toBand,
        uint16 reasonCode,
        uint40 deadline,
        address reviewer,
        bytes calldata signature
    ) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        Band fromBand = word.band();
        if (fromBand < Band.Hold || uint8(toBand) + 1 != uint8(fromBand)) revert NotOneStepMilder(fromBand, toBand);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
        _checkUndisputed(id, word);
        Timer memory stored = _timers[id];
        if (stored.reviewed) revert AlreadyReviewed(id);
        if (block.timestamp >= stored.closesAt) {
            revert IPaymentEscrow.ScreeningClosed(block.timestamp, stored.closesAt);
        }
        _checkReviewer(terms, reviewer);
        _checkDeadline(deadline);
        bytes32 digest = ReviewLib.digest(id, fromBand, toBand, reasonCode, deadline, _domainSeparator());
        _checkSigned(digest, reviewer, signature);

        stored.opensAt = _time(block.timestamp);
        if (toBand == Band.Hold) (stored.opensAt, stored.closesAt) = _holdWindow(terms, word);
        stored.reviewed = true;
        _timers[id] = stored;
        _payments[id] = word.withBand(toBand);
        emit Reviewed(id, reviewer, fromBand, toBand, reasonCode, stored.opensAt, stored.closesAt);
    }

    /// @inheritdoc IEscrowExtension
    function tighten(
        PackedTerms calldata terms,
        bytes calldata attestation,
        bytes calldata differing
    ) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
        _checkPostable(terms, id, word);
        if (word.band() == Band.None) {
            Verdict verdict = _evaluate(terms, id, word, attestation);
            _checkAllowed(id, verdict);
            _storeVerdict(terms, id, word, verdict);
            word = _payments[id];
        }
        Verdict tightened = _reassess(terms, id, word, differing);
        if (tightened.band() == Band.Allow) revert IPaymentEscrow.AlreadyScreened(id, Band.Allow);

        _storeVerdict(terms, id, word, tightened);
    }

    /// @inheritdoc IEscrowExtension
    function request(PackedTerms calldata terms) external nonReentrant {
        PaymentId id = _idOf(terms);
        PaymentWord word = _existing(id);
        _checkParty(msg.sender, terms);
        if (word.band() != Band.None) revert IPaymentEscrow.AlreadyScreened(id, word.band());
        if (word.requested()) revert IPaymentEscrow.AlreadyRequested(id, _timers[id].silentAt);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
        uint256 captureBy = terms.captureBy();
        if (block.timestamp >= captureBy) revert IPaymentEscrow.ScreeningClosed(block.timestamp, captureBy);
        (uint256 silentAt, uint256 opensAt, uint256 closesAt) = _silence(terms, word);

        _payments[id] = word.markRequested();
        _timers[id] = Timer(_time(silentAt), _time(opensAt), _time(closesAt), 0, false, false);
        emit IPaymentEscrow.ScreeningRequested(id, silentAt, opensAt, closesAt);
    }

    /// @inheritdoc IEscrowExtension
    function sweep(address token, address account) external nonReentrant {
        _sweep(token, account);
    }

    /// @inheritdoc IEscrowExtension
    function idOf(PackedTerms calldata terms) external view returns (PaymentId) {
        return _idOf(terms);
    }

    /// @inheritdoc IEscrowExtension
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

    /// @inheritdoc IEscrowExtension
    function timer(PaymentId id) external view returns (Timer memory) {
        return _timers[id];
    }

    /// @inheritdoc IEscrowExtension
    function ledger(address token, address account) external view returns (uint256 credit, uint256 protocolCredit) {
        Entry memory entry = _entry(token, account);
        return (entry.credit, entry.protocolCredit);
    }

    /// @inheritdoc IEscrowExtension
    function exitBy(PackedTerms calldata terms) external pure returns (uint256) {
        // An answer at the end of silence, a Block in appeal, reviewed to Hold at its end, disputed or captured at the end of that
        uint256 last = _max(MAX_GRACE, terms.rulingWindow());
        return _time(terms.captureBy() + MAX_SILENCE_DELAY + MAX_APPEAL_DELAY + terms.maxHold() + last);
    }

    /// @inheritdoc IEscrowExtension
    function extension() external view returns (address) {
        return SELF;
    }

    /// @inheritdoc IEscrowExtension
    function collectorCaller() external view returns (address) {
        return IRareWays(RARE_WAYS).collectorCaller();
    }

    /// @inheritdoc IEscrowExtension
    function stake() external view returns (address) {
        return address(STAKE);
    }

    /// @inheritdoc IEscrowExtension
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IEscrowExtension
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IEscrowExtension
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    /// @dev What a vote, or one signer who contradicts, makes of an Allow.
    function _reassess(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        bytes calldata differing
    ) private returns (Verdict) {
        uint256 block_ = word.authorizedBlock();
        if (differing.length == 0) return GATE.reassess(block_, word.score());
        return GATE.contest(PaymentId.unwrap(id), block_, terms.amount(), terms.token(), differing);
    }

    function _checkParty(address actor, PackedTerms calldata terms) private pure {
        if (actor != terms.payer()) _checkOperatorOrPayee(actor, terms);
    }

    /// @dev Held or in appeal: after a Hold or Block was posted, or silence began, and before the payee may capture or, after
    /// a Block, the payer reclaim.
    function _checkDisputable(PaymentId id, PaymentWord word) private view {
        if (!word.timed()) revert DisputeWindow(block.timestamp, 0, 0);
        Timer memory stored = _timers[id];
        uint256 from = word.band() == Band.None ? stored.silentAt : 0;
        uint256 to = word.band() == Band.Allow ? 0 : stored.opensAt;
        if (block.timestamp < from || block.timestamp >= to) revert DisputeWindow(block.timestamp, from, to);
    }

    function _disputed(PaymentId id) private view returns (PaymentWord word, Timer memory stored) {
        word = _existing(id);
        stored = _timers[id];
        if (stored.ruleBy == 0) revert NotDisputed(id);
        if (word.capturable() == 0) revert IPaymentEscrow.AmountZero();
    }

    function _rule(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        uint256 payeeBps,
        address bondTo
    ) private {
        uint256 capturable = word.capturable();
        uint256 toPayee = (capturable * payeeBps) / BPS;
        uint256 bond = terms.disputeBond();

        uint256 fees = _part(terms, id, word, toPayee, capturable - toPayee);
        emit Ruled(id, msg.sender, toPayee, capturable - toPayee, bond == 0 ? address(0) : bondTo);

        _payParts(terms, toPayee - fees, capturable - toPayee);
        _deliver(terms.token(), bondTo, bond);
    }

    /// @dev The caller has checked that the parts are together at most what is in escrow.
    function _part(
        PackedTerms calldata terms,
        PaymentId id,
        PaymentWord word,
        uint256 toPayee,
        uint256 toPayer
    ) private returns (uint256 fees) {
        (uint256 operatorFee, uint256 protocolFee) = _fees(terms, toPayee, terms.maxFeeBps(), word.protocolFeeBps());
        _payments[id] = word.captured(toPayee).release(toPayer);
        if (operatorFee | protocolFee != 0) _keepFees(terms, operatorFee, protocolFee);
        if (toPayee != 0) emit IPaymentEscrow.Captured(id, toPayee, operatorFee, protocolFee);
        if (toPayer != 0) emit IPaymentEscrow.Reclaimed(id, toPayer);
        return operatorFee + protocolFee;
    }

    function _payParts(PackedTerms calldata terms, uint256 toPayee, uint256 toPayer) private {
        _deliver(terms.token(), terms.payee(), toPayee);
        _deliver(terms.token(), terms.payer(), toPayer);
    }

    /// @dev The delays of the payment's own policy, from now on.
    function _holdWindow(PackedTerms calldata terms, PaymentWord word) private view returns (uint40, uint40) {
        (, uint256 holdDelay, uint256 grace, ) = GATE.silenceTerms(
            word.authorizedBlock(),
            terms.token(),
            terms.amount()
        );
        uint256 opensAt = block.timestamp + _min(holdDelay, terms.maxHold());
        return (_time(opensAt), _time(_max(terms.captureBy(), opensAt + _min(grace, MAX_GRACE))));
    }

    function _checkReviewer(PackedTerms calldata terms, address reviewer) private view {
        bool named = reviewer != address(0) && (reviewer == terms.arbiter() || GATE.isReviewer(reviewer));
        if (!named) revert NotReviewer(reviewer);
    }

    function _checkDeadline(uint256 deadline) private view {
        if (block.timestamp >= deadline) revert DeadlinePassed(block.timestamp, deadline);
    }

    /// @dev Who calls needs no signature.
    function _checkSigned(bytes32 digest, address party, bytes calldata signature) private view {
        if (msg.sender != party && !digest.isSignedBy(party, signature)) revert PartySignatureInvalid(digest, party);
    }

    /// @dev Native coin comes with the call.
    function _pullBond(address token, uint256 bond) private {
        uint256 coins = token == address(0) ? bond : 0;
        if (msg.value != coins) revert IPaymentEscrow.AmountReceived(coins, msg.value);
        if (bond == coins) return;
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (!IERC20(token).trySafeTransferFrom(msg.sender, address(this), bond)) {
            revert IPaymentEscrow.TransferFailed(token, msg.sender, address(this), bond);
        }
        uint256 received = IERC20(token).balanceOf(address(this)) - balance;
        if (received != bond) revert IPaymentEscrow.AmountReceived(bond, received);
    }
}
