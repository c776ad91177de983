// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What is known of the stake of a second in which it changed, in one slot: so rewards need no slot of their own where
/// votes write one anyway.
/// @param second Until when everything before is counted in `index`.
/// @param total Stake of everybody, which is the sum of all votes, from this second on.
/// @param index Rewards of one staked unit since the beginning, times 2^100. It counts for the seconds in which stake was large
/// enough for the stream; even if the whole supply were streamed to the smallest such stake and given again as it comes out,
/// 128 bits last for 2,000 unbonding periods.
struct StakeTotal {
    uint40 second;
    uint88 total;
    uint128 index;
}

/// @notice Rewards on their way to whoever has stake.
/// @param rate The token's smallest unit a second, times 2^32.
/// @param end First second in which nothing streams any more, unless it moves because too little is staked.
/// @param held Rewards received and not yet paid, streamed or not.
struct RewardStream {
    uint128 rate;
    uint40 end;
    uint88 held;
}

/// @notice What an account earned until its stake last changed while something was earned; most accounts have none.
/// @param owed Rewards settled and not yet paid.
/// @param second When they were settled.
/// @param index The index of that second.
struct SettledRewards {
    uint88 owed;
    uint40 second;
    uint128 index;
}

/// @notice Bond that became stake a short while ago and still answers for the account's signatures.
/// @param amount In the token's smallest unit.
/// @param until First second in which it answers no more.
struct ReleasedBond {
    uint88 amount;
    uint40 until;
}
