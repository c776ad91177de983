// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MicroUnits} from "../libraries/MicroUnits.sol";

/// @notice Calls MicroUnits on many values at once, so that a fuzz run takes a few calls.
contract MicroUnitsHarness {
    /// @notice Micro-units of amounts[i] at shifts[i].
    function fromAmounts(
        uint256[] calldata amounts,
        uint256[] calldata shifts
    ) external pure returns (uint256[] memory micros) {
        micros = new uint256[](amounts.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            micros[i] = MicroUnits.fromAmount(amounts[i], shifts[i]);
        }
    }

    /// @notice Buckets as signed bytes.
    function buckets(uint256[] calldata micros) external pure returns (int8[] memory list) {
        list = new int8[](micros.length);
        for (uint256 i = 0; i < micros.length; ++i) {
            list[i] = int8(MicroUnits.bucket(micros[i]));
        }
    }
}
