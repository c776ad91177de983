// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelTerms.sol";
import {Band} from "../types/Verdict.sol";
import {IChannelsCore} from "./IChannelsCore.sol";
import {IChannelsExtension} from "./IChannelsExtension.sol";
import {ITokenCredits} from "./ITokenCredits.sol";

/// @title Payment channels
/// @notice A payer deposits once and signs cumulative vouchers; the payee redeems the last of them whenever he likes, many
/// channels in one transaction. What goes out between two judgements of the risk gate is capped.
/// @dev There is no owner, no upgrade and no pause. Nobody can move funds except along the functions below. With every
/// attester gone vouchers above the cap go out by `queue` and `release`; the payer's own rest never needs an attestation.
interface IPaymentChannels is IChannelsCore, IChannelsExtension, ITokenCredits {
    /// @notice A channel's deposit is there. The terms are all here, so that everybody can make calls about the channel.
    event Opened(
        ChannelId indexed id,
        address indexed payer,
        address indexed payee,
        address token,
        address signer,
        uint32 exitDelay,
        uint256 salt,
        uint256 deposit
    );
    /// @notice A deposit grew; `deposit` is the new total.
    event ToppedUp(ChannelId indexed id, address indexed from, uint256 amount, uint256 deposit);
    /// @notice The payee has been paid up to `cumulative`.
    event Redeemed(ChannelId indexed id, uint256 cumulative);
    /// @notice Many channels were redeemed at once.
    /// @param amount Sum that went to the payee.
    /// @param rows Channels paid and what each has paid by now: (channel 32 bytes | cumulative 12 bytes), one after the other.
    event BatchRedeemed(address indexed payee, address indexed token, uint256 amount, bytes rows);
    /// @notice An amount waits for its time.
    event VoucherQueued(ChannelId indexed id, uint256 cumulative, uint256 releaseAt);
    /// @notice The gate held a batch; `rows` wait, as in `BatchRedeemed`.
    event BatchQueued(address indexed payee, address indexed token, uint256 releaseAt, bytes rows);
    /// @notice The gate blocked the channel: nothing goes to the payee any more, the payer may leave at once.
    event ChannelBlocked(ChannelId indexed id);
    /// @notice The gate blocked a batch; `rows` as in `BatchRedeemed`.
    event BatchBlocked(address indexed payee, address indexed token, bytes rows);
    /// @notice Rows of a batch were left out.
    /// @param report (index in the batch 2 bytes | RowProblem 1 byte), one after the other.
    event RowsSkipped(address indexed payee, address indexed token, bytes report);
    /// @notice The payer asked to leave; vouchers can be submitted before `closeAt`.
    event ExitRequested(ChannelId indexed id, uint256 closeAt);
    /// @notice The rest went back to the payer, except what is queued: `pending` waits for its time.
    event ExitPending(ChannelId indexed id, uint256 returned, uint256 pending);
    /// @notice The channel pays `to` from now on.
    event PayeeMoved(ChannelId indexed id, address indexed from, address indexed to);
    /// @notice A session's key paid `amount` in the period `index`, which has paid `spent` by now.
    event SessionSpent(bytes32 indexed session, ChannelId indexed id, uint256 index, uint256 amount, uint256 spent);
    /// @notice A session ends at `revokedAt`.
    event SessionRevoked(bytes32 indexed session, address indexed payer, uint256 revokedAt);
    /// @notice Whoever submitted a payee's last voucher got his promise.
    event BountyPaid(ChannelId indexed id, address indexed submitter, uint256 amount);
    /// @notice An account's credit grew, or shrank by what funded a channel; `credit` is what it has now.
    event AccountFunded(address indexed token, address indexed account, uint256 amount, uint256 credit);
    event CreditSpent(address indexed token, address indexed account, ChannelId indexed id, uint256 amount);
    /// @notice One signature paid many.
    /// @param rows Each (payee 20 bytes | amount 12).
    event PaidMany(address indexed account, address indexed token, uint256 sequence, uint256 total, bytes rows);
    /// @notice The account's risk cap is loaded anew at `refillAt`.
    event RefillRequested(address indexed token, address indexed account, uint256 refillAt);
    /// @notice The channel is over.
    /// @param claimed What the payee got in all.
    /// @param returned What went back to the payer now.
    event Closed(ChannelId indexed id, uint256 claimed, uint256 returned);

