// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {TestToken} from "./TestToken.sol";

/// @notice A plain ERC-20 with EIP-2612 permits.
contract PermitToken is TestToken, ERC20Permit {
    constructor() TestToken("Permit Token") ERC20Permit("Permit Token") {}
}
