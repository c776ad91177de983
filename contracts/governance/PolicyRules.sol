// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PolicyParameter} from "../types/PolicyChange.sol";

/// @notice Hard bounds and largest step of a parameter: a difference, or a factor where `relative`. A small step is at most the
/// difference `small`, or the part 1/`small` of the present value where `relative`; there is none where it is zero.
struct PolicyRule {
    uint256 lowest;
    uint256 highest;
    uint256 step;
    bool relative;
    uint256 small;
}

/// @dev The table of what votes may do, no wider than the gate's own bounds. A delay doubles or halves at most; nothing that
/// grows by a factor may become zero, or it could not grow again. What passes without a quorum moves a quarter of a step or
/// less; the fee and the blocks at which facts are read are not among it.
library PolicyRules {
    uint256 private constant TOKEN = 1e6; // in micro-units
    uint256 private constant MAX_MICRO = type(uint48).max;

    function find(PolicyParameter parameter) internal pure returns (PolicyRule memory) {
        if (parameter == PolicyParameter.HoldAt) return PolicyRule(8_000, 10_001, 200, false, 50);
        if (parameter == PolicyParameter.BlockAt) return PolicyRule(9_000, 10_001, 100, false, 25);
        if (parameter == PolicyParameter.ProtocolFeeBps) return PolicyRule(0, 50, 10, false, 0);
        if (parameter == PolicyParameter.RefreshLog2) return PolicyRule(8, 23, 1, false, 0);
        if (parameter == PolicyParameter.HoldDelay) return PolicyRule(10 minutes, 30 days, 2, true, 8);
        if (parameter == PolicyParameter.Grace) return PolicyRule(1 hours, 7 days, 2, true, 8);
        if (parameter == PolicyParameter.AppealDelay) return PolicyRule(1 hours, 14 days, 2, true, 8);
        if (parameter == PolicyParameter.SilenceDelay) return PolicyRule(10 minutes, 7 days, 2, true, 8);
        if (parameter == PolicyParameter.Stride) return PolicyRule(1, 128, 2, true, 0);
        if (parameter == PolicyParameter.AuditShare) return PolicyRule(0, 500, 50, false, 10);
        return PolicyRule(TOKEN, MAX_MICRO, 4, true, 8); // the three caps
    }

    /// @notice Values that one change can reach from `current`.
    function reach(PolicyRule memory rule, uint256 current) internal pure returns (uint256 lowest, uint256 highest) {
        if (rule.relative) return _within(rule, (current + rule.step - 1) / rule.step, current * rule.step);
        return _around(rule, current, rule.step);
    }

    /// @notice Values that one small step can reach from `current`.
    function smallReach(
        PolicyRule memory rule,
        uint256 current
    ) internal pure returns (uint256 lowest, uint256 highest) {
        bool part = rule.relative && rule.small != 0;
        return _around(rule, current, part ? current / rule.small : rule.small);
    }

    function _around(
        PolicyRule memory rule,
        uint256 current,
        uint256 distance
    ) private pure returns (uint256 lowest, uint256 highest) {
        return _within(rule, current < distance ? 0 : current - distance, current + distance);
    }

    function _within(PolicyRule memory rule, uint256 lowest, uint256 highest) private pure returns (uint256, uint256) {
        return (lowest < rule.lowest ? rule.lowest : lowest, highest > rule.highest ? rule.highest : highest);
    }
}
