// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {Timer} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {Ledger} from "./Ledger.sol";
import {PaymentWord} from "./PaymentWord.sol";

/// @dev What every part of the escrow stands on: its storage, its names and its one lock.
abstract contract EscrowStore is ReentrancyGuardTransient, Ledger {
    IRiskGate internal immutable GATE;
    ISluiceStake internal immutable STAKE;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(PaymentId id => PaymentWord word) internal _payments;
    mapping(PaymentId id => Timer seconds_) internal _timers;

    /// @param escrow The contract whose storage this is and under whose domain terms are signed.
    constructor(address gate_, address treasury_, address stake_, address escrow) Ledger(treasury_) {
        GATE = IRiskGate(gate_);
        STAKE = ISluiceStake(stake_);
        CHAIN_ID = block.chainid;
        DOMAIN_SEPARATOR = SluiceDomains.separator(SluiceDomains.ESCROW_NAME, escrow);
    }

    function _idOf(PackedTerms calldata terms) internal view returns (PaymentId) {
        return terms.id(_domainSeparator());
    }

    function _domainSeparator() internal view returns (bytes32) {
        // A chain that split keeps its contracts but not its id: signatures must not be valid on both sides.
        return
            block.chainid == CHAIN_ID
                ? DOMAIN_SEPARATOR
                : SluiceDomains.separator(SluiceDomains.ESCROW_NAME, address(this));
    }

    function _existing(PaymentId id) internal view returns (PaymentWord word) {
        word = _payments[id];
        if (!word.exists()) revert IPaymentEscrow.PaymentUnknown(id);
    }

    function _checkAmount(uint256 amount, uint256 available) internal pure {
        if (amount == 0) revert IPaymentEscrow.AmountZero();
        if (amount > available) revert IPaymentEscrow.AmountTooLarge(amount, available);
    }

    function _checkOperatorOrPayee(address actor, PackedTerms calldata terms) internal pure {
        address operator = terms.operator();
        if (actor != operator && actor != terms.payee()) {
            revert IPaymentEscrow.NotOperatorOrPayee(actor, operator, terms.payee());
        }
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    /// @dev Seconds saturate at 2^40 − 1: terms that name the end of time get the end of time.
    function _time(uint256 second) internal pure returns (uint40) {
        return second > type(uint40).max ? type(uint40).max : uint40(second);
    }
}
