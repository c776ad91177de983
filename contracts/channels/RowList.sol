// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelTerms.sol";

/// @notice Rows of a batch between its two walks, in memory: a list of (channel 32 bytes | cumulative 12 bytes), which is what
/// a subject hashes and events carry, and beside it one word for each row. The first walk fills both; the second keeps or
/// drops entries in order, so that what was paid needs no second list.
/// @dev The assembly replaces arrays of structs with their bounds checks, some 200 gas a row. Indices are below the capacity
/// that `allocate` was given; the caller's loops see to that.
library RowList {
    uint256 private constant ENTRY = 44;

    /// @notice An empty list and its words.
    /// @dev An entry is written as two words, 20 bytes longer than it is, hence the room after the last.
    function allocate(uint256 capacity) internal pure returns (bytes memory list, uint256 words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            list := add(words, shl(5, capacity))
            let size := mul(capacity, ENTRY)
            mstore(list, size)
            mstore(0x40, and(add(add(list, size), 0x5f), not(0x1f)))
        }
    }

    /// @notice Writes an entry; what follows it is overwritten by the next.
    function write(bytes memory list, uint256 index, ChannelId id, uint256 cumulative) internal pure {
        assembly ("memory-safe") {
            let place := add(add(list, 0x20), mul(index, ENTRY))
            mstore(place, id)
            mstore(add(place, 0x20), shl(160, cumulative))
        }
    }

    function read(bytes memory list, uint256 index) internal pure returns (ChannelId id, uint256 cumulative) {
        assembly ("memory-safe") {
            let place := add(add(list, 0x20), mul(index, ENTRY))
            id := mload(place)
            cumulative := shr(160, mload(add(place, 0x20)))
        }
    }

    /// @notice Moves an entry, read before, down to a place not after its own. An entry that stays where it is must not be
    /// written: that would damage its neighbour.
    function keep(bytes memory list, uint256 kept, uint256 index, ChannelId id, uint256 cumulative) internal pure {
        if (kept != index) write(list, kept, id, cumulative);
    }

    /// @notice Ends the list after so many entries, at most its capacity.
    function truncate(bytes memory list, uint256 count) internal pure {
        assembly ("memory-safe") {
            mstore(list, mul(count, ENTRY))
        }
    }

    function wordAt(uint256 words, uint256 index) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(words, shl(5, index)))
        }
    }

    function setWord(uint256 words, uint256 index, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(words, shl(5, index)), word)
        }
    }
}
