// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedTerms} from "./Terms.sol";
import {Band} from "./Verdict.sol";

/// @notice Where a capture leaves money.
/// Push: the payee is paid, the operator's fee stays in the ledger.
/// PushAll: the operator's fee is paid, too.
/// Credit: everything stays in the ledger until it is swept, so that captures of one payee in different lanes share no slot.
enum Payout {
    Push,
    PushAll,
    Credit
}

/// @notice How the money reaches the escrow, and what `payerSignature` is. "The digest" is the payment's id, or the batch's.
/// Allowance: the payer's EIP-712 signature of the digest, empty when the payer calls; the escrow has his allowance.
/// Erc3009: that of the token's `receiveWithAuthorization` with validAfter 0, validBefore authorizeBy, the digest as nonce.
/// Permit2: nonce 32 bytes | that of its `permitWitnessTransferFrom` with authorizeBy as deadline and one field more,
/// `bytes32 payment`, the digest; Permit2 has his allowance.
/// Eip2612: 65 bytes of a permit for exactly the amount until authorizeBy, then as Allowance.
/// Native: as Allowance; the terms' token is the zero address and the call carries the amount.
/// Plugin: collector 20 bytes | length of the signature 2 | signature of CollectorCall, empty when the payer calls | data.
enum Collection {
    Allowance,
    Erc3009,
    Permit2,
    Eip2612,
    Native,
    Plugin
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

/// @notice What is stored of a payment that was held, blocked, requested, disputed or reviewed; all windows are half-open.
/// @param silentAt A band can be posted before this second; 0 without a request.
/// @param opensAt The payee may capture from this second on …
/// @param closesAt … and before this one, from which the payer's money goes back. Neither while there is a dispute.
/// @param ruleBy The arbiter rules before this second, from which anybody executes the default split; 0 without a dispute.
/// @param disputedByPayee Who opened the dispute and gets the bond back.
/// @param reviewed Whether the band is a reviewer's.
struct Timer {
    uint40 silentAt;
    uint40 opensAt;
    uint40 closesAt;
    uint40 ruleBy;
    bool disputedByPayee;
    bool reviewed;
}

/// @notice One payment of `captureMany`.
/// @param terms The terms.
/// @param amount Amount to capture, fees included, in the token's smallest unit.
/// @param feeBps The operator's fee, within the terms' range.
struct CaptureItem {
    PackedTerms terms;
    uint96 amount;
    uint16 feeBps;
}
