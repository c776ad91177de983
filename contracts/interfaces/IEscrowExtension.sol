// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureItem, PaymentState, Timer} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band} from "../types/Verdict.sol";

/// @title Escrow extension
/// @notice Captures of many payments at once, what happens to a payment that does not go its usual way (requests, disputes,
/// rulings, settlements and reviews), the ledger and the views.
/// @dev Called on the escrow, which passes what it does not know itself to the extension. A ruling or settlement emits
/// `Captured` for what the payee gets and `Reclaimed` for what the payer gets, so that the books follow from those events
/// alone; the payee's part bears the highest operator fee of the terms, as whenever the operator does not name it.
interface IEscrowExtension {
    /// @notice A payment of `captureMany` was passed over.
    /// @param reason Selector of the error that `capture` would raise; for a payment that was not judged, the gate's.
    event CaptureSkipped(PaymentId indexed id, bytes4 reason);
    /// @notice A dispute was opened.
    /// @param by Payer or payee.
    /// @param bond What he posted, in the payment's token.
    /// @param ruleBy The arbiter rules before this second.
    event Disputed(PaymentId indexed id, address indexed by, uint256 bond, uint256 ruleBy);
    /// @notice A dispute was ruled.
    /// @param by The arbiter, a side that gave in, or whoever executed the default split.
    /// @param toPayee The payee's part, fees included.
    /// @param toPayer The payer's part.
    /// @param bondTo Who got the bond; the zero address where there was none.
    event Ruled(PaymentId indexed id, address indexed by, uint256 toPayee, uint256 toPayer, address bondTo);
    /// @notice Payer and payee agreed on a part or all of what is in escrow.
    event Settled(PaymentId indexed id, uint256 toPayee, uint256 toPayer);
    /// @notice A reviewer made the band one step milder.
    event Reviewed(
        PaymentId indexed id,
        address indexed reviewer,
        Band fromBand,
        Band toBand,
        uint256 reasonCode,
        uint256 opensAt,
        uint256 closesAt
    );

    error NotPayerOrPayee(address caller, address payer, address payee);
    /// @notice The terms name no arbiter.
    error NoArbiter(PaymentId id);
    /// @notice Disputes are opened while the payment is held or in appeal: in [from, to).
    error DisputeWindow(uint256 timestamp, uint256 from, uint256 to);
    error NotDisputed(PaymentId id);
    /// @notice Only the arbiter rules; a side may give in, which is to leave everything to the other.
    error NotArbiter(address caller, address arbiter);
    /// @notice The arbiter's time is over; the default split can be executed.
    error RulingClosed(uint256 timestamp, uint256 ruleBy);
    /// @notice The arbiter still has time.
    error RulingPending(uint256 timestamp, uint256 ruleBy);
    /// @notice What was signed counts before its deadline only.
    error DeadlinePassed(uint256 timestamp, uint256 deadline);
    /// @notice The signature is not one of this party under this digest.
    error PartySignatureInvalid(bytes32 digest, address party);
    /// @notice A review makes a posted Hold an Allow or a posted Block a Hold.
    error NotOneStepMilder(Band fromBand, Band toBand);
    /// @notice Neither the terms' arbiter nor a reviewer of the gate.
    error NotReviewer(address account);
    /// @notice A band is reviewed once.
    error AlreadyReviewed(PaymentId id);

    /// @notice Pays the payees of many payments as `capture` does, fees kept in the ledger. A payment that cannot be captured
    /// is passed over and reported; neighbours of one payee and token are paid by one transfer.
    /// @dev The protocol part of a fee is taken as in `capture`. A token that uses up all gas fails the whole call: the caller
    /// chooses what he puts together.
    /// @param items The payments; the same one may come twice.
    /// @param attestation Empty, or one attestation over all of them in order, see IRiskGate.evaluateMany; where a band is
    /// posted it counts and what is attested is ignored.
    function captureMany(CaptureItem[] calldata items, bytes calldata attestation) external;

    /// @notice Opens a dispute over what is in escrow. By payer or payee, once, while the payment is held or in appeal: from
    /// the posted Hold or Block, or from silence, until the second in which the payee might capture or the payer reclaim.
    /// @dev The terms' bond is taken out of the caller's allowance; native coin comes with the call. Until the ruling nobody captures, voids or reclaims.
    function dispute(PackedTerms calldata terms) external payable;

    /// @notice Rules a dispute. By the arbiter before `ruleBy`; by payee or payer, too, to give in.
    /// @dev The opener gets his bond back if his part is at least half, else the other side gets it.
    /// @param payeeBps The payee's part of what is in escrow, in basis points.
    function resolve(PackedTerms calldata terms, uint256 payeeBps) external;

