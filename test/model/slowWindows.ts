import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import {
  add,
  ascending,
  digits,
  floor,
  lastDays,
  levelOfSum,
  share,
  slowLg8,
  type SlowFlow,
  type SlowQuestion,
  type SlowTwins,
  type Value,
} from "./slowQuestion.ts";

type Payments = readonly AuthorizedEvent[];

const micros = (list: Payments): number[] => list.map((e) => e.micro);
const levels = (list: Payments): number[] => ascending(micros(list).map(slowLg8));
const amountOf = (q: SlowQuestion): number => (q.payment.micro === 0 ? 0 : slowLg8(q.payment.micro));

function distinct(list: Payments, key: "payer" | "payee"): number {
  return new Set(list.map((e) => e[key])).size;
}

/** Counterparties of the window that are in no payment before it. */
function fresh(all: Payments, days: number, now: number, key: "payer" | "payee"): number {
  const window = lastDays(all, days, now);
  const before = all.filter((e) => !window.includes(e)).map((e) => e[key]);
  return new Set(window.map((e) => e[key]).filter((name) => !before.includes(name))).size;
}

function burst(all: Payments, now: number): number {
  return slowLg8(1 + 30 * lastDays(all, 1, now).length) - slowLg8(1 + lastDays(all, 30, now).length);
}

function windowTwins(days: number, suffix: string): SlowTwins {
  return {
    [`payeeCount${suffix}`]: (q) => lastDays(q.toPayee, days, q.now).length,
    [`payerCount${suffix}`]: (q) => lastDays(q.byPayer, days, q.now).length,
    [`payeeValue${suffix}`]: (q) => levelOfSum(micros(lastDays(q.toPayee, days, q.now))),
    [`payerValue${suffix}`]: (q) => levelOfSum(micros(lastDays(q.byPayer, days, q.now))),
    [`payeePayers${suffix}`]: (q) => distinct(lastDays(q.toPayee, days, q.now), "payer"),
    [`payerPayees${suffix}`]: (q) => distinct(lastDays(q.byPayer, days, q.now), "payee"),
    [`payeeNewPayers${suffix}`]: (q) => fresh(q.toPayee, days, q.now, "payer"),
    [`payerNewPayees${suffix}`]: (q) => fresh(q.byPayer, days, q.now, "payee"),
  };
}

export const SLOW_WINDOWS: SlowTwins = {
  ...windowTwins(1, "1d"),
  ...windowTwins(7, "7d"),
  ...windowTwins(30, "30d"),
  payeeBurst: (q) => burst(q.toPayee, q.now),
  payerBurst: (q) => burst(q.byPayer, q.now),
};

function ninetieth(list: number[]): number {
  // The smallest value that at least nine tenths of all do not exceed.
  return list.find((value) => 10 * list.filter((other) => other <= value).length >= 9 * list.length) ?? NaN;
}

function deviation(amount: number, list: number[]): number {
  const mean = floor(add(list), list.length);
  const spread = floor(2n * add(list.map((v) => Math.abs(v - mean))), list.length);
  return floor(32n * BigInt(amount - mean), spread === 0 ? 1 : spread);
}

function against(side: "toPayee" | "byPayer", name: string): SlowTwins {
  const twin =
    (compare: (amount: number, list: number[]) => number) =>
    (q: SlowQuestion): Value => {
      const list = levels(q[side].slice(-60));
      return list.length === 0 ? "none" : compare(amountOf(q), list);
    };
  return {
    [`amountOver${name}Highest60`]: twin((amount, list) => amount - Math.max(...list)),
    [`amountOver${name}Ninetieth`]: twin((amount, list) => amount - ninetieth(list)),
    [`amountDeviation${name}`]: twin(deviation),
  };
}

/** The next power of ten, by writing a one and zeros. */
function powerAbove(micro: number): number {
  return micro === 0 ? 1 : Number(`1${"0".repeat(String(micro).length)}`);
}

export const SLOW_USUAL: SlowTwins = {
  ...against("toPayee", "Payee"),
  ...against("byPayer", "Payer"),
  amountBelowThreshold: ({ payment: { micro } }) => share(powerAbove(micro) - micro, powerAbove(micro)),
  payeeBelowThreshold: (q) => {
    const recent = q.toPayee.slice(-20);
    const below = recent.filter((e) => BigInt(powerAbove(e.micro)) * 95n < BigInt(e.micro) * 100n);
    return recent.length === 0 ? "none" : share(below.length, recent.length);
  },
  payerRoundAmounts: (q) => {
    const recent = q.byPayer.slice(-20);
    return recent.length === 0 ? "none" : share(recent.filter((e) => digits(e.micro) <= 2).length, recent.length);
  },
  amountOverPairMedian: (q) => {
    const list = levels(q.pair.slice(-20));
    return list.length === 0 ? "none" : amountOf(q) - (list[Math.ceil(list.length / 2) - 1] ?? NaN);
  },
  pairValue30d: (q) => levelOfSum(micros(lastDays(q.pair, 30, q.now))),
};

type Side = "payee" | "payer";

function happened(q: SlowQuestion, side: Side, kinds: readonly SlowFlow["kind"][], days: number): SlowFlow[] {
  const theirs = q.flows.filter((flow) => flow.payment[side] === q.payment[side] && kinds.includes(flow.kind));
  return lastDays(theirs, days, q.now);
}

function sumOf(flows: readonly SlowFlow[]): bigint {
  const sum = add(flows.map((flow) => flow.micro));
  return sum > 2n ** 53n - 1n ? 2n ** 53n - 1n : sum;
}

function shareOfCaptured(side: Side, kinds: readonly SlowFlow["kind"][]): (q: SlowQuestion) => Value {
  return (q) => {
    const captured = sumOf(happened(q, side, ["captured"], 90));
    const part = sumOf(happened(q, side, kinds, 90));
    return captured === 0n ? "none" : share(part > captured ? captured : part, captured);
  };
}

export const SLOW_MONEY: SlowTwins = {
  payeeCaptured30d: (q) => levelOfSum(happened(q, "payee", ["captured"], 30).map((flow) => flow.micro)),
  payeeRefundShare: shareOfCaptured("payee", ["refunded", "fraudRefunded"]),
  payeeFraudRefundShare: shareOfCaptured("payee", ["fraudRefunded"]),
  payerRefundShare: shareOfCaptured("payer", ["refunded", "fraudRefunded"]),
  payeeRulingShare: shareOfCaptured("payee", ["ruledForPayer"]),
  payeeRulingsAgainst: (q) => happened(q, "payee", ["ruledForPayer"], 90).length,
  payerRulingsWon: (q) => happened(q, "payer", ["ruledForPayer"], 90).length,
  payerRulingsLost: (q) => happened(q, "payer", ["ruledForPayee"], 90).length,
  payeePassedOn7d: (q) => {
    const received = lastDays(q.toPayee, 7, q.now);
    const paid = lastDays(
      q.payments.filter((e) => e.payer === q.payment.payee),
      7,
      q.now,
    );
    return received.length === 0 ? "none" : levelOfSum(micros(paid)) - levelOfSum(micros(received));
  },
  payerReceived7d: (q) =>
    levelOfSum(
      micros(
        lastDays(
          q.payments.filter((e) => e.payee === q.payment.payer),
          7,
          q.now,
        ),
      ),
    ),
};
