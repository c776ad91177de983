// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHashes} from "../libraries/BlockHashes.sol";

/// @notice Lets a test ask what the gate can know of a block.
contract BlockHashesHarness {
    /// @notice See BlockHashes.find.
    function find(uint256 blockNumber) external view returns (bytes32) {
        return BlockHashes.find(blockNumber);
    }
}
