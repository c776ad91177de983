import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import {
  add,
  ascending,
  DAY,
  digits,
  floor,
  share,
  slowLg8,
  type SlowQuestion,
  type SlowTwins,
  type Value,
} from "./slowQuestion.ts";

/** One transaction of the account, as it sees it. */
interface Seen {
  readonly event: AuthorizedEvent;
  readonly inward: boolean;
  readonly other: string;
}

/** Both sides of the account, a payment to itself on both, incoming before outgoing. */
function seen({ payments, payment }: SlowQuestion): Seen[] {
  return payments.flatMap((event) => [
    ...(event.payee === payment.payee ? [{ event, inward: true, other: event.payer }] : []),
    ...(event.payer === payment.payee ? [{ event, inward: false, other: event.payee }] : []),
  ]);
}

function money(list: readonly Seen[]): Seen[] {
  return list.filter(({ event }) => event.micro !== 0 && event.failed !== true);
}

const inward = (q: SlowQuestion): Seen[] => seen(q).filter((one) => one.inward);
const outward = (q: SlowQuestion): Seen[] => seen(q).filter((one) => !one.inward);
const receipts = (q: SlowQuestion): Seen[] => money(inward(q));
const sendings = (q: SlowQuestion): Seen[] => money(outward(q));

function others(list: readonly Seen[]): string[] {
  return list.map(({ other }) => other).filter((other, index, all) => all.indexOf(other) === index);
}

function times(list: readonly Seen[], other: string): number {
  return list.filter((one) => one.other === other).length;
}

function levels(list: readonly Seen[]): number[] {
  return ascending(list.map(({ event }) => slowLg8(event.micro)));
}

function waits(list: readonly Seen[]): number[] {
  return list.slice(1).map(({ event }, index) => event.time - (list[index]?.event.time ?? NaN));
}

const level = (seconds: number): number => slowLg8(seconds + 1);
const counted = (count: number): number => slowLg8(count + 1);

/** The value a share of an ascending list lies below. */
function upper(values: readonly number[]): number {
  return values[Math.floor(values.length * 0.75)] ?? NaN;
}

function middle(values: readonly number[]): number {
  return ascending(values)[Math.ceil(values.length / 2) - 1] ?? NaN;
}

function average(values: readonly number[]): number {
  return floor(
    values.reduce((sum, value) => sum + BigInt(value), 0n),
    values.length,
  );
}

/** `none` for an empty list. */
function over<T>(
  list: (q: SlowQuestion) => readonly T[],
  twin: (list: readonly T[]) => number,
): (q: SlowQuestion) => Value {
  return (q) => {
    const found = list(q);
    return found.length === 0 ? "none" : twin(found);
  };
}

/** Time from the newest receipt before each sending, where no other sending lies between. */
function holdings(q: SlowQuestion): number[] {
  const moved = money(seen(q));
  return moved.flatMap((one, index) => {
    const before = moved[index - 1];
    if (one.inward || before === undefined || !before.inward) return [];
    return [level(one.event.time - before.event.time)];
  });
}

/** What share of the money there was each sending took, the money counted anew from the beginning. */
function drained(q: SlowQuestion): number[] {
  const moved = money(seen(q));
  return moved.flatMap((one, index) => {
    if (one.inward) return [];
    let held = 0n;
    for (const { event, inward: came } of moved.slice(0, index)) {
      held += came ? BigInt(event.micro) : -BigInt(event.micro);
      if (held < 0n) held = 0n;
      if (held > 2n ** 53n - 1n) held = 2n ** 53n - 1n;
    }
    return [BigInt(one.event.micro) >= held ? 128 : share(one.event.micro, held)];
  });
}

