// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One account's stake: votes, attester bond and fee tier in three packed slots, of which most accounts use one.
/// Amounts are the token's smallest unit, times are seconds. Of the history of votes only the newest value is here; older
/// ones are kept apart, so that a first stake writes no history.
/// @param staked Stake that votes, for the account itself or its delegatee.
/// @param votes Votes the account has now, its delegators' included.
/// @param votesSince When `votes` last changed.
/// @param stakedSince When `staked` last grew.
/// @param delegatee Who votes with this stake; zero: the account itself.
/// @param matured Part of `staked` that was older than the tier age when `staked` last grew.
/// @param bonded Stake that answers for an attester's signatures; it has no votes.
/// @param unbonding Stake on its way out; it has no votes, and only what was bond a short while ago can be slashed.
/// @param unbondingUntil When `unbonding` may be withdrawn.
struct StakePosition {
    uint88 staked;
    uint88 votes;
    uint40 votesSince;
    uint40 stakedSince;
    address delegatee;
    uint88 matured;
    uint88 bonded;
    uint88 unbonding;
    uint40 unbondingUntil;
}
