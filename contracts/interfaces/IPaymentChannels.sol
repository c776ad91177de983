// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {Band} from "../types/Verdict.sol";
import {ITokenCredits} from "./ITokenCredits.sol";

/// @notice Why a row of a batch was not paid, queued or blocked, as things stand at the end of the batch.
enum RowProblem {
    None,
    NotOpen,
    Blocked,
    NotHigher,
    ExceedsDeposit,
    WindowClosed,
    BadSignature,
    NeedsAttestation,
    AlreadyQueued
}

/// @notice What the rows of a batch have in common.
/// @param payee Who is paid.
/// @param token Token of all channels of the batch.
/// @param exitDelay Exit delay of all channels of the batch.
/// @param withSigners False: each channel's payer signs its vouchers, rows have 128 bytes. True: each row names its signer
/// and has 148.
struct BatchHeader {
    address payee;
    address token;
    uint32 exitDelay;
    bool withSigners;
}

/// @notice A channel's stored state; all false and zero when it was never opened.
/// @param deposit What is there to be paid out of, what was paid already included, in the token's smallest unit.
/// @param claimed What was paid out.
/// @param closeAt Second from which the rest goes back to the payer; 0 while nobody asked to leave.
/// @param riskCap What may still be paid out without an attestation; says nothing before `capped`.
/// @param open Vouchers can be redeemed.
/// @param closed Money is gone and the id used up.
/// @param blocked Nothing goes to the payee any more.
/// @param queued An amount waits for its time, see `queueOf`.
/// @param capped Whether `riskCap` has been loaded since the channel was opened or last attested.
struct ChannelState {
    uint96 deposit;
    uint96 claimed;
    uint32 closeAt;
    uint256 riskCap;
    bool open;
    bool closed;
    bool blocked;
    bool queued;
    bool capped;
}

/// @notice A cumulative amount that may be paid without an attestation from `releaseAt` on.
struct QueuedAmount {
    uint96 cumulative;
    uint40 releaseAt;
}

/// @title Payment channels
/// @notice A payer deposits once and signs cumulative vouchers; the payee redeems the last of them whenever he likes, many
/// channels in one transaction. What goes out between two judgements of the risk gate is capped.
/// @dev There is no owner, no upgrade and no pause. Nobody can move funds except along the functions below. With every
/// attester gone vouchers above the cap go out by `queue` and `release`; the payer's own rest never needs an attestation.
interface IPaymentChannels is ITokenCredits {
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

    /// @notice Opens a channel out of the payer's allowance. By the payer.
    /// @param deposit In the token's smallest unit.
    function open(ChannelTerms calldata terms, uint96 deposit) external returns (ChannelId id);

    /// @notice Opens a channel by the payer's ERC-3009 signature. Anybody may submit, so the payer needs no gas.
    /// @param validBefore As signed, seconds since the Unix epoch; validAfter is 0.
    /// @param signature That of `receiveWithAuthorization` with nonce keccak256(id, deposit), two words.
    function openWithAuthorization(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 validBefore,
        bytes calldata signature
    ) external returns (ChannelId id);

    /// @notice Adds to a deposit out of the caller's allowance. Anybody may call; the rest of it goes back to the payer.
    /// @dev The closing clock stays as it is, whatever is added.
    function topUp(ChannelTerms calldata terms, uint96 amount) external;

    /// @notice Adds to a deposit by an ERC-3009 signature of `from`. Anybody may submit.
    /// @param salt Any number, so that the same amount can be added twice.
    /// @param signature That of `receiveWithAuthorization` with nonce keccak256(id, amount, salt), three words.
    function topUpWithAuthorization(
        ChannelTerms calldata terms,
        address from,
        uint96 amount,
        uint256 salt,
        uint256 validBefore,
        bytes calldata signature
    ) external;

    /// @notice Pays the payee up to a voucher's amount. Anybody may submit; the money goes to the payee.
    /// @param cumulative All that the voucher names, in the token's smallest unit.
    /// @param signature The voucher's: 64 or 65 bytes of a key, or whatever the signer accepts by EIP-1271.
    /// @param attestation Empty within the risk cap; else an attestation about the batch of this one row. Allow pays and
    /// resets the cap, Hold queues, Block blocks the channel.
    function redeem(
        ChannelTerms calldata terms,
        uint96 cumulative,
        bytes calldata signature,
        bytes calldata attestation
    ) external;

    /// @notice Pays the payee out of many channels at once. A row that cannot be paid is left out and reported, it does not
    /// make the batch fail; an attestation that the gate refuses does. Anybody may submit.
    /// @param header What all rows have in common.
    /// @param rows Each (payer 20 bytes | cumulative 12 | salt 32 | r 32 | yParity and s 32), and with signers
    /// another (signer 20).
    /// @param attestation Empty, or an attestation about `batchSubject` of the rows' (channel | cumulative) list. Allow pays
    /// all rows and resets their caps, Hold queues them, Block blocks their channels.
    /// @return paid What went to the payee.
    /// @return report As in `RowsSkipped`.
    function redeemMany(
        BatchHeader calldata header,
        bytes calldata rows,
        bytes calldata attestation
    ) external returns (uint256 paid, bytes memory report);

    /// @notice Makes a voucher payable without an attestation once the gate's silence and hold delays have passed. Anybody may
    /// call; only the payee replaces an entry that waits, and in the exit window anybody, so that nobody can put the payee off.
    function queue(ChannelTerms calldata terms, uint96 cumulative, bytes calldata signature) external;

    /// @notice Pays a queued amount whose time has come. Anybody may call.
    function release(ChannelTerms calldata terms) external;

    /// @notice Starts the exit window of `exitDelay` seconds. By the payer, once.
    function requestExit(ChannelTerms calldata terms) external;

    /// @notice Returns the rest to the payer after the exit window, at once where the channel is blocked. Anybody may call.
    /// @dev A queued amount stays until it is released or blocked.
    function finalizeExit(ChannelTerms calldata terms) external;

    /// @notice Returns the rest to the payer at once. By the payee.
    /// @dev A queued amount stays until it is released or blocked.
    function close(ChannelTerms calldata terms) external;

    /// @notice Ends the channel at once at an amount both sides signed. Anybody may submit.
    /// @param cumulative What the payee shall have got in all.
    /// @param deadline The signatures count before this second.
    /// @param signerSignature Of the terms' signer over Close(channel, cumulative, deadline).
    /// @param payeeSignature Of the payee over the same; empty when the payee calls.
    /// @param attestation Empty within the risk cap; else as for `redeem`, and its band must be Allow.
    function coopClose(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes calldata signerSignature,
        bytes calldata payeeSignature,
        bytes calldata attestation
    ) external;

    /// @notice The channel id of the terms on this contract and chain.
    function idOf(ChannelTerms calldata terms) external view returns (ChannelId);

    /// @notice Stored state of a channel.
    function channel(ChannelId id) external view returns (ChannelState memory);

    /// @notice What waits for its time in a channel; zero where nothing does.
    function queueOf(ChannelId id) external view returns (QueuedAmount memory);

    /// @notice Subject of an attestation about a batch.
    /// @param rows The list of (channel 32 bytes | cumulative 12 bytes), in the order of the batch.
    function batchSubject(address payee, address token, bytes calldata rows) external view returns (bytes32);

    /// @notice The gate that judges payouts.
    function gate() external view returns (address);

    /// @notice EIP-712 domain separator of terms, vouchers, closes and batches.
    function domainSeparator() external view returns (bytes32);
}
