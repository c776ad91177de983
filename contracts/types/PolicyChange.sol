// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Policy} from "./Policy.sol";

/// @notice The governed parameters, in the order of the fields of `Policy`.
enum PolicyParameter {
    HoldAt,
    BlockAt,
    ProtocolFeeBps,
    RefreshLog2,
    HoldDelay,
    Grace,
    AppealDelay,
    SilenceDelay,
    SilenceCap,
    ChargeCap,
    ChannelCap,
    Stride,
    AuditShare
}

/// @notice One parameter and its new value.
struct PolicyChange {
    PolicyParameter parameter;
    uint256 value;
}

library PolicyFields {
    /// @notice Value of a parameter.
    /// @dev In memory every field of a struct takes one word, in order; test: each parameter reads and writes its own field.
    function get(Policy memory policy, PolicyParameter parameter) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(policy, shl(5, parameter)))
        }
    }

    /// @notice Writes a parameter, whose value must fit its field: the bounds of the rules see to that.
    function set(Policy memory policy, PolicyParameter parameter, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(policy, shl(5, parameter)), value)
        }
    }
}
