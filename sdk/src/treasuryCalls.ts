import { Interface, type Signer } from "ethers";

import type { Answered, AttesterPeriod } from "./attesterPeriods.ts";
import { checkAddress, checkUint } from "./checks.ts";
import { textIn, wholeIn } from "./fields.ts";
import { attesterRewardsAbi, buyBackAbi, feeSplitterAbi, grantStreamsAbi } from "./generated/abi.ts";
import { read, type Reader } from "./read.ts";
import { send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";

type Chain = { chainId: number | bigint };
/** Where fees are split, sold, paid to attesters, or granted. */
export type FeeSplitterSite = Chain & { feeSplitter: string };
export type BuyBackSite = Chain & { buyBack: string };
export type RewardsSite = Chain & { attesterRewards: string };
export type GrantsSite = Chain & { grants: string };

/** What each part got, in the token's smallest unit. */
export type SplitEvent = { token: string; attesters: bigint; stakers: bigint; rebates: bigint; treasury: bigint };
/** `cost` in the smallest unit of the governance token. */
export type BoughtEvent = { token: string; amount: bigint; cost: bigint };
export type AuctionEvent = { token: string; lot: bigint; price: bigint };
export type PeriodEvent = { period: bigint };
export type DistributedEvent = { token: string; amount: bigint; rounding: bigint };
export type PaidEvent = { account: string; amount: bigint };
export type MovedEvent = { previous: string; recipient: string };

const splitter = new Interface(feeSplitterAbi);
const auctions = new Interface(buyBackAbi);
const rewards = new Interface(attesterRewardsAbi);
const grants = new Interface(grantStreamsAbi);

const splitEvent: EventReader<SplitEvent> = {
  name: "Split",
  read: (args) => ({
    token: textIn(args, "token"),
    attesters: wholeIn(args, "attesters"),
    stakers: wholeIn(args, "stakers"),
    rebates: wholeIn(args, "rebates"),
    treasury: wholeIn(args, "treasury"),
  }),
};
const boughtEvent: EventReader<BoughtEvent> = {
  name: "Bought",
  read: (args) => ({ token: textIn(args, "token"), amount: wholeIn(args, "amount"), cost: wholeIn(args, "cost") }),
};
const auctionEvent: EventReader<AuctionEvent> = {
  name: "AuctionStarted",
  read: (args) => ({ token: textIn(args, "token"), lot: wholeIn(args, "lot"), price: wholeIn(args, "price") }),
};
const periodEvent: EventReader<PeriodEvent> = {
  name: "PeriodPosted",
  read: (args) => ({ period: wholeIn(args, "period") }),
};
const distributedEvent: EventReader<DistributedEvent> = {
  name: "Distributed",
  read: (args) => ({
    token: textIn(args, "token"),
    amount: wholeIn(args, "amount"),
    rounding: wholeIn(args, "rounding"),
  }),
};
const claimedEvent: EventReader<PaidEvent> = {
  name: "RewardClaimed",
  read: (args) => ({ account: textIn(args, "account"), amount: wholeIn(args, "amount") }),
};
const withdrawnEvent: EventReader<PaidEvent> = {
  name: "GrantWithdrawn",
  read: (args) => ({ account: textIn(args, "recipient"), amount: wholeIn(args, "amount") }),
};
const movedEvent: EventReader<MovedEvent> = {
  name: "GrantMoved",
  read: (args) => ({ previous: textIn(args, "previous"), recipient: textIn(args, "recipient") }),
};

/**
 * Splits what the fee splitter holds of a token; sweep the escrow's ledger first. Anybody may send it, as all calls here but
 * `moveGrant`.
 * @param token The zero address for native coin
 * @throws ContractRevertedError, see `send`. So do all functions below.
 */
export async function splitFees(
  sender: Signer,
  site: FeeSplitterSite,
  token: string,
  options?: SendOptions,
): Promise<Sent<SplitEvent>> {
  const call = { to: site.feeSplitter, abi: splitter, method: "split", args: [checkAddress("token", token)] };
  return send(sender, on(site, call), splitEvent, options);
}

/** Begins the next auction of a token. */
export async function startAuction(
  sender: Signer,
  site: BuyBackSite,
  token: string,
  options?: SendOptions,
): Promise<Sent<AuctionEvent>> {
  const call = { to: site.buyBack, abi: auctions, method: "start", args: [checkAddress("token", token)] };
  return send(sender, on(site, call), auctionEvent, options);
}

/** What an amount costs now, in the governance token's smallest unit; zero where no auction runs. It only falls while one does. */
export async function auctionCost(reader: Reader, site: BuyBackSite, token: string, amount: bigint): Promise<bigint> {
  const args = [checkAddress("token", token), checkUint("amount", amount, 256)];
  const [cost] = await read(reader, on(site, { to: site.buyBack, abi: auctions, method: "costOf", args }));
  return BigInt(cost as bigint); // a uint256 of the ABI
}

/**
 * Buys from the running auction with governance tokens the buyer has approved for the buy-back.
 * @param purchase `maxCost` is what the buyer pays at most, `to` gets what was bought: the buyer, when absent
 */
export async function buy(
  buyer: Signer,
  site: BuyBackSite,
  purchase: { token: string; amount: bigint; maxCost: bigint; to?: string },
  options?: SendOptions,
): Promise<Sent<BoughtEvent>> {
  const to = checkAddress("to", purchase.to ?? (await buyer.getAddress()));
  const amounts = [checkUint("amount", purchase.amount, 256), checkUint("maxCost", purchase.maxCost, 256)];
  const args = [checkAddress("token", purchase.token), ...amounts, to];
  return send(buyer, on(site, { to: site.buyBack, abi: auctions, method: "buy", args }), boughtEvent, options);
}

/**
 * Posts who answered in a period.
 * @param signatures 64 bytes each (EIP-2098), ascending by signer, over `attesterPeriodDigest`
 */
export async function postPeriod(
  sender: Signer,
  site: RewardsSite,
  period: AttesterPeriod,
  answered: readonly Answered[],
  signatures: string,
  options?: SendOptions,
): Promise<Sent<PeriodEvent>> {
  const call = { to: site.attesterRewards, abi: rewards, method: "post", args: [period, answered, signatures] };
  return send(sender, on(site, call), periodEvent, options);
}

/** Credits what has come in of a token by the last period's list. */
export async function distribute(
  sender: Signer,
  site: RewardsSite,
  token: string,
  answered: readonly Answered[],
  options?: SendOptions,
): Promise<Sent<DistributedEvent>> {
  const args = [checkAddress("token", token), answered];
  const call = { to: site.attesterRewards, abi: rewards, method: "distribute", args };
  return send(sender, on(site, call), distributedEvent, options);
}

/** Pays an attester what he is credited; the money goes to him whoever sends this. */
export async function claimReward(
  sender: Signer,
  site: RewardsSite,
  token: string,
  account: string,
  options?: SendOptions,
): Promise<Sent<PaidEvent>> {
  const args = [checkAddress("token", token), checkAddress("account", account)];
  return send(
    sender,
    on(site, { to: site.attesterRewards, abi: rewards, method: "claim", args }),
    claimedEvent,
    options,
  );
}

/** Pays what has vested of a grant to its recipient. */
export async function withdrawGrant(
  sender: Signer,
  site: GrantsSite,
  id: bigint,
  options?: SendOptions,
): Promise<Sent<PaidEvent>> {
  const call = { to: site.grants, abi: grants, method: "withdraw", args: [checkUint("id", id, 256)] };
  return send(sender, on(site, call), withdrawnEvent, options);
}

/** Gives a grant another recipient; by its recipient. */
export async function moveGrant(
  recipient: Signer,
  site: GrantsSite,
  id: bigint,
  to: string,
  options?: SendOptions,
): Promise<Sent<MovedEvent>> {
  const args = [checkUint("id", id, 256), checkAddress("to", to)];
  return send(recipient, on(site, { to: site.grants, abi: grants, method: "move", args }), movedEvent, options);
}

function on({ chainId }: Chain, call: Omit<Call, "chainId">): Call {
  return { chainId, ...call, to: checkAddress("to", call.to) };
}
