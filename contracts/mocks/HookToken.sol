// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @notice Who is told of a transfer.
interface ITokenHooks {
    function tokensToSend() external;
    function tokensReceived() external;
}

/// @notice Tells sender before and receiver after each transfer when they are contracts, as ERC-777 does.
contract HookToken is TestToken("Hook Token") {
    mapping(address account => bool) public hooked;

    /// @notice An account asks to be told.
    function register() external {
        hooked[msg.sender] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (hooked[from]) ITokenHooks(from).tokensToSend();
        super._update(from, to, value);
        if (hooked[to]) ITokenHooks(to).tokensReceived();
    }
}
