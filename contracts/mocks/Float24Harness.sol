// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float24, Float24Lib} from "../types/Float24.sol";

/// @notice Lets tests call the library.
contract Float24Harness {
    function encode(uint256 amount) external pure returns (uint24) {
        return Float24.unwrap(Float24Lib.encode(amount));
    }

    function decode(uint24 value) external pure returns (uint256) {
        return Float24.wrap(value).decode();
    }

    function minus(uint24 value, uint256 amount) external pure returns (uint24) {
        return Float24.unwrap(Float24.wrap(value).minus(amount));
    }
}
