// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PolicyChange, PolicyParameter} from "../types/PolicyChange.sol";

/// @title Policy registry
/// @notice The gate's governor: what votes may do to the gate, and how far at a time. Every parameter has hard bounds and a
/// largest step, which no vote can change; between two changes of it lies a day, and in any 30 days it is voted on at most three
/// times and makes one small step. A guardian that a vote has named may once make the thresholds stricter for later payments, for
/// at most seven days.
/// @dev Only the timelock may call what changes something, but for the guardian's `tighten` and its end. The gate stays with this contract for ever: there is no function
/// that hands it over, so the bounds cannot be voted away.
interface IPolicyRegistry {
    /// @notice A parameter changed, for payments authorized after this block.
    event ParameterChanged(PolicyParameter indexed parameter, uint256 previous, uint256 value);
    /// @notice An epoch may be put into force. `cardHash` is the hash of its model card.
    event EpochRegistered(address indexed epoch, bytes32 codeHash, bytes32 cardHash, bytes32 modelHash);
    /// @notice Payments authorized after this block are judged by the epoch.
    event EpochActivated(address indexed epoch, address indexed previous);

    /// @notice The guardian may tighten once, until a second, for so many blocks.
    event PolicyGuardianSet(address indexed guardian, uint256 until, uint256 blocks);
    /// @notice Thresholds of payments authorized from the next block to the one before `toBlock`.
    event Tightened(address indexed guardian, uint256 holdAt, uint256 blockAt, uint256 toBlock);
    /// @notice The voted policy is in force again from the next block on.
    event TighteningEnded(address indexed caller);

    /// @notice Only the timelock may call this.
    error NotTimelock(address caller, address timelock);
    /// @notice No change was asked for.
    error ChangesEmpty();
    /// @notice Parameters must ascend, so that none is changed twice.
    error ParametersOutOfOrder(PolicyParameter previous, PolicyParameter current);
    /// @notice The parameter has this value already.
    error ParameterUnchanged(PolicyParameter parameter, uint256 value);
    /// @notice The value is outside the hard bounds.
    error ParameterOutOfBounds(PolicyParameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice The value is further from the present one than one change may go.
    error StepTooLarge(PolicyParameter parameter, uint256 value, uint256 lowest, uint256 highest);
    /// @notice The parameter changed a short while ago, or as often as it may in 30 days.
    error ParameterAtRest(PolicyParameter parameter, uint256 timestamp, uint256 until);
    /// @notice While the policy is tightened nothing passes without a quorum.
    error PolicyTightened(uint256 toBlock);
    /// @notice Only the guardian in office may tighten.
    error NotGuardian(address caller, address guardian, uint256 until);
    /// @notice The guardian has tightened once; a vote may name him again.
    error GuardianSpent(address guardian);
    /// @notice A guardian serves for at most a year at a time.
    error GuardianTermTooLong(uint256 until, uint256 latest);
    /// @notice A tightening lasts for some blocks, not for ever.
    error TightenedBlocksOutOfBounds(uint256 blocks, uint256 highest);
    /// @notice A guardian can make nothing milder.
    error WouldLoosen(PolicyParameter parameter, uint256 value, uint256 current);
    /// @notice A guardian can hold what the voted policy allows, not block it.
    error BlocksTheAllowed(uint256 blockAt, uint256 holdAt);
    /// @notice The voted policy is in force.
    error NotTightened();
    /// @notice Until then only a vote ends the tightening.
    error StillTightened(uint256 timestamp, uint256 until);
    /// @notice The code at the epoch's address is not the code that was voted on.
    error WrongCodeHash(address epoch, bytes32 expected, bytes32 actual);
    /// @notice The epoch was registered before.
    error EpochAlreadyRegistered(address epoch);
    /// @notice The epoch was never registered.
    error EpochNotRegistered(address epoch);

    /// @notice Changes parameters for payments authorized after this block.
    /// @param changes In ascending order of parameters, each within its bounds and one step.
    function changePolicy(PolicyChange[] calldata changes) external;

    /// @notice Changes one parameter by a small step, for payments authorized after this block: the call that
    /// `ISluiceGovernor.proposeOptimistic` takes.
    /// @param parameter Once in 30 days each, beside what votes change.
    /// @param value Within `smallReach`.
    function changeSmall(PolicyParameter parameter, uint256 value) external;

    /// @notice Names a guardian, who may tighten once; nobody for the zero address. A tightening that is in force stays.
    /// @param account The guardian.
    /// @param until Second from which he may not, at most a year from now.
    /// @param blocks How long his tightening lasts, 1 to 2,419,200: seven days in the chain's blocks.
    function setGuardian(address account, uint256 until, uint256 blocks) external;

    /// @notice Lowers the thresholds for payments authorized from the next block on, once, for the guardian's blocks. No payment
    /// authorized before is judged otherwise, nor a channel's batch; then the voted policy returns by itself.
    /// @param holdAt At most the voted one.
    /// @param blockAt At most the voted one and at least the voted holdAt: what the vote allows is held at most.
    function tighten(uint256 holdAt, uint256 blockAt) external;

    /// @notice Ends a tightening: a vote at any time, everybody once it has lasted for seven days.
    function endTightening() external;

    /// @notice Says which code stands at an epoch's address and where its model card is to be found.
    /// @param epoch The epoch's contract.
    /// @param codeHash keccak256 of its code as voters recomputed it from the model.
    /// @param cardHash Hash of the model card, which holds data, metrics and thresholds.
    function registerEpoch(address epoch, bytes32 codeHash, bytes32 cardHash) external;

    /// @notice Puts a registered epoch into force, whose signers are bonded.
    function activateEpoch(address epoch) external;

    /// @notice Stops an epoch at once: its payments are judged by the current one.
    function revokeEpoch(address epoch) external;

    /// @notice Stops signers of an epoch at once.
    /// @param mask Bit i: signer i in ascending order.
    function disableSigners(address epoch, uint16 mask) external;

    /// @notice Names a reviewer of the gate, or takes his right away.
    function setReviewer(address account, bool allowed) external;

    /// @notice Hard bounds and largest step of a parameter.
    /// @return lowest Lowest value.
    /// @return highest Highest value.
    /// @return step Largest difference of one change; for a relative parameter the largest factor.
    /// @return relative Whether the step is a factor.
    function rule(
        PolicyParameter parameter
    ) external pure returns (uint256 lowest, uint256 highest, uint256 step, bool relative);

    /// @notice Values to which a parameter can be changed now.
    function reach(PolicyParameter parameter) external view returns (uint256 lowest, uint256 highest);

    /// @notice Values that a small step can reach now; the present value alone where there is none.
    function smallReach(PolicyParameter parameter) external view returns (uint256 lowest, uint256 highest);

    /// @notice Second from which a vote may change the parameter again.
    function restsUntil(PolicyParameter parameter) external view returns (uint256);

    /// @notice Second from which the parameter may make a small step again.
    function smallRestsUntil(PolicyParameter parameter) external view returns (uint256);

    /// @notice Whether later payments are judged more strictly than was voted, in the next block too.
    function tightened() external view returns (bool);

    /// @notice The guardian, the second in which his term ends, the length of his tightening and whether he has used it.
    function guardian() external view returns (address account, uint256 until, uint256 blocks, bool spent);

    /// @notice Code hash an epoch was registered with; zero for others.
    function codeHashOf(address epoch) external view returns (bytes32);

    /// @notice The gate it governs.
    function gate() external view returns (address);

    /// @notice Who may change something.
    function timelock() external view returns (address);

    /// @notice The attesters' contract that knows the signers' bonds.
    function attesters() external view returns (address);
}
