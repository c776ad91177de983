// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";

/// @notice Runs an epoch's model on many words of facts in one call, and measures one run.
contract ModelHarness {
    /// @notice A network answers one word.
    error NetworkAnswered(bool answered, uint256 length);
    /// @notice Results have four bytes.
    error ValueTooLarge(uint256 value);

    /// @notice Score and accumulator of each word of facts, both in four bytes.
    /// @param packed Words of facts, one after the other.
    function run(IRiskEpoch epoch, bytes calldata packed) external view returns (bytes memory results) {
        uint256 count = packed.length / 32;
        results = new bytes(8 * count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 facts = bytes32(packed[32 * i:]);
            put(results, 2 * i, epoch.score(facts));
            put(results, 2 * i + 1, epoch.accumulator(facts));
        }
    }

    /// @notice The accumulator of each word of facts, in four bytes.
    function accumulators(IRiskEpoch epoch, bytes calldata packed) external view returns (bytes memory results) {
        uint256 count = packed.length / 32;
        results = new bytes(4 * count);
        for (uint256 i = 0; i < count; ++i) {
            put(results, i, epoch.accumulator(bytes32(packed[32 * i:])));
        }
    }

    /// @notice What a network's own contract answers to each word of facts, in four bytes.
    function runNetwork(address network, bytes calldata packed) external view returns (bytes memory results) {
        uint256 count = packed.length / 32;
        results = new bytes(4 * count);
        for (uint256 i = 0; i < count; ++i) {
            (bool answered, bytes memory answer) = network.staticcall(packed[32 * i:32 * i + 32]);
            if (!answered || answer.length != 32) revert NetworkAnswered(answered, answer.length);
            put(results, i, uint256(bytes32(answer)));
        }
    }

    /// @notice Gas of one warm call to a network's own contract, call overhead included.
    function networkGas(address network, bytes32 facts) external view returns (uint256 used) {
        (bool answered, ) = network.staticcall(abi.encode(facts));
        uint256 before = gasleft();
        assembly ("memory-safe") {
            mstore(0, facts)
            answered := staticcall(gas(), network, 0, 0x20, 0, 0x20)
        }
        used = before - gasleft();
    }

    /// @notice Gas of one call to `score` with the epoch's address already warm, call overhead included.
    function warmGas(IRiskEpoch epoch, bytes32 facts) external view returns (uint256 used) {
        epoch.score(facts);
        uint256 before = gasleft();
        epoch.score(facts);
        used = before - gasleft();
    }

    /// @notice The same for an epoch that the transaction has not touched before.
    function coldGas(IRiskEpoch epoch, bytes32 facts) external view returns (uint256 used) {
        uint256 before = gasleft();
        epoch.score(facts);
        used = before - gasleft();
    }

    /// @dev Writes the low four bytes of a value to one of the places that `results` was made with, and leaves the rest.
    function put(bytes memory results, uint256 place, uint256 value) private pure {
        if (value >= 2 ** 32) revert ValueTooLarge(value);
        assembly ("memory-safe") {
            let at := add(add(results, 0x20), shl(2, place))
            mstore(at, or(shl(224, value), shr(32, shl(32, mload(at)))))
        }
    }
}
