// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Collector
/// @notice A plug-in that brings a payer's money to the escrow from somewhere else: a vault, a swap, a credit line.
/// @dev The escrow trusts no collector: it counts what arrived. The payer names the collector and its data, by his own call
/// or by his signature.
interface ICollector {
    /// @notice Brings exactly `amount` of `token` to the escrow, or reverts.
    /// @param payment The payment's id or the digest of the batch; the payer agreed to it, to this collector and to `data`.
    /// @dev Called by the escrow's `collectorCaller()`. That call is proof of the payer's consent, and nothing but an
    /// authorization in progress makes it; a collector that moves a payer's money must refuse every other caller.
    /// Warning: the escrow is locked during the call.
    function collect(
        bytes32 payment,
        address payer,
        address token,
        uint256 amount,
        address escrow,
        bytes calldata data
    ) external;
}
