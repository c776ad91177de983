import { flowsIn, netOf, type Net, type Reason, type Referred } from "./payment.ts";
import { NOTHING, plus, shareOf, shrunk } from "./share.ts";
import type { Tier, TierTable } from "./table.ts";
import { standingOf, tierOf, type Brought, type Standing } from "./tiers.ts";
import { stateReason, type Verdicts } from "./verdict.ts";

/** When a period ends, and by which table it is judged. */
export interface Ending {
  /** Of the period's block, in seconds. */
  readonly time: number;
  readonly table: TierTable;
  readonly tiers: readonly Tier[];
}

/** What a referrer brought, and the tier it gives; -1 for none. */
export interface Ranked extends Standing {
  readonly tier: number;
}

export interface Accrued {
  /** By account: all commissions and rebates as of the period, net of claw-backs. */
  readonly earned: ReadonlyMap<string, bigint>;
  /** By the referrer's account. */
  readonly ranks: ReadonlyMap<string, Ranked>;
}

/** What a payment brings its referrer. Confirmed fraud is all bad; what is left out for another reason is nothing at all. */
function bring(payment: Referred, { time, table }: Ending, brought: Map<string, Brought>): void {
  const { payout, reason, terms } = payment;
  if (payout === undefined || (reason !== undefined && reason !== "FRAUD")) return;
  const { gross, bad } = flowsIn(payment, time - table.windowSeconds, time);
  const record = brought.get(payout) ?? { gross: 0n, bad: 0n, payers: new Set<string>() };
  record.gross += gross;
  record.bad += reason === "FRAUD" ? gross : bad;
  if (reason === undefined && gross > 0n) record.payers.add(terms.payer);
  brought.set(payout, record);
}

/**
 * What a payment has earned by now. What its net fee rose by above its highest so far earns at this period's rates; what lies below
 * the highest takes back in proportion. So commission and rebate together stay below the fee also where rates, refunds and
 * captures come in any order.
 */
function settle(payment: Referred, net: Net, tier: Tier | undefined): Reason | undefined {
  const rise = net.fee - payment.best.fee;
  if (rise > 0n && tier !== undefined) {
    payment.best = plus(payment.best, shareOf(rise, tier.commissionBps, tier.rebateBps));
  }
  payment.share = shrunk(payment.best, net.fee);
  return net.fee > 0n && payment.best.fee === 0n ? "NO_TIER" : undefined;
}

function add(earned: Map<string, bigint>, account: string, amount: bigint): void {
  if (amount > 0n) earned.set(account, (earned.get(account) ?? 0n) + amount);
}

/**
 * Judges every payment as of a period's end: first which are left out, then the referrers' tiers from the rest, then what each
 * payment has earned. Changes the payments' shares and reasons.
 */
export function accrue(payments: readonly Referred[], end: Ending, verdicts: Verdicts): Accrued {
  const brought = new Map<string, Brought>();
  for (const payment of payments) {
    payment.reason = verdicts.exclusionOf(payment);
    bring(payment, end, brought);
  }
  const ranks = new Map<string, Ranked>();
  for (const [account, record] of brought) {
    const standing = standingOf(record);
    ranks.set(account, { ...standing, tier: tierOf(end.tiers, standing) });
  }
  const earned = new Map<string, bigint>();
  for (const payment of payments) {
    const { payout } = payment;
    payment.share = NOTHING;
    if (payout === undefined || payment.reason !== undefined) continue;
    const net = netOf(payment, end.time, end.table.holdSeconds);
    payment.reason = stateReason(payment, net) ?? settle(payment, net, end.tiers[ranks.get(payout)?.tier ?? -1]);
    const { commission, rebate } = payment.share;
    add(earned, payout, commission);
    if (rebate > 0n) add(earned, (payment.rebateReceiver ??= payment.terms[end.table.rebateTo]), rebate);
  }
  return { earned, ranks };
}
