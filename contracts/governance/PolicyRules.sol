// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PolicyParameter} from "../types/PolicyChange.sol";

/// @notice Hard bounds and largest step of a parameter: a difference, or a factor where `relative`.
struct PolicyRule {
    uint256 lowest;
    uint256 highest;
    uint256 step;
    bool relative;
}

/// @dev The table of what votes may do, no wider than the gate's own bounds. A delay doubles or halves at most; nothing that
/// grows by a factor may become zero, or it could not grow again.
library PolicyRules {
    uint256 private constant TOKEN = 1e6; // in micro-units
    uint256 private constant MAX_MICRO = type(uint48).max;

    function find(PolicyParameter parameter) internal pure returns (PolicyRule memory) {
        if (parameter == PolicyParameter.HoldAt) return PolicyRule(8_000, 10_001, 200, false);
        if (parameter == PolicyParameter.BlockAt) return PolicyRule(9_000, 10_001, 100, false);
        if (parameter == PolicyParameter.ProtocolFeeBps) return PolicyRule(0, 50, 10, false);
        if (parameter == PolicyParameter.RefreshLog2) return PolicyRule(8, 23, 1, false);
        if (parameter == PolicyParameter.HoldDelay) return PolicyRule(10 minutes, 30 days, 2, true);
        if (parameter == PolicyParameter.Grace) return PolicyRule(1 hours, 7 days, 2, true);
        if (parameter == PolicyParameter.AppealDelay) return PolicyRule(1 hours, 14 days, 2, true);
        if (parameter == PolicyParameter.SilenceDelay) return PolicyRule(10 minutes, 7 days, 2, true);
        if (parameter == PolicyParameter.Stride) return PolicyRule(1, 128, 2, true);
        if (parameter == PolicyParameter.AuditShare) return PolicyRule(0, 500, 50, false);
        return PolicyRule(TOKEN, MAX_MICRO, 4, true); // the three caps
    }

    /// @notice Values that one change can reach from `current`.
    function reach(PolicyRule memory rule, uint256 current) internal pure returns (uint256 lowest, uint256 highest) {
        if (rule.relative) {
            lowest = (current + rule.step - 1) / rule.step;
            highest = current * rule.step;
        } else {
            lowest = current < rule.step ? 0 : current - rule.step;
            highest = current + rule.step;
        }
        if (lowest < rule.lowest) lowest = rule.lowest;
        if (highest > rule.highest) highest = rule.highest;
    }
}
