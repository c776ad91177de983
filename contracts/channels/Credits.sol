// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IERC3009} from "../interfaces/IERC3009.sol";
import {ITokenCredits} from "../interfaces/ITokenCredits.sol";

/// @dev Tokens in, checked by balance difference, and out, or into a credit where the token refuses the receiver. The heir
/// holds its lock around all of it.
abstract contract Credits {
    using SafeERC20 for IERC20;

    mapping(address token => mapping(address account => uint256 amount)) internal _credits;

    /// @dev Out of an allowance of `from`.
    function _pull(address token, address from, uint256 amount) internal {
        uint256 balance = _balance(token);
        if (!IERC20(token).trySafeTransferFrom(from, address(this), amount)) {
            revert ITokenCredits.TransferFailed(token, from, address(this), amount);
        }
        _checkReceived(token, balance, amount);
    }

    /// @dev By an ERC-3009 signature of `from`, valid before `validBefore`, whose nonce says what it is for.
    function _receive(
        address token,
        address from,
        uint256 amount,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) internal {
        uint256 balance = _balance(token);
        IERC3009(token).receiveWithAuthorization(from, address(this), amount, 0, validBefore, nonce, signature);
        _checkReceived(token, balance, amount);
    }

    /// @dev The same with a key's signature in two words. Replaces the interface's call, whose encoding and look for code cost
    /// 600 gas more: the balance was read from the token, so it has code. The call is written beyond free memory: selector,
    /// seven words of head, the length 65, r, s, v. A revert of the token comes through.
    function _receiveByKey(
        address token,
        address from,
        uint256 amount,
        uint256 validBefore,
        bytes32 nonce,
        bytes32 r,
        bytes32 yParityAndS
    ) internal {
        uint256 balance = _balance(token);
        bytes4 selector = IERC3009.receiveWithAuthorization.selector;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, selector)
            mstore(add(m, 0x04), from)
            mstore(add(m, 0x24), address())
            mstore(add(m, 0x44), amount)
            mstore(add(m, 0x64), 0)
            mstore(add(m, 0x84), validBefore)
            mstore(add(m, 0xa4), nonce)
            mstore(add(m, 0xc4), 0xe0)
            mstore(add(m, 0xe4), 65)
            mstore(add(m, 0x104), r)
            mstore(add(m, 0x124), shr(1, shl(1, yParityAndS)))
            mstore(add(m, 0x144), shl(248, add(27, shr(255, yParityAndS))))
            if iszero(call(gas(), token, 0, m, 0x164, 0, 0)) {
                returndatacopy(m, 0, returndatasize())
                revert(m, returndatasize())
            }
        }
        _checkReceived(token, balance, amount);
    }

    /// @dev Pays, or credits where the token refuses. Starving the transfer of gas gains nothing: what remains must still
    /// pay for the credit, and the credit can be swept by anybody.
    function _deliver(address token, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (IERC20(token).trySafeTransfer(to, amount)) return;
        _credits[token][to] += amount;
        emit ITokenCredits.Credited(token, to, amount);
    }

    function _sweep(address token, address account) internal {
        uint256 amount = _credits[token][account];
        if (amount == 0) revert ITokenCredits.NothingToSweep(token, account);
        delete _credits[token][account];
        emit ITokenCredits.CreditSwept(token, account, amount);
        if (!IERC20(token).trySafeTransfer(account, amount)) {
            revert ITokenCredits.TransferFailed(token, address(this), account, amount);
        }
    }

    function _checkReceived(address token, uint256 before, uint256 amount) internal view {
        uint256 received = _balance(token) - before;
        if (received != amount) revert ITokenCredits.AmountReceived(amount, received);
    }

    /// @dev Replaces IERC20.balanceOf, twice in each deposit, at half the overhead. Scratch space holds the call, then the
    /// answer; an address without code, and a short answer, leave `read` false.
    function _balance(address token) internal view returns (uint256 amount) {
        bool read;
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x70a08231))
            mstore(4, address())
            // the last argument of `and` is evaluated first, so the size is that of this call's answer
            read := and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0, 0x24, 0, 0x20))
            amount := mload(0)
        }
        if (!read) revert ITokenCredits.TokenUnreadable(token);
    }
}
