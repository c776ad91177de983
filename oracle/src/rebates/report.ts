import type { RebateLeaf } from "@sluice/sdk";

import type { Accrued } from "./accrual.ts";
import type { Reason, Referred } from "./payment.ts";

/** What a period says about one account. Amounts in the token's smallest unit, cumulative where nothing else is said. */
export interface AffiliateReport {
  readonly account: string;
  /** Number of its tier, from 0; -1 for none. */
  readonly tier: number;
  /** In the window: captured less refunded, ruled back and confirmed as fraud; what of the captured was so; different payers. */
  readonly volume: bigint;
  readonly badBps: number;
  readonly payers: number;
  /** Payments that name it as their referrer, and how many of them earn. */
  readonly referred: number;
  readonly earning: number;
  /** Why the others do not. */
  readonly reasons: ReadonlyMap<Reason, number>;
  /** Net of claw-backs. */
  readonly commission: bigint;
  readonly rebate: bigint;
  /** The leaf: what it may claim in all. */
  readonly cumulative: bigint;
}

interface Tally {
  referred: number;
  earning: number;
  commission: bigint;
  rebate: bigint;
  readonly reasons: Map<Reason, number>;
}

/** One report an account: referrers, and everybody who was promised something; ascending by account. */
export function reportsOf(
  payments: readonly Referred[],
  { ranks, earned }: Accrued,
  leaves: readonly RebateLeaf[],
): AffiliateReport[] {
  const tallies = new Map<string, Tally>();
  const tallyOf = (account: string): Tally => {
    const known = tallies.get(account);
    if (known !== undefined) return known;
    const tally: Tally = { referred: 0, earning: 0, commission: 0n, rebate: 0n, reasons: new Map() };
    tallies.set(account, tally);
    return tally;
  };
  for (const payment of payments) {
    if (payment.payout === undefined) continue;
    const tally = tallyOf(payment.payout);
    tally.referred += 1;
    tally.commission += payment.share.commission;
    if (payment.reason === undefined) tally.earning += 1;
    else tally.reasons.set(payment.reason, (tally.reasons.get(payment.reason) ?? 0) + 1);
    const { share, rebateReceiver } = payment;
    if (share.rebate > 0n && rebateReceiver !== undefined) tallyOf(rebateReceiver).rebate += share.rebate;
  }
  const promised = new Map(leaves.map(({ account, cumulative }) => [account, cumulative]));
  const accounts = [...new Set([...tallies.keys(), ...earned.keys(), ...promised.keys()])].sort();
  return accounts.map((account) => {
    const { volume = 0n, badBps = 0, payers = 0, tier = -1 } = ranks.get(account) ?? {};
    return { account, tier, volume, badBps, payers, ...tallyOf(account), cumulative: promised.get(account) ?? 0n };
  });
}
