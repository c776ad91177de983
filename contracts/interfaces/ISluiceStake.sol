// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

import {StakePosition} from "../types/StakePosition.sol";
import {RewardStream} from "../types/StakeRewards.sol";

/// @title Sluice stake
/// @notice Votes come from stake and from nothing else. Whoever stakes votes with it at once, himself or through a delegatee,
/// and has it back after a wait that is at least as long as a vote.
/// @dev No owner. Only the attesters' contract, fixed once, may bond a position's stake, release it and slash it. Bonded stake
/// has no votes, so attesters vote neither on epochs nor on themselves. Votes are those of a second, read when it is over:
/// the clock is the chain's timestamp (ERC-6372). Rewards are streamed second by second to stake that votes; bonds and what is on
/// its way out earn none.
interface ISluiceStake is IERC5805 {
    /// @notice The account staked; the amount votes from now on.
    event Staked(address indexed account, uint256 amount);
    /// @notice The account took stake back; it is paid from `until` on.
    event Unstaked(address indexed account, uint256 amount, uint256 until);
    /// @notice The account was paid.
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice Stake became an attester's bond and lost its votes.
    event Bonded(address indexed account, uint256 amount);
    /// @notice A bond became stake again; it answers for the account's signatures before `answersUntil`.
    event Unbonded(address indexed account, uint256 amount, uint256 answersUntil);
    /// @notice What had been bond a short while ago, wherever in the position it was, is bond again.
    event Recalled(address indexed account, uint256 amount);
    /// @notice A bond was slashed: the reporter was paid `reward`, the rest was burnt.
    event Slashed(address indexed account, uint256 amount, address indexed reporter, uint256 reward);
    /// @notice Rewards came in and stream until `end`, together with what was left, at `rate` / 2^32 units a second.
    event RewardAdded(address indexed from, uint256 amount, uint256 rate, uint256 end);
    /// @notice The account was paid its rewards.
    event RewardsClaimed(address indexed account, uint256 amount);
    /// @notice The attesters' contract is fixed for ever.
    event AttestersSet(address indexed attesters);

    /// @notice Nothing was asked for.
    error AmountZero();
    /// @notice More than the position has staked.
    error StakeTooSmall(uint256 amount, uint256 staked);
    /// @notice More than the position has bonded.
    error BondTooSmall(uint256 amount, uint256 bonded);
    /// @notice Nothing is on its way out.
    error NothingToWithdraw(address account);
    /// @notice The wait is not over.
    error StillUnbonding(uint256 timestamp, uint256 until);
    /// @notice The account has no rewards.
    error NothingEarned(address account);
    /// @notice Neither the account's key nor, by EIP-1271, its code signed this delegation.
    error DelegationSignatureInvalid(address account);
    /// @notice The wait must be a second at least, and its seconds have 32 bits.
    error UnbondingPeriodOutOfRange(uint256 period, uint256 longest);
    /// @notice Only the attesters' contract may call this.
    error NotAttesters(address caller, address attesters);
    /// @notice Only the deployer may fix the attesters' contract.
    error NotDeployer(address caller, address deployer);
    /// @notice The attesters' contract was fixed before.
    error AttestersAlreadySet(address attesters);
    /// @notice The attesters' contract must exist.
    error AttestersWithoutCode(address attesters);
    /// @notice Votes are known for seconds that are over.
    error TimepointNotPast(uint256 timepoint, uint256 clock);
    /// @notice The token has more units than a position can count.
    error SupplyTooLarge(uint256 supply, uint256 highest);
    /// @notice Tiers must rise.
    error TiersOutOfOrder(uint256 index);

    /// @notice Stakes the caller's tokens, which he has approved.
    /// @param amount In the token's smallest unit.
    function stake(uint256 amount) external;

    /// @notice Stakes with an ERC-2612 permit in the same call.
    /// @dev A permit that somebody else has sent before does no harm: what counts is the allowance.
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Takes stake out of the vote at once and starts the wait for all that is on its way out.
    function unstake(uint256 amount) external;

