// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ITokenHooks} from "./HookToken.sol";

/// @notice A contract account of one key: calls whatever it is told to, accepts its owner's signatures by EIP-1271, and
/// when a hook token tells it of a transfer it makes the calls prepared for that moment and notes how each of them ended.
contract ActorAccount is IERC1271, ITokenHooks {
    struct Call {
        address target;
        bytes data;
    }

    address public immutable OWNER;

    Call[] private _onSend;
    Call[] private _onReceive;

    /// @notice How a prepared call ended.
    event Attempt(bool success, bytes answer);

    constructor(address owner) {
        OWNER = owner;
    }

    /// @notice Makes a call now and passes its failure on.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory answer) = target.call(data);
        if (success) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    /// @notice Prepares a call for the next transfers out of, or into, this account.
    function prepare(bool onSend, address target, bytes calldata data) external {
        (onSend ? _onSend : _onReceive).push(Call(target, data));
    }

    /// @inheritdoc ITokenHooks
    function tokensToSend() external {
        _attempt(_onSend);
    }

    /// @inheritdoc ITokenHooks
    function tokensReceived() external {
        _attempt(_onReceive);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool valid = problem == ECDSA.RecoverError.NoError && signer == OWNER;
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _attempt(Call[] storage list) private {
        for (uint256 i = 0; i < list.length; ++i) {
            (bool success, bytes memory answer) = list[i].target.call(list[i].data);
            emit Attempt(success, answer);
        }
    }
}
