// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {Policy} from "../types/Policy.sol";

/// @notice What every judgement reads, in one slot, least significant bits first: epoch 160 | fromBlock 32 | holdAt 14 |
/// blockAt 14 | disabledSigners 16 | protocolFeeBps 6 | refreshLog2 − 8 in 4 | revoked 1 | auditShare 9.
type HotPolicy is uint256;

using HotPolicyLib for HotPolicy global;

library HotPolicyLib {
    uint256 private constant REVOKED = 1 << 246;
    uint256 private constant AUDIT_SHIFT = 247;
    uint256 private constant WHOLE_SHARE = 10_000;

    function pack(Policy memory p, address epoch_, uint256 fromBlock_) internal pure returns (HotPolicy) {
        return
            HotPolicy.wrap(
                uint256(uint160(epoch_)) |
                    (fromBlock_ << 160) |
                    (uint256(p.holdAt) << 192) |
                    (uint256(p.blockAt) << 206) |
                    (uint256(p.protocolFeeBps) << 236) |
                    (uint256(p.refreshLog2 - 8) << 242) |
                    (uint256(p.auditShare) << AUDIT_SHIFT)
            );
    }

    function epoch(HotPolicy p) internal pure returns (address) {
        return address(uint160(HotPolicy.unwrap(p)));
    }

    function fromBlock(HotPolicy p) internal pure returns (uint256) {
        return uint32(HotPolicy.unwrap(p) >> 160);
    }

    function holdAt(HotPolicy p) internal pure returns (uint256) {
        return (HotPolicy.unwrap(p) >> 192) & 0x3fff;
    }

    function blockAt(HotPolicy p) internal pure returns (uint256) {
        return (HotPolicy.unwrap(p) >> 206) & 0x3fff;
    }

    function disabledSigners(HotPolicy p) internal pure returns (uint256) {
        return (HotPolicy.unwrap(p) >> 220) & 0xffff;
    }

    function protocolFeeBps(HotPolicy p) internal pure returns (uint256) {
        return (HotPolicy.unwrap(p) >> 236) & 0x3f;
    }

    function refreshLog2(HotPolicy p) internal pure returns (uint256) {
        return 8 + ((HotPolicy.unwrap(p) >> 242) & 0xf);
    }

    function revoked(HotPolicy p) internal pure returns (bool) {
        return HotPolicy.unwrap(p) & REVOKED != 0;
    }

    function auditShare(HotPolicy p) internal pure returns (uint256) {
        return HotPolicy.unwrap(p) >> AUDIT_SHIFT;
    }

    /// @dev The draw that holds a payment which would be allowed. Nobody selects it: the payer chooses the salt in the subject,
    /// but signs before the block exists whose hash is asOfHash. Scratch memory; replaces an abi.encode.
    function audits(HotPolicy p, bytes32 subject, bytes32 asOfHash) internal pure returns (bool) {
        uint256 draw;
        assembly ("memory-safe") {
            mstore(0, subject)
            mstore(0x20, asOfHash)
            draw := keccak256(0, 0x40)
        }
        return draw % WHOLE_SHARE < auditShare(p);
    }

    /// @dev For what is put together when asOfHash is known, such as a channel batch: its subject could be chosen to pass.
    function withoutAudit(HotPolicy p) internal pure returns (HotPolicy) {
        return HotPolicy.wrap(HotPolicy.unwrap(p) & ((1 << AUDIT_SHIFT) - 1));
    }

    function withFromBlock(HotPolicy p, uint256 fromBlock_) internal pure returns (HotPolicy) {
        return HotPolicy.wrap((HotPolicy.unwrap(p) & ~(uint256(type(uint32).max) << 160)) | (fromBlock_ << 160));
    }

    function withThresholds(HotPolicy p, uint256 holdAt_, uint256 blockAt_) internal pure returns (HotPolicy) {
        return
            HotPolicy.wrap((HotPolicy.unwrap(p) & ~(uint256(0xfffffff) << 192)) | (holdAt_ << 192) | (blockAt_ << 206));
    }

    function revoke(HotPolicy p) internal pure returns (HotPolicy) {
        return HotPolicy.wrap(HotPolicy.unwrap(p) | REVOKED);
    }

    function disable(HotPolicy p, uint256 mask) internal pure returns (HotPolicy) {
        return HotPolicy.wrap(HotPolicy.unwrap(p) | (mask << 220));
    }
}

