// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";

/// @dev Fees, and money whose receiver could not be paid, by token and account. An entry is one slot: credit 128 for the
/// account | protocolCredit 128 for the treasury, so that a capture writes one slot for both parts of the fee.
abstract contract Ledger {
    using SafeERC20 for IERC20;

    struct Entry {
        uint128 credit;
        uint128 protocolCredit;
    }

    /// @dev Enough for an account's receiving code, little enough that one that burns it all stops no batch.
    uint256 private constant COIN_GAS = 100_000;

    address internal immutable TREASURY;

    mapping(address token => mapping(address account => Entry entry)) private _entries;

    constructor(address treasury_) {
        if (treasury_ == address(0)) revert IPaymentEscrow.PartyInvalid(treasury_);
        TREASURY = treasury_;
    }

    function _entry(address token, address account) internal view returns (Entry memory) {
        return _entries[token][account];
    }

    function _keep(address token, address account, uint256 credit, uint256 protocolCredit) internal {
        Entry storage entry = _entries[token][account];
        // Both parts are below 2^96, so 2^32 captures of the largest amount fit; the checked sums refuse more.
        Entry memory updated = entry;
        updated.credit += uint128(credit);
        updated.protocolCredit += uint128(protocolCredit);
        entry.credit = updated.credit;
        entry.protocolCredit = updated.protocolCredit;
    }

    /// @dev Pays, or credits where the token or, of native coin, the receiver refuses. Starving the transfer of gas gains nothing: what remains must still
    /// pay for the credit, and the credit can be swept by anybody.
    function _deliver(address token, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (!_trySend(token, to, amount, COIN_GAS)) _credit(token, to, amount);
    }

    function _credit(address token, address to, uint256 amount) internal {
        _keep(token, to, amount, 0);
        emit IPaymentEscrow.Credited(token, to, amount);
    }

    /// @dev The two parts are paid independently: an account that cannot receive does not keep the treasury waiting.
    function _sweep(address token, address account) internal {
        Entry memory entry = _entries[token][account];
        if (entry.credit == 0 && entry.protocolCredit == 0) revert IPaymentEscrow.NothingToSweep(token, account);
        delete _entries[token][account];

        uint256 paid = _tryPay(token, account, entry.credit);
        uint256 paidProtocol = _tryPay(token, TREASURY, entry.protocolCredit);
        if (paid | paidProtocol == 0) {
            (address to, uint256 owed) = entry.credit != 0 ? (account, entry.credit) : (TREASURY, entry.protocolCredit);
            revert IPaymentEscrow.TransferFailed(token, address(this), to, owed);
        }
        if (paid != entry.credit) _keep(token, account, entry.credit, 0);
        if (paidProtocol != entry.protocolCredit) _keep(token, account, 0, entry.protocolCredit);
        emit IPaymentEscrow.Swept(token, account, paid, paidProtocol);
    }

    /// @dev What was paid: all of it, or nothing where there is nothing or the token refuses. Whoever sweeps chooses the gas:
    /// a receiver that needs more than a capture spares for it gets its coins here.
    function _tryPay(address token, address to, uint256 amount) private returns (uint256) {
        return amount != 0 && _trySend(token, to, amount, gasleft()) ? amount : 0;
    }

    /// @dev The zero address as token is the native coin. The receiver's answer is not copied: nobody pays for a long one.
    function _trySend(address token, address to, uint256 amount, uint256 coinGas) private returns (bool sent) {
        if (token != address(0)) return IERC20(token).trySafeTransfer(to, amount);
        assembly ("memory-safe") {
            sent := call(coinGas, to, amount, 0, 0, 0, 0)
        }
    }
}
