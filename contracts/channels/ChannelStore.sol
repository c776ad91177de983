// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelTerms.sol";
import {ChannelWord} from "./ChannelWord.sol";

/// @notice Where channels are stored: a channel's word lies in the slot that its id names.
/// @dev Replaces a mapping, whose second hash costs some 100 gas at each access. An id is a keccak256 digest of 66 bytes; the
/// contract's other slots are small numbers and digests of 64 bytes, so a collision would be one of keccak256.
library ChannelStore {
    function load(ChannelId id) internal view returns (ChannelWord word) {
        assembly ("memory-safe") {
            word := sload(id)
        }
    }

    function save(ChannelId id, ChannelWord word) internal {
        assembly ("memory-safe") {
            sstore(id, word)
        }
    }
}