/// @dev Policies and epochs by the block of a payment's authorization. The current one has slots of its own, so a recent
/// payment reads one slot; an older payment searches the past ones, in log2 of their number.
abstract contract PolicyHistory is IRiskGate {
    /// @dev Bounds of the parameters, the same for whoever sets them.
    uint256 internal constant MAX_SCORE = 10_000;
    uint256 private constant MAX_PROTOCOL_FEE_BPS = 50;
    uint256 private constant MAX_HOLD_DELAY = 30 days;
    uint256 private constant MAX_GRACE = 7 days;
    uint256 private constant MAX_APPEAL_DELAY = 14 days;
    uint256 private constant MAX_SILENCE_DELAY = 7 days;
    uint256 private constant MAX_AUDIT_SHARE = 500;
    uint256 private constant MAX_TIGHTENED_BLOCKS = 2_419_200; // seven days of a chain with four blocks a second

    /// @dev Marks an entry that no vote has set.
    uint256 private constant TIGHTENED = 1 << 255;

    /// @dev hot: see HotPolicy. cold, least significant bits first: holdDelay 24 | grace 24 | appealDelay 24 |
    /// silenceDelay 24 | silenceCap 48 | chargeCap 48 | channelCap 48 | stride 8 | zero 7 | tightened 1.
    struct Entry {
        HotPolicy hot;
        uint256 cold;
    }

    Entry private _current;
    Entry[] private _past;

    /// @dev Entry in force for payments authorized in `authorizedBlock`; the current one where that was revoked.
    function _entryAt(uint256 authorizedBlock) internal view returns (HotPolicy hot, Entry storage entry) {
        entry = _current;
        hot = entry.hot;
        if (authorizedBlock < hot.fromBlock()) {
            Entry storage older = _pastAt(authorizedBlock);
            HotPolicy olderHot = older.hot;
            if (!olderHot.revoked()) return (olderHot, older);
        }
        if (hot.revoked()) revert EpochIsRevoked(hot.epoch());
    }

    /// @dev The entry that a vote has set and that judges what is not a later payment: a tightening is looked through.
    function _votedNow() internal view returns (HotPolicy hot, Entry storage entry) {
        (hot, entry) = _entryAt(block.number);
        if (entry.cold & TIGHTENED != 0) (hot, entry) = (_current.hot, _current); // the same epoch, so as little revoked
    }

    /// @dev The entry as it was set, revoked or not.
    function _storedAt(uint256 authorizedBlock) internal view returns (Entry storage entry) {
        entry = _current;
        if (authorizedBlock < entry.hot.fromBlock()) entry = _pastAt(authorizedBlock);
    }

    /// @dev A change takes effect in the next block, so that all payments of one block are judged alike. A second change
    /// in the same block replaces the first: nothing was authorized under it. A change during a tightening ends it.
    function _pushEntry(Policy memory policy, address epoch) internal {
        _checkBounds(policy);
        if (epoch.code.length == 0) revert EpochWithoutCode(epoch);
        uint256 fromBlock = block.number + 1;
        uint256 currentFrom = _current.hot.fromBlock();
        uint256 count = _past.length;
        if (currentFrom != 0 && currentFrom < fromBlock) _past.push(_current);
        else if (count != 0 && _past[count - 1].hot.fromBlock() == fromBlock) _past.pop(); // a tightening of this block
        _current.hot = _withMarks(HotPolicyLib.pack(policy, epoch, fromBlock));
        _current.cold = _packCold(policy);
        emit PolicySet(fromBlock, epoch, policy);
    }

    /// @dev The tightened policy goes among the past ones and the voted one is dated forward: it returns by itself, whoever is
    /// there to do something, and no payment pays for the looking.
    function _tighten(uint256 holdAt, uint256 blockAt, uint256 blocks) internal {
        HotPolicy hot = _current.hot;
        uint256 fromBlock = block.number + 1;
        if (hot.fromBlock() >= fromBlock) revert PolicyNotInForce(hot.fromBlock(), block.number);
        _bound("holdAt", holdAt, 1, hot.holdAt());
        _bound("blockAt", blockAt, hot.holdAt(), hot.blockAt());
        _bound("blocks", blocks, 1, MAX_TIGHTENED_BLOCKS);
        Policy memory policy = _unpackPolicy(_current);

        _past.push(_current);
        _past.push(Entry(hot.withThresholds(holdAt, blockAt).withFromBlock(fromBlock), _current.cold | TIGHTENED));
        _current.hot = hot.withFromBlock(fromBlock + blocks);
        (policy.holdAt, policy.blockAt) = (uint16(holdAt), uint16(blockAt)); // bounded above
        emit PolicySet(fromBlock, hot.epoch(), policy);
        (policy.holdAt, policy.blockAt) = (uint16(hot.holdAt()), uint16(hot.blockAt()));
        emit PolicySet(fromBlock + blocks, hot.epoch(), policy);
    }

    function _revokeEpoch(address epoch) internal {
        if (!_forEach(epoch, true, 0)) revert EpochUnknown(epoch);
        emit EpochRevoked(epoch);
    }

    function _disableSigners(address epoch, uint256 mask) internal {
        if (!_forEach(epoch, false, mask)) revert EpochUnknown(epoch);
        emit SignersDisabled(epoch, mask);
    }

    function _count() internal view returns (uint256) {
        return _past.length + 1;
    }

    function _unpackPolicy(Entry storage entry) internal view returns (Policy memory) {
        HotPolicy hot = entry.hot;
        uint256 cold = entry.cold;
        return
            Policy({
                holdAt: uint16(hot.holdAt()),
                blockAt: uint16(hot.blockAt()),
                protocolFeeBps: uint8(hot.protocolFeeBps()),
                refreshLog2: uint8(hot.refreshLog2()),
                holdDelay: uint24(cold),
                grace: uint24(cold >> 24),
                appealDelay: uint24(cold >> 48),
                silenceDelay: uint24(cold >> 72),
                silenceCap: uint48(cold >> 96),
                chargeCap: uint48(cold >> 144),
                channelCap: uint48(cold >> 192),
                stride: uint8(cold >> 240),
                auditShare: uint16(hot.auditShare())
            });
    }

    /// @dev A revoked epoch or a disabled signer stays so when only the policy changes, and when a vote returns to an epoch
    /// that was in use before: the key is as stolen as it was.
    function _withMarks(HotPolicy hot) private view returns (HotPolicy) {
        hot = _carryOver(hot, _current.hot);
        for (uint256 i = 0; i < _past.length; ++i) {
            hot = _carryOver(hot, _past[i].hot);
        }
        return hot;
    }

    function _carryOver(HotPolicy hot, HotPolicy earlier) private pure returns (HotPolicy) {
        if (earlier.epoch() != hot.epoch()) return hot;
        hot = hot.disable(earlier.disabledSigners());
        return earlier.revoked() ? hot.revoke() : hot;
    }

    /// @dev Past entries are as many as policies were ever voted; only the governor pays for this walk.
    function _forEach(address epoch, bool revoke, uint256 mask) private returns (bool found) {
        for (uint256 i = 0; i < _past.length; ++i) {
            found = _mark(_past[i], epoch, revoke, mask) || found;
        }
        found = _mark(_current, epoch, revoke, mask) || found;
    }

    function _mark(Entry storage entry, address epoch, bool revoke, uint256 mask) private returns (bool) {
        HotPolicy hot = entry.hot;
        if (hot.epoch() != epoch) return false;
        entry.hot = revoke ? hot.revoke() : hot.disable(mask);
        return true;
    }

    /// @dev Last past entry whose fromBlock is not after `blockNumber`.
    function _pastAt(uint256 blockNumber) private view returns (Entry storage) {
        uint256 low = 0;
        uint256 high = _past.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_past[middle].hot.fromBlock() <= blockNumber) low = middle + 1;
            else high = middle;
        }
        if (low == 0)
            revert NoPolicyAt(blockNumber, _past.length == 0 ? _current.hot.fromBlock() : _past[0].hot.fromBlock());
        return _past[low - 1];
    }

    function _packCold(Policy memory p) private pure returns (uint256) {
        return
            uint256(p.holdDelay) |
            (uint256(p.grace) << 24) |
            (uint256(p.appealDelay) << 48) |
            (uint256(p.silenceDelay) << 72) |
            (uint256(p.silenceCap) << 96) |
            (uint256(p.chargeCap) << 144) |
            (uint256(p.channelCap) << 192) |
            (uint256(p.stride) << 240);
    }

    function _checkBounds(Policy memory p) private pure {
        _bound("blockAt", p.blockAt, 1, MAX_SCORE + 1);
        _bound("holdAt", p.holdAt, 1, p.blockAt);
        _bound("protocolFeeBps", p.protocolFeeBps, 0, MAX_PROTOCOL_FEE_BPS);
        _bound("refreshLog2", p.refreshLog2, 8, 23);
        _bound("holdDelay", p.holdDelay, 0, MAX_HOLD_DELAY);
        _bound("grace", p.grace, 1, MAX_GRACE);
        _bound("appealDelay", p.appealDelay, 0, MAX_APPEAL_DELAY);
        _bound("silenceDelay", p.silenceDelay, 1, MAX_SILENCE_DELAY);
        _bound("stride", p.stride, 1, 128);
        _bound("auditShare", p.auditShare, 0, MAX_AUDIT_SHARE);
    }

    function _bound(bytes32 parameter, uint256 value, uint256 lowest, uint256 highest) private pure {
        if (value < lowest || value > highest) revert PolicyOutOfBounds(parameter, value, lowest, highest);
    }
}
