// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IAttesters} from "../interfaces/IAttesters.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {Equivocation} from "../types/Equivocation.sol";
import {HotKeyLib} from "../types/HotKey.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

contract Attesters is IAttesters {
    uint256 private constant NEVER = type(uint256).max;

    ISluiceStake private immutable STAKE;
    IRiskGate private immutable GATE;
    uint256 private immutable MINIMUM_BOND;
    uint256 private immutable EVIDENCE_BLOCKS;

    /// @inheritdoc IAttesters
    mapping(address hotKey => address account) public accountOf;
    /// @inheritdoc IAttesters
    mapping(address account => address hotKey) public hotKeyOf;
    mapping(bytes32 evidence => bool used) private _used;

    constructor(address stake, address gate, uint256 minimumBond_, uint256 evidenceBlocks_) {
        STAKE = ISluiceStake(stake);
        GATE = IRiskGate(gate);
        MINIMUM_BOND = minimumBond_;
        EVIDENCE_BLOCKS = evidenceBlocks_;
    }

    /// @inheritdoc IAttesters
    function setHotKey(address hotKey, bytes calldata signature, string calldata url) external {
        address owner = accountOf[hotKey];
        if (owner != address(0)) revert HotKeyTaken(hotKey, owner);
        (address recovered, , ) = ECDSA.tryRecover(HotKeyLib.digest(msg.sender, domainSeparator()), signature);
        if (recovered != hotKey || hotKey == address(0)) revert HotKeySignatureInvalid(hotKey, recovered);

        accountOf[hotKey] = msg.sender;
        hotKeyOf[msg.sender] = hotKey;
        emit HotKeySet(msg.sender, hotKey);
        if (bytes(url).length != 0) emit UrlSet(msg.sender, url);
    }

    /// @inheritdoc IAttesters
    function setUrl(string calldata url) external {
        _checkRegistered(msg.sender);
        emit UrlSet(msg.sender, url);
    }

    /// @inheritdoc IAttesters
    function bond(uint256 amount) external {
        _checkRegistered(msg.sender);
        STAKE.bond(msg.sender, amount);
    }

    /// @inheritdoc IAttesters
    function unbond(uint256 amount) external {
        uint256 release = releaseBlock(msg.sender);
        if (block.number < release) revert StillListed(msg.sender, block.number, release);
        STAKE.unbond(msg.sender, amount);
    }

    /// @inheritdoc IAttesters
    function proveEquivocation(Equivocation calldata proof) external {
        (address signer, bytes32 evidence) = _convict(proof);
        address account = accountOf[signer];
        if (account == address(0)) revert NotAnAttester(signer);
        if (_used[evidence]) revert EvidenceUsed(evidence);
        uint256 bonded = STAKE.position(account).bonded;
        if (bonded == 0) revert NothingBonded(account);
        uint256 slashed = bonded - bonded / 2;

        _used[evidence] = true;
        emit EquivocationProven(account, evidence, msg.sender, signer, slashed);

        STAKE.slash(account, slashed, msg.sender);
    }

    /// @inheritdoc IAttesters
    function checkBonded(address[] calldata signers) external view {
        for (uint256 i = 0; i < signers.length; ++i) {
            // An earlier hot key does not count: one bond stands for one signer of an epoch.
            address account = accountOf[signers[i]];
            uint256 bonded = hotKeyOf[account] == signers[i] ? STAKE.position(account).bonded : 0;
            if (bonded < MINIMUM_BOND) revert BondBelowMinimum(signers[i], bonded, MINIMUM_BOND);
        }
    }

    /// @inheritdoc IAttesters
    function minimumBond() external view returns (uint256) {
        return MINIMUM_BOND;
    }

    /// @inheritdoc IAttesters
    function evidenceBlocks() external view returns (uint256) {
        return EVIDENCE_BLOCKS;
    }

    /// @inheritdoc IAttesters
    function domainSeparator() public view returns (bytes32) {
        return SluiceDomains.separator(SluiceDomains.ATTESTERS_NAME, address(this));
    }

    /// @inheritdoc IAttesters
    /// @dev The gate's history is the truth about which epoch judges what: nothing is copied here that could go stale. Only
    /// votes lengthen it, and the walk stops at the first entry that ended too long ago.
    function releaseBlock(address account) public view returns (uint256) {
        uint256 left = GATE.policyCount();
        uint256 end = NEVER;
        address seen;
        for (uint256 blockNumber = NEVER; left != 0; --left) {
            (, address epoch, uint256 fromBlock, , ) = GATE.policyAt(blockNumber);
            if (epoch != seen && _lists(epoch, account)) return end == NEVER ? NEVER : end + EVIDENCE_BLOCKS;
            if (block.number >= fromBlock + EVIDENCE_BLOCKS) return 0;
            (seen, end, blockNumber) = (epoch, fromBlock, fromBlock - 1);
        }
        return 0;
    }

    /// @dev Who signed both, and what the two statements are about. Whether the epoch is in use is not asked: an honest node
    /// signs different facts for one thing under no epoch at all.
    function _convict(Equivocation calldata proof) private view returns (address signer, bytes32 evidence) {
        if (proof.factsA == proof.factsB) revert SameFacts(proof.factsA);
        bytes32 domain = SluiceDomains.separator(SluiceDomains.EPOCH_NAME, proof.epoch);
        signer = _signerOf(proof, proof.factsA, domain, proof.rA, proof.vsA);
        address other = _signerOf(proof, proof.factsB, domain, proof.rB, proof.vsB);
        if (signer != other) revert SignersDiffer(signer, other);
        evidence = keccak256(abi.encode(signer, proof.epoch, proof.subject, proof.asOf, proof.asOfHash));
    }

    /// @dev Zero for a signature that recovers to nobody, which is no attester.
    function _signerOf(
        Equivocation calldata proof,
        bytes32 facts,
        bytes32 domain,
        bytes32 r,
        bytes32 vs
    ) private pure returns (address signer) {
        bytes32 digest = AttestationLib.digestOf(proof.subject, proof.asOf, proof.asOfHash, facts, domain);
        (signer, , ) = ECDSA.tryRecover(digest, r, vs);
    }

    function _lists(address epoch, address account) private view returns (bool) {
        address[] memory signers = IRiskEpoch(epoch).signers();
        for (uint256 i = 0; i < signers.length; ++i) {
            if (accountOf[signers[i]] == account) return true;
        }
        return false;
    }

    function _checkRegistered(address account) private view {
        if (hotKeyOf[account] == address(0)) revert NotRegistered(account);
    }
}
