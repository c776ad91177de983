// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";

import {ICaptureAuthorizer, PaymentInfo} from "../interfaces/ICaptureAuthorizer.sol";
import {CommerceEscrow} from "./CommerceEscrow.sol";

/// @notice The operator of payments in a CommerceEscrow that asks an authorizer before each capture, for tests.
contract PolicyOperator {
    CommerceEscrow private immutable ESCROW;
    ICaptureAuthorizer private immutable AUTHORIZER;

    error NotAnAuthorizer(address authorizer);
    error CaptureRefused();

    constructor(CommerceEscrow escrow, address authorizer) {
        if (!ERC165Checker.supportsInterface(authorizer, type(ICaptureAuthorizer).interfaceId)) {
            revert NotAnAuthorizer(authorizer);
        }
        ESCROW = escrow;
        AUTHORIZER = ICaptureAuthorizer(authorizer);
    }

    function authorize(PaymentInfo calldata info, uint256 amount) external {
        ESCROW.authorize(info, amount);
    }

    function capture(PaymentInfo calldata info, uint256 amount, uint256 feeBps, address feeReceiver) external {
        bool may = AUTHORIZER.authorizeCapture(info, amount, (amount * feeBps) / 10_000, feeReceiver, "");
        if (!may) revert CaptureRefused();
        ESCROW.capture(info, amount, feeBps, feeReceiver);
    }
}