    /// @notice Executes the terms' default split of a dispute that was not ruled in time. Anybody may call, from `ruleBy` on.
    /// @dev Where nobody ruled nobody lost: the opener gets his bond back.
    function resolveByDefault(PackedTerms calldata terms) external;

    /// @notice Pays out what payer and payee agreed on, in any state with money in escrow. Anybody may submit.
    /// @dev The signed amount in escrow changes with every settlement, so none counts twice. A settlement of everything ends a
    /// dispute and gives the opener his bond back.
    /// @param toPayee The payee's part, fees included.
    /// @param toPayer The payer's part; together at most what is in escrow.
    /// @param deadline Second before which the settlement counts.
    /// @param payerSignature EIP-712 signature of `Settlement`; empty when the payer calls.
    /// @param payeeSignature EIP-712 signature of `Settlement`; empty when the payee calls.
    function settle(
        PackedTerms calldata terms,
        uint96 toPayee,
        uint96 toPayer,
        uint40 deadline,
        bytes calldata payerSignature,
        bytes calldata payeeSignature
    ) external;

    /// @notice Makes a posted band one step milder, once: a Block becomes a Hold with its delay and grace, a Hold an Allow
    /// that no refresh and no vote takes back. Before the payer may reclaim, and not in a dispute.
    /// @dev A Block of terms without an arbiter gives the payer his money at once and leaves no time for a review.
    /// @param toBand The new band.
    /// @param reasonCode Goes to the event.
    /// @param deadline Second before which the review counts.
    /// @param reviewer The terms' arbiter or a reviewer of the gate.
    /// @param signature The reviewer's EIP-712 signature of `Review`; empty when he calls.
    function review(
        PackedTerms calldata terms,
        Band toBand,
        uint16 reasonCode,
        uint40 deadline,
        address reviewer,
        bytes calldata signature
    ) external;

    /// @notice Turns an Allow into a Hold. Anybody may call, before the payee has captured, for one of two reasons: the current
    /// policy holds from a lower score than the policy of the payment's block, or one signer of the payment's epoch signed facts
    /// that reach the policy's Hold. Nothing else that was voted or signed later touches an Allow but a refresh.
    /// @dev The one signer answers with his bond: whoever is alone against two thirds of the epoch can be accused by
    /// `Attesters.proveDissent`. He can delay a payment, never block it.
    /// @param attestation Empty where an Allow is posted; else an attestation the gate answers Allow.
    /// @param differing Empty for the current policy; else a packed attestation with the one signer's signature.
    function tighten(PackedTerms calldata terms, bytes calldata attestation, bytes calldata differing) external;

    /// @notice Asks for screening on chain and starts the silence clock. By payer, payee or operator, once, before captureBy.
    function request(PackedTerms calldata terms) external;

    /// @notice Pays an account's ledger entry for a token out, and the protocol's part in it to the treasury. Anybody may
    /// call.
    function sweep(address token, address account) external;

    /// @notice The payment id of the terms on this escrow and chain.
    function idOf(PackedTerms calldata terms) external view returns (PaymentId);

    /// @notice Stored state of a payment; all zero when it does not exist.
    function payment(PaymentId id) external view returns (PaymentState memory);

    /// @notice Stored seconds of a payment; all zero where none were stored.
    function timer(PaymentId id) external view returns (Timer memory);

    /// @notice Ledger entry of an account: what it is owed, and the protocol's part kept beside it.
    function ledger(address token, address account) external view returns (uint256 credit, uint256 protocolCredit);

    /// @notice The latest second at which money of these terms can still be in escrow without anybody being able to take
    /// it out.
    function exitBy(PackedTerms calldata terms) external pure returns (uint256);

    /// @notice Code of the operations of IEscrowExtension: a contract of fixed code without storage of its own, created with
    /// this one, which runs on this one's storage by delegatecall.
    function extension() external view returns (address);

    /// @notice Who calls collectors for this escrow, see `ICollector`.
    function collectorCaller() external view returns (address);

    /// @notice Where stake is looked up for fee tiers; the zero address: nowhere.
    function stake() external view returns (address);

    /// @notice The gate that judges the payments of this escrow.
    function gate() external view returns (address);

    /// @notice Where the protocol's part of fees goes.
    function treasury() external view returns (address);

    /// @notice EIP-712 domain separator of terms.
    function domainSeparator() external view returns (bytes32);
}
