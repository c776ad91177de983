// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate, Subject} from "../interfaces/IRiskGate.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {MicroUnits} from "../libraries/MicroUnits.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {Policy} from "../types/Policy.sol";
import {Reason} from "../types/Reason.sol";
import {Band, Verdict, VerdictLib} from "../types/Verdict.sol";
import {HotPolicy, PolicyHistory} from "./PolicyHistory.sol";

contract RiskGate is PolicyHistory {
    using AttestationLib for bytes;

    /// @inheritdoc IRiskGate
    address public governor;
    /// @inheritdoc IRiskGate
    mapping(address account => bool allowed) public isReviewer;

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
        uint256 amount,
        address token,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        (HotPolicy hot, Entry storage entry) = _entryAt(authorizedBlock);
        // The epoch checks that the attestation is whole: what is read beyond its end before that goes nowhere.
        uint256 asOf = attestation.asOf();
        uint256 expected = _expectedAsOf(authorizedBlock, hot.refreshLog2());
        if (asOf != expected) _refuseAsOf(expected, asOf, attestation);
        verdict = _judge(hot, subject, token, amount, attestation, asOf != authorizedBlock);
        if (!verdict.allows()) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    function evaluateMany(
        Subject[] calldata subjects,
        bytes calldata attestation
    ) external returns (Verdict[] memory verdicts) {
        uint256 count = subjects.length;
        verdicts = new Verdict[](count);
        uint256 judged = 0;
        while (judged < count && subjects[judged].authorizedBlock == 0) ++judged;
        if (judged == count) return verdicts;
        (HotPolicy hot, ) = _entryAt(subjects[judged].authorizedBlock);
        uint256 signatures = _checkBatch(hot, subjects, attestation);
        for (uint256 i = judged; i < count; ++i) {
            Subject calldata subject = subjects[i];
            if (subject.authorizedBlock == 0) continue;
            verdicts[i] = _judgeOne(hot.epoch(), subject, attestation.head(i), signatures);
        }
    }

    /// @inheritdoc IRiskGate
    function evaluateCharge(
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        (HotPolicy hot, Entry storage entry) = _entryAt(block.number);
        uint256 asOf = attestation.asOf();
        uint256 cold = entry.cold;
        uint256 expected = _strideAsOf(cold);
        if (asOf != expected) _refuseAsOf(expected, asOf, attestation);
        verdict = _judge(hot.withoutAudit(), subject, token, amount, attestation, false);
        _checkCap(hot.epoch(), token, amount, uint48(cold >> 144), verdict.bucket());
        if (!verdict.allows()) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    function reassess(uint256 authorizedBlock, uint256 score) external view returns (Verdict verdict) {
        (HotPolicy current, ) = _votedNow();
        Band band = score >= current.holdAt() ? Band.Hold : Band.Allow;
        verdict = VerdictLib.pack(score, band, 0, true);
        if (band == Band.Hold) verdict = _withDelays(verdict, _storedAt(authorizedBlock));
    }

    /// @inheritdoc IRiskGate
    function contest(
        bytes32 subject,
        uint256 authorizedBlock,
        uint256 amount,
        address token,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        uint256 count = attestation.countSignatures();
        if (count != 1) revert NotOneSignature(count);
        (HotPolicy hot, Entry storage entry) = _entryAt(authorizedBlock);
        uint256 asOf = attestation.asOf();
        uint256 newest = _expectedAsOf(authorizedBlock, hot.refreshLog2());
        bool ofThePayment =
            asOf >= authorizedBlock && asOf <= newest && (asOf - authorizedBlock) % (1 << hot.refreshLog2()) == 0;
        if (!ofThePayment) revert WrongAsOf(newest, asOf);
        _checkAsOfHash(asOf, attestation.asOfHash());
        address signer = _signerOf(hot, subject, attestation);
        IRiskEpoch epoch = IRiskEpoch(hot.epoch());
        (bytes32 facts, bool listed) = epoch.completeFacts(attestation.facts(), token, amount);
        uint256 score = epoch.score(facts);
        if (score > MAX_SCORE) score = MAX_SCORE;
        emit Contested(msg.sender, subject, signer, asOf, attestation.asOfHash(), facts, score);

        bool held = score >= hot.holdAt() || !listed;
        verdict = VerdictLib.pack(score, held ? Band.Hold : Band.Allow, 0, true);
        if (held) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    function evaluateBatch(
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict) {
        (HotPolicy hot, Entry storage entry) = _votedNow();
        uint256 asOf = attestation.asOf();
        uint256 expected = _batchAsOf(entry);
        if (asOf != expected) _refuseAsOf(expected, asOf, attestation);
        verdict = _judge(hot.withoutAudit(), subject, token, amount, attestation, false);
        if (!verdict.allows()) verdict = _withDelays(verdict, entry);
    }

    /// @inheritdoc IRiskGate
    /// @dev Its own copy of the checks: shared pieces would cost every payment some hundred gas.
    function explain(
        bytes32 subject,
        uint256 authorizedBlock,
        uint256 amount,
        address token,
        bytes calldata attestation,
        uint256 most
    ) external view returns (uint256 score, Band band, Reason[] memory reasons) {
        attestation.countSignatures(); // whole, so that every field below is there
        (HotPolicy hot, ) = _entryAt(authorizedBlock);
        uint256 asOf = attestation.asOf();
        uint256 expected = _expectedAsOf(authorizedBlock, hot.refreshLog2());
        if (asOf != expected) revert WrongAsOf(expected, asOf);
        bytes32 asOfHash = attestation.asOfHash();
        _checkAsOfHash(asOf, asOfHash);
        IRiskEpoch epoch = IRiskEpoch(hot.epoch());
        bool mustHold;
        bytes32 facts;
        (score, mustHold, facts) = epoch.judgePayment(subject, hot.disabledSigners(), token, amount, attestation);
        if (score > MAX_SCORE) score = MAX_SCORE;
        band = _band(hot, score, mustHold || hot.audits(subject, asOfHash), asOf != authorizedBlock);
        reasons = epoch.explain(facts, most);
    }

    /// @inheritdoc IRiskGate
    function batchAsOf() external view returns (uint256 asOf) {
        (, Entry storage entry) = _votedNow();
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
    function tighten(uint256 holdAt, uint256 blockAt, uint256 blocks) external onlyGovernor {
        _tighten(holdAt, blockAt, blocks);
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
    function setReviewer(address account, bool allowed) external onlyGovernor {
        isReviewer[account] = allowed;
        emit ReviewerSet(account, allowed);
    }

    /// @inheritdoc IRiskGate
    function setGovernor(address governor_) external onlyGovernor {
        if (governor_ == address(0)) revert GovernorZero();
        governor = governor_;
        emit GovernorSet(governor_);
    }

    /// @dev Number of signatures under the list of what would be signed for each payment alone.
    function _checkBatch(
        HotPolicy hot,
        Subject[] calldata subjects,
        bytes calldata attestation
    ) private view returns (uint256) {
        uint256 count = subjects.length;
        if (attestation.length < count * AttestationLib.HEAD)
            revert AttestationLib.AttestationLength(attestation.length);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata head = attestation.head(i);
            leaves[i] = AttestationLib.leaf(subjects[i].id, head.asOf(), head.asOfHash(), head.facts());
        }
        return
            IRiskEpoch(hot.epoch()).checkBatch(
                AttestationLib.batchStructHash(leaves),
                hot.disabledSigners(),
                attestation.head(count - 1)
            );
    }

    /// @dev What `evaluate` refuses by an error is here refused by a verdict without a band.
    function _judgeOne(
        address epoch,
        Subject calldata subject,
        bytes calldata head,
        uint256 signatures
    ) private returns (Verdict) {
        uint256 authorizedBlock = subject.authorizedBlock;
        if (authorizedBlock >= block.number) return VerdictLib.refused(AsOfNotPast.selector);
        (HotPolicy hot, ) = _entryAt(authorizedBlock);
        if (hot.epoch() != epoch) return VerdictLib.refused(WrongEpoch.selector);
        uint256 asOf = head.asOf();
        if (asOf != _expectedAsOf(authorizedBlock, hot.refreshLog2())) return VerdictLib.refused(WrongAsOf.selector);
        bytes32 known = BlockHashes.find(asOf);
        if (known != 0 && known != head.asOfHash()) return VerdictLib.refused(WrongAsOfHash.selector);
        (uint256 score, bool mustHold, bytes32 facts, uint256 quorum) = IRiskEpoch(epoch).appraise(
            subject.token,
            subject.amount,
            head.facts()
        );
        if (signatures < quorum) return VerdictLib.refused(IRiskEpoch.QuorumNotMet.selector);
        return _decide(hot, subject.id, asOf, head.asOfHash(), facts, score, mustHold, asOf != authorizedBlock);
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
        bytes32 known = BlockHashes.find(asOf);
        if (known != 0 && known != asOfHash) _refuseAsOfHash(known, asOfHash, attestation);
        (uint256 score, bool mustHold, bytes32 facts) = IRiskEpoch(hot.epoch()).judgePayment(
            subject,
            hot.disabledSigners(),
            token,
            amount,
            attestation
        );
        return _decide(hot, subject, asOf, asOfHash, facts, score, mustHold, refreshed);
    }

    function _decide(
        HotPolicy hot,
        bytes32 subject,
        uint256 asOf,
        bytes32 asOfHash,
        bytes32 facts,
        uint256 score,
        bool mustHold,
        bool refreshed
    ) private returns (Verdict) {
        if (score > MAX_SCORE) score = MAX_SCORE; // a model outside its range must not reach the verdict's other fields
        Band band = _band(hot, score, mustHold || hot.audits(subject, asOfHash), refreshed);
        emit Decided(msg.sender, subject, hot.epoch(), asOf, asOfHash, facts, score, band);
        return VerdictLib.pack(score, band, hot.protocolFeeBps(), refreshed).withBucket(facts[0]);
    }

    /// @dev The one signer of an attestation, if he is in the epoch's set and not disabled.
    function _signerOf(
        HotPolicy hot,
        bytes32 subject,
        bytes calldata attestation
    ) private view returns (address signer) {
        IRiskEpoch epoch = IRiskEpoch(hot.epoch());
        bytes32 digest = attestation.digest(subject, epoch.domainSeparator());
        uint256 seen;
        bool found;
        (seen, signer, , found) = attestation.walk(1, digest, epoch.signers());
        if (!found) revert IRiskEpoch.NotASigner(signer);
        if (seen & hot.disabledSigners() != 0) revert IRiskEpoch.SignerDisabled(signer);
    }

    /// @dev An unlisted token and a saturated amount are above any cap. A revoked epoch is not asked: it may be the reason
    /// why there is silence.
    function _isAbove(address epoch, address token, uint256 amount, uint256 cap) private view returns (bool) {
        (uint256 micro, bool listed) = IRiskEpoch(epoch).microUnits(token, amount);
        return !listed || micro > cap || micro == MicroUnits.MAX;
    }

    /// @dev Most amounts are told from the cap by their bucket: a lower bucket is a lower amount. An unlisted token has the
    /// lowest bucket and must be held anyway.
    function _checkCap(address epoch, address token, uint256 amount, uint256 cap, int8 bucket) private view {
        if (bucket < int8(MicroUnits.bucket(cap))) return;
        if (_isAbove(epoch, token, amount, cap)) revert ChargeAboveCap(token, amount, cap);
    }

    function _batchAsOf(Entry storage entry) private view returns (uint256) {
        return _strideAsOf(entry.cold);
    }

    function _strideAsOf(uint256 cold) private view returns (uint256) {
        uint256 stride = uint8(cold >> 240);
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

    /// @dev A torn attestation is refused as such, whatever its asOf seems to be.
    function _refuseAsOf(uint256 expected, uint256 asOf, bytes calldata attestation) private pure {
        attestation.countSignatures();
        revert WrongAsOf(expected, asOf);
    }

    function _refuseAsOfHash(bytes32 known, bytes32 asOfHash, bytes calldata attestation) private pure {
        attestation.countSignatures();
        revert WrongAsOfHash(known, asOfHash);
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
