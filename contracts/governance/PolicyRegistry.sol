// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttesters} from "../interfaces/IAttesters.sol";
import {IPolicyRegistry} from "../interfaces/IPolicyRegistry.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {Policy} from "../types/Policy.sol";
import {PolicyChange, PolicyFields, PolicyParameter} from "../types/PolicyChange.sol";
import {PolicyRule, PolicyRules} from "./PolicyRules.sol";

contract PolicyRegistry is IPolicyRegistry {
    using PolicyFields for Policy;
    using PolicyRules for PolicyRule;

    /// @dev Without a rest many small steps in one proposal would be one large step.
    uint256 private constant REST = 1 days;

    IRiskGate private immutable GATE;
    address private immutable TIMELOCK;
    IAttesters private immutable ATTESTERS;

    /// @inheritdoc IPolicyRegistry
    uint256 public restsUntil;
    /// @inheritdoc IPolicyRegistry
    mapping(address epoch => bytes32 codeHash) public codeHashOf;

    /// @dev A policy outside the bounds could never be changed: such a gate is refused.
    constructor(address gate_, address timelock_, address attesters_) {
        GATE = IRiskGate(gate_);
        TIMELOCK = timelock_;
        ATTESTERS = IAttesters(attesters_);
        (Policy memory policy, ) = _current();
        for (uint256 i = 0; i <= uint256(type(PolicyParameter).max); ++i) {
            PolicyParameter parameter = PolicyParameter(i);
            _checkBounds(parameter, PolicyRules.find(parameter), policy.get(parameter));
        }
    }

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        _;
    }

    /// @inheritdoc IPolicyRegistry
    function changePolicy(PolicyChange[] calldata changes) external onlyTimelock {
        if (changes.length == 0) revert ChangesEmpty();
        if (block.timestamp < restsUntil) revert PolicyAtRest(block.timestamp, restsUntil);
        (Policy memory policy, address epoch) = _current();

        restsUntil = block.timestamp + REST;
        for (uint256 i = 0; i < changes.length; ++i) {
            if (i != 0 && changes[i].parameter <= changes[i - 1].parameter) {
                revert ParametersOutOfOrder(changes[i - 1].parameter, changes[i].parameter);
            }
            _apply(policy, changes[i].parameter, changes[i].value);
        }

        GATE.setPolicy(policy, epoch);
    }

    /// @inheritdoc IPolicyRegistry
    function registerEpoch(address epoch, bytes32 codeHash, bytes32 cardHash) external onlyTimelock {
        if (codeHashOf[epoch] != 0) revert EpochAlreadyRegistered(epoch);
        if (epoch.code.length == 0 || epoch.codehash != codeHash) revert WrongCodeHash(epoch, codeHash, epoch.codehash);

        codeHashOf[epoch] = codeHash;
        emit EpochRegistered(epoch, codeHash, cardHash, IRiskEpoch(epoch).modelHash());
    }

    /// @inheritdoc IPolicyRegistry
    function activateEpoch(address epoch) external onlyTimelock {
        if (codeHashOf[epoch] == 0) revert EpochNotRegistered(epoch);
        ATTESTERS.checkBonded(IRiskEpoch(epoch).signers());
        (Policy memory policy, address previous) = _current();

        emit EpochActivated(epoch, previous);

        GATE.setPolicy(policy, epoch);
    }

    /// @inheritdoc IPolicyRegistry
    function revokeEpoch(address epoch) external onlyTimelock {
        GATE.revokeEpoch(epoch);
    }

    /// @inheritdoc IPolicyRegistry
    function disableSigners(address epoch, uint16 mask) external onlyTimelock {
        GATE.disableSigners(epoch, mask);
    }

    /// @inheritdoc IPolicyRegistry
    function setReviewer(address account, bool allowed) external onlyTimelock {
        GATE.setReviewer(account, allowed);
    }

    /// @inheritdoc IPolicyRegistry
    function rule(
        PolicyParameter parameter
    ) external pure returns (uint256 lowest, uint256 highest, uint256 step, bool relative) {
        PolicyRule memory found = PolicyRules.find(parameter);
        return (found.lowest, found.highest, found.step, found.relative);
    }

    /// @inheritdoc IPolicyRegistry
    function reach(PolicyParameter parameter) external view returns (uint256 lowest, uint256 highest) {
        (Policy memory policy, ) = _current();
        return PolicyRules.find(parameter).reach(policy.get(parameter));
    }

    /// @inheritdoc IPolicyRegistry
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IPolicyRegistry
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    /// @inheritdoc IPolicyRegistry
    function attesters() external view returns (address) {
        return address(ATTESTERS);
    }

    function _apply(Policy memory policy, PolicyParameter parameter, uint256 value) private {
        PolicyRule memory found = PolicyRules.find(parameter);
        uint256 previous = policy.get(parameter);
        if (value == previous) revert ParameterUnchanged(parameter, value);
        _checkBounds(parameter, found, value);
        (uint256 lowest, uint256 highest) = found.reach(previous);
        if (value < lowest || value > highest) revert StepTooLarge(parameter, value, lowest, highest);
        policy.set(parameter, value);
        emit ParameterChanged(parameter, previous, value);
    }

    function _checkBounds(PolicyParameter parameter, PolicyRule memory found, uint256 value) private pure {
        if (value < found.lowest || value > found.highest) {
            revert ParameterOutOfBounds(parameter, value, found.lowest, found.highest);
        }
    }

    /// @dev Policy and epoch set last, also where they come into force in the next block.
    function _current() private view returns (Policy memory policy, address epoch) {
        (policy, epoch, , , ) = GATE.policyAt(type(uint256).max);
    }
}
