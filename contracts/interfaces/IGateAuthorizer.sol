// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Band} from "../types/Verdict.sol";
import {ICaptureAuthorizer, PaymentInfo} from "./ICaptureAuthorizer.sol";

/// @title Gate authorizer
/// @notice The risk gate as a capture authorizer: payments authorized in an escrow in the style of commerce-payments are
/// judged like Sluice's own, by facts as of the block in which they were first observed.
/// @dev It moves no money and has no owner. False means "not now": what the escrow does for a payment that is never
/// captured, it does by its own rules.
interface IGateAuthorizer is ICaptureAuthorizer {
    /// @notice What is known of a payment.
    /// @param authorizedBlock Block of its observation, 0 before.
    /// @param opensAt Second from which a capture may go through; 2^40 − 1 means never.
    /// @param score 0 to 10,000.
    /// @param band None until posted.
    struct Screening {
        uint40 authorizedBlock;
        uint40 opensAt;
        uint16 score;
        Band band;
    }

    /// @notice A payment waits to be judged. Attesters read history up to this event's block, and count the payment as
    /// authorized in it.
    event Observed(
        bytes32 indexed paymentInfoHash,
        address indexed payer,
        address indexed receiver,
        address token,
        uint256 maxAmount
    );
    /// @notice The gate's answer was recorded.
    event Screened(bytes32 indexed paymentInfoHash, Band band, uint256 score, uint256 opensAt);

    /// @notice The escrow holds nothing of this payment that could be captured.
    error NothingToCapture(bytes32 paymentInfoHash);
    /// @notice The payment was observed before, in that block.
    error AlreadyObserved(bytes32 paymentInfoHash, uint256 authorizedBlock);
    /// @notice Nobody has observed the payment yet.
    error NotObserved(bytes32 paymentInfoHash);
    /// @notice The payment has its answer.
    error AlreadyScreened(bytes32 paymentInfoHash, Band band);

    /// @notice Fixes the block as of which a payment is judged; anybody may, and the first one decides, so that nobody can
    /// shop for a block. Best sent with the authorization.
    function observe(PaymentInfo calldata paymentInfo) external returns (bytes32 paymentInfoHash);

    /// @notice Records what the gate says about an observed payment; anybody may. A posted Allow yields to a refresh that
    /// says Hold, every other answer stands.
    /// @param attestation Packed attestation with the escrow's hash of the payment as subject.
    function post(PaymentInfo calldata paymentInfo, bytes calldata attestation) external;

    /// @notice What is known of the payment.
    function screening(bytes32 paymentInfoHash) external view returns (Screening memory);

    /// @notice The escrow whose payments are judged.
    function escrow() external view returns (address);

    /// @notice The gate that judges.
    function gate() external view returns (address);
}
