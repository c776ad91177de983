// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";

/// @notice Runs an epoch's model on many words of facts in one call, and measures one run.
contract ModelHarness {
    /// @notice The score of each word.
    function scores(IRiskEpoch epoch, bytes32[] calldata facts) external pure returns (uint16[] memory results) {
        results = new uint16[](facts.length);
        for (uint256 i = 0; i < facts.length; ++i) {
            results[i] = uint16(epoch.score(facts[i])); // at most 10,000
        }
    }

    /// @notice Gas of one call to `score` with the epoch's address already warm, call overhead included.
    function warmGas(IRiskEpoch epoch, bytes32 facts) external view returns (uint256 used) {
        epoch.score(facts);
        uint256 before = gasleft();
        epoch.score(facts);
        used = before - gasleft();
    }

    /// @notice The same for an epoch that the transaction has not touched before.
    function coldGas(IRiskEpoch epoch, bytes32 facts) external view returns (uint256 used) {
        uint256 before = gasleft();
        epoch.score(facts);
        used = before - gasleft();
    }
}
