// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IListRegistry} from "../interfaces/IListRegistry.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {QuorumSignatures} from "../libraries/QuorumSignatures.sol";
import {ListBatch} from "../types/ListBatch.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

contract ListRegistry is IListRegistry {
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
        QuorumSignatures.check(GATE, MessageHashUtils.toTypedDataHash(domainSeparator(), batchHash), signatures);

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
}
