// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DelayClass} from "../types/DelayClass.sol";

/// @title Sluice timelock
/// @notice The treasury, and the only account that acts on what was voted: OpenZeppelin's TimelockController with a delay that
/// no vote can bring below a day, and longer the more a call can do.
interface ISluiceTimelock {
    /// @notice Calls of this function wait as the class says, from now on. Scheduled operations keep their time.
    event DelayClassSet(address indexed target, bytes4 indexed selector, DelayClass delayClass);
    /// @notice The shortest delay falls to `delay` in the second `from`, not before.
    event ShorterDelaySet(uint256 delay, uint256 from);

    /// @notice Holders need time to leave.
    error DelayTooShort(uint256 delay, uint256 shortest);
    /// @notice A delay of more than a year would shut governance down.
    error DelayTooLong(uint256 delay, uint256 longest);

    /// @notice Puts a function into a class. Only by vote, and by the deployer until he has renounced.
    /// @param target Contract that is called.
    /// @param selector Its function.
    /// @param delayClass Powers for what has none.
    function setDelayClass(address target, bytes4 selector, DelayClass delayClass) external;

    /// @notice Class of a function; a call that carries coins is of class Powers whatever is said here.
    function delayClassOf(address target, bytes4 selector) external view returns (DelayClass);

    /// @notice Seconds from scheduling until these calls can be executed together: the longest that one of them needs.
    function delayOf(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads
    ) external view returns (uint256 delay);
}
