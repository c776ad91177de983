// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ICollector} from "../interfaces/ICollector.sol";

/// @notice A collector that brings what it likes of its own tokens, and makes calls of its own while it is asked.
contract OddCollector is ICollector {
    /// @notice How a call of its own ended.
    event Attempt(bool success, bytes answer);

    error Unwilling();

    uint256 private _brings;
    address private _target;
    bytes[] private _calls;

    /// @notice How much it brings; nothing but an error where that is 2^256 − 1.
    function bring(uint256 amount) external {
        _brings = amount;
    }

    /// @notice A call to make before bringing anything.
    function prepare(address target, bytes calldata data) external {
        _target = target;
        _calls.push(data);
    }

    /// @inheritdoc ICollector
    function collect(bytes32, address, address token, uint256, address escrow, bytes calldata) external {
        if (_brings == type(uint256).max) revert Unwilling();
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success, bytes memory answer) = _target.call(_calls[i]);
            emit Attempt(success, answer);
        }
        if (_brings != 0) IERC20(token).transfer(escrow, _brings);
    }
}
