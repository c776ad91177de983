// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {EpochConfig} from "../types/EpochConfig.sol";
import {RiskEpochBase} from "./RiskEpochBase.sol";

/// @dev An epoch whose network lies in a contract of its own, which the epoch's constructor creates: the network is too large to
/// stand in one contract with the rest, or an autoencoder. Its code is one straight line without a branch, takes 32 facts as its
/// whole calldata and answers the accumulator. Who deploys the epoch hands in the creation code that the model's compiler gives;
/// its hash is a constant of the epoch's code, so no other network is accepted and the epoch's code hash covers this one. The
/// price is one more cold account, some 2,900 gas.
abstract contract SplitEpochBase is RiskEpochBase {
    address private immutable NETWORK;

    /// @notice The creation code made another network than the one the epoch names.
    error WrongNetwork(bytes32 expected, bytes32 actual);
    /// @notice The network had not enough gas to answer.
    error NetworkSilent(address network);

    constructor(EpochConfig memory config, bytes memory networkCode) RiskEpochBase(config) {
        address created;
        assembly ("memory-safe") {
            created := create(0, add(networkCode, 0x20), mload(networkCode))
        }
        if (created.codehash != networkHash()) revert WrongNetwork(networkHash(), created.codehash);
        NETWORK = created;
    }

    /// @inheritdoc IRiskEpoch
    function network() public view override returns (address) {
        return NETWORK;
    }

    /// @dev Scratch memory only. The network cannot revert; only gas may run out.
    function _run(bytes32 facts) internal view override returns (uint256 score_, uint256 accumulated) {
        address target = NETWORK;
        bool answered;
        assembly ("memory-safe") {
            mstore(0, facts)
            answered := staticcall(gas(), target, 0, 0x20, 0, 0x20)
            accumulated := mload(0)
        }
        if (!answered) revert NetworkSilent(target);
        score_ = _rank(accumulated);
    }

    /// @dev The rank table: from the accumulator to the score, 0 to 10,000.
    function _rank(uint256 accumulated) internal pure virtual returns (uint256 score_);
}
