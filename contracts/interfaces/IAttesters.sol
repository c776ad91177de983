// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Accusation, Dissent} from "../types/Dissent.sol";
import {BatchPlace, Equivocation} from "../types/Equivocation.sol";

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

    /// @notice The account's hot key signed other facts than two thirds of its epoch; unless a vote says otherwise before
    /// `executableAt`, it costs part of the bond.
    event DissentProven(
        address indexed account,
        bytes32 indexed evidence,
        address indexed reporter,
        address hotKey,
        uint256 executableAt
    );
    /// @notice A vote found that the one was right, or not to blame.
    event DissentVetoed(address indexed account, bytes32 indexed evidence);
    /// @notice Nobody objected in time: the bond was slashed.
    event DissentExecuted(address indexed account, bytes32 indexed evidence, uint256 slashed);

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
    /// @notice The batch has another leaf at this place, or no such place.
    error NotInBatch(bytes32 leaf, uint256 index);
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

    /// @notice Fewer others than two thirds of the epoch signed the other statement.
    error TooFewAgainst(uint256 count, uint256 needed);
    /// @notice A signature of the other statement is not one of the epoch's signers, or out of order, or the accused one's own.
    error NotAnOther(address signer);
    /// @notice There is no such accusation: never made, vetoed or executed.
    error AccusationUnknown(bytes32 evidence);
    /// @notice The accusation may still be vetoed.
    error VetoOpen(uint256 timestamp, uint256 executableAt);
    /// @notice Only the timelock may veto.
    error NotTimelock(address caller, address timelock);
    /// @notice The account is accused; its bond stays until that is decided.
    error AccusationOpen(address account, uint256 open);

    /// @notice Names the caller's hot key, or a new one.
    /// @param hotKey Address of the key that will sign attestations.
    /// @param signature 65-byte signature of the hot key over `HotKey(address account)`, its consent.
    /// @param url Where the node answers; empty to leave it unsaid.
    function setHotKey(address hotKey, bytes calldata signature, string calldata url) external;

    /// @notice Says where the caller's node answers.
    function setUrl(string calldata url) external;

    /// @notice Bonds stake of the caller, which loses its votes.
    function bond(uint256 amount) external;

    /// @notice Turns bond of the caller into stake, once he is listed nowhere that matters. For the unbonding period it answers for
    /// his signatures as before: a proof makes it bond again and takes from it.
    function unbond(uint256 amount) external;

    /// @notice Slashes an attester who signed two different facts for one (subject, epoch, asOf, asOfHash).
    /// @dev Anybody may call. The reporter gets a fifth of what is taken, the rest is burnt. The bond is halved for each
    /// subject proven. Warning: a proof seen in the public pool can be sent by somebody else first.
    function proveEquivocation(Equivocation calldata proof) external;

    /// @notice The same for statements of which one or both were signed in a batch of many payments.
    /// @param proof The two statements and the signatures they stand under: the batch's where it was one.
    /// @param placeA Where the first was signed.
    /// @param placeB Where the second was signed.
    function proveEquivocationInBatch(
        Equivocation calldata proof,
        BatchPlace calldata placeA,
        BatchPlace calldata placeB
    ) external;

    /// @notice Accuses an attester whose signed facts differ from those of at least two thirds of his epoch's signers.
    /// @dev Anybody may call. Facts follow from the chain, so somebody is wrong; mostly the one, and if it is the many, they signed
    /// false facts in public and a vote can say so while the veto is open. A tenth of the bond is at stake: a broken node is no
    /// equivocation. What was convicted as equivocation is not a dissent, too, and the other way round.
    /// @return evidence Names the accusation.
    function proveDissent(Dissent calldata proof) external returns (bytes32 evidence);

    /// @notice Drops an accusation for good; by the timelock.
    function vetoDissent(bytes32 evidence) external;

    /// @notice Slashes a tenth of the accused bond when nobody vetoed in time; anybody may. The reporter gets a fifth of it, the
    /// rest is burnt.
    function executeDissent(bytes32 evidence) external;

    /// @notice An accusation that is open; all zero when there is none.
    function accusation(bytes32 evidence) external view returns (Accusation memory);

    /// @notice Seconds in which an accusation may be vetoed.
    function vetoWindow() external view returns (uint256);

    /// @notice Who may veto.
    function timelock() external view returns (address);

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
