import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { add, ascending, DAY, floor, lastDays, share } from "./slowQuestion.ts";
import type { SlowQuestion, SlowTwins, Value } from "./slowQuestion.ts";

type Payments = readonly AuthorizedEvent[];

const amounts = (list: Payments): number[] => ascending(list.map((e) => e.micro));

/** 16 * log2 by the digits of the binary number, 0 for nothing. */
function fine(x: number): number {
  if (x === 0) return 0;
  const digits = BigInt(x).toString(2);
  return 16 * (digits.length - 1) + parseInt(digits.padEnd(5, "0").slice(1, 5), 2);
}

/** The amount that half of the list does not exceed. */
function middle(list: Payments): number {
  return amounts(list)[Math.ceil(list.length / 2) - 1] ?? NaN;
}

/** Mean of the newest 250 amounts, those above two and a half times their median left out; 0 without a payment. */
function usual(all: Payments): number {
  const newest = all.slice(-250);
  const most = 2.5 * middle(newest);
  const ordinary = newest.filter((e) => e.micro <= most);
  return ordinary.length === 0 ? 0 : floor(add(amounts(ordinary)), ordinary.length);
}

/** Above so many tenths of what is usual. */
function above(list: Payments, tenths: bigint, level: number): Payments {
  return list.filter((e) => 10n * BigInt(e.micro) > tenths * BigInt(level));
}

/** The largest natural number whose square is not above n, one binary digit after the other. */
function root(n: bigint): bigint {
  let found = 0n;
  for (let bit = 1n << BigInt(n.toString(2).length); bit > 0n; bit >>= 1n) {
    if ((found + bit) ** 2n <= n) found += bit;
  }
  return found;
}

/** (amount - mean) / deviation, both numbers multiplied by the count so that they are whole; rounded towards zero. */
function standardScore(amount: number, list: Payments): number {
  const count = BigInt(list.length);
  const sum = add(amounts(list));
  const distance = count * BigInt(amount) - sum;
  const squares = list.reduce((total, e) => total + (count * BigInt(e.micro) - sum) ** 2n, 0n);
  const deviation = root(squares / count);
  if (deviation > 0n) return Number((16n * distance) / deviation);
  return distance === 0n ? 0 : distance > 0n ? 127 : -128;
}

/** The mean of some amounts; their sum stops rising at 2^53 - 1. */
function mean(list: Payments): number {
  const [sum, most] = [add(amounts(list)), 2n ** 53n - 1n];
  return floor(sum > most ? most : sum, list.length);
}

/** Whole parts of a day since a payment, so many parts to a day. */
function dayParts(parts: number, entry: AuthorizedEvent | undefined, now: number): Value {
  return entry === undefined ? "none" : Math.floor((now - entry.time) / (DAY / parts));
}

/** A twin that answers `none` as long as the payer has not paid before. */
function ofPayer(twin: (q: SlowQuestion) => Value): (q: SlowQuestion) => Value {
  return (q) => (q.byPayer.length === 0 ? "none" : twin(q));
}

/** One over the payer's payments of the last days, `none` without any. */
function ofLate(days: number, twin: (list: Payments, q: SlowQuestion) => Value): (q: SlowQuestion) => Value {
  return (q) => {
    const list = lastDays(q.byPayer, days, q.now);
    return list.length === 0 ? "none" : twin(list, q);
  };
}

const fineMedian = (q: SlowQuestion): number => fine(middle(q.byPayer.slice(-60)));
const meanOverMedian = (list: Payments, q: SlowQuestion): number => fine(mean(list)) - fineMedian(q);
const highest = (list: Payments): number => fine(Math.max(...amounts(list)));

/** The payer's payments of two weeks above 2.5 times what he usually pays. */
function highOnes(q: SlowQuestion): Payments {
  return above(lastDays(q.byPayer, 14, q.now), 25n, usual(q.byPayer));
}

