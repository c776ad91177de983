import { Interface, Signature, type BlockTag, type Result, type Signer } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { numberIn, textIn, wholeIn } from "./fields.ts";
import { sluiceStakeAbi } from "./generated/abi.ts";
import { accountDelegationTypes, stakeDomain } from "./generated/eip712.ts";
import type { StakedEvent, StakeSite } from "./governanceCalls.ts";
import { read, type Reader } from "./read.ts";
import { send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";

export type { StakedEvent, StakeSite } from "./governanceCalls.ts";

/** Paid from `untilSeconds` on; seconds since the Unix epoch, as everywhere below. */
export type UnstakedEvent = StakedEvent & { untilSeconds: number };
export type DelegatedEvent = { account: string; from: string; to: string };
/** The stream after it: units a second, times 2^32, and its end. */
export type RewardAddedEvent = { from: string; amount: bigint; rate: bigint; endSeconds: number };

/** A delegation to be signed and sent by somebody else; `nonce` is what `stake.nonces(account)` answers. */
export type AccountDelegation = { account: string; delegatee: string; nonce: bigint; expirySeconds: number };

/** What an account has in the stake, in the token's smallest unit. */
export type StakeState = {
  staked: bigint;
  /** Its own, if it has not delegated, and its delegators'. */
  votes: bigint;
  delegatee: string;
  bonded: bigint;
  unbonding: bigint;
  /** When `unbonding` may be withdrawn; 0 when nothing ever was on its way out. */
  unbondingUntilSeconds: number;
  /** Rewards it has earned and was not paid. */
  earned: bigint;
};

const abi = new Interface(sluiceStakeAbi);
const signedDelegation = "delegateBySig(address,address,uint256,uint256,bytes)";

const amountOf: EventReader<StakedEvent>["read"] = (args) => ({
  account: textIn(args, "account"),
  amount: wholeIn(args, "amount"),
});
const stakedEvent: EventReader<StakedEvent> = { name: "Staked", read: amountOf };
const unstakedEvent: EventReader<UnstakedEvent> = {
  name: "Unstaked",
  read: (args) => ({ ...amountOf(args), untilSeconds: numberIn(args, "until") }),
};
const withdrawnEvent: EventReader<StakedEvent> = { name: "Withdrawn", read: amountOf };
const claimedEvent: EventReader<StakedEvent> = { name: "RewardsClaimed", read: amountOf };
const delegatedEvent: EventReader<DelegatedEvent> = {
  name: "DelegateChanged",
  read: (args) => ({
    account: textIn(args, "delegator"),
    from: textIn(args, "fromDelegate"),
    to: textIn(args, "toDelegate"),
  }),
};
const rewardAddedEvent: EventReader<RewardAddedEvent> = {
  name: "RewardAdded",
  read: (args) => ({
    from: textIn(args, "from"),
    amount: wholeIn(args, "amount"),
    rate: wholeIn(args, "rate"),
    endSeconds: numberIn(args, "end"),
  }),
};

/**
 * Stakes in one transaction, with an allowance signed for the stake (`signTokenPermit`).
 * @param amount In the token's smallest unit
 * @throws ContractRevertedError, see `send`. So do all functions below that send.
 * @example
 * const permit = { ...tokenDomain, chainId, token, owner: holder.address, spender: stake, value: amount, nonce, deadline };
 * await staking.stakeWithPermit(holder, { chainId, stake }, amount, deadline, await signTokenPermit(holder, permit));
 */
export async function stakeWithPermit(
  holder: Signer,
  site: StakeSite,
  amount: bigint,
  deadlineSeconds: number | bigint,
  signature: string,
  options?: SendOptions,
): Promise<Sent<StakedEvent>> {
  const { v, r, s } = keySignature(signature);
  const args = [checkUint("amount", amount, 256), checkUint("deadline", deadlineSeconds, 256), v, r, s];
  return send(holder, callOf(site, "stakeWithPermit", args), stakedEvent, options);
}

/** Takes stake out of the vote at once; it is paid after the unbonding period. */
export async function unstake(
  holder: Signer,
  site: StakeSite,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<UnstakedEvent>> {
  return send(holder, callOf(site, "unstake", [checkUint("amount", amount, 256)]), unstakedEvent, options);
}

/** Pays what is on its way out when its wait is over. */
export async function withdraw(holder: Signer, site: StakeSite, options?: SendOptions): Promise<Sent<StakedEvent>> {
  return send(holder, callOf(site, "withdraw", []), withdrawnEvent, options);
}

/** Lets `delegatee` vote with the holder's stake; the holder's own address takes a delegation back. */
export async function delegate(
  holder: Signer,
  site: StakeSite,
  delegatee: string,
  options?: SendOptions,
): Promise<Sent<DelegatedEvent>> {
  return send(holder, callOf(site, "delegate", [checkAddress("delegatee", delegatee)]), delegatedEvent, options);
}

/**
 * Typed data of a delegation, as `signer.signTypedData(domain, types, message)` takes it. The account may be a contract that
 * accepts the signature by EIP-1271.
 * @throws SluiceError `ADDRESS_INVALID` or `NUMBER_OUT_OF_RANGE`
 */
export function delegationTypedData(delegation: AccountDelegation, site: StakeSite) {
  const domain = {
    ...stakeDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("stake", site.stake),
  };
  const message = {
    account: checkAddress("account", delegation.account),
    delegatee: checkAddress("delegatee", delegation.delegatee),
    nonce: checkUint("nonce", delegation.nonce, 256),
    expiry: checkUint("expirySeconds", delegation.expirySeconds, 256),
  };
  return { domain, types: { AccountDelegation: [...accountDelegationTypes.AccountDelegation] }, message };
}

/** Sends a signed delegation. Anybody may. */
export async function delegateBySig(
  sender: Signer,
  site: StakeSite,
  delegation: AccountDelegation,
  signature: string,
  options?: SendOptions,
): Promise<Sent<DelegatedEvent>> {
  const { account, delegatee, nonce, expiry } = delegationTypedData(delegation, site).message;
  const args = [account, delegatee, nonce, expiry, signature];
  return send(sender, callOf(site, signedDelegation, args), delegatedEvent, options);
}

/** Pays an account its rewards. Anybody may send it; the account is paid. */
export async function claimRewards(
  sender: Signer,
  site: StakeSite,
  account: string,
  options?: SendOptions,
): Promise<Sent<StakedEvent>> {
  return send(sender, callOf(site, "claimRewards", [checkAddress("account", account)]), claimedEvent, options);
}

/** Gives approved tokens of the sender to whoever has stake, second by second. */
export async function notifyReward(
  sender: Signer,
  site: StakeSite,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<RewardAddedEvent>> {
  return send(sender, callOf(site, "notifyReward", [checkUint("amount", amount, 256)]), rewardAddedEvent, options);
}

/**
 * What an account has in the stake, and what it has earned.
 * @throws SluiceError `CONTRACT_UNEXPECTED`, `ADDRESS_INVALID`
 */
export async function stakeOf(
  reader: Reader,
  site: StakeSite,
  account: string,
  block: BlockTag = "latest",
): Promise<StakeState> {
  const ask = (method: string): Promise<Result> =>
    read(reader, callOf(site, method, [checkAddress("account", account)]), block);
  const [position, earned, delegates] = await Promise.all([ask("position"), ask("earned"), ask("delegates")]);
  const held = position[0] as Result; // structs decode to results
  return {
    staked: wholeIn(held, "staked"),
    votes: wholeIn(held, "votes"),
    delegatee: checkAddress("delegatee", delegates[0]),
    bonded: wholeIn(held, "bonded"),
    unbonding: wholeIn(held, "unbonding"),
    unbondingUntilSeconds: numberIn(held, "unbondingUntil"),
    earned: wholeIn(earned, "amount"),
  };
}

function keySignature(signature: string): Signature {
  try {
    return Signature.from(signature);
  } catch (cause) {
    throw new SluiceError("SIGNATURE_INVALID", "permit: not a key's signature of 64 or 65 bytes", "signature", {
      cause,
    });
  }
}

function callOf(site: StakeSite, method: string, args: readonly unknown[]): Call {
  return { chainId: site.chainId, to: checkAddress("stake", site.stake), abi, method, args };
}
