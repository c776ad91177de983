// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @notice Refuses transfers to and from denied accounts, as USDC does.
contract DenyListToken is TestToken("Deny List Token") {
    mapping(address account => bool) public denied;

    error Denied(address account);

    /// @notice Denies an account, or no longer.
    function setDenied(address account, bool denied_) external {
        denied[account] = denied_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (denied[from]) revert Denied(from);
        if (denied[to]) revert Denied(to);
        super._update(from, to, value);
    }
}
