// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PolicyChange, PolicyParameter} from "../types/PolicyChange.sol";

/// @title Policy registry
/// @notice The gate's governor: what votes may do to the gate, and how far at a time. Every parameter has hard bounds and a
/// largest step, which no vote can change; between two changes of the policy lies a rest.
/// @dev Only the timelock may call what changes something. The gate stays with this contract for ever: there is no function
/// that hands it over, so the bounds cannot be voted away.
interface IPolicyRegistry {
    /// @notice A parameter changed, for payments authorized after this block.
    event ParameterChanged(PolicyParameter indexed parameter, uint256 previous, uint256 value);
    /// @notice An epoch may be put into force. `cardHash` is the hash of its model card.
    event EpochRegistered(address indexed epoch, bytes32 codeHash, bytes32 cardHash, bytes32 modelHash);
    /// @notice Payments authorized after this block are judged by the epoch.
    event EpochActivated(address indexed epoch, address indexed previous);

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
    /// @notice The policy changed a short while ago.
    error PolicyAtRest(uint256 timestamp, uint256 until);
    /// @notice The code at the epoch's address is not the code that was voted on.
    error WrongCodeHash(address epoch, bytes32 expected, bytes32 actual);
    /// @notice The epoch was registered before.
    error EpochAlreadyRegistered(address epoch);
    /// @notice The epoch was never registered.
    error EpochNotRegistered(address epoch);

    /// @notice Changes parameters for payments authorized after this block.
    /// @param changes In ascending order of parameters, each within its bounds and one step.
    function changePolicy(PolicyChange[] calldata changes) external;

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

    /// @notice Second from which the policy may change again.
    function restsUntil() external view returns (uint256);

    /// @notice Code hash an epoch was registered with; zero for others.
    function codeHashOf(address epoch) external view returns (bytes32);

    /// @notice The gate it governs.
    function gate() external view returns (address);

    /// @notice Who may change something.
    function timelock() external view returns (address);

    /// @notice The attesters' contract that knows the signers' bonds.
    function attesters() external view returns (address);
}
