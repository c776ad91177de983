// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IERC3009} from "../interfaces/IERC3009.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {Collection} from "../types/PaymentState.sol";

/// @dev The common ways in. Each takes a sum from one payer on a consent that covers `digest`, the payment's id or the
/// batch's, and what arrived is counted by balance difference. Every collection runs under the escrow's one lock, so the
/// difference is that collection's alone.
abstract contract Collect {
    using PartySignature for bytes32;
    using SafeERC20 for IERC20;

    /// @dev The same address on every chain that has it.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    /// @dev Last field of what the payer signs for Permit2, and the type it names.
    string private constant PERMIT2_WITNESS = "bytes32 payment)TokenPermissions(address token,uint256 amount)";

    function _collect(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes32 digest,
        Collection collection,
        bytes calldata signature
    ) internal {
        _checkValue();
        uint256 balance = _balance(token);
        if (collection == Collection.Erc3009) {
            // The nonce is the digest, so the one signature covers every field of the terms.
            bytes memory pull = abi.encodeCall(
                IERC3009.receiveWithAuthorization,
                (payer, address(this), amount, 0, deadline, digest, signature)
            );
            _call(token, pull);
        } else if (collection == Collection.Permit2) {
            _pullByPermit2(payer, token, amount, deadline, digest, signature);
        } else {
            _checkConsent(payer, digest, digest, signature);
            if (!IERC20(token).trySafeTransferFrom(payer, address(this), amount)) {
                revert IPaymentEscrow.TransferFailed(token, payer, address(this), amount);
            }
        }
        _checkReceived(token, balance, amount);
    }

    /// @dev Replaces a call of the interface, which would look for code once more: the balance was read from the token, and an
    /// address without code that answers is caught by what arrives. The token's error comes through.
    function _call(address token, bytes memory data) private {
        (bool success, bytes memory answer) = token.call(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    /// @dev The signature covers the digest beside its nonce, so nonces can be neighbours that share a slot. The spender that
    /// the payer signs for is the caller, the escrow.
    function _pullByPermit2(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes32 digest,
        bytes calldata signature
    ) private {
        if (signature.length < 32) revert IPaymentEscrow.SignatureShort(signature.length, 32);
        PERMIT2.permitWitnessTransferFrom(
            IPermit2.PermitTransferFrom(
                IPermit2.TokenPermissions(token, amount),
                uint256(bytes32(signature)),
                deadline
            ),
            IPermit2.SignatureTransferDetails(address(this), amount),
            payer,
            digest,
            PERMIT2_WITNESS,
            signature[32:]
        );
    }

    /// @param signed What the payer has signed, unless he calls himself; it covers `digest`.
    function _checkConsent(address payer, bytes32 digest, bytes32 signed, bytes calldata signature) internal view {
        if (msg.sender != payer && !signed.isSignedBy(payer, signature)) {
            revert IPaymentEscrow.PayerSignatureInvalid(digest, payer);
        }
    }

    function _checkValue() internal view {
        if (msg.value != 0) revert IPaymentEscrow.ValueUnexpected(msg.value);
    }

    function _checkReceived(address token, uint256 balance, uint256 amount) internal view {
        uint256 received;
        unchecked {
            // a balance that fell wraps to a number far above any sum of 96-bit amounts
            received = _balance(token) - balance;
        }
        if (received != amount) revert IPaymentEscrow.AmountReceived(amount, received);
    }

    /// @dev Replaces IERC20.balanceOf, twice in each authorization, at half the overhead. The call is written to scratch
    /// space, the answer read from it; no code and short answers are told apart from a balance.
    function _balance(address token) internal view returns (uint256 amount) {
        bool read;
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x70a08231))
            mstore(4, address())
            // Yul evaluates the last argument first, so the size is that of this call's answer
            read := and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0, 0x24, 0, 0x20))
            amount := mload(0)
        }
        if (!read) revert IPaymentEscrow.TokenUnreadable(token);
    }
}
