import type { AsOf, FactPayment } from "../../oracle/src/facts/context.ts";
import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";

/** The facts again, recomputed from the bare list of events with nothing kept between two questions. */

type Value = number | "none";

/** 8 * log2 by the digits of the binary number, not by shifts. */
export function slowLg8(x: number): number {
  const digits = BigInt(x).toString(2);
  return 8 * (digits.length - 1) + parseInt(digits.padEnd(4, "0").slice(1, 4), 2);
}

function ascending(values: number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function add(values: number[]): bigint {
  return values.reduce((sum, value) => sum + BigInt(value), 0n);
}

function floor(part: bigint, whole: number | bigint): number {
  const quotient = part / BigInt(whole);
  return Number(part < 0n && part % BigInt(whole) !== 0n ? quotient - 1n : quotient);
}

function share(part: number | bigint, whole: number | bigint): number {
  return floor(128n * BigInt(part), whole);
}

function digits(micro: number): number {
  return String(micro).replace(/0+$/, "").length;
}

function timesOf(events: AuthorizedEvent[], key: "payer" | "payee"): Map<string, number> {
  const first = new Map<string, number>();
  for (const event of events) if (!first.has(event[key])) first.set(event[key], event.time);
  return first;
}

/** Every fact of the catalogue by name. */
export function slowFacts(payment: FactPayment, events: AuthorizedEvent[], asOf: AsOf): Record<string, Value> {
  const now = asOf.timestamp;
  const known = events.filter((e) => e.block <= asOf.block && e.id !== payment.id && e.micro >= 1000);
  const toPayee = known.filter((e) => e.payee === payment.payee);
  const byPayer = known.filter((e) => e.payer === payment.payer);
  const pair = toPayee.filter((e) => e.payer === payment.payer);
  const amount = payment.micro === 0 ? 0 : slowLg8(payment.micro);
  const day = 86_400;
  const age = (list: AuthorizedEvent[]): Value => (list[0] === undefined ? "none" : slowLg8(now - list[0].time + 1));
  const since = (list: AuthorizedEvent[]): Value => age(list.slice(-1));
  const levels = (list: AuthorizedEvent[]): number[] => ascending(list.slice(-20).map((e) => slowLg8(e.micro)));
  const within = (list: AuthorizedEvent[], seconds: number): number =>
    list.filter((e) => e.time > now - seconds).length;
  const firsts = (list: AuthorizedEvent[], key: "payer" | "payee"): number =>
    [...timesOf(list, key).values()].filter((time) => time > now - 7 * day).length;
  const payerLevels = levels(byPayer);
  const pairLevels = levels(pair);
  return {
    amountBucket: 0,
    tokenClass: 0,
    nativeFlag: 0,
    amountDigits: payment.micro === 0 ? 0 : digits(payment.micro),
    payeeFirstLevel: toPayee[0] === undefined ? "none" : slowLg8(toPayee[0].micro),
    payeeRecentCount: Math.min(20, toPayee.length),
    payeeNewPayers7d: firsts(toPayee, "payer"),
    payeeCount1d: within(toPayee, day),
    payeeAge: age(toPayee),
    pairCount: pair.length,
    pairAge: age(pair),
    pairSinceLast: since(pair),
    amountOverPairHighest: pairLevels.length === 0 ? "none" : amount - Math.max(...pairLevels),
    payerCount1d: within(byPayer, day),
    payerNewPayees7d: firsts(byPayer, "payee"),
    payerAge: age(byPayer),
    amountOverPayerMedian:
      payerLevels.length === 0 ? "none" : amount - (payerLevels[Math.ceil(payerLevels.length / 2) - 1] ?? NaN),
    ...recentFacts(payment, toPayee.slice(-20), amount, now),
  };
}

function recentFacts(
  payment: FactPayment,
  recent: AuthorizedEvent[],
  amount: number,
  now: number,
): Record<string, Value> {
  const n = recent.length;
  const micros = recent.map((e) => e.micro);
  const levels = ascending(micros.map(slowLg8));
  const gaps = recent.map((e, i) => slowLg8((recent[i + 1]?.time ?? now) - e.time + 1));
  const counts = new Map<string, number>();
  const sums = new Map<string, number>();
  for (const e of recent) {
    counts.set(e.payer, (counts.get(e.payer) ?? 0) + 1);
    sums.set(e.payer, (sums.get(e.payer) ?? 0) + e.micro);
  }
  const mean = (list: number[]): number => floor(add(list), n);
  const spread = (list: number[]): number => floor(2n * add(list.map((v) => Math.abs(v - mean(list)))), n);
  const middle = (list: number[]): number => ascending(list)[Math.ceil(n / 2) - 1] ?? NaN;
  const low = Math.min(...levels);
  const high = Math.max(...levels);
  const values: Record<string, () => Value> = {
    payeeMeanLevel: () => mean(levels),
    payeeMedianLevel: () => middle(levels),
    payeeLowestLevel: () => low,
    payeeHighestLevel: () => high,
    payeeLevelRange: () => high - low,
    payeeLevelSpread: () => spread(levels),
    amountOverPayeeMedian: () => amount - middle(levels),
    amountOverPayeeHighest: () => amount - high,
    payeeLargestPayment: () => share(Math.max(...micros), add(micros)),
    payeeDistinctAmounts: () => share(new Set(micros).size, n),
    payeeSameAmount: () => micros.filter((m) => m === payment.micro).length,
    payeeRoundAmounts: () => share(micros.filter((m) => digits(m) <= 2).length, n),
    payeeDistinctPayers: () => share(counts.size, n),
    payeeOneTimePayers: () => share([...counts.values()].filter((c) => c === 1).length, n),
    payeeTopPayerCount: () => share(Math.max(...counts.values()), n),
    payeeTopPayerValue: () => share(Math.max(...sums.values()), add(micros)),
    payeeThisPayerCount: () => share(counts.get(payment.payer) ?? 0, n),
    payeeSinceLast: () => gaps.at(-1) ?? NaN,
    payeeMedianGap: () => middle(gaps),
    payeeMeanGap: () => mean(gaps),
    payeeLongestGap: () => Math.max(...gaps),
    payeeGapSpread: () => spread(gaps),
    payeeOldestGap: () => gaps[0] ?? NaN,
    payeeBursts: () => share(gaps.filter((g) => g < slowLg8(576)).length, n),
    payeePace: () => slowLg8(now - (recent[0]?.time ?? NaN) + 1) - slowLg8(n),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, n === 0 ? "none" : value()]));
}