const CARD_TWINS: SlowTwins = {
  amountOverPayerMedian60: (q) => fine(q.payment.micro) - fineMedian(q),
  amountOverPayerUpper60: (q) => {
    const list = amounts(q.byPayer.slice(-60));
    return fine(q.payment.micro) - fine(list.slice(Math.floor((list.length * 9) / 10))[0] ?? NaN);
  },
  amountStandardScore60: (q) => standardScore(q.payment.micro, q.byPayer.slice(-60)),
  payerMedianFine: fineMedian,
  amountTimesUsual: (q) => floor(32n * BigInt(q.payment.micro), usual(q.byPayer)),
  amountOverUsual: (q) => fine(q.payment.micro) - fine(usual(q.byPayer)),
  payerHighestOverMedian14d: ofLate(14, (list, q) => highest(list) - fineMedian(q)),
  payerHighestOverUsual14d: ofLate(14, (list, q) => highest(list) - fine(usual(q.byPayer))),
  payerMeanOverMedian1d: ofLate(1, meanOverMedian),
  payerMeanOverMedian7d: ofLate(7, meanOverMedian),
  payerMeanOverMedian30d: ofLate(30, meanOverMedian),
  payerHighAmounts14d: (q) => highOnes(q).length,
  payerHighShare14d: ofLate(14, (list, q) => share(highOnes(q).length, list.length)),
  payerSinceFirstHigh14d: (q) => dayParts(8, highOnes(q)[0], q.now),
  payerSinceLastHigh14d: (q) => dayParts(8, highOnes(q).at(-1), q.now),
  payerPaymentsSinceHigh14d: (q) => {
    const first = highOnes(q)[0];
    return first === undefined ? 0 : q.byPayer.slice(q.byPayer.indexOf(first)).length;
  },
  payerRaisedAmounts14d: (q) => above(lastDays(q.byPayer, 14, q.now), 20n, usual(q.byPayer)).length,
  payerSinceLastFine: (q) => fine(q.now - (q.byPayer.at(-1)?.time ?? NaN) + 1),
};

/** The facts that set an amount against its payer's habit, once more. */
export const SLOW_CARD: SlowTwins = {
  amountMicro: (q) => q.payment.micro,
  ...Object.fromEntries(Object.entries(CARD_TWINS).map(([name, twin]) => [name, ofPayer(twin)])),
};

/** Payments to the payee that are seven days old or older. */
function settled(q: SlowQuestion): Payments {
  return q.toPayee.filter((e) => e.time <= q.now - 7 * DAY);
}

/** Those of them that are less than so many days older than that. */
function settledDays(q: SlowQuestion, days: number): Payments {
  return settled(q).filter((e) => e.time > q.now - (7 + days) * DAY);
}

function fraudsOf(q: SlowQuestion, list: Payments): Payments {
  return list.filter((e) => q.frauds.has(e.id));
}

const lastGood = (q: SlowQuestion): AuthorizedEvent | undefined => settled(q).findLast((e) => !q.frauds.has(e.id));

/** The known frauds after the last payment known to be good. */
function run(q: SlowQuestion): Payments {
  const good = lastGood(q);
  return good === undefined ? settled(q) : settled(q).slice(settled(q).indexOf(good) + 1);
}

/** What a fraud says against its payee: the less, the more it was above what its payer had usually paid until then. */
function weight(q: SlowQuestion, fraud: AuthorizedEvent): number {
  const before = q.payments.slice(0, q.payments.indexOf(fraud)).filter((e) => e.payer === fraud.payer);
  if (before.length === 0) return 40;
  const value = 40 - 2 * (fine(fraud.micro) - fine(usual(before)));
  return value < 0 ? 0 : value > 48 ? 48 : value;
}

/** Evidence of the run, times the share of its possible first days that lie less than 28 days back. */
function evidence(q: SlowQuestion): number {
  const frauds = run(q).slice(-64);
  const first = frauds.find((fraud) => weight(q, fraud) > 0);
  const good = lastGood(q);
  // Without a good payment there is no end of possible days.
  if (first === undefined || good === undefined) return 0;
  const dayOf = (time: number): number => Math.floor(time / DAY);
  const possible = [dayOf(first.time)];
  for (let day = dayOf(first.time) - 1; day > dayOf(good.time); day--) possible.push(day);
  const recent = possible.filter((day) => dayOf(q.now) - day < 28);
  const chance = Math.floor((127 * recent.length) / possible.length);
  const sum = frauds.reduce((total, fraud) => total + weight(q, fraud), 0);
  return Math.floor((chance * Math.min(64, sum)) / 64);
}

function countShare(days: number): (q: SlowQuestion) => Value {
  return (q) => {
    const list = settledDays(q, days);
    return list.length === 0 ? "none" : share(fraudsOf(q, list).length, list.length);
  };
}

/** What known frauds say about a payee, once more. */
export const SLOW_LABELS: SlowTwins = {
  payeeFraudEvidence: evidence,
  payeeDaysSinceGood: (q) => dayParts(2, lastGood(q), q.now),
  payeeRunDays: (q) => dayParts(4, run(q)[0], q.now),
  payeeDaysSinceFirstFraud: (q) => dayParts(2, fraudsOf(q, settledDays(q, 28))[0], q.now),
  payeeDaysSinceLastFraud: (q) => dayParts(2, fraudsOf(q, settledDays(q, 28)).at(-1), q.now),
  payeeOrdinaryFrauds28d: (q) => {
    const newest = fraudsOf(q, settledDays(q, 28)).slice(-64);
    return newest.filter((fraud) => weight(q, fraud) > 0).length;
  },
  payeeFraudCountShare1d: countShare(1),
  payeeFraudCountShare28d: countShare(28),
  payeeFraudCountShare30d: countShare(30),
};
