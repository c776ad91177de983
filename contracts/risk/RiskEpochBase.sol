// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {MicroUnits} from "../libraries/MicroUnits.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {EpochConfig, QuorumTier, TokenEntry} from "../types/EpochConfig.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {EpochReasons} from "./EpochReasons.sol";
import {EpochTables} from "./EpochTables.sol";

/// @dev Quorum, token table and facts of an epoch; the generated heir adds the network. Nothing is in storage, so a
/// judgement costs one cold account and the signatures.
abstract contract RiskEpochBase is IRiskEpoch, EpochTables, EpochReasons {
    using AttestationLib for bytes;

    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN_SEPARATOR;

    constructor(EpochConfig memory config) EpochTables(config) {
        CHAIN_ID = block.chainid;
        DOMAIN_SEPARATOR = SluiceDomains.separator(SluiceDomains.EPOCH_NAME, address(this));
    }

    /// @inheritdoc IRiskEpoch
    function judgePayment(
        bytes32 subject,
        uint256 disabledSigners,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external view returns (uint256 score_, bool mustHold, bytes32 facts) {
        // As _appraise does, which batches call: here it would cost some 50 gas in each payment to share it.
        uint256 micro;
        uint256 class;
        (micro, class, mustHold) = _value(token, amount);
        (uint256 quorum, bool above) = _quorum(micro, mustHold);
        mustHold = mustHold || above;
        _checkQuorum(subject, quorum, disabledSigners, attestation);
        facts = _complete(attestation.facts(), micro, class, token);
        (score_, ) = _run(facts);
    }

    /// @inheritdoc IRiskEpoch
    function checkBatch(
        bytes32 structHash,
        uint256 disabledSigners,
        bytes calldata attestation
    ) external view returns (uint256 signatures) {
        signatures = attestation.countSignatures();
        bytes32 digest = AttestationLib.digestOfStruct(structHash, domainSeparator());
        _checkSignatures(digest, signatures, disabledSigners, attestation);
    }

    /// @inheritdoc IRiskEpoch
    function appraise(
        address token,
        uint256 amount,
        bytes32 facts
    ) external view returns (uint256 score_, bool mustHold, bytes32 completed, uint256 quorum) {
        return _appraise(token, amount, facts);
    }

    /// @inheritdoc IRiskEpoch
    function score(bytes32 facts) external view returns (uint256 score_) {
        (score_, ) = _run(facts);
    }

    /// @inheritdoc IRiskEpoch
    function completeFacts(
        bytes32 facts,
        address token,
        uint256 amount
    ) external view returns (bytes32 completed, bool listed) {
        (uint256 micro, uint256 class, bool unlisted) = _value(token, amount);
        return (_complete(facts, micro, class, token), !unlisted);
    }

    /// @inheritdoc IRiskEpoch
    function microUnits(address token, uint256 amount) external view returns (uint256 micro, bool listed) {
        bool unlisted;
        (micro, , unlisted) = _value(token, amount);
        listed = !unlisted;
    }

    /// @inheritdoc IRiskEpoch
    function amountOf(address token, uint256 micro) external view returns (uint256 amount) {
        (uint256 shift, bool listed) = _shift(token);
        if (listed) amount = micro * 10 ** shift;
    }

    /// @inheritdoc IRiskEpoch
    function signers() external view returns (address[] memory list) {
        return _signers();
    }

    /// @inheritdoc IRiskEpoch
    function tiers() external view returns (QuorumTier[] memory list) {
        return _tiers();
    }

    /// @inheritdoc IRiskEpoch
    function tokens() external view returns (TokenEntry[] memory list) {
        return _tokens();
    }

    /// @inheritdoc IRiskEpoch
    function network() public view virtual returns (address) {
        return address(this);
    }

    /// @inheritdoc IRiskEpoch
    function networkHash() public pure virtual returns (bytes32) {
        return 0;
    }

    /// @inheritdoc IRiskEpoch
    function domainSeparator() public view returns (bytes32) {
        // A chain that split keeps its contracts but not its id: signatures must not be valid on both sides.
        return
            block.chainid == CHAIN_ID
                ? DOMAIN_SEPARATOR
                : SluiceDomains.separator(SluiceDomains.EPOCH_NAME, address(this));
    }

    function _appraise(
        address token,
        uint256 amount,
        bytes32 facts
    ) private view returns (uint256 score_, bool mustHold, bytes32 completed, uint256 quorum) {
        uint256 micro;
        uint256 class;
        (micro, class, mustHold) = _value(token, amount);
        bool above;
        (quorum, above) = _quorum(micro, mustHold);
        mustHold = mustHold || above;
        completed = _complete(facts, micro, class, token);
        (score_, ) = _run(completed);
    }

    function _checkQuorum(bytes32 subject, uint256 quorum, uint256 disabled, bytes calldata attestation) private view {
        uint256 count = attestation.countSignatures();
        if (count < quorum) revert QuorumNotMet(count, quorum);
        _checkSignatures(attestation.digest(subject, domainSeparator()), count, disabled, attestation);
    }

    function _checkSignatures(
        bytes32 digest,
        uint256 count,
        uint256 disabled,
        bytes calldata attestation
    ) private view {
        address[] memory set = _signers();
        (uint256 seen, address last, address previous, bool found) = attestation.walk(count, digest, set);
        if (!found) _refuse(set, last, previous);
        if (seen & disabled != 0) _refuseDisabled(set, seen & disabled);
    }

    function _refuse(address[] memory set, address recovered, address previous) private pure {
        for (uint256 i = 0; i < set.length; ++i) {
            if (set[i] == recovered) revert SignersNotSorted(previous, recovered);
        }
        revert NotASigner(recovered);
    }

    function _refuseDisabled(address[] memory set, uint256 mask) private pure {
        uint256 i = 0;
        while ((mask >> i) & 1 == 0) ++i;
        revert SignerDisabled(set[i]);
    }

    /// @dev Facts 0, 1 and 2 are amount bucket, token class and native flag in every schema.
    function _complete(bytes32 facts, uint256 micro, uint256 class, address token) private pure returns (bytes32) {
        uint256 word = uint256(facts);
        if (word >> 232 != 0) {
            revert FactNotZero(
                word >> 248 != 0
                    ? 0
                    : uint8(word >> 240) != 0
                        ? 1
                        : 2
            );
        }
        uint256 known = (uint256(MicroUnits.bucket(micro)) << 248) | (class << 240);
        if (token == address(0)) known |= 1 << 232;
        return bytes32(word | known);
    }
}
