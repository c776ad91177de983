import { difference, ratio, sum, times, ZERO, type Ratio } from "./ratio.ts";

const SCALE = 1n << 32n;

type Share = {
  staked: bigint;
  /** Exact reward of one staked unit when the stake last changed. */
  since: Ratio;
  /** Exact share of what was streamed, and how often the contract has rounded it down. */
  exact: Ratio;
  settlements: bigint;
  paid: bigint;
};

/** What the reward stream should be, in exact fractions, written from docs/concepts/governance.md and asking no contract. */
export type RewardLedger<Name extends string> = {
  readonly shares: Record<Name, Share>;
  readonly least: bigint;
  readonly period: bigint;
  second: bigint;
  total: bigint;
  /** Units a second, times 2^32. */
  rate: bigint;
  end: bigint;
  received: bigint;
  paid: bigint;
  /** Exact reward of one staked unit until `second`. */
  index: Ratio;
};

export function rewardLedger<Name extends string>(
  names: readonly Name[],
  least: bigint,
  period: bigint,
): RewardLedger<Name> {
  const fresh = () => ({ staked: 0n, since: ZERO, exact: ZERO, settlements: 0n, paid: 0n });
  const shares = Object.fromEntries(names.map((name) => [name, fresh()])) as Record<Name, Share>; // one for each name
  const nothing = { second: 0n, total: 0n, rate: 0n, end: 0n, received: 0n, paid: 0n, index: ZERO };
  return { shares, least, period, ...nothing };
}

/** Lets the stream run until a second, or stand still where too little is staked. */
export function advance<Name extends string>(ledger: RewardLedger<Name>, second: bigint): void {
  const { least, total, rate, end } = ledger;
  if (ledger.second < end) {
    if (total < least) ledger.end += second - ledger.second;
    else {
      const ran = (second < end ? second : end) - ledger.second;
      ledger.index = sum(ledger.index, ratio(rate * ran, total * SCALE));
    }
  }
  ledger.second = second;
}

/** An account's stake changes by `amount`, which may be negative. */
export function restake<Name extends string>(
  ledger: RewardLedger<Name>,
  name: Name,
  amount: bigint,
  second: bigint,
): void {
  advance(ledger, second);
  settle(ledger, name);
  ledger.shares[name].staked += amount;
  ledger.total += amount;
}

/** Something is added to what is left; both times are joined by their amounts. */
export function notify<Name extends string>(ledger: RewardLedger<Name>, amount: bigint, second: bigint): void {
  advance(ledger, second);
  const left = ledger.end > second ? ledger.end - second : 0n;
  const [old, added] = [ledger.rate * left, amount * SCALE];
  const duration = (old * left + added * ledger.period) / (old + added);
  ledger.rate = (old + added) / duration;
  ledger.end = second + duration;
  ledger.received += amount;
}

/** An account was paid `amount`. */
export function claim<Name extends string>(
  ledger: RewardLedger<Name>,
  name: Name,
  amount: bigint,
  second: bigint,
): void {
  advance(ledger, second);
  settle(ledger, name);
  ledger.shares[name].paid += amount;
  ledger.paid += amount;
}

/** The exact share of an account until the ledger's second, paid or not. */
export function shareOf<Name extends string>(ledger: RewardLedger<Name>, name: Name): Ratio {
  const { staked, since, exact } = ledger.shares[name];
  return sum(exact, times(difference(ledger.index, since), staked));
}

function settle<Name extends string>(ledger: RewardLedger<Name>, name: Name): void {
  const share = ledger.shares[name];
  share.exact = shareOf(ledger, name);
  share.since = ledger.index;
  share.settlements += 1n;
}
