// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a list says about its entries.
/// Sanctioned: addresses on a sanctions list. Reported: addresses reported for fraud. Fraud: payments confirmed as fraud, by id.
enum ListKind {
    Sanctioned,
    Reported,
    Fraud
}

/// @notice Entries for one list, put on it or taken off it.
/// @param kind Which list.
/// @param removal True: the entries are taken off.
/// @param sequence Number of the batch among all batches of all lists, from 0.
/// @param entries Addresses as numbers, or payment ids.
struct ListBatch {
    ListKind kind;
    bool removal;
    uint64 sequence;
    bytes32[] entries;
}

using ListBatchLib for ListBatch global;

library ListBatchLib {
    /// @dev `entries` is signed as the hash of the entries put together, so that a signer sees the order and nothing is added.
    bytes32 internal constant TYPEHASH = keccak256(
        "ListBatch(uint8 kind,bool removal,uint64 sequence,bytes32 entries)"
    );

    /// @notice EIP-712 hash of the batch without its domain.
    function hash(ListBatch calldata batch) internal pure returns (bytes32) {
        bytes32 entries = keccak256(abi.encodePacked(batch.entries));
        return keccak256(abi.encode(TYPEHASH, batch.kind, batch.removal, batch.sequence, entries));
    }
}
