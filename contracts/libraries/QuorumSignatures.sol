// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IListRegistry} from "../interfaces/IListRegistry.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {QuorumTier} from "../types/EpochConfig.sol";

/// @notice Signatures of the highest quorum of the epoch in force over something that is no attestation: lists, rebate roots.
library QuorumSignatures {
    uint256 private constant SIGNATURE = 64;

    /// @notice Reverts unless a quorum of the signers that count has signed the digest.
    /// @param signatures 64 bytes each (EIP-2098), ascending by signer, so that none counts twice.
    function check(IRiskGate gate, bytes32 digest, bytes calldata signatures) internal view {
        (, address epoch, , uint256 disabled, bool revoked) = gate.policyAt(type(uint256).max);
        if (revoked) revert IRiskGate.EpochIsRevoked(epoch);
        QuorumTier[] memory tiers = IRiskEpoch(epoch).tiers();
        uint256 quorum = tiers[tiers.length - 1].quorum;
        if (signatures.length % SIGNATURE != 0) revert IListRegistry.SignaturesLength(signatures.length);
        uint256 count = signatures.length / SIGNATURE;
        if (count < quorum) revert IRiskEpoch.QuorumNotMet(count, quorum);
        address[] memory set = IRiskEpoch(epoch).signers();
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