const AMOUNT_TWINS: SlowTwins = {
  accountUpperReceipt: over(receipts, (list) => upper(levels(list))),
  accountSmallestReceipt: over(receipts, (list) => Math.min(...levels(list))),
  accountLargestReceiptShare: over(receipts, (list) => {
    const amounts = list.map(({ event }) => event.micro);
    return share(Math.max(...amounts), add(amounts));
  }),
  accountMiddlingReceipts: over(receipts, (list) =>
    share(list.filter(({ event }) => event.micro / 1e6 >= 0.1 && event.micro / 1e6 <= 2).length, list.length),
  ),
  accountReceiptDigits: over(receipts, (list) => middle(list.map(({ event }) => digits(event.micro)))),
  accountMostReceiptDigits: over(receipts, (list) => Math.max(...list.map(({ event }) => digits(event.micro)))),
  accountSentDigits: over(sendings, (list) =>
    floor(16n * add(list.map(({ event }) => digits(event.micro))), list.length),
  ),
  accountLastSent: over(sendings, (list) => slowLg8(list.at(-1)?.event.micro ?? NaN)),
  accountLargestDrain: over(drained, (list) => Math.max(...list)),
  accountMeanDrain: over(drained, average),
};

const PARTY_TWINS: SlowTwins = {
  accountSenders: (q) => counted(others(inward(q)).length),
  accountSenderShare: over(receipts, (list) => share(others(list).length, list.length)),
  accountOneTimeSenders: over(receipts, (list) =>
    share(others(list).filter((other) => times(list, other) === 1).length, list.length),
  ),
  accountTopSender: over(receipts, (list) =>
    share(Math.max(...others(list).map((other) => times(list, other))), list.length),
  ),
  accountFirstWeekSenders: (q) => {
    const first = Math.min(...seen(q).map(({ event }) => event.time));
    return counted(others(inward(q).filter(({ event }) => event.time <= first + 7 * DAY)).length);
  },
  accountRecipients: (q) => counted(others(outward(q)).length),
  accountRecipientShare: over(outward, (list) => share(others(list).length, list.length)),
  accountTopRecipient: over(outward, (list) =>
    share(Math.max(...others(list).map((other) => times(list, other))), list.length),
  ),
};

const RHYTHM_TWINS: SlowTwins = {
  accountFirstPause: over(
    (q) => waits(seen(q)),
    ([first = NaN]) => level(first),
  ),
  accountUpperPause: over(
    (q) => waits(seen(q)),
    (list) => upper(ascending(list.map(level))),
  ),
  accountDailyPauses: over(
    (q) => waits(seen(q)),
    (list) => share(list.filter((seconds) => seconds < DAY).length, list.length),
  ),
  accountReceiptRhythm: over(
    (q) => waits(receipts(q)).map(level),
    (list) => {
      const centre = average(list);
      return floor(2n * add(list.map((value) => Math.abs(value - centre))), list.length);
    },
  ),
  accountHoldingMedian: over(holdings, middle),
  accountHoldingMean: over(holdings, average),
  accountFullestDay: (q) => {
    const moments = receipts(q).map(({ event }) => event.time);
    return counted(
      Math.max(0, ...moments.map((end) => moments.filter((time) => time <= end && time > end - DAY).length)),
    );
  },
  accountActiveDays: over(seen, (list) => {
    const first = list[0]?.event.time ?? NaN;
    return slowLg8(new Set(list.map(({ event }) => Math.floor((event.time - first) / DAY))).size);
  }),
};

const KIND_TWINS: SlowTwins = {
  accountTurns: over(seen, (list) =>
    share(list.slice(1).filter((one, index) => one.inward !== list[index]?.inward).length, list.length),
  ),
  accountCalls: (q) => counted(seen(q).filter(({ event }) => event.call).length),
  accountOutgoingCalls: over(outward, (list) => share(list.filter(({ event }) => event.call).length, list.length)),
  accountPaidCalls: (q) => counted(sendings(q).filter(({ event }) => event.call).length),
  accountEmptyOutgoing: (q) => counted(outward(q).filter(({ event }) => event.micro === 0).length),
};

/** The facts about an account, once more. */
export const SLOW_ACCOUNT: SlowTwins = { ...AMOUNT_TWINS, ...PARTY_TWINS, ...RHYTHM_TWINS, ...KIND_TWINS };
