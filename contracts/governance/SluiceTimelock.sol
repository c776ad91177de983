// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {ISluiceTimelock} from "../interfaces/ISluiceTimelock.sol";

contract SluiceTimelock is ISluiceTimelock, TimelockController {
    uint256 private constant SHORTEST_DELAY = 1 days;

    constructor(
        uint256 delay,
        address admin
    ) TimelockController(_checked(delay), new address[](0), new address[](0), admin) {}

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        super.updateDelay(_checked(newDelay));
    }

    function _checked(uint256 delay) private pure returns (uint256) {
        if (delay < SHORTEST_DELAY) revert DelayTooShort(delay, SHORTEST_DELAY);
        return delay;
    }
}
