// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAttesters} from "../interfaces/IAttesters.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {Accusation, Dissent} from "../types/Dissent.sol";
import {BatchPlace, Equivocation} from "../types/Equivocation.sol";
import {HotKeyLib} from "../types/HotKey.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

/// @dev The stake is Sluice's own and calls nobody, so it may be told before this contract's state is written.
contract Attesters is IAttesters {
    using AttestationLib for bytes;

    uint256 private constant NEVER = type(uint256).max;
    /// @dev What a dissent costs: one part in so many of the bond.
    uint256 private constant DISSENT_PART = 10;

    ISluiceStake private immutable STAKE;
    IRiskGate private immutable GATE;
    uint256 private immutable MINIMUM_BOND;
    uint256 private immutable EVIDENCE_BLOCKS;
    uint256 private immutable VETO_WINDOW;
    address private immutable TIMELOCK;

    /// @inheritdoc IAttesters
    mapping(address hotKey => address account) public accountOf;
    /// @inheritdoc IAttesters
    mapping(address account => address hotKey) public hotKeyOf;
    mapping(bytes32 evidence => bool used) private _used;
    mapping(bytes32 evidence => Accusation accused) private _accusations;
    mapping(address account => uint256 open) private _open;

    constructor(
        address stake,
        address gate,
        address timelock_,
        uint256 minimumBond_,
        uint256 evidenceBlocks_,
        uint256 vetoWindow_
    ) {
        STAKE = ISluiceStake(stake);
        GATE = IRiskGate(gate);
        MINIMUM_BOND = minimumBond_;
        EVIDENCE_BLOCKS = evidenceBlocks_;
        VETO_WINDOW = vetoWindow_;
        TIMELOCK = timelock_;
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
        if (_open[msg.sender] != 0) revert AccusationOpen(msg.sender, _open[msg.sender]);
        STAKE.unbond(msg.sender, amount);
    }

    /// @inheritdoc IAttesters
    function proveEquivocation(Equivocation calldata proof) external {
        bytes32 domain = SluiceDomains.separator(SluiceDomains.EPOCH_NAME, proof.epoch);
        bytes32 digestA = AttestationLib.digestOfStruct(_leaf(proof, proof.factsA), domain);
        _slash(proof, digestA, AttestationLib.digestOfStruct(_leaf(proof, proof.factsB), domain));
    }

    /// @inheritdoc IAttesters
    function proveEquivocationInBatch(
        Equivocation calldata proof,
        BatchPlace calldata placeA,
        BatchPlace calldata placeB
    ) external {
        bytes32 domain = SluiceDomains.separator(SluiceDomains.EPOCH_NAME, proof.epoch);
        bytes32 digestA = AttestationLib.digestOfStruct(_signedStruct(_leaf(proof, proof.factsA), placeA), domain);
        _slash(
            proof,
            digestA,
            AttestationLib.digestOfStruct(_signedStruct(_leaf(proof, proof.factsB), placeB), domain)
        );
    }

    /// @inheritdoc IAttesters
    function proveDissent(Dissent calldata proof) external returns (bytes32 evidence) {
        address signer;
        (signer, evidence) = _accuse(proof);
        address account = accountOf[signer];
        if (account == address(0)) revert NotAnAttester(signer);
        if (_used[evidence]) revert EvidenceUsed(evidence);
        STAKE.recall(account);
        if (STAKE.position(account).bonded == 0) revert NothingBonded(account);
        uint40 executableAt = uint40(block.timestamp + VETO_WINDOW);

        _used[evidence] = true;
        _accusations[evidence] = Accusation(account, executableAt, msg.sender);
        ++_open[account];
        emit DissentProven(account, evidence, msg.sender, signer, executableAt);
    }

    /// @inheritdoc IAttesters
    function vetoDissent(bytes32 evidence) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        address account = _close(evidence).account;
        emit DissentVetoed(account, evidence);
    }

    /// @inheritdoc IAttesters
    function executeDissent(bytes32 evidence) external {
        uint256 executableAt = _accusations[evidence].executableAt;
        if (block.timestamp < executableAt) revert VetoOpen(block.timestamp, executableAt);
        Accusation memory accused = _close(evidence);
        uint256 slashed = Math.ceilDiv(STAKE.position(accused.account).bonded, DISSENT_PART);
        emit DissentExecuted(accused.account, evidence, slashed);

        // A bond that fell to nothing in the meantime has nothing to give; the account is free again all the same.
        if (slashed != 0) STAKE.slash(accused.account, slashed, accused.reporter);
    }

    /// @inheritdoc IAttesters
    function accusation(bytes32 evidence) external view returns (Accusation memory) {
        return _accusations[evidence];
    }

    /// @inheritdoc IAttesters
    function vetoWindow() external view returns (uint256) {
        return VETO_WINDOW;
    }

    /// @inheritdoc IAttesters
    function timelock() external view returns (address) {
        return TIMELOCK;
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

    function _slash(Equivocation calldata proof, bytes32 digestA, bytes32 digestB) private {
        (address signer, bytes32 evidence) = _convict(proof, digestA, digestB);
        address account = accountOf[signer];
        if (account == address(0)) revert NotAnAttester(signer);
        if (_used[evidence]) revert EvidenceUsed(evidence);
        STAKE.recall(account);
        uint256 bonded = STAKE.position(account).bonded;
        if (bonded == 0) revert NothingBonded(account);
        uint256 slashed = bonded - bonded / 2;

        _used[evidence] = true;
        emit EquivocationProven(account, evidence, msg.sender, signer, slashed);

        STAKE.slash(account, slashed, msg.sender);
    }

    /// @dev Who signed both, and what the two statements are about. Whether the epoch is in use is not asked: an honest node
    /// signs different facts for one thing under no epoch at all. A signature that recovers to nobody is no attester's.
    function _convict(
        Equivocation calldata proof,
        bytes32 digestA,
        bytes32 digestB
    ) private pure returns (address signer, bytes32 evidence) {
        if (proof.factsA == proof.factsB) revert SameFacts(proof.factsA);
        (signer, , ) = ECDSA.tryRecover(digestA, proof.rA, proof.vsA);
        (address other, , ) = ECDSA.tryRecover(digestB, proof.rB, proof.vsB);
        if (signer != other) revert SignersDiffer(signer, other);
        evidence = keccak256(abi.encode(signer, proof.epoch, proof.subject, proof.asOf, proof.asOfHash));
    }

    /// @dev The one, and what the statements are about: the same evidence as for an equivocation, so that nobody pays twice for
    /// one thing.
    function _accuse(Dissent calldata proof) private view returns (address signer, bytes32 evidence) {
        uint256 count = proof.attestation.countSignatures();
        if (proof.attestation.facts() == proof.facts) revert SameFacts(proof.facts);
        bytes32 domain = SluiceDomains.separator(SluiceDomains.EPOCH_NAME, proof.epoch);
        (uint64 asOf, bytes32 asOfHash) = (uint64(proof.attestation.asOf()), proof.attestation.asOfHash());
        bytes32 leaf = AttestationLib.leaf(proof.subject, asOf, asOfHash, proof.facts);
        bytes32 own = AttestationLib.digestOfStruct(leaf, domain);
        (signer, , ) = ECDSA.tryRecover(own, proof.r, proof.vs);

        address[] memory set = IRiskEpoch(proof.epoch).signers();
        uint256 needed = Math.ceilDiv(2 * set.length, 3);
        if (count < needed) revert TooFewAgainst(count, needed);
        (uint256 seen, address last, , bool found) = proof.attestation.walk(
            count,
            proof.attestation.digest(proof.subject, domain),
            set
        );
        if (!found) revert NotAnOther(last);
        _checkOneOfTheRest(set, seen, signer);
        evidence = keccak256(abi.encode(signer, proof.epoch, proof.subject, asOf, asOfHash));
    }

    /// @dev The accused is a signer of the epoch and not among the others.
    function _checkOneOfTheRest(address[] memory set, uint256 seen, address signer) private pure {
        for (uint256 i = 0; i < set.length; ++i) {
            if (set[i] != signer) continue;
            if ((seen >> i) & 1 != 0) revert NotAnOther(signer);
            return;
        }
        revert NotAnAttester(signer);
    }

    function _close(bytes32 evidence) private returns (Accusation memory accused) {
        accused = _accusations[evidence];
        if (accused.account == address(0)) revert AccusationUnknown(evidence);
        delete _accusations[evidence];
        --_open[accused.account];
    }

    function _leaf(Equivocation calldata proof, bytes32 facts) private pure returns (bytes32) {
        return AttestationLib.leaf(proof.subject, proof.asOf, proof.asOfHash, facts);
    }

    /// @dev What was signed: the statement alone, or the batch that has it at its place.
    function _signedStruct(bytes32 leaf, BatchPlace calldata place) private pure returns (bytes32) {
        if (place.leaves.length == 0) return leaf;
        bool there = place.index < place.leaves.length && place.leaves[place.index] == leaf;
        if (!there) revert NotInBatch(leaf, place.index);
        return AttestationLib.batchStructHash(place.leaves);
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
