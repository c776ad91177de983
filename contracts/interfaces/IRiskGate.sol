// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Policy} from "../types/Policy.sol";
import {Reason} from "../types/Reason.sol";
import {Band, Verdict} from "../types/Verdict.sol";

/// @notice A payment of a batch.
/// @param id Payment id.
/// @param authorizedBlock Block of the payment's authorization; zero: part of what is signed, not judged.
/// @param token Token, the zero address for the native coin.
/// @param amount The terms' amount, in the token's smallest unit.
struct Subject {
    bytes32 id;
    uint256 authorizedBlock;
    address token;
    uint256 amount;
}

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
    /// @notice One signer contradicted an Allow; his facts as the model saw them.
    event Contested(
        address indexed caller,
        bytes32 indexed subject,
        address indexed signer,
        uint256 asOf,
        bytes32 asOfHash,
        bytes32 facts,
        uint256 score
    );
    /// @notice Policy and epoch for payments authorized in `fromBlock` or later. A tightening emits two: the tightened policy
    /// from the next block, and the voted one from the block in which it returns.
    event PolicySet(uint256 indexed fromBlock, address indexed epoch, Policy policy);
    /// @notice Payments of the epoch are judged by the current one from now on.
    event EpochRevoked(address indexed epoch);
    /// @notice Signers with their bit set no longer count in the epoch.
    event SignersDisabled(address indexed epoch, uint256 mask);
    /// @notice The governor changed.
    event GovernorSet(address indexed governor);

    /// @notice An account may, or no longer may, review bands.
    event ReviewerSet(address indexed reviewer, bool allowed);

    /// @notice Only the governor may call this.
    error NotGovernor(address caller, address governor);
    /// @notice The new governor would be nobody.
    error GovernorZero();
    /// @notice A parameter is outside its bounds.
    error PolicyOutOfBounds(bytes32 parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice The last policy is not in force yet; only one that is can be tightened.
    error PolicyNotInForce(uint256 fromBlock, uint256 blockNumber);
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

    /// @notice A charge is screened before it exists, so its amount is limited.
    /// @param cap In micro-units.
    error ChargeAboveCap(address token, uint256 amount, uint256 cap);
    /// @notice A contradiction is one signer's.
    error NotOneSignature(uint256 count);
    /// @notice The payment's epoch is not the one that signed the batch.
    error WrongEpoch(address expected, address actual);

    /// @notice Judges a payment and emits `Decided`.
    /// @dev Of the payments that would be allowed the policy's `auditShare` is held instead, drawn by keccak256 of subject and
    /// asOfHash; a refresh draws anew, so that waiting for one is no way around the first draw. Batches are not drawn: who puts
    /// one together knows asOfHash already; nor are charges. The order of the arguments gives the lowest selector, so that
    /// Solidity looks this function up first.
    /// @param subject Payment id.
    /// @param authorizedBlock Block of the payment's authorization.
    /// @param amount The terms' amount (never the slice captured), in the token's smallest unit.
    /// @param token Token, the zero address for the native coin.
    /// @param attestation Packed attestation, see contracts/types/Attestation.sol.
    /// @return verdict Score, band, protocol fee and, unless the band is Allow, the policy's delays.
    function evaluate(
        bytes32 subject,
        uint256 authorizedBlock,
        uint256 amount,
        address token,
        bytes calldata attestation
    ) external returns (Verdict verdict);

    /// @notice Judges many payments under one attestation of the epoch that judges the first of them, and emits `Decided` for
    /// each. The quorum signs the list of what it would have signed for each payment alone; the model runs for each.
    /// @dev Payments that cannot be judged are passed over: their verdict has the band None and, as reason, the selector of
    /// the error that `evaluate` would raise, or of `WrongEpoch`. False signatures fail the whole call.
    /// @param subjects The payments, in the order of the list.
    /// @param attestation Heads (asOf 8 bytes | asOfHash 32 | facts 32) of all payments, then the signatures.
    /// @return verdicts One for each payment, without delays.
    function evaluateMany(
        Subject[] calldata subjects,
        bytes calldata attestation
    ) external returns (Verdict[] memory verdicts);

    /// @notice Judges a charge, which is screened before it exists, and emits `Decided`.
    /// @dev Policy and epoch are those in force now; facts are as of the last past multiple of the policy's stride.
    /// @param subject Payment id.
    /// @param token Token, the zero address for the native coin.
    /// @param amount The terms' amount, at most the policy's charge cap.
    /// @param attestation Packed attestation, see contracts/types/Attestation.sol.
    function evaluateCharge(
        bytes32 subject,
        address token,
        uint256 amount,
        bytes calldata attestation
    ) external returns (Verdict verdict);

    /// @notice What the current policy makes of a payment that its own policy allowed: Hold, with the delays of its own
    /// policy, where the score reaches the threshold that was voted last, else Allow. A tightening does not count.
    /// @param authorizedBlock Block of the payment's authorization.
    /// @param score The payment's score.
    function reassess(uint256 authorizedBlock, uint256 score) external view returns (Verdict verdict);

    /// @notice What one signer's differing facts make of a payment that a quorum allowed: Hold, with the delays of its own
    /// policy, where they reach the policy's Hold, else Allow. Emits `Contested`.
    /// @dev The facts are of the payment's own block or of any refresh since. What the quorum signed is not looked at: whoever
    /// signed falsely is proved by `Attesters.proveDissent`.
    /// @param attestation Packed attestation with one signature, of a signer that counts.
    function contest(
        bytes32 subject,
        uint256 authorizedBlock,
        uint256 amount,
        address token,
        bytes calldata attestation
    ) external returns (Verdict verdict);

    /// @notice Whether an account may make bands one step milder.
    function isReviewer(address account) external view returns (bool);

    /// @notice Names a reviewer, or takes his right away.
    function setReviewer(address account, bool allowed) external;

    /// @notice Judges a batch that is no stored payment, such as the rows of a channel batch, and emits `Decided`.
    /// @dev Policy and epoch are those last voted; facts are as of the last past multiple of the policy's stride.
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

    /// @notice What `evaluate` would answer now, and why: the facts that raised the score most. For eth_call; changes nothing.
    /// @dev Facts of an earlier decision need no attestation: `IRiskEpoch.explain` takes them from its `Decided` event.
    /// @param subject Payment id.
    /// @param authorizedBlock Block of the payment's authorization.
    /// @param amount The terms' amount, in the token's smallest unit.
    /// @param token Token, the zero address for the native coin.
    /// @param attestation Packed attestation, see contracts/types/Attestation.sol.
    /// @param most Largest number of reasons.
    /// @return score 0 to 10,000.
    /// @return band Allow, Hold or Block. A Hold below `holdAt` is an audit, an unlisted token or an amount above the last tier.
    /// @return reasons The weightiest first, as `IRiskEpoch.explain` finds them.
    function explain(
        bytes32 subject,
        uint256 authorizedBlock,
        uint256 amount,
        address token,
        bytes calldata attestation,
        uint256 most
    ) external view returns (uint256 score, Band band, Reason[] memory reasons);

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

    /// @notice Lowers the thresholds for payments authorized in the `blocks` blocks after this one; then the present policy is
    /// in force again, by itself. Setting a policy ends it earlier. Batches of channels and payments authorized before are
    /// judged as if nothing had happened.
    /// @param holdAt At most the present one.
    /// @param blockAt At most the present one and at least the present holdAt: what is allowed now is not blocked.
    /// @param blocks 1 to 2,419,200.
    function tighten(uint256 holdAt, uint256 blockAt, uint256 blocks) external;

    /// @notice Stops an epoch at once: its payments are judged by the current one.
    function revokeEpoch(address epoch) external;

    /// @notice Stops signers of an epoch at once.
    /// @param mask Bit i: signer i in ascending order. Bits already set stay set.
    function disableSigners(address epoch, uint16 mask) external;

    /// @notice Hands the governor's role over.
    function setGovernor(address governor) external;
}
