// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Preparer
/// @notice Makes calls that strangers choose, so that the escrow itself never does. It holds no funds, has no allowance and
/// may do nothing anywhere: whatever it is told to call, nobody's money moves because of who it is.
/// @dev An escrow has two. One makes the EIP-6492 prepare calls, arbitrary ones; the other calls collectors and nothing else,
/// so a collector can tell a call about a real payment from one that was dressed up as a prepare call.
contract Preparer {
    address private immutable ESCROW;

    error NotEscrow(address caller, address escrow);

    constructor(address escrow) {
        ESCROW = escrow;
    }

    /// @notice Makes the call and says whether it succeeded.
    /// @dev The answer is not copied: a callee cannot make its caller pay for a long one.
    function call(address target, bytes calldata data) external returns (bool success) {
        if (msg.sender != ESCROW) revert NotEscrow(msg.sender, ESCROW);
        bytes memory copy = data;
        assembly ("memory-safe") {
            success := call(gas(), target, 0, add(copy, 0x20), mload(copy), 0, 0)
        }
    }
}
