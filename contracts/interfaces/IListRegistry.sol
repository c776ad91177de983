// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ListBatch, ListKind} from "../types/ListBatch.sol";

/// @title List registry
/// @notice Sanctioned addresses, reported addresses and payments confirmed as fraud, as batches that a quorum of the current
/// epoch's signers put on chain. So lists and labels are chain history like payments, and every node folds the same ones.
/// @dev No owner. Entries are emitted and not stored; one running hash says whether a reader has them all, in order.
interface IListRegistry {
    /// @notice Entries were put on a list or taken off it.
    /// @param sequence Number of the batch among all batches, from 0.
    /// @param kind Which list.
    /// @param removal True: the entries are taken off.
    /// @param entries Addresses as numbers, or payment ids.
    /// @param head The running hash after the batch.
    event ListBatchAppended(
        uint256 indexed sequence,
        ListKind indexed kind,
        bool removal,
        bytes32[] entries,
        bytes32 head
    );

    /// @notice The batch is empty.
    error EntriesEmpty();
    /// @notice The batch was signed for another place in the order.
    error WrongSequence(uint256 expected, uint256 actual);
    /// @notice Signatures are not whole: 64 bytes each.
    error SignaturesLength(uint256 length);

    /// @notice Appends a batch that a quorum signed. Anybody may send it.
    /// @dev The quorum is the one for the largest payments. Signatures are refused with the epoch's errors.
    /// @param batch What was signed, with its entries.
    /// @param signatures EIP-2098 signatures of 64 bytes each, sorted by signer address.
    function append(ListBatch calldata batch, bytes calldata signatures) external;

    /// @notice Number of the next batch, and the running hash of those before: head = keccak256(previous head, hash of the
    /// batch).
    function state() external view returns (uint64 sequence, bytes32 head);

    /// @notice EIP-712 domain separator of batches.
    function domainSeparator() external view returns (bytes32);
}
