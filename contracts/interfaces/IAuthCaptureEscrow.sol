// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentInfo} from "./ICaptureAuthorizer.sol";

/// @title Authorize-and-capture escrow
/// @notice The two views of a commerce-payments style escrow that the gate's adapter reads.
interface IAuthCaptureEscrow {
    /// @notice Hash of the payment, which names chain and escrow too.
    function getHash(PaymentInfo calldata paymentInfo) external view returns (bytes32);

    /// @notice What the escrow holds for the payment of that hash.
    /// @return hasCollectedPayment Whether its money ever came in.
    /// @return capturableAmount What may still be captured.
    /// @return refundableAmount What was captured and may be refunded.
    function paymentState(
        bytes32 paymentInfoHash
    ) external view returns (bool hasCollectedPayment, uint120 capturableAmount, uint120 refundableAmount);
}
