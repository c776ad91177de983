// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Policy} from "../types/Policy.sol";
import {Band, Verdict} from "../types/Verdict.sol";

/// @title Risk gate
/// @notice Turns an attestation into score and band under the policy and epoch in force when the payment was authorized.
/// @dev What this buys, said plainly: a score can be forged only by a quorum that signs false facts, in public and forever
/// checkable. The governor sets policy and epoch for later payments; he can move no money, judge no payment and
/// change nothing for payments already authorized except to revoke an epoch or disable a signer whose key was stolen.
interface IRiskGate {
    /// @notice A decision, with everything needed to replay it.
    /// @param caller Contract that asked; only decisions asked for by a payment contract moved money.
    /// @param subject Payment id, batch root or channel batch hash.
    /// @param epoch Epoch whose model judged.
    /// @param asOf Block up to which history was read.
    /// @param asOfHash Hash of that block.
    /// @param facts The 32 facts as the model saw them.
    /// @param score 0 to 10,000.
    /// @param band 1 Allow, 2 Hold, 3 Block.
    event Decided(
        address indexed caller,
        bytes32 indexed subject,
        address indexed epoch,
        uint256 asOf,
        bytes32 asOfHash,
        bytes32 facts,
        uint256 score,
        Band band
    );
    /// @notice Policy and epoch for payments authorized in `fromBlock` or later.
    event PolicySet(uint256 indexed fromBlock, address indexed epoch, Policy policy);
    /// @notice Payments of the epoch are judged by the current one from now on.
    event EpochRevoked(address indexed epoch);
    /// @notice Signers with their bit set no longer count in the epoch.
    event SignersDisabled(address indexed epoch, uint256 mask);
    /// @notice The governor changed.
    event GovernorSet(address indexed governor);

    /// @notice Only the governor may call this.
    error NotGovernor(address caller, address governor);
    /// @notice The new governor would be nobody.
    error GovernorZero();
    /// @notice A parameter is outside its bounds.
    error PolicyOutOfBounds(bytes32 parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice The address holds no code.
    error EpochWithoutCode(address epoch);
    /// @notice The epoch is not, or no longer, in use by the gate.
    error EpochUnknown(address epoch);
    /// @notice The current epoch was revoked and no other has been set; silence rules apply until then.
    error EpochIsRevoked(address epoch);
    /// @notice The block is before the gate's first policy.
    error NoPolicyAt(uint256 blockNumber, uint256 firstBlock);
    /// @notice Facts must be as of the block that follows from the payment.
    error WrongAsOf(uint256 expected, uint256 actual);
    /// @notice The attested hash is not the hash of that block on this chain.
    error WrongAsOfHash(bytes32 expected, bytes32 actual);
    /// @notice A payment cannot be judged in the block that authorized it: that block has no hash yet.
    error AsOfNotPast(uint256 asOf, uint256 blockNumber);

    /// @notice Judges a payment and emits `Decided`.
    /// @param subject Payment id.
    /// @param authorizedBlock Block of the payment's authorization.
    /// @param token Token, the zero address for the native coin.
    /// @param amount The terms' amount (never the slice captured), in the token's smallest unit.
    /// @param attestation Packed attestation, see contracts/types/Attestation.sol.
    /// @return verdict Score, band, protocol fee and, unless the band is Allow, the policy's delays.
    function evaluate(
        bytes32 subject,
        uint256 authorizedBlock,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict);

    /// @notice Judges a batch that is no stored payment, such as the rows of a channel batch, and emits `Decided`.
    /// @dev Policy and epoch are those in force now; facts are as of the last past multiple of the policy's stride.
    /// @param subject Hash of the batch, which names the calling contract and the chain.
    /// @param token Token, the zero address for the native coin.
    /// @param amount What the batch moves, in the token's smallest unit.
    /// @param attestation Packed attestation, see contracts/types/Attestation.sol.
    function evaluateBatch(
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict);

    /// @notice Block as of which facts about a batch must be read if it is judged now.
    function batchAsOf() external view returns (uint256 asOf);

    /// @notice What a payment channel in this token may pay out between two attestations, and how long the rest waits when
    /// nobody attests.
    /// @return cap In the token's smallest unit; 0 for an unlisted token.
    /// @return silenceDelay Seconds attesters have to answer.
    /// @return holdDelay Seconds of a Hold.
    function channelTerms(address token) external view returns (uint256 cap, uint256 silenceDelay, uint256 holdDelay);

    /// @notice What a request for screening of this payment starts.
    /// @return silenceDelay Seconds until silence.
    /// @return holdDelay Seconds of a Hold.
    /// @return grace Seconds the payee has, at least, once he may capture.
    /// @return capped True where silence may not release at once: above the cap, an unlisted token, or a revoked epoch.
    function silenceTerms(
        uint256 authorizedBlock,
        address token,
        uint256 amount
    ) external view returns (uint256 silenceDelay, uint256 holdDelay, uint256 grace, bool capped);

    /// @notice Block as of which facts about a payment must be read if it is judged now, and the block after which that
    /// changes.
    function asOfFor(uint256 authorizedBlock) external view returns (uint256 asOf, uint256 until);

    /// @notice Policy and epoch for payments authorized in the block.
    function policyAt(
        uint256 authorizedBlock
    )
        external
        view
        returns (Policy memory policy, address epoch, uint256 fromBlock, uint256 disabledSigners, bool revoked);

    /// @notice Number of policies ever set; the last one is current.
    function policyCount() external view returns (uint256);

    /// @notice Who sets policy and epoch.
    function governor() external view returns (address);

    /// @notice Sets policy and epoch for payments authorized after this block.
    function setPolicy(Policy calldata policy, address epoch) external;

    /// @notice Stops an epoch at once: its payments are judged by the current one.
    function revokeEpoch(address epoch) external;

    /// @notice Stops signers of an epoch at once.
    /// @param mask Bit i: signer i in ascending order. Bits already set stay set.
    function disableSigners(address epoch, uint16 mask) external;

    /// @notice Hands the governor's role over.
    function setGovernor(address governor) external;
}
