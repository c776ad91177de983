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

    /// @dev Without a rest many steps in one proposal would be one large step.
    uint256 private constant REST = 1 days;
    /// @dev In any such time a parameter is voted on at most three times and makes one small step.
    uint256 private constant PERIOD = 30 days;
    uint256 private constant LONGEST_TERM = 365 days;
    /// @dev A tightening ends after its blocks; after this time anybody may end it, however slow blocks are.
    uint256 private constant LONGEST_TIGHTENING = 7 days;
    uint256 private constant MOST_BLOCKS = 2_419_200;

    /// @dev When a parameter was changed the last three times by vote, and the last time by a small step.
    struct Changes {
        uint64 newest;
        uint64 second;
        uint64 third;
        uint64 small;
    }

    struct Guardian {
        address account;
        uint48 until;
        uint32 blocks;
        bool spent;
    }

    IRiskGate private immutable GATE;
    address private immutable TIMELOCK;
    IAttesters private immutable ATTESTERS;

    mapping(PolicyParameter parameter => Changes changes) private _changes;
    Guardian private _guardian;
    uint64 private _tightenedToBlock;
    uint64 private _tightenedUntil;

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
        (Policy memory policy, address epoch) = _current();

        _tightenedToBlock = 0;
        for (uint256 i = 0; i < changes.length; ++i) {
            PolicyParameter parameter = changes[i].parameter;
            if (i != 0 && parameter <= changes[i - 1].parameter) {
                revert ParametersOutOfOrder(changes[i - 1].parameter, parameter);
            }
            _countChange(parameter);
            PolicyRule memory found = PolicyRules.find(parameter);
            (uint256 lowest, uint256 highest) = found.reach(policy.get(parameter));
            _apply(policy, parameter, changes[i].value, found, lowest, highest);
        }

        GATE.setPolicy(policy, epoch);
    }

    /// @inheritdoc IPolicyRegistry
    function changeSmall(PolicyParameter parameter, uint256 value) external onlyTimelock {
        if (tightened()) revert PolicyTightened(_tightenedToBlock);
        uint256 until = smallRestsUntil(parameter);
        if (block.timestamp < until) revert ParameterAtRest(parameter, block.timestamp, until);
        (Policy memory policy, address epoch) = _current();

        _changes[parameter].small = uint64(block.timestamp);
        PolicyRule memory found = PolicyRules.find(parameter);
        (uint256 lowest, uint256 highest) = found.smallReach(policy.get(parameter));
        _apply(policy, parameter, value, found, lowest, highest);

        GATE.setPolicy(policy, epoch);
    }

    /// @inheritdoc IPolicyRegistry
    function setGuardian(address account, uint256 until, uint256 blocks) external onlyTimelock {
        uint256 latest = block.timestamp + LONGEST_TERM;
        if (until > latest) revert GuardianTermTooLong(until, latest);
        if (blocks == 0 || blocks > MOST_BLOCKS) revert TightenedBlocksOutOfBounds(blocks, MOST_BLOCKS);

        _guardian = Guardian(account, uint48(until), uint32(blocks), false); // both are bounded above
        emit PolicyGuardianSet(account, until, blocks);
    }

    /// @inheritdoc IPolicyRegistry
    /// @dev What the gate refuses as well is checked here for an error that names the parameter.
    function tighten(uint256 holdAt, uint256 blockAt) external {
        Guardian memory named = _guardian;
        if (msg.sender != named.account || block.timestamp >= named.until) {
            revert NotGuardian(msg.sender, named.account, named.until);
        }
        if (named.spent) revert GuardianSpent(named.account);
        (Policy memory policy, ) = _current();
        if (holdAt == policy.holdAt && blockAt == policy.blockAt) revert ChangesEmpty();
        _checkTightening(PolicyParameter.HoldAt, holdAt, policy.holdAt);
        _checkTightening(PolicyParameter.BlockAt, blockAt, policy.blockAt);
        if (blockAt < policy.holdAt) revert BlocksTheAllowed(blockAt, policy.holdAt);

        _guardian.spent = true;
        _tightenedToBlock = uint64(block.number + 1 + named.blocks);
        _tightenedUntil = uint64(block.timestamp + LONGEST_TIGHTENING);
        emit Tightened(msg.sender, holdAt, blockAt, _tightenedToBlock);

        GATE.tighten(holdAt, blockAt, named.blocks);
    }

    /// @inheritdoc IPolicyRegistry
    function endTightening() external {
        if (!tightened()) revert NotTightened();
        if (msg.sender != TIMELOCK && block.timestamp < _tightenedUntil) {
            revert StillTightened(block.timestamp, _tightenedUntil);
        }
        (Policy memory policy, address epoch) = _current();

        _tightenedToBlock = 0;
        emit TighteningEnded(msg.sender);

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

        _tightenedToBlock = 0;
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
    function smallReach(PolicyParameter parameter) external view returns (uint256 lowest, uint256 highest) {
        (Policy memory policy, ) = _current();
        return PolicyRules.find(parameter).smallReach(policy.get(parameter));
    }

    /// @inheritdoc IPolicyRegistry
    function guardian() external view returns (address account, uint256 until, uint256 blocks, bool spent) {
        Guardian memory named = _guardian;
        return (named.account, named.until, named.blocks, named.spent);
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

    /// @inheritdoc IPolicyRegistry
    function restsUntil(PolicyParameter parameter) public view returns (uint256) {
        Changes memory changes = _changes[parameter];
        uint256 rest = changes.newest == 0 ? 0 : changes.newest + REST;
        uint256 period = changes.third == 0 ? 0 : changes.third + PERIOD;
        return rest > period ? rest : period;
    }

    /// @inheritdoc IPolicyRegistry
    function smallRestsUntil(PolicyParameter parameter) public view returns (uint256) {
        uint256 small = _changes[parameter].small;
        return small == 0 ? 0 : small + PERIOD;
    }

    /// @inheritdoc IPolicyRegistry
    /// @dev In the block before the policy returns a change would come into force no sooner.
    function tightened() public view returns (bool) {
        return block.number + 1 < _tightenedToBlock;
    }

    /// @dev A vote's change and the two before it: the third lies a period back before there is a fourth.
    function _countChange(PolicyParameter parameter) private {
        uint256 until = restsUntil(parameter);
        if (block.timestamp < until) revert ParameterAtRest(parameter, block.timestamp, until);
        Changes memory changes = _changes[parameter];
        _changes[parameter] = Changes(uint64(block.timestamp), changes.newest, changes.second, changes.small);
    }

    function _apply(
        Policy memory policy,
        PolicyParameter parameter,
        uint256 value,
        PolicyRule memory found,
        uint256 lowest,
        uint256 highest
    ) private {
        uint256 previous = policy.get(parameter);
        if (value == previous) revert ParameterUnchanged(parameter, value);
        _checkBounds(parameter, found, value);
        if (value < lowest || value > highest) revert StepTooLarge(parameter, value, lowest, highest);
        policy.set(parameter, value);
        emit ParameterChanged(parameter, previous, value);
    }

    function _checkTightening(PolicyParameter parameter, uint256 value, uint256 current) private pure {
        if (value > current) revert WouldLoosen(parameter, value, current);
        _checkBounds(parameter, PolicyRules.find(parameter), value);
    }

    function _checkBounds(PolicyParameter parameter, PolicyRule memory found, uint256 value) private pure {
        if (value < found.lowest || value > found.highest) {
            revert ParameterOutOfBounds(parameter, value, found.lowest, found.highest);
        }
    }

    /// @dev Policy and epoch voted last, also where they come into force in the next block or when a tightening ends.
    function _current() private view returns (Policy memory policy, address epoch) {
        (policy, epoch, , , ) = GATE.policyAt(type(uint256).max);
    }
}
