// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Equivocation} from "../types/Equivocation.sol";

/// @title Attesters
/// @notice Who answers, with stake, for the signatures under attestations. An account bonds stake and names a hot key, which
/// signs on a node; the account's own key stays cold.
/// @dev No owner. A bond falls by proof and by nothing else: no vote can slash. Whoever is listed in an epoch that judged a
/// payment less than `evidenceBlocks` ago keeps his bond where it is.
interface IAttesters {
    /// @notice The account registered, or changed its hot key. Earlier hot keys stay the account's for ever, so what they
    /// signed can be proven after a change.
    event HotKeySet(address indexed account, address indexed hotKey);
    /// @notice Where the account's node answers.
    event UrlSet(address indexed account, string url);
    /// @notice The account's hot key signed two different facts for one thing.
    event EquivocationProven(
        address indexed account,
        bytes32 indexed evidence,
        address indexed reporter,
        address hotKey,
        uint256 slashed
    );

    /// @notice The hot key belongs to an account already.
    error HotKeyTaken(address hotKey, address account);
    /// @notice The hot key did not sign its consent.
    error HotKeySignatureInvalid(address hotKey, address recovered);
    /// @notice The caller has no hot key.
    error NotRegistered(address account);
    /// @notice The account is listed in an epoch whose payments can still be judged or whose signatures can still be proven.
    error StillListed(address account, uint256 blockNumber, uint256 releaseBlock);
    /// @notice Both statements say the same.
    error SameFacts(bytes32 facts);
    /// @notice The statements were signed by two keys, or one of them is not what was signed.
    error SignersDiffer(address signerA, address signerB);
    /// @notice The key never was an attester's.
    error NotAnAttester(address signer);
    /// @notice The key was convicted of this before; a third statement about the same thing is the same evidence.
    error EvidenceUsed(bytes32 evidence);
    /// @notice The account has nothing left to lose.
    error NothingBonded(address account);
    /// @notice The bond of a signer is too small for an epoch.
    error BondBelowMinimum(address signer, uint256 bonded, uint256 minimum);

    /// @notice Names the caller's hot key, or a new one.
    /// @param hotKey Address of the key that will sign attestations.
    /// @param signature 65-byte signature of the hot key over `HotKey(address account)`, its consent.
    /// @param url Where the node answers; empty to leave it unsaid.
    function setHotKey(address hotKey, bytes calldata signature, string calldata url) external;

    /// @notice Says where the caller's node answers.
    function setUrl(string calldata url) external;

    /// @notice Bonds stake of the caller, which loses its votes.
    function bond(uint256 amount) external;

    /// @notice Turns bond of the caller into stake, once he is listed nowhere that matters.
    function unbond(uint256 amount) external;

    /// @notice Slashes an attester who signed two different facts for one (subject, epoch, asOf, asOfHash).
    /// @dev Anybody may call. The reporter gets a fifth of what is taken, the rest is burnt. The bond is halved for each
    /// subject proven. Warning: a proof seen in the public pool can be sent by somebody else first.
    function proveEquivocation(Equivocation calldata proof) external;

    /// @notice Reverts unless every signer is the hot key of an account with at least the smallest bond.
    function checkBonded(address[] calldata signers) external view;

    /// @notice First block in which the account may unbond: 0 when it is free, the highest number while it is listed in the
    /// current epoch.
    function releaseBlock(address account) external view returns (uint256);

    /// @notice The account a hot key signs for, now or earlier; zero for a stranger.
    function accountOf(address hotKey) external view returns (address);

    /// @notice The hot key of an account; zero for a stranger.
    function hotKeyOf(address account) external view returns (address);

    /// @notice Smallest bond of a signer of an epoch that is put into force.
    function minimumBond() external view returns (uint256);

    /// @notice Blocks for which a signer answers after his epoch was replaced.
    function evidenceBlocks() external view returns (uint256);

    /// @notice EIP-712 domain separator of hot keys' consent.
    function domainSeparator() external view returns (bytes32);
}
