// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {IRareWays} from "../interfaces/IRareWays.sol";
import {Collection} from "../types/PaymentState.sol";
import {PackedTerms, PaymentId} from "../types/Terms.sol";
import {EscrowStore} from "./EscrowStore.sol";
import {PaymentWordLib} from "./PaymentWord.sol";
import {TermsChecks} from "./TermsChecks.sol";

/// @dev How payments begin: what is stored, and the way to the collections that are rare.
abstract contract Openings is EscrowStore {
    address internal immutable RARE_WAYS;

    constructor(address rareWays) {
        RARE_WAYS = rareWays;
    }

    /// @dev A payment as if its money were there; the collection that follows brings it or reverts everything.
    function _create(PackedTerms calldata terms) internal returns (PaymentId id) {
        id = _idOf(terms);
        if (_payments[id].exists()) revert IPaymentEscrow.PaymentExists(id);
        TermsChecks.check(terms);

        _payments[id] = PaymentWordLib.create(terms.amount());
        emit IPaymentEscrow.Authorized(id, terms.payee(), terms);
    }

    /// @dev The code for every collection, run as this contract's own. It has no storage, and the lock is taken already.
    function _collectRarely(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes32 digest,
        Collection collection,
        bytes calldata signature
    ) internal {
        bytes memory call = abi.encodeCall(
            IRareWays.collect,
            (payer, token, amount, deadline, digest, collection, signature)
        );
        (bool success, bytes memory answer) = RARE_WAYS.delegatecall(call);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
