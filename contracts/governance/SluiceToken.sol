// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {ISluiceToken} from "../interfaces/ISluiceToken.sol";

contract SluiceToken is ISluiceToken, ERC20, ERC20Permit {
    uint256 private immutable CAP;

    constructor(address distributor, uint256 supply) ERC20("Sluice", "SLUICE") ERC20Permit("Sluice") {
        CAP = supply;
        _mint(distributor, supply);
    }

    /// @inheritdoc ISluiceToken
    function cap() external view returns (uint256) {
        return CAP;
    }

    /// @inheritdoc ISluiceToken
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }
}
