// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EpochConfig} from "../types/EpochConfig.sol";
import {RiskEpochBase} from "../risk/RiskEpochBase.sol";

/// @notice An epoch whose scores leave their range: the last four facts read as an unsigned number.
contract BoastfulEpoch is RiskEpochBase {
    constructor(EpochConfig memory config) RiskEpochBase(config) {}

    function schemaHash() public pure override returns (bytes32) {
        return keccak256("boastful");
    }

    function modelHash() public pure override returns (bytes32) {
        return keccak256("boastful");
    }

    function _reference() internal pure override returns (bytes32) {
        return 0;
    }

    function _run(bytes32 facts) internal pure override returns (uint256, uint256) {
        return (uint32(uint256(facts)), uint32(uint256(facts)));
    }
}
