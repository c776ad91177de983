// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @notice A token whose fallback swallows every unknown call, as WETH9's does: `receiveWithAuthorization` seems to work
/// and moves nothing.
contract PhantomToken is TestToken("Phantom Token") {
    fallback() external {}
}
