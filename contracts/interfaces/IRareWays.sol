// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collection} from "../types/PaymentState.sol";

/// @title The escrow's rarer ways in
/// @notice Code that the escrow runs as its own, by delegatecall to an address fixed in its constructor. Called directly it
/// refuses.
interface IRareWays {
    /// @notice The function was called here and not through the escrow.
    error NotTheEscrow();

    /// @notice Takes a sum from a payer by any collection and with any kind of signature, and counts what arrived.
    /// @param deadline The earliest authorizeBy of the payments.
    /// @param digest What the payer's consent covers: the payment's id or the batch's digest.
    function collect(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes32 digest,
        Collection collection,
        bytes calldata signature
    ) external payable;

    /// @notice Who calls collectors.
    function collectorCaller() external view returns (address);
}
