// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band} from "../types/Verdict.sol";

/// @notice How the money reaches the escrow.
enum Collection {
    Allowance,
    Erc3009
}

/// @notice A payment's stored state.
/// @param capturable Still in escrow, in the token's smallest unit.
/// @param refundable Captured and not refunded.
/// @param authorizedBlock Block of the authorization; 0 means the payment does not exist.
/// @param score Posted score, 0 until one is posted.
/// @param band Posted band.
/// @param requested Whether screening was requested on chain.
/// @param protocolFeeBps Protocol fee pinned by the posted band.
struct PaymentState {
    uint96 capturable;
    uint96 refundable;
    uint40 authorizedBlock;
    uint16 score;
    Band band;
    bool requested;
    uint8 protocolFeeBps;
}

/// @notice Stored seconds of a payment that was held, blocked or requested; all windows are half-open.
/// @param silentAt A band can be posted before this second; 0 without a request.
/// @param opensAt The payee may capture from this second on …
/// @param closesAt … and before this one, from which the payer's money goes back.
struct Timer {
    uint40 silentAt;
    uint40 opensAt;
    uint40 closesAt;
}

/// @title Payment escrow
/// @notice Holds a payer's money until the risk gate lets it go to the payee or time returns it to the payer.
/// @dev There is no owner, no upgrade and no pause. Nobody, the deployer and the gate's governor included, can move funds
/// except along the functions below; with every attester gone each payment is out by `exitBy(terms)`.
interface IPaymentEscrow {
    /// @notice A payment's money is in escrow.
    event Authorized(PaymentId indexed id, address indexed payee, PackedTerms terms);
    /// @notice Money went to the payee.
    /// @param amount Amount captured, fees included.
    /// @param operatorFee The operator's part, for the terms' fee receiver.
    /// @param protocolFee The protocol's part.
    event Captured(PaymentId indexed id, uint256 amount, uint256 operatorFee, uint256 protocolFee);
    /// @notice The operator or payee gave money back before capturing it.
    event Voided(PaymentId indexed id, uint256 amount);
    /// @notice Money went back to the payer by time, Block or silence.
    event Reclaimed(PaymentId indexed id, uint256 amount);
    /// @notice Captured money was paid back.
    event Refunded(PaymentId indexed id, address indexed from, uint256 amount);
    /// @notice Screening was requested; without a band before `silentAt` the window is [opensAt, closesAt).
    event ScreeningRequested(PaymentId indexed id, uint256 silentAt, uint256 opensAt, uint256 closesAt);
    /// @notice A band was stored.
    event BandPosted(PaymentId indexed id, Band band, uint256 score, uint256 opensAt, uint256 closesAt);
    /// @notice Money that could not be delivered, or a fee, waits in the ledger for `sweep`.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice Ledger entries were paid out.
    event Swept(address indexed token, address indexed account, uint256 amount, uint256 protocolAmount);

