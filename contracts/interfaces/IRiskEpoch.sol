// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuorumTier, TokenEntry} from "../types/EpochConfig.sol";
import {Reason} from "../types/Reason.sol";

/// @title Risk epoch
/// @notice One immutable contract holding signer set, quorum and model. It checks the signatures of an attestation and runs
/// the int8 network on the attested facts.
/// @dev Anybody may read it; nothing in it can change. Attestations are described in contracts/types/Attestation.sol.
interface IRiskEpoch {
    /// @notice The signer set is empty or larger than 16.
    error SignerCount(uint256 count);
    /// @notice Signers must be strictly ascending, in the set and in an attestation, so that none counts twice.
    error SignersNotSorted(address previous, address current);
    /// @notice Two disjoint quorums would exist, or the quorum exceeds the set.
    error QuorumOutOfRange(uint256 quorum, uint256 signers);
    /// @notice Tiers must number one to three and rise strictly in value and never fall in quorum.
    error TiersOutOfOrder(uint256 index);
    /// @notice Micro-units saturate at 2^48 - 1, so a tier must end below: a saturated amount is above every tier.
    error TierTooHigh(uint256 upTo, uint256 highest);
    /// @notice At most 16 tokens, each once, with shift ≤ 36 and class ≤ 127.
    error TokenTable(uint256 index);
    /// @notice Fewer signatures than the amount's tier asks for.
    error QuorumNotMet(uint256 signatures, uint256 quorum);
    /// @notice A signature recovers to an address outside the set: a foreign key, or other facts, subject, block, chain or
    /// epoch than the ones that were signed.
    error NotASigner(address recovered);
    /// @notice The signer was disabled, for instance because his key was stolen.
    error SignerDisabled(address signer);
    /// @notice A fact that the contract fills in itself was not zero when signed.
    error FactNotZero(uint256 index);

    /// @notice Checks the attestation and scores the payment.
    /// @dev Solidity looks functions up in the order of their selectors, 22 gas each: this one, which every payment calls, has
    /// a name and an order of arguments that put it first.
    /// @param subject What the attestation is about, for a payment its id.
    /// @param disabledSigners Bit i set: signer i does not count.
    /// @param token Token of the payment, the zero address for the native coin.
    /// @param amount Amount of the payment in the token's smallest unit.
    /// @param attestation Packed attestation.
    /// @return score 0 to 10,000.
    /// @return mustHold True where the band is at least Hold: an unlisted token, or an amount above the last tier.
    /// @return facts The facts as the model saw them, with amount bucket, token class and native flag filled in.
    function judgePayment(
        bytes32 subject,
        uint256 disabledSigners,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external view returns (uint256 score, bool mustHold, bytes32 facts);

    /// @notice Checks the signatures of a batch attestation and counts them; they must be those of signers, in order.
    /// @param structHash EIP-712 struct hash of the list of attestations.
    /// @param disabledSigners Bit i set: signer i does not count.
    /// @param attestation Last head and signatures of the batch attestation.
    /// @return signatures How many have signed; `appraise` says how many a payment needs.
    function checkBatch(
        bytes32 structHash,
        uint256 disabledSigners,
        bytes calldata attestation
    ) external view returns (uint256 signatures);

    /// @notice Scores a payment whose signatures were checked with those of its batch.
    /// @param token Token of the payment, the zero address for the native coin.
    /// @param amount Amount of the payment in the token's smallest unit.
    /// @param facts The facts as they were signed.
    /// @return score 0 to 10,000.
    /// @return mustHold True where the band is at least Hold: an unlisted token, or an amount above the last tier.
    /// @return completed The facts as the model saw them.
    /// @return quorum Signatures that the amount's tier asks for.
    function appraise(
        address token,
        uint256 amount,
        bytes32 facts
    ) external view returns (uint256 score, bool mustHold, bytes32 completed, uint256 quorum);

    /// @notice The model alone, without signatures: anybody may replay a decision with it.
    function score(bytes32 facts) external view returns (uint256);

    /// @notice What the network says of the facts before the rank table makes a score of it; only differences and order mean
    /// something. For an autoencoder the sum of squared errors, for a classifier the last neuron, raised by 2^23.
    function accumulator(bytes32 facts) external view returns (uint256);

    /// @notice The facts that raised the score most: each takes its usual value in turn, and the fall of the accumulator is its
    /// weight. For eth_call: the network runs up to 33 times.
    /// @param facts The facts as the model saw them, for instance from a `Decided` event.
    /// @param most Largest number of reasons; above 32 means all.
    /// @return reasons The weightiest first, of equal ones the lower index; empty where every fact is usual.
    function explain(bytes32 facts, uint256 most) external view returns (Reason[] memory reasons);

    /// @notice The median of each fact over honest payments: what reasons compare with.
    /// @dev Part of the code hash, not of the model hash: it changes reasons, never a score.
    function referenceFacts() external pure returns (bytes32);

    /// @notice Where the network's code lies: the epoch itself, or a contract it created where one would have been too large.
    function network() external view returns (address);

    /// @notice keccak256 of the code of that contract, checked when it was created; zero where the epoch holds the network itself.
    function networkHash() external pure returns (bytes32);

    /// @notice The facts with the three the contract knows filled in, and whether the token is listed.
    function completeFacts(
        bytes32 facts,
        address token,
        uint256 amount
    ) external view returns (bytes32 completed, bool listed);

    /// @notice Amount in integer micro-units, saturated at 2^48 - 1.
    /// @return micro Micro-units; 0 for an unlisted token.
    /// @return listed Whether the token is in the epoch's table.
    function microUnits(address token, uint256 amount) external view returns (uint256 micro, bool listed);

    /// @notice Smallest amount that has so many micro-units; 0 for an unlisted token.
    function amountOf(address token, uint256 micro) external view returns (uint256 amount);

    /// @notice Signers in ascending order.
    function signers() external view returns (address[] memory);

    /// @notice Quorum tiers, lowest value first.
    function tiers() external view returns (QuorumTier[] memory);

    /// @notice The token table.
    function tokens() external view returns (TokenEntry[] memory);

    /// @notice EIP-712 domain separator of attestations.
    function domainSeparator() external view returns (bytes32);

    /// @notice Hash of the ordered choice of facts and their quantisers.
    function schemaHash() external pure returns (bytes32);

    /// @notice Hash of the network and its rank table.
    function modelHash() external pure returns (bytes32);
}
