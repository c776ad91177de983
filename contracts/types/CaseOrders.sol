// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {PaymentId} from "./Terms.sol";
import {Band} from "./Verdict.sol";

/// @notice What payer and payee both sign to part what is in escrow. It names the amount in escrow, which falls by it.
library SettlementLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Settlement(bytes32 payment,uint96 toPayee,uint96 toPayer,uint96 capturable,uint40 deadline)"
    );

    function digest(
        PaymentId payment,
        uint96 toPayee,
        uint96 toPayer,
        uint256 capturable,
        uint40 deadline,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, payment, toPayee, toPayer, capturable, deadline));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}

/// @notice What a reviewer or the arbiter signs to make a band one step milder.
library ReviewLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Review(bytes32 subject,uint8 fromBand,uint8 toBand,uint16 reasonCode,uint40 deadline)"
    );

    function digest(
        PaymentId subject,
        Band fromBand,
        Band toBand,
        uint16 reasonCode,
        uint40 deadline,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, subject, fromBand, toBand, reasonCode, deadline));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