    error NotPayer(address caller, address payer);
    error NotPayee(address caller, address payee);
    error DepositZero();
    /// @notice A deposit stays below 2^96.
    error DepositTooLarge(uint256 deposit, uint256 largest);
    /// @notice The id is taken; a closed channel is never opened again.
    error ChannelExists(ChannelId id);
    error ChannelNotOpen(ChannelId id);
    /// @notice The gate said Block: nothing goes to the payee any more.
    error PayoutBlocked(ChannelId id);
    error ChannelPartyInvalid(address party);
    error ExitDelayOutOfRange(uint256 exitDelay, uint256 lowest, uint256 highest);
    /// @notice A voucher must name more than was paid already.
    error VoucherNotHigher(uint256 cumulative, uint256 claimed);
    error VoucherExceedsDeposit(uint256 cumulative, uint256 deposit);
    error VoucherSignatureInvalid(ChannelId id, address signer);
    /// @notice The exit window is over; only what was queued in it can still be paid.
    error ExitWindowClosed(uint256 timestamp, uint256 closeAt);
    /// @notice More than may go out without an attestation: attest, or `queue`.
    error AttestationNeeded(ChannelId id, uint256 amount, uint256 riskCap);
    /// @notice An entry waits that this one may not replace.
    error VoucherAlreadyQueued(ChannelId id, uint256 cumulative, uint256 queued);
    error NothingQueued(ChannelId id);
    error ReleaseTooEarly(uint256 timestamp, uint256 releaseAt);
    error ExitAlreadyRequested(ChannelId id, uint256 closeAt);
    error ExitNotRequested(ChannelId id);
    error ExitTooEarly(uint256 timestamp, uint256 closeAt);
    /// @notice All that is left waits for its time: release it first.
    error QueuePending(ChannelId id, uint256 releaseAt);
    /// @notice A final amount is at least what was paid already and at most the deposit.
    error CloseAmountOutOfRange(uint256 cumulative, uint256 claimed, uint256 deposit);
    error CloseExpired(uint256 timestamp, uint256 deadline);
    error CloseSignatureInvalid(ChannelId id, address signer);
    /// @notice The attested band lets nothing go now.
    error CloseNotAllowed(ChannelId id, Band band, uint256 score);
    /// @notice Rows have 128 bytes each, or 148 with signers, and number at most 65,535.
    error RowsLength(uint256 length, uint256 rowLength);
    error OpenExpired(uint256 timestamp, uint256 deadline);
    error OpenSignatureInvalid(ChannelId id, address payer);
    /// @notice Permits have 65 bytes; a Permit2 signature starts with its nonce of 32.
    error SignatureLength(uint256 length, uint256 needed);
    error CreditTooLow(address token, address account, uint256 credit, uint256 needed);
    /// @notice The channel names another session, or the session another payer or token.
    error SessionMismatch(ChannelId id, bytes32 session);
    error SessionKeyInvalid(uint256 length);
    error SessionClosed(bytes32 session, uint256 timestamp, uint256 start, uint256 end);
    error SessionPayee(bytes32 session, address payee);
    error SessionCapReached(bytes32 session, uint256 spent, uint256 capPerPeriod);
    error SessionSignatureInvalid(bytes32 session, ChannelId id);
    error SessionRevokedBefore(bytes32 session, uint256 revokedAt);
    /// @notice A promise is paid in the exit window only.
    error BountyOutsideExit(ChannelId id, uint256 timestamp, uint256 closeAt);
    error BountyMismatch(ChannelId id, address payee, address token);
    error BountyExpired(uint256 timestamp, uint256 deadline);
    error BountyTooHigh(uint256 feeBps, uint256 highest);
    error BountySignatureInvalid(address payee);
    error PayManyExpired(uint256 timestamp, uint256 deadline);
    error PayManySequence(uint256 sequence, uint256 last);
    error PayManySignatureInvalid(address account);
    /// @notice Rows have 32 bytes each.
    error PayManyRowsLength(uint256 length);
    error PayManyNotAllowed(bytes32 digest, Band band, uint256 score);
    /// @notice More than the account may pay without an attestation: attest, or ask for a refill.
    error AccountCapReached(address account, uint256 amount, uint256 riskCap);
    error RefillNotNeeded(address token, address account);
    error RefillRequestedBefore(address token, address account, uint256 refillAt);
}
