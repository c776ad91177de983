// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What the adversarial tokens share: a plain ERC-20 that everybody may mint.
abstract contract TestToken is ERC20 {
    constructor(string memory name_) ERC20(name_, "TEST") {}

    /// @notice Creates tokens for anybody.
    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}