    error NotOperatorOrPayee(address caller, address operator, address payee);
    error PaymentExists(PaymentId id);
    error PaymentUnknown(PaymentId id);
    error AmountZero();
    error AmountTooLarge(uint256 amount, uint256 available);
    error AuthorizationExpired(uint256 timestamp, uint256 authorizeBy);
    error DeadlinesOutOfOrder(uint256 authorizeBy, uint256 captureBy, uint256 refundBy);
    error FeeRangeInvalid(uint256 minFeeBps, uint256 maxFeeBps);
    error FeeReceiverZero();
    error FeeOutOfRange(uint256 feeBps, uint256 minFeeBps, uint256 maxFeeBps);
    error SilenceRuleUnknown(uint256 rule);
    error SplitOutOfRange(uint256 splitBps);
    error SpareBitsSet(uint256 spare);
    error PartyInvalid(address party);
    error PayerSignatureInvalid(PaymentId id, address payer);
    /// @notice The token delivered another amount than the terms name; fee-on-transfer tokens are refused here.
    error AmountReceived(uint256 expected, uint256 actual);
    /// @notice The capture window is [opensAt, closesAt).
    error CaptureWindow(uint256 timestamp, uint256 opensAt, uint256 closesAt);
    /// @notice No band is posted and no attestation came along.
    error NotScreened(PaymentId id);
    /// @notice The attested band lets nothing go now; post it.
    error NotAllowed(PaymentId id, Band band, uint256 score);
    /// @notice A band is posted already; it changes only by review, or from Allow to Hold by a refresh.
    error AlreadyScreened(PaymentId id, Band band);
    error AlreadyRequested(PaymentId id, uint256 silentAt);
    /// @notice Bands can be posted before this second only.
    error ScreeningClosed(uint256 timestamp, uint256 closedAt);
    /// @notice The payer's money goes back from this second on.
    error ReclaimTooEarly(uint256 timestamp, uint256 reclaimAt);
    error RefundWindowClosed(uint256 timestamp, uint256 refundBy);
    /// @notice The token's address holds no code, or what is there has no `balanceOf`.
    error TokenUnreadable(address token);
    error TransferFailed(address token, address from, address to, uint256 amount);
    error NothingToSweep(address token, address account);

    /// @notice Takes the payer's money into escrow. Anybody may submit; the payer has signed or is the caller.
    /// @param terms The terms. Deadlines: now < authorizeBy ≤ captureBy ≤ refundBy.
    /// @param collection Erc3009: `payerSignature` is that of `receiveWithAuthorization` with validAfter 0, validBefore
    /// authorizeBy and the payment id as nonce. Allowance: the payer's EIP-712 signature of the terms (EIP-1271 for a
    /// contract), empty when the payer calls.
    /// @return id The payment's id.
    function authorize(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external returns (PaymentId id);

    /// @notice Pays the payee. By the operator; by the payee too, at the highest fee of the range, so that no payment
    /// depends on an operator who is gone.
    /// @param amount Amount to capture, fees included, at most what is capturable.
    /// @param feeBps The operator's fee, within the terms' range; rounded down to the token's smallest unit.
    /// @param pushFee True sends the operator's fee at once; false keeps it in the ledger for `sweep`.
    /// @param attestation Empty where a band is posted or silence has spoken; else an attestation the gate answers Allow.
    /// @dev A payee or fee receiver that cannot be paid gets a credit, so nobody blocks anybody.
    function capture(
        PackedTerms calldata terms,
        uint256 amount,
        uint256 feeBps,
        bool pushFee,
        bytes calldata attestation
    ) external;

    /// @notice Gives escrowed money back to the payer. By the operator or the payee, at any time.
    function void(PackedTerms calldata terms, uint256 amount) external;

    /// @notice Returns everything still in escrow to the payer once the payee's time is over. Anybody may call.
    function reclaim(PackedTerms calldata terms) external;

    /// @notice Pays captured money back to the payer out of the caller's allowance. By the operator or the payee, before
    /// refundBy.
    function refund(PackedTerms calldata terms, uint256 amount) external;

    /// @notice Asks for screening on chain and starts the silence clock. By payer, payee or operator, once, before captureBy.
    function request(PackedTerms calldata terms) external;

    /// @notice Stores the band that follows from an attestation. Anybody may call.
    /// @dev Hold: the payee may capture from now + min(policy delay, terms.maxHold) for at least the policy's grace, and
    /// never for less than until captureBy. Block: nothing goes out; the payer reclaims at once, or after the appeal delay
    /// where the terms name an arbiter. A posted Allow becomes Hold by a refresh, nothing else changes a posted band.
    function post(PackedTerms calldata terms, bytes calldata attestation) external;

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

    /// @notice The gate that judges the payments of this escrow.
    function gate() external view returns (address);

    /// @notice Where the protocol's part of fees goes.
    function treasury() external view returns (address);

    /// @notice EIP-712 domain separator of terms.
    function domainSeparator() external view returns (bytes32);
}
