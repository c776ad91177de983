// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {Reason} from "../types/Reason.sol";

/// @dev Reasons by occlusion, for eth_call: the network runs once a fact. The same in TypeScript: oracle/src/model/reasons.ts.
abstract contract EpochReasons is IRiskEpoch {
    uint256 private constant FACTS = 32;

    /// @inheritdoc IRiskEpoch
    function accumulator(bytes32 facts) external view returns (uint256 accumulated) {
        (, accumulated) = _run(facts);
    }

    /// @inheritdoc IRiskEpoch
    function explain(bytes32 facts, uint256 most) external view returns (Reason[] memory reasons) {
        bytes32 usual = _reference();
        uint256[FACTS] memory weights = _weights(facts, usual);
        reasons = new Reason[](most < FACTS ? most : FACTS);
        uint256 count = 0;
        while (count < reasons.length) {
            uint256 index = _weightiest(weights);
            if (weights[index] == 0) break;
            reasons[count++] = Reason(
                uint8(index),
                int8(uint8(facts[index])),
                int8(uint8(usual[index])),
                uint32(weights[index])
            );
            weights[index] = 0;
        }
        assembly ("memory-safe") {
            mstore(reasons, count) // never longer than it was made
        }
    }

    /// @inheritdoc IRiskEpoch
    function referenceFacts() external pure returns (bytes32) {
        return _reference();
    }

    /// @dev The median of each fact over honest payments.
    function _reference() internal pure virtual returns (bytes32);

    /// @dev Network and rank table: 32 signed bytes in; score, 0 to 10,000, and what the rank table read out.
    function _run(bytes32 facts) internal view virtual returns (uint256 score_, uint256 accumulated);

    /// @dev The fall of the accumulator when a fact takes its usual value; zero where it rises.
    function _weights(bytes32 facts, bytes32 usual) private view returns (uint256[FACTS] memory weights) {
        (, uint256 whole) = _run(facts);
        for (uint256 i = 0; i < FACTS; ++i) {
            bytes32 changed = facts ^ ((facts ^ usual) & (bytes32(bytes1(0xff)) >> (8 * i)));
            if (changed == facts) continue;
            (, uint256 without) = _run(changed);
            if (without < whole) weights[i] = whole - without;
        }
    }

    /// @dev Place of the largest weight, the first of equal ones.
    function _weightiest(uint256[FACTS] memory weights) private pure returns (uint256 best) {
        for (uint256 i = 1; i < FACTS; ++i) {
            if (weights[i] > weights[best]) best = i;
        }
    }
}
