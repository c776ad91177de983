// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchHeader, ChannelState, QueuedAmount} from "../types/ChannelState.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";

/// @title Payment channels, the frequent functions
/// @notice What every channel needs: opening, vouchers, exits.
interface IChannelsCore {
    /// @notice Opens a channel out of the payer's allowance. By the payer.
    /// @param deposit In the token's smallest unit.
    function open(ChannelTerms calldata terms, uint96 deposit) external returns (ChannelId id);

    /// @notice Opens a channel by the ERC-3009 signature of a payer who has a key. Anybody may submit, so the payer needs no gas.
    /// @dev Replaces `openWithAuthorization` for the common case at 1,000 gas less.
    /// @param validBefore As signed, seconds since the Unix epoch; validAfter is 0.
    /// @param r First half of the signature of `receiveWithAuthorization` with nonce keccak256(id, deposit), two words.
    /// @param yParityAndS Second half with the recovery bit on top, as in EIP-2098.
    function openGasless(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint40 validBefore,
        bytes32 r,
        bytes32 yParityAndS
    ) external returns (ChannelId id);

    /// @notice Adds to a deposit out of the caller's allowance. Anybody may call; the rest of it goes back to the payer.
    /// @dev The closing clock stays as it is, whatever is added.
    function topUp(ChannelTerms calldata terms, uint96 amount) external;

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

    /// @notice Ends the channel at once at an amount the signer agreed to. By the payee, within the risk cap.
    /// @dev Replaces `coopClose` for the common case.
    /// @param cumulative What the payee shall have got in all.
    /// @param deadline The signature counts before this second.
    /// @param r First half of the signature of the terms' signer over Close(channel, cumulative, deadline).
    /// @param yParityAndS Second half with the recovery bit on top, as in EIP-2098.
    function closeAgreed(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes32 r,
        bytes32 yParityAndS
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
