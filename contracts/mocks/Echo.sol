// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Answers what it is sent after the first byte, or reverts with it where that byte is odd.
contract Echo {
    fallback() external {
        bytes memory answer = msg.data.length == 0 ? bytes("") : msg.data[1:];
        bool reverts = msg.data.length != 0 && uint8(msg.data[0]) & 1 == 1;
        assembly ("memory-safe") {
            if reverts {
                revert(add(answer, 0x20), mload(answer))
            }
            return(add(answer, 0x20), mload(answer))
        }
    }
}
