// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
    AlreadyQueued,
    PayeeMoved
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
