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
  /** The registered codes that brought its payments, ascending. */
  readonly codes: readonly CodeReport[];
}

/** What came by one code to one account: a code that was moved stands in the reports of each account it paid. */
export interface CodeReport {
  readonly code: string;
  readonly referred: number;
  readonly earning: number;
  readonly commission: bigint;
}

interface Count {
  referred: number;
  earning: number;
  commission: bigint;
}

interface Tally extends Count {
  rebate: bigint;
  readonly reasons: Map<Reason, number>;
  readonly byCode: Map<string, Count>;
}

function count(into: Count, { share, reason }: Referred): void {
  into.referred += 1;
  into.commission += share.commission;
  if (reason === undefined) into.earning += 1;
}

function countCode({ byCode }: Tally, payment: Referred): void {
  const { code } = payment;
  if (code === undefined) return;
  const known = byCode.get(code) ?? { referred: 0, earning: 0, commission: 0n };
  byCode.set(code, known);
  count(known, payment);
}

function codesOf({ byCode }: Tally): CodeReport[] {
  return [...byCode].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, counted]) => ({ code, ...counted }));
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
    const counts = { referred: 0, earning: 0, commission: 0n, rebate: 0n };
    const tally: Tally = { ...counts, reasons: new Map(), byCode: new Map() };
    tallies.set(account, tally);
    return tally;
  };
  for (const payment of payments) {
    if (payment.payout === undefined) continue;
    const tally = tallyOf(payment.payout);
    count(tally, payment);
    countCode(tally, payment);
    const { reason, share, rebateReceiver } = payment;
    if (reason !== undefined) tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
    if (share.rebate > 0n && rebateReceiver !== undefined) tallyOf(rebateReceiver).rebate += share.rebate;
  }
  const promised = new Map(leaves.map(({ account, cumulative }) => [account, cumulative]));
  const accounts = [...new Set([...tallies.keys(), ...earned.keys(), ...promised.keys()])].sort();
  return accounts.map((account) => {
    const { volume = 0n, badBps = 0, payers = 0, tier = -1 } = ranks.get(account) ?? {};
    const { byCode: _byCode, ...tally } = tallyOf(account);
    const cumulative = promised.get(account) ?? 0n;
    return { account, tier, volume, badBps, payers, ...tally, cumulative, codes: codesOf(tallyOf(account)) };
  });
}
