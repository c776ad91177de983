// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice In the place of an epoch: reverts, burns all gas, or answers nothing, whatever it is asked.
contract BrokenEpoch {
    uint256 private immutable MODE;

    error Broken();

    constructor(uint256 mode) {
        MODE = mode;
    }

    fallback() external {
        if (MODE == 0) revert Broken();
        if (MODE == 1) {
            assembly ("memory-safe") {
                invalid()
            }
        }
    }
}
