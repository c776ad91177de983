// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EpochConfig} from "../types/EpochConfig.sol";
import {RiskEpochBase} from "../risk/RiskEpochBase.sol";

/// @notice An epoch whose score is the last two facts read as an unsigned number, so that tests can stand exactly on a
/// threshold. Quorum, signatures, token table and filled-in facts are the real ones.
contract DirectEpoch is RiskEpochBase {
    constructor(EpochConfig memory config) RiskEpochBase(config) {}

    function schemaHash() public pure override returns (bytes32) {
        return keccak256("direct");
    }

    function modelHash() public pure override returns (bytes32) {
        return keccak256("direct");
    }

    function _reference() internal pure override returns (bytes32) {
        return 0;
    }

    function _run(bytes32 facts) internal pure override returns (uint256, uint256) {
        return (uint16(uint256(facts)), uint16(uint256(facts)));
    }
}
