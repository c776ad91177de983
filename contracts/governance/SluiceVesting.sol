// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title Vesting wallet
/// @notice OpenZeppelin's vesting wallet with a cliff, as it is: nothing before the cliff, then in proportion to time. Anybody may call
/// `release(token)`; the beneficiary, who is the owner and may hand the wallet on, is paid.
/// @dev Nobody can take tokens back. What has not vested has no votes.
contract SluiceVesting is VestingWalletCliff {
    constructor(
        address beneficiary,
        uint64 startTimestamp,
        uint64 durationSeconds,
        uint64 cliffSeconds
    ) VestingWallet(beneficiary, startTimestamp, durationSeconds) VestingWalletCliff(cliffSeconds) {}
}
