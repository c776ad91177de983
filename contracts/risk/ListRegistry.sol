// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IListRegistry} from "../interfaces/IListRegistry.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {QuorumTier} from "../types/EpochConfig.sol";
import {ListBatch} from "../types/ListBatch.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

contract ListRegistry is IListRegistry {
    uint256 private constant SIGNATURE = 64;

    IRiskGate private immutable GATE;

    uint64 private _sequence;
    bytes32 private _head;

    constructor(address gate) {
        GATE = IRiskGate(gate);
    }

    /// @inheritdoc IListRegistry
    function append(ListBatch calldata batch, bytes calldata signatures) external {
        uint64 sequence = _sequence;
        if (batch.sequence != sequence) revert WrongSequence(sequence, batch.sequence);
        if (batch.entries.length == 0) revert EntriesEmpty();
        bytes32 batchHash = batch.hash();
        _checkQuorum(MessageHashUtils.toTypedDataHash(domainSeparator(), batchHash), signatures);

        bytes32 head = keccak256(abi.encode(_head, batchHash));
        _head = head;
        _sequence = sequence + 1;
        emit ListBatchAppended(sequence, batch.kind, batch.removal, batch.entries, head);
    }

    /// @inheritdoc IListRegistry
    function state() external view returns (uint64 sequence, bytes32 head) {
        return (_sequence, _head);
    }

    /// @inheritdoc IListRegistry
    function domainSeparator() public view returns (bytes32) {
        return SluiceDomains.separator(SluiceDomains.LISTS_NAME, address(this));
    }

    function _checkQuorum(bytes32 digest, bytes calldata signatures) private view {
        (, address epoch, , uint256 disabled, bool revoked) = GATE.policyAt(type(uint256).max);
        if (revoked) revert IRiskGate.EpochIsRevoked(epoch);
        QuorumTier[] memory tiers = IRiskEpoch(epoch).tiers();
        uint256 quorum = tiers[tiers.length - 1].quorum;
        if (signatures.length % SIGNATURE != 0) revert SignaturesLength(signatures.length);
        uint256 count = signatures.length / SIGNATURE;
        if (count < quorum) revert IRiskEpoch.QuorumNotMet(count, quorum);
        _checkSigners(digest, signatures, IRiskEpoch(epoch).signers(), disabled);
    }

    /// @dev Signatures ascend by signer, so none counts twice.
    function _checkSigners(
        bytes32 digest,
        bytes calldata signatures,
        address[] memory set,
        uint256 disabled
    ) private pure {
        address previous;
        for (uint256 offset = 0; offset < signatures.length; offset += SIGNATURE) {
            bytes32 r = bytes32(signatures[offset:offset + 32]);
            bytes32 vs = bytes32(signatures[offset + 32:offset + SIGNATURE]);
            (address signer, , ) = ECDSA.tryRecover(digest, r, vs);
            _checkSigner(signer, set, disabled);
            if (signer <= previous) revert IRiskEpoch.SignersNotSorted(previous, signer);
            previous = signer;
        }
    }

    function _checkSigner(address signer, address[] memory set, uint256 disabled) private pure {
        for (uint256 i = 0; i < set.length; ++i) {
            if (set[i] != signer) continue;
            if ((disabled >> i) & 1 != 0) revert IRiskEpoch.SignerDisabled(signer);
            return;
        }
        revert IRiskEpoch.NotASigner(signer);
    }
}
