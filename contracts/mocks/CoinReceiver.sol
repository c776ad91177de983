// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an account does with coins it is sent.
enum CoinHabit {
    Accept,
    Refuse,
    BurnGas,
    LongAnswer,
    CallBack
}

/// @notice An account that takes native coin or does not, and knows nothing of signatures.
contract CoinReceiver {
    CoinHabit private _habit;
    address private _target;
    bytes[] private _calls;

    /// @notice How a call of its own ended.
    event Attempt(bool success, bytes answer);

    error Unwilling();

    receive() external payable {
        if (_habit == CoinHabit.Refuse) revert Unwilling();
        if (_habit == CoinHabit.LongAnswer) {
            assembly ("memory-safe") {
                revert(0, 60000)
            }
        }
        while (_habit == CoinHabit.BurnGas) {}
        if (_habit != CoinHabit.CallBack) return;
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success, bytes memory answer) = _target.call(_calls[i]);
            emit Attempt(success, answer);
        }
    }

    /// @notice Changes what it does from now on.
    function setHabit(CoinHabit habit) external {
        _habit = habit;
    }

    /// @notice A call to make when coins come.
    function prepare(address target, bytes calldata data) external {
        _target = target;
        _calls.push(data);
    }
}
