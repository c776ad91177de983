import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { SLOW_CARD, SLOW_LABELS } from "./slowCard.ts";
import { SLOW_FRAUD } from "./slowFraud.ts";
import { add, ascending, DAY, digits, floor, share, slowLg8, since, lastDays } from "./slowQuestion.ts";
import type { SlowQuestion, SlowTwins, Value } from "./slowQuestion.ts";
import { SLOW_ACCOUNT } from "./slowAccount.ts";
import { SLOW_ROBUST } from "./slowRobust.ts";
import { SLOW_MONEY, SLOW_USUAL, SLOW_WINDOWS } from "./slowWindows.ts";

/** The facts again, recomputed from the bare list of events with nothing kept between two questions. */
export function slowFacts(question: SlowQuestion): Record<string, Value> {
  const twins: SlowTwins = {
    ...SLOW_WINDOWS,
    ...SLOW_USUAL,
    ...SLOW_MONEY,
    ...SLOW_FRAUD,
    ...SLOW_ROBUST,
    ...SLOW_CARD,
    ...SLOW_LABELS,
    ...SLOW_ACCOUNT,
  };
  const values = Object.entries(twins).map(([name, twin]) => [name, twin(question)] as const);
  return { ...firstFacts(question), ...Object.fromEntries(values) };
}

function timesOf(events: readonly AuthorizedEvent[], key: "payer" | "payee"): Map<string, number> {
  const first = new Map<string, number>();
  for (const event of events) if (!first.has(event[key])) first.set(event[key], event.time);
  return first;
}

function firstFacts({ payment, now, toPayee, byPayer, pair }: SlowQuestion): Record<string, Value> {
  const amount = payment.micro === 0 ? 0 : slowLg8(payment.micro);
  const levels = (list: readonly AuthorizedEvent[]): number[] =>
    ascending(list.slice(-20).map((e) => slowLg8(e.micro)));
  const firsts = (list: readonly AuthorizedEvent[], key: "payer" | "payee"): number =>
    [...timesOf(list, key).values()].filter((time) => time > now - 7 * DAY).length;
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
    payeeCount1d: lastDays(toPayee, 1, now).length,
    payeeAge: since(toPayee[0], now),
    pairCount: pair.length,
    pairAge: since(pair[0], now),
    pairSinceLast: since(pair.at(-1), now),
    amountOverPairHighest: pairLevels.length === 0 ? "none" : amount - Math.max(...pairLevels),
    payerCount1d: lastDays(byPayer, 1, now).length,
    payerNewPayees7d: firsts(byPayer, "payee"),
    payerAge: since(byPayer[0], now),
    amountOverPayerMedian:
      payerLevels.length === 0 ? "none" : amount - (payerLevels[Math.ceil(payerLevels.length / 2) - 1] ?? NaN),
    ...recentFacts(payment.micro, payment.payer, toPayee.slice(-20), amount, now),
  };
}

function recentFacts(
  micro: number,
  payer: string,
  recent: readonly AuthorizedEvent[],
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
    payeeSameAmount: () => micros.filter((m) => m === micro).length,
    payeeRoundAmounts: () => share(micros.filter((m) => digits(m) <= 2).length, n),
    payeeDistinctPayers: () => share(counts.size, n),
    payeeOneTimePayers: () => share([...counts.values()].filter((c) => c === 1).length, n),
    payeeTopPayerCount: () => share(Math.max(...counts.values()), n),
    payeeTopPayerValue: () => share(Math.max(...sums.values()), add(micros)),
    payeeThisPayerCount: () => share(counts.get(payer) ?? 0, n),
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
