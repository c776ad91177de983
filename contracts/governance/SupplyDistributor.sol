// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ISupplyDistributor} from "../interfaces/ISupplyDistributor.sol";

contract SupplyDistributor is ISupplyDistributor {
    using SafeERC20 for IERC20;

    /// @inheritdoc ISupplyDistributor
    function distribute(address token, address[] calldata receivers, uint256[] calldata amounts) external {
        if (receivers.length != amounts.length) revert LengthsDiffer(receivers.length, amounts.length);
        uint256 supply = IERC20(token).totalSupply();
        uint256 sum;
        for (uint256 i = 0; i < amounts.length; ++i) sum += amounts[i];
        if (sum != supply) revert SumIsNotSupply(sum, supply);

        emit Distributed(token, msg.sender, supply, receivers.length);

        for (uint256 i = 0; i < receivers.length; ++i) {
            IERC20(token).safeTransferFrom(msg.sender, receivers[i], amounts[i]);
        }
    }
}
