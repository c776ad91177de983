// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How long an operation waits in the timelock, in shortest delays: Powers three, Ordinary two, Short one. What
/// nobody has given a class waits longest.
enum DelayClass {
    Powers,
    Ordinary,
    Short
}
