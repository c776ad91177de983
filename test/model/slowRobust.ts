import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import {
  add,
  ascending,
  DAY,
  floor,
  share,
  slowLg8,
  type SlowQuestion,
  type SlowTwins,
  type Value,
} from "./slowQuestion.ts";

/** Most payments within some span: every payment in turn opens a window. */
function busiest(list: readonly AuthorizedEvent[], span: number): number {
  return Math.max(...list.map(({ time }) => list.filter((e) => e.time >= time && e.time < time + span).length));
}

function pastGaps(list: readonly AuthorizedEvent[]): number[] {
  return list.slice(1).map((e, index) => slowLg8(e.time - (list[index]?.time ?? NaN) + 1));
}

function recent(twin: (list: readonly AuthorizedEvent[], now: number) => Value): (q: SlowQuestion) => Value {
  return ({ toPayee, now }) => (toPayee.length === 0 ? "none" : twin(toPayee.slice(-20), now));
}

export const SLOW_ROBUST: SlowTwins = {
  listedParties: ({ payment, sanctioned, reported }) =>
    [payment.payee, payment.payer].filter((name) => sanctioned.has(name) || reported.has(name)).length,
  payeeBusiestDay: recent((list) => busiest(list, DAY)),
  payeeBusiestWeekPayers: recent((list) => {
    const firsts = list.filter((e, index) => list.findIndex((other) => other.payer === e.payer) === index);
    return busiest(firsts, 7 * DAY);
  }),
  payeePastPace: recent(
    (list) => slowLg8((list.at(-1)?.time ?? NaN) - (list[0]?.time ?? NaN) + 1) - slowLg8(list.length),
  ),
  payeeSinceLastSlow: recent((list, now) => slowLg8(now - (list.at(-1)?.time ?? NaN) + 2 * DAY)),
  payeeAgeSlow: ({ toPayee: [first], now }) => (first === undefined ? "none" : slowLg8(now - first.time + DAY)),
  payeePastMedianGap: recent((list) => {
    const gaps = pastGaps(list);
    return gaps.length === 0 ? "none" : (ascending(gaps)[Math.ceil(gaps.length / 2) - 1] ?? NaN);
  }),
  payeePastBursts: recent((list) => {
    const gaps = pastGaps(list);
    return gaps.length === 0 ? "none" : share(gaps.filter((gap) => gap < slowLg8(576)).length, gaps.length);
  }),
  payeeEffectivePayments: recent((list) => {
    const sum = add(list.map((e) => e.micro));
    const squares = list.reduce((total, e) => total + BigInt(e.micro) ** 2n, 0n);
    return floor(8n * sum * sum, squares);
  }),
};
