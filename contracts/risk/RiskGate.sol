// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {MicroUnits} from "../libraries/MicroUnits.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {Policy} from "../types/Policy.sol";
import {Band, Verdict, VerdictLib} from "../types/Verdict.sol";
import {HotPolicy, PolicyHistory} from "./PolicyHistory.sol";

contract RiskGate is PolicyHistory {
    using AttestationLib for bytes;

    /// @inheritdoc IRiskGate
    address public governor;

    constructor(Policy memory policy, address epoch, address governor_) {
        if (governor_ == address(0)) revert GovernorZero();
        governor = governor_;
        emit GovernorSet(governor_);
        _pushEntry(policy, epoch);
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender, governor);
        _;
    }

    /// @inheritdoc IRiskGate
    function evaluate(
        bytes32 subject,
        uint256 authorizedBlock,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        attestation.countSignatures(); // whole, so that every field below is there
        (HotPolicy hot, Entry storage entry) = _entryAt(authorizedBlock);
        uint256 asOf = attestation.asOf();
        uint256 expected = _expectedAsOf(authorizedBlock, hot.refreshLog2());
        if (asOf != expected) revert WrongAsOf(expected, asOf);
        verdict = _judge(hot, subject, token, amount, attestation, asOf != authorizedBlock);
        if (verdict.band() != Band.Allow) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    function evaluateBatch(
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        attestation.countSignatures(); // whole, so that every field below is there
        (HotPolicy hot, Entry storage entry) = _entryAt(block.number);
        uint256 asOf = attestation.asOf();
        uint256 expected = _batchAsOf(entry);
        if (asOf != expected) revert WrongAsOf(expected, asOf);
        verdict = _judge(hot, subject, token, amount, attestation, false);
        if (verdict.band() != Band.Allow) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    function batchAsOf() external view returns (uint256 asOf) {
        (, Entry storage entry) = _entryAt(block.number);
        return _batchAsOf(entry);
    }

    /// @inheritdoc IRiskGate
    function channelTerms(address token) external view returns (uint256 cap, uint256 silenceDelay, uint256 holdDelay) {
        Entry storage entry = _storedAt(block.number);
        Policy memory policy = _unpackPolicy(entry);
        cap = IRiskEpoch(entry.hot.epoch()).amountOf(token, policy.channelCap);
        return (cap, policy.silenceDelay, policy.holdDelay);
    }

    /// @inheritdoc IRiskGate
    function silenceTerms(
        uint256 authorizedBlock,
        address token,
        uint256 amount
    ) external view returns (uint256 silenceDelay, uint256 holdDelay, uint256 grace, bool capped) {
        Entry storage entry = _storedAt(authorizedBlock);
        Policy memory policy = _unpackPolicy(entry);
        capped = entry.hot.revoked() || _isAbove(entry.hot.epoch(), token, amount, policy.silenceCap);
        return (policy.silenceDelay, policy.holdDelay, policy.grace, capped);
    }

    /// @inheritdoc IRiskGate
    function asOfFor(uint256 authorizedBlock) external view returns (uint256 asOf, uint256 until) {
        (HotPolicy hot, ) = _entryAt(authorizedBlock);
        asOf = _expectedAsOf(authorizedBlock, hot.refreshLog2());
        until = asOf + (1 << hot.refreshLog2());
    }

    /// @inheritdoc IRiskGate
    function policyAt(
        uint256 authorizedBlock
    )
        external
        view
        returns (Policy memory policy, address epoch, uint256 fromBlock, uint256 disabledSigners, bool revoked)
    {
        Entry storage entry = _storedAt(authorizedBlock);
        HotPolicy hot = entry.hot;
        return (_unpackPolicy(entry), hot.epoch(), hot.fromBlock(), hot.disabledSigners(), hot.revoked());
    }

    /// @inheritdoc IRiskGate
    function policyCount() external view returns (uint256) {
        return _count();
    }

    /// @inheritdoc IRiskGate
    function setPolicy(Policy calldata policy, address epoch) external onlyGovernor {
        _pushEntry(policy, epoch);
    }

    /// @inheritdoc IRiskGate
    function revokeEpoch(address epoch) external onlyGovernor {
        _revokeEpoch(epoch);
    }

    /// @inheritdoc IRiskGate
    function disableSigners(address epoch, uint16 mask) external onlyGovernor {
        _disableSigners(epoch, mask);
    }

    /// @inheritdoc IRiskGate
    function setGovernor(address governor_) external onlyGovernor {
        if (governor_ == address(0)) revert GovernorZero();
        governor = governor_;
        emit GovernorSet(governor_);
    }

    function _judge(
        HotPolicy hot,
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation,
        bool refreshed
    ) private returns (Verdict) {
        uint256 asOf = attestation.asOf();
        bytes32 asOfHash = attestation.asOfHash();
        _checkAsOfHash(asOf, asOfHash);
        (uint256 score, bool mustHold, bytes32 facts) = IRiskEpoch(hot.epoch()).judge(
            subject,
            token,
            amount,
            hot.disabledSigners(),
            attestation
        );
        if (score > MAX_SCORE) score = MAX_SCORE; // a model outside its range must not reach the verdict's other fields
        Band band = _band(hot, score, mustHold, refreshed);
        emit Decided(msg.sender, subject, hot.epoch(), asOf, asOfHash, facts, score, band);
        return VerdictLib.pack(score, band, hot.protocolFeeBps(), refreshed);
    }

    /// @dev An unlisted token and a saturated amount are above any cap. A revoked epoch is not asked: it may be the reason
    /// why there is silence.
    function _isAbove(address epoch, address token, uint256 amount, uint256 cap) private view returns (bool) {
        (uint256 micro, bool listed) = IRiskEpoch(epoch).microUnits(token, amount);
        return !listed || micro > cap || micro == MicroUnits.MAX;
    }

    function _batchAsOf(Entry storage entry) private view returns (uint256) {
        uint256 stride = uint16(entry.cold >> 240);
        return ((block.number - 1) / stride) * stride; // a chain that runs contracts is past its first block
    }

    /// @dev Nobody chooses the block: it is the authorization's, or the latest past multiple of the refresh after it.
    function _expectedAsOf(uint256 authorizedBlock, uint256 refreshLog2) private view returns (uint256) {
        if (authorizedBlock >= block.number) revert AsOfNotPast(authorizedBlock, block.number);
        unchecked {
            // authorizedBlock < block.number was checked above
            uint256 age = block.number - 1 - authorizedBlock;
            return authorizedBlock + ((age >> refreshLog2) << refreshLog2);
        }
    }

    /// @dev A hash the chain has forgotten cannot be checked here; replay still can.
    function _checkAsOfHash(uint256 asOf, bytes32 asOfHash) private view {
        bytes32 known = BlockHashes.find(asOf);
        if (known != 0 && known != asOfHash) revert WrongAsOfHash(known, asOfHash);
    }

    /// @dev A refresh looks at what happened since the authorization and may therefore delay, never block: else a payer
    /// could taint himself after taking the goods.
    function _band(HotPolicy hot, uint256 score, bool mustHold, bool refreshed) private pure returns (Band) {
        if (score >= hot.blockAt() && !refreshed) return Band.Block;
        if (score >= hot.holdAt() || mustHold) return Band.Hold;
        return Band.Allow;
    }

    function _withDelays(Verdict verdict, Entry storage entry) private view returns (Verdict) {
        Policy memory policy = _unpackPolicy(entry);
        return verdict.withDelays(policy.holdDelay, policy.grace, policy.appealDelay);
    }
}
