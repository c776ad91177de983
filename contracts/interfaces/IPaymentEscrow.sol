// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Band} from "../types/Verdict.sol";
import {IEscrowCore} from "./IEscrowCore.sol";
import {IEscrowExtension} from "./IEscrowExtension.sol";

/// @title Payment escrow
/// @notice Holds a payer's money until the risk gate lets it go to the payee or time returns it to the payer.
/// @dev There is no owner, no upgrade and no pause. Nobody, the deployer and the gate's governor included, can move funds
/// except along the functions below; with every attester gone each payment is out by `exitBy(terms)`.
interface IPaymentEscrow is IEscrowCore, IEscrowExtension {
    /// @notice A payment's money is in escrow.
    event Authorized(PaymentId indexed id, address indexed payee, PackedTerms terms);
    /// @notice Money went to the payee.
    /// @param amount Amount captured, fees included.
    /// @param operatorFee The operator's part, for the terms' fee receiver.
    /// @param protocolFee The protocol's part.
    event Captured(PaymentId indexed id, uint256 amount, uint256 operatorFee, uint256 protocolFee);
    /// @notice A payment was authorized and captured, all of it, at once.
    event Charged(
        PaymentId indexed id,
        address indexed payee,
        PackedTerms terms,
        uint256 operatorFee,
        uint256 protocolFee
    );
    /// @notice The operator or payee gave money back before capturing it.
    /// @param reasonCode As for `Refunded`.
    event Voided(PaymentId indexed id, uint256 amount, uint256 reasonCode);
    /// @notice Money went back to the payer by time, Block, silence, a ruling or a settlement.
    event Reclaimed(PaymentId indexed id, uint256 amount);
    /// @notice Captured money was paid back.
    /// @param from Who paid.
    /// @param reasonCode What he gives as reason: 0 none, 1 fraud; other codes are the integrator's.
    event Refunded(PaymentId indexed id, address indexed from, uint256 amount, uint256 reasonCode);
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
    /// @notice None of Payout.
    error PayoutUnknown(uint256 payout);
    error FeeOutOfRange(uint256 feeBps, uint256 minFeeBps, uint256 maxFeeBps);
    error SilenceRuleUnknown(uint256 rule);
    error FeeTierUnknown(uint256 tier);
    error SplitOutOfRange(uint256 splitBps);
    error SpareBitsSet(uint256 spare);
    error PartyInvalid(address party);
    /// @param digest The payment's id, or the digest of the batch.
    error PayerSignatureInvalid(bytes32 digest, address payer);
    /// @notice The token delivered another amount than the terms name; fee-on-transfer tokens are refused here.
    error AmountReceived(uint256 expected, uint256 actual);
    /// @notice Coins came along with a call that takes none.
    error ValueUnexpected(uint256 value);
    /// @notice Native coin was to pay terms that name a token.
    error NotNative(address token);
    /// @notice Signatures or a collector's head are shorter than they must be.
    error SignatureShort(uint256 length, uint256 needed);
    error CollectorFailed(address collector);
    /// @notice A batch is of one payer and one token; this payment is not of the first one's.
    error BatchMixed(PaymentId id, address payer, address token);
    /// @notice The payment has changed since the order was signed, by the order itself or by something else.
    error OrderOutdated(PaymentId id, uint256 capturable, uint256 refundable);
    error OrderSignatureInvalid(PaymentId id, address operator, address payee);
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
    /// @notice A dispute was opened: until it is ruled, money moves only by ruling or settlement.
    error InDispute(PaymentId id, uint256 ruleBy);
    error RefundWindowClosed(uint256 timestamp, uint256 refundBy);
    /// @notice The token's address holds no code, or what is there has no `balanceOf`.
    error TokenUnreadable(address token);
    error TransferFailed(address token, address from, address to, uint256 amount);
    error NothingToSweep(address token, address account);
}
