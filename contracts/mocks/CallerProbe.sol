// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Remembers who called it last.
contract CallerProbe {
    address public lastCaller;

    fallback() external {
        lastCaller = msg.sender;
    }
}