    /// @notice Pays what is on its way out when its wait is over.
    function withdraw() external;

    /// @notice Lets anybody send an account's delegation: a key's, 65 bytes, or what a contract account accepts by EIP-1271.
    /// @dev The account signs `AccountDelegation(address account,address delegatee,uint256 nonce,uint256 expiry)`; its nonces are
    /// those of the other form.
    /// @param account Whose stake it is.
    /// @param delegatee Who votes with it; zero, or the account, takes a delegation back.
    /// @param nonce What `nonces(account)` answers.
    /// @param expiry Last second in which it counts.
    /// @param signature The account's.
    function delegateBySig(
        address account,
        address delegatee,
        uint256 nonce,
        uint256 expiry,
        bytes calldata signature
    ) external;

    /// @notice Gives tokens of the caller, which he has approved, to whoever has stake, second by second.
    /// @dev Anybody may. What is added streams for the unbonding period, so that stake that comes for it stays for it; what was left
    /// is joined with it, and the whole ends after the mean of both times, weighted by their amounts. So small sums do not stretch a large
    /// stream and a large sum is not pressed into the end of a small one. While less than `leastStreamingStake` is staked,
    /// the stream stands still: nobody earns, nothing is lost, its end moves.
    /// @param amount In the token's smallest unit.
    function notifyReward(uint256 amount) external;

    /// @notice Pays an account what it has earned. Anybody may call, the account is paid.
    /// @param account Whose rewards.
    /// @return amount What was paid, in the token's smallest unit.
    function claimRewards(address account) external returns (uint256 amount);

    /// @notice Turns stake into bond.
    function bond(address account, uint256 amount) external;

    /// @notice Turns bond into stake, which answers for the account's signatures for the unbonding period yet.
    /// @dev A further release starts that time anew for all of it.
    function unbond(address account, uint256 amount) external;

    /// @notice Turns what was released from the bond a short while ago into bond again: first what is on its way out, then stake, whose
    /// votes are gone at once.
    /// @dev So nobody escapes by unbonding before he is convicted: a position cannot be paid sooner than it ceases to answer.
    /// @return amount What was recalled; zero when nothing answers any more.
    function recall(address account) external returns (uint256 amount);

    /// @notice Takes bond away: a fifth goes to the reporter, the rest is burnt.
    /// @dev A fifth is little enough that nobody gains by convicting himself.
    function slash(address account, uint256 amount, address reporter) external;

    /// @notice Fixes the attesters' contract; once, by the deployer, who has no power after it.
    function setAttesters(address attesters) external;

    /// @notice An account's position as stored.
    function position(address account) external view returns (StakePosition memory);

    /// @notice What an account has earned and was not paid, now.
    function earned(address account) external view returns (uint256 amount);

    /// @notice The stream, its end as of now.
    function rewardStream() external view returns (RewardStream memory);

    /// @notice Stake below which the stream stands still: one part in 65,536 of the first supply.
    function leastStreamingStake() external view returns (uint256 amount);

    /// @notice What was bond and answers for the account's signatures yet, until when; zero both when there is nothing.
    function releasedBond(address account) external view returns (uint256 amount, uint256 until);

    /// @notice Stake that is older than the tier age. Stake that is taken back is the youngest.
    function maturedStake(address account) external view returns (uint256 amount);

    /// @notice Fee tier, 0 to 3, by matured stake.
    function feeTierOf(address account) external view returns (uint256 tier);

    /// @notice Stake that a tier needs.
    /// @param tier 1 to 3; the answer for 0 is 0.
    function tierStake(uint256 tier) external view returns (uint256 amount);

    /// @notice Seconds after which stake counts for a tier.
    function tierAge() external view returns (uint256);

    /// @notice Seconds from taking stake back to being paid.
    function unbondingPeriod() external view returns (uint256);

    /// @notice The staked token.
    function token() external view returns (address);

    /// @notice Who may bond, release and slash; zero until it is fixed.
    function attesters() external view returns (address);
}
