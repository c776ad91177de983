// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Order} from "../types/Order.sol";
import {Collection} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";

/// @title Escrow core
/// @notice The usual way of one payment. Events and errors are those of IPaymentEscrow.
interface IEscrowCore {
    /// @notice Takes the payer's money into escrow. Anybody may submit; the payer has signed or is the caller.
    /// @param terms The terms. Deadlines: now < authorizeBy ≤ captureBy ≤ refundBy.
    /// @param collection Which way the money comes.
    /// @param payerSignature What that way needs, see `Collection`. A signature is a key's (65 bytes), an account delegating by
    /// EIP-7702 included; or what a contract accepts by EIP-1271; or, of an account not deployed yet, one wrapped by EIP-6492.
    /// @return id The payment's id.
    function authorize(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external payable returns (PaymentId id);

    /// @notice Takes the money of several payments at once: milestones with deadlines of their own, or a cart of several
    /// payees. All or nothing.
    /// @param terms Terms of one payer and one token.
    /// @param collection As for `authorize`.
    /// @param payerSignature As for `authorize`, over the EIP-712 digest of `PaymentBatch(bytes32[] payments)`, for the sum of
    /// the amounts and the earliest authorizeBy.
    /// @return ids The payments' ids, in the order of the terms.
    function authorizeMany(
        PackedTerms[] calldata terms,
        Collection collection,
        bytes calldata payerSignature
    ) external payable returns (PaymentId[] memory ids);

    /// @notice Pays the payee. By the operator; by the payee too, at the highest fee of the range, so that no payment
    /// depends on an operator who is gone.
    /// @param amount Amount to capture, fees included, at most what is capturable.
    /// @param feeBps The operator's fee, within the terms' range; rounded down to the token's smallest unit.
    /// @param payout One of Payout: 0 Push pays the payee and keeps the operator's fee in the ledger for `sweep`; 1 PushAll pays both; 2 Credit
    /// keeps both.
    /// @param attestation Empty where a band is posted or silence has spoken; else an attestation the gate answers Allow.
    /// @dev A payee or fee receiver that cannot be paid gets a credit, so nobody blocks anybody. The types of the arguments give
    /// the lowest selector, so that Solidity looks this function up first.
    function capture(
        PackedTerms calldata terms,
        uint256 amount,
        uint16 feeBps,
        uint256 payout,
        bytes calldata attestation
    ) external;

    /// @notice Authorizes and captures everything at once, screened before the payment exists. By the operator or, at the
    /// highest fee of the range, the payee.
    /// @dev Facts are as of the last past multiple of the policy's stride; only Allow passes, and amounts up to the policy's
    /// charge cap. A stranger who submits the payer's signature to `authorize` first makes this call fail with
    /// `PaymentExists`; the money is in escrow then, to be captured as usual.
    /// @param collection As for `authorize`.
    /// @param payerSignature As for `authorize`.
    /// @param feeBps The operator's fee, within the terms' range, kept in the ledger.
    /// @param attestation An attestation the gate answers Allow.
    /// @return id The payment's id.
    function charge(
        PackedTerms calldata terms,
        Collection collection,
        bytes calldata payerSignature,
        uint256 feeBps,
        bytes calldata attestation
    ) external payable returns (PaymentId id);

    /// @notice Gives escrowed money back to the payer, all or a part. By the operator or the payee, at any time but in a
    /// dispute, where `resolve` lets each side give in.
    /// @param reasonCode Goes to the event.
    function void(PackedTerms calldata terms, uint256 amount, uint16 reasonCode) external;

    /// @notice Returns everything still in escrow to the payer once the payee's time is over. Anybody may call.
    function reclaim(PackedTerms calldata terms) external;

    /// @notice Pays captured money back to the payer out of the caller's allowance, all or a part; native coin comes with the
    /// call. By the operator or the payee, before refundBy, whether it was captured, ruled or settled.
    /// @param reasonCode Goes to the event; 1, by the payee, says that the payment was fraud.
    function refund(PackedTerms calldata terms, uint256 amount, uint16 reasonCode) external payable;

    /// @notice Stores the band that follows from an attestation. Anybody may call.
    /// @dev Hold: the payee may capture from now + min(policy delay, terms.maxHold) for at least the policy's grace, and
    /// never for less than until captureBy. Block: nothing goes out; the payer reclaims at once, or after the appeal delay
    /// where the terms name an arbiter. A posted Allow becomes Hold by a refresh, nothing else changes a posted band.
    function post(PackedTerms calldata terms, bytes calldata attestation) external;

    /// @notice Does what the operator or the payee has signed. Anybody may submit it.
    /// @dev A refund is paid out of the signer's allowance; native coin by whoever submits.
    /// @param order What to do, and the capturable and refundable amounts it was signed for, so that it runs once.
    /// @param signature The operator's or the payee's of the EIP-712 struct, which names the payment before the fields of
    /// `order`. What the signer may do himself is what his order may.
    /// @param attestation As for `capture`; ignored for the others.
    function execute(
        PackedTerms calldata terms,
        Order calldata order,
        bytes calldata signature,
        bytes calldata attestation
    ) external payable;
}
