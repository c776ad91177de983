// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Hash of a past block where the chain still has it: 256 blocks by BLOCKHASH, 8,191 by EIP-2935.
library BlockHashes {
    /// @dev The history contract of EIP-2935, at the same address on every chain that has it.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @notice The block's hash, or zero where the chain no longer knows it.
    function find(uint256 blockNumber) internal view returns (bytes32 found) {
        found = blockhash(blockNumber);
        if (found != 0) return found;
        // Outside its range the history contract reverts; a chain without it answers nothing. Both mean "unknown".
        (bool success, bytes memory answer) = HISTORY.staticcall(abi.encode(blockNumber));
        if (success && answer.length == 32) found = abi.decode(answer, (bytes32));
    }
}
