// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @notice A payment as escrows in the style of commerce-payments sign and hash it.
/// @param operator Who drives the payment.
/// @param payer Whose money it is.
/// @param receiver Who is paid.
/// @param token Token.
/// @param maxAmount Largest amount that may be authorized, in the token's smallest unit.
/// @param preApprovalExpiry Last second of an authorization.
/// @param authorizationExpiry Last second of a capture.
/// @param refundExpiry Last second of a refund.
/// @param minFeeBps Lowest fee in basis points.
/// @param maxFeeBps Highest fee in basis points.
/// @param feeReceiver Who gets the fee; the zero address leaves it to the operator.
/// @param salt Makes equal payments different.
struct PaymentInfo {
    address operator;
    address payer;
    address receiver;
    address token;
    uint120 maxAmount;
    uint48 preApprovalExpiry;
    uint48 authorizationExpiry;
    uint48 refundExpiry;
    uint16 minFeeBps;
    uint16 maxFeeBps;
    address feeReceiver;
    uint256 salt;
}

/// @title Capture authorizer
/// @notice The hook that a policy operator asks before it captures a payment.
interface ICaptureAuthorizer is IERC165 {
    /// @notice Whether this capture may go through now.
    /// @param paymentInfo The payment.
    /// @param amount What is to be captured, in the token's smallest unit.
    /// @param feeAmount The fee's part of it.
    /// @param feeReceiver Who would get the fee.
    /// @param data Whatever the authorizer expects; this one expects nothing.
    function authorizeCapture(
        PaymentInfo calldata paymentInfo,
        uint256 amount,
        uint256 feeAmount,
        address feeReceiver,
        bytes calldata data
    ) external view returns (bool);
}
