// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ActorAccount} from "./ActorAccount.sol";

/// @notice Deploys contract accounts at addresses known before, once each.
contract AccountFactory {
    function deploy(address owner, bytes32 salt) external returns (address) {
        return address(new ActorAccount{salt: salt}(owner));
    }

    /// @notice Where `deploy` puts the account.
    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(ActorAccount).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), salt, code)))));
    }
}
