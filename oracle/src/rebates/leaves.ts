import type { RebateLeaf } from "@sluice/sdk";

/** What accounts are promised after a period, and what they have earned and are not yet promised. */
export interface Promised {
  /** By account: cumulative, smallest units; ascending by account. None falls, none is zero. */
  readonly leaves: readonly RebateLeaf[];
  readonly total: bigint;
  /** Earned and not promised, because the pool was funded with less. */
  readonly short: bigint;
}

export const NO_PROMISE: Promised = { leaves: [], total: 0n, short: 0n };

/**
 * The leaves after a period. An account's leaf is the highest that its earnings have stood at: what a refund claws back from
 * money that was promised already is made up for by what it earns next. All leaves together stay within what the pool was funded
 * with; where that is too little every rise is cut in the same proportion, rounded down, and the rest is owed on.
 *
 * @param earned By account: commissions and rebates of all payments, net of claw-backs.
 * @param funded What ever came into the pool less what was withdrawn, as of the period's block.
 */
export function nextPromise(before: Promised, earned: ReadonlyMap<string, bigint>, funded: bigint): Promised {
  const held = new Map(before.leaves.map(({ account, cumulative }) => [account, cumulative]));
  const rises: { account: string; rise: bigint }[] = [];
  let wanted = 0n;
  for (const [account, amount] of earned) {
    const rise = amount - (held.get(account) ?? 0n);
    if (rise <= 0n) continue;
    rises.push({ account, rise });
    wanted += rise;
  }
  const free = funded > before.total ? funded - before.total : 0n;
  let given = 0n;
  for (const { account, rise } of rises) {
    const part = wanted <= free ? rise : (rise * free) / wanted;
    given += part;
    if (part > 0n) held.set(account, (held.get(account) ?? 0n) + part);
  }
  const leaves = [...held].map(([account, cumulative]) => ({ account, cumulative }));
  leaves.sort((a, b) => (a.account < b.account ? -1 : 1));
  return { leaves, total: before.total + given, short: wanted - given };
}
