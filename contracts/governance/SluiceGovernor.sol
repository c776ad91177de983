// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorNoncesKeyed} from "@openzeppelin/contracts/governance/extensions/GovernorNoncesKeyed.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {IPolicyRegistry} from "../interfaces/IPolicyRegistry.sol";
import {ISluiceGovernor} from "../interfaces/ISluiceGovernor.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {GovernorParameters} from "../types/GovernorParameters.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {BatchVotes} from "./BatchVotes.sol";
import {ProposalBook} from "./ProposalBook.sol";

contract SluiceGovernor is BatchVotes, GovernorNoncesKeyed, GovernorSettings, GovernorTimelockControl {
    uint256 private constant SHORTEST_DELAY = 1 hours;
    uint256 private constant SHORTEST_PERIOD = 1 days;
    uint256 private constant LONGEST_TERM = 365 days;

    uint256 private immutable STAKED_FLOOR;

    address private _guardian;
    uint48 private _guardianUntil;

    /// @inheritdoc ISluiceGovernor
    mapping(address target => bool allowed) public isBootstrapTarget;

    constructor(
        address stake,
        address timelock_,
        GovernorParameters memory p,
        address[] memory bootstrapTargets
    )
        Governor(SluiceDomains.GOVERNOR_NAME)
        ProposalBook(stake, p.quorumStakedBps, p.quorumSupplyBps, p.lateQuorumExtension)
        GovernorSettings(p.votingDelay, p.votingPeriod, p.proposalThreshold)
        GovernorTimelockControl(TimelockController(payable(timelock_)))
    {
        STAKED_FLOOR = p.stakedFloor;
        for (uint256 i = 0; i < bootstrapTargets.length; ++i) {
            isBootstrapTarget[bootstrapTargets[i]] = true;
        }
        _setGuardian(p.guardian, p.guardianUntil);
    }

    /// @inheritdoc ISluiceGovernor
    function setGuardian(address guardian_, uint256 until) external onlyGovernance {
        _setGuardian(guardian_, until);
    }

    /// @inheritdoc ISluiceGovernor
    function proposeOptimistic(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) external returns (uint256 proposalId) {
        bool small = targets.length == 1 && calldatas.length == 1 && values.length == 1 && values[0] == 0;
        small = small && isBootstrapTarget[targets[0]] && bytes4(calldatas[0]) == IPolicyRegistry.changeSmall.selector;
        if (!small) revert NotASmallStep();
        proposalId = propose(targets, values, calldatas, description);
        _markOptimistic(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    /// @dev The registry, the attesters and the treasury know one timelock for ever; another would leave votes without effect.
    function updateTimelock(TimelockController) public view override {
        revert TimelockFixed(timelock());
    }

    /// @inheritdoc ISluiceGovernor
    function guardian() external view returns (address account, uint256 until) {
        return (_guardian, _guardianUntil);
    }

    /// @inheritdoc ISluiceGovernor
    function stakedFloor() external view returns (uint256) {
        return STAKED_FLOOR;
    }

    /// @inheritdoc Governor
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc GovernorSettings
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @inheritdoc ProposalBook
    function proposalDeadline(uint256 proposalId) public view override(Governor, ProposalBook) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    /// @dev The floor is looked at where a proposal enters the timelock, which takes operations from nobody else. It is that
    /// of the snapshot: stake that comes for the execution is too late. Below it nothing passes unless it was voted for. The
    /// timelock may make the delay longer than the library asked for: its own record says when.
    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        uint256 staked = token().getPastTotalSupply(proposalSnapshot(proposalId));
        for (uint256 i = 0; staked < STAKED_FLOOR && i < targets.length; ++i) {
            bool allowed = isBootstrapTarget[targets[i]] && values[i] == 0 && !isOptimistic(proposalId);
            if (!allowed) revert TreasuryLocked(targets[i], staked, STAKED_FLOOR);
        }
        super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
        bytes32 salt = bytes20(address(this)) ^ descriptionHash; // the library's own, which is private there
        bytes32 operation = keccak256(abi.encode(targets, values, calldatas, bytes32(0), salt));
        return uint48(TimelockController(payable(timelock())).getTimestamp(operation)); // lasts eight million years
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override(Governor, ProposalBook) returns (uint256) {
        return super._propose(targets, values, calldatas, description, proposer);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, ProposalBook) {
        super._tallyUpdated(proposalId);
    }

    /// @dev Ballots by signature have a sequence of nonces for each proposal, so that one does not wait for another's.
    function _validateVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        bytes memory signature
    ) internal override(Governor, GovernorNoncesKeyed) returns (bool) {
        return super._validateVoteSig(proposalId, support, voter, signature);
    }

    function _validateExtendedVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        string memory reason,
        bytes memory params,
        bytes memory signature
    ) internal override(Governor, GovernorNoncesKeyed) returns (bool) {
        return super._validateExtendedVoteSig(proposalId, support, voter, reason, params, signature);
    }

    function _useCheckedNonce(address owner, uint256 nonce) internal override(Nonces, GovernorNoncesKeyed) {
        super._useCheckedNonce(owner, nonce);
    }

    function _setVotingDelay(uint48 delay) internal override {
        if (delay < SHORTEST_DELAY) revert VotingDelayTooShort(delay, SHORTEST_DELAY);
        _checkUnbonding(delay + votingPeriod());
        super._setVotingDelay(delay);
    }

    function _setVotingPeriod(uint32 period) internal override {
        if (period < SHORTEST_PERIOD) revert VotingPeriodTooShort(period, SHORTEST_PERIOD);
        _checkUnbonding(votingDelay() + period);
        super._setVotingPeriod(period);
    }

    function _setProposalThreshold(uint256 threshold) internal override {
        if (threshold > quorumOfSupply()) revert ProposalThresholdTooHigh(threshold, quorumOfSupply());
        super._setProposalThreshold(threshold);
    }

    function _setGuardian(address guardian_, uint256 until) private {
        uint256 latest = block.timestamp + LONGEST_TERM;
        if (until > latest) revert GuardianTermTooLong(until, latest);
        _guardian = guardian_;
        _guardianUntil = uint48(until); // at most a year from now
        emit GuardianSet(guardian_, until);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @dev Beside the proposer while his proposal waits, the guardian may cancel until his term ends.
    function _validateCancel(uint256 proposalId, address caller) internal view override returns (bool) {
        bool byGuardian = caller == _guardian && block.timestamp < _guardianUntil;
        return byGuardian || super._validateCancel(proposalId, caller);
    }

    /// @dev Stake that voted must still be there when the vote ends, its extension included.
    function _checkUnbonding(uint256 vote) private view {
        uint256 longest = vote + lateQuorumVoteExtension();
        uint256 unbonding = ISluiceStake(address(token())).unbondingPeriod();
        if (longest > unbonding) revert VoteLongerThanUnbonding(longest, unbonding);
    }
}
