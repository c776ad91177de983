// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {ISluiceTimelock} from "../interfaces/ISluiceTimelock.sol";
import {DelayClass} from "../types/DelayClass.sol";

contract SluiceTimelock is ISluiceTimelock, TimelockController {
    uint256 private constant SHORTEST_DELAY = 1 days;
    uint256 private constant LONGEST_DELAY = 365 days;
    /// @dev Longer than a proposal lives: voters see the delay that their proposal will have.
    uint256 private constant SETBACK = 30 days;

    /// @dev The delay before it was shortened counts until then.
    uint128 private _earlierDelay;
    uint128 private _earlierUntil;

    /// @inheritdoc ISluiceTimelock
    mapping(address target => mapping(bytes4 selector => DelayClass delayClass)) public delayClassOf;

    constructor(
        uint256 delay,
        address admin
    ) TimelockController(_checked(delay), new address[](0), new address[](0), admin) {}

    /// @inheritdoc ISluiceTimelock
    function setDelayClass(
        address target,
        bytes4 selector,
        DelayClass delayClass
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        delayClassOf[target][selector] = delayClass;
        emit DelayClassSet(target, selector, delayClass);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        uint256 present = getMinDelay();
        super.updateDelay(_checked(newDelay));
        if (newDelay >= present) return;

        (_earlierDelay, _earlierUntil) = (uint128(present), uint128(block.timestamp + SETBACK)); // present is checked
        emit ShorterDelaySet(newDelay, block.timestamp + SETBACK);
    }

    /// @inheritdoc TimelockController
    function schedule(
        address target,
        uint256 value,
        bytes calldata data,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        uint256 shortest = _factorOf(target, value, data) * getMinDelay();
        super.schedule(target, value, data, predecessor, salt, delay < shortest ? shortest : delay);
    }

    /// @inheritdoc TimelockController
    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        uint256 shortest = delayOf(targets, values, payloads);
        super.scheduleBatch(targets, values, payloads, predecessor, salt, delay < shortest ? shortest : delay);
    }

    /// @inheritdoc ISluiceTimelock
    function delayOf(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads
    ) public view returns (uint256 delay) {
        if (targets.length != values.length || targets.length != payloads.length) {
            revert TimelockInvalidOperationLength(targets.length, payloads.length, values.length);
        }
        uint256 factor = 1;
        for (uint256 i = 0; i < targets.length; ++i) {
            uint256 needed = _factorOf(targets[i], values[i], payloads[i]);
            if (needed > factor) factor = needed;
        }
        return factor * getMinDelay();
    }

    /// @inheritdoc TimelockController
    function getMinDelay() public view override returns (uint256) {
        uint256 delay = super.getMinDelay();
        if (block.timestamp >= _earlierUntil) return delay;
        return _earlierDelay > delay ? _earlierDelay : delay;
    }

    function _factorOf(address target, uint256 value, bytes calldata data) private view returns (uint256) {
        DelayClass delayClass = value == 0 && data.length >= 4 ? delayClassOf[target][bytes4(data)] : DelayClass.Powers;
        return 3 - uint256(delayClass);
    }

    function _checked(uint256 delay) private pure returns (uint256) {
        if (delay < SHORTEST_DELAY) revert DelayTooShort(delay, SHORTEST_DELAY);
        if (delay > LONGEST_DELAY) revert DelayTooLong(delay, LONGEST_DELAY);
        return delay;
    }
}
