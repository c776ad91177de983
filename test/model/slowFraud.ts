import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { add, DAY, lastDays, share, since, type SlowQuestion, type SlowTwins, type Value } from "./slowQuestion.ts";

type Payments = readonly AuthorizedEvent[];

/** Payments that are seven days old or older. */
function settled(list: Payments, now: number): AuthorizedEvent[] {
  return list.filter((e) => e.time <= now - 7 * DAY);
}

function valueShare(list: Payments, counts: (e: AuthorizedEvent) => boolean): Value {
  if (list.length === 0) return "none";
  return share(add(list.filter(counts).map((e) => e.micro)), add(list.map((e) => e.micro)));
}

/** The known frauds at the end of the settled payments, and the payment before them. */
function run(q: SlowQuestion): { frauds: AuthorizedEvent[]; before: AuthorizedEvent | undefined } {
  const rest = settled(q.toPayee, q.now);
  const frauds: AuthorizedEvent[] = [];
  for (let last = rest.pop(); last !== undefined; last = rest.pop()) {
    if (!q.frauds.has(last.id)) return { frauds, before: last };
    frauds.unshift(last);
  }
  return { frauds, before: undefined };
}

function isListed(q: SlowQuestion, account: string): boolean {
  return q.sanctioned.has(account) || q.reported.has(account);
}

function lists(q: SlowQuestion, account: string): number {
  return (q.sanctioned.has(account) ? 1 : 0) + (q.reported.has(account) ? 2 : 0);
}

function listedNames(q: SlowQuestion, list: Payments, key: "payer" | "payee"): number {
  return new Set(list.map((e) => e[key]).filter((name) => isListed(q, name))).size;
}

export const SLOW_FRAUD: SlowTwins = {
  payeeFraudShare: (q) => valueShare(settled(q.toPayee, q.now).slice(-30), (e) => q.frauds.has(e.id)),
  payerFraudShare: (q) => valueShare(settled(q.byPayer, q.now).slice(-30), (e) => q.frauds.has(e.id)),
  payeeFrauds30d: (q) => lastDays(q.toPayee, 30, q.now).filter((e) => q.frauds.has(e.id)).length,
  payeeFraudRun: (q) => run(q).frauds.length,
  payeeFraudRunAge: (q) => since(run(q).frauds[0], q.now),
  payeeSinceLastGood: (q) => since(run(q).before, q.now),
  payeeSinceLastFraud: (q) => since(q.toPayee.filter((e) => q.frauds.has(e.id)).at(-1), q.now),
  payerSinceFirstFraud: (q) =>
    since(
      lastDays(q.byPayer, 30, q.now).find((e) => q.frauds.has(e.id)),
      q.now,
    ),
  payeeListed: (q) => lists(q, q.payment.payee),
  payerListed: (q) => lists(q, q.payment.payer),
  payeeListedPayers: (q) => listedNames(q, q.toPayee, "payer"),
  payerListedPayees: (q) => listedNames(q, q.byPayer, "payee"),
  payeeListedValue: (q) => valueShare(q.toPayee.slice(-20), (e) => isListed(q, e.payer)),
  payerListedValue: (q) => valueShare(q.byPayer.slice(-20), (e) => isListed(q, e.payee)),
};
