// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ICollector} from "../interfaces/ICollector.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";

/// @notice A collector as it should be: brings the payer's money out of the allowance it has, and only when its escrow asks.
contract AllowanceCollector is ICollector {
    address public immutable ESCROW;

    error NotCollectorCaller(address caller, address expected);

    /// @notice What it was told last.
    bytes public lastData;

    constructor(address escrow) {
        ESCROW = escrow;
    }

    /// @inheritdoc ICollector
    function collect(bytes32, address payer, address token, uint256 amount, address, bytes calldata data) external {
        address expected = IPaymentEscrow(ESCROW).collectorCaller();
        if (msg.sender != expected) revert NotCollectorCaller(msg.sender, expected);
        lastData = data;
        IERC20(token).transferFrom(payer, ESCROW, amount);
    }
}
