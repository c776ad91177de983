import type { PaymentStream } from "./stream.ts";
import type { Matrix } from "./logistic.ts";

const DAY = 86_400;
const WINDOWS = [1, 7, 30] as const;
/** Labels of a terminal become known this late. */
const DELAY_DAYS = 7;
/** 2018-04-01, second 0 of the stream, was a Sunday. */
const FIRST_WEEKDAY = 0;
const LAST_NIGHT_HOUR = 6;
const WIDTH = 3 + 4 * WINDOWS.length;

/** Payments of one key in order, with running sums. */
class Track {
  readonly time: number[] = [];
  /** Sum of the values of the first n + 1 payments. */
  readonly sums: number[] = [];

  push(time: number, value: number): void {
    this.time.push(time);
    this.sums.push((this.sums.at(-1) ?? 0) + value);
  }

  /** Count and sum of the payments at or before the time. */
  until(time: number): { count: number; sum: number } {
    let low = 0;
    let high = this.time.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.time[middle] ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return { count: low, sum: this.sums[low - 1] ?? 0 };
  }

  /** Count and sum in (from, to]. */
  within(from: number, to: number): { count: number; sum: number } {
    const [before, all] = [this.until(from), this.until(to)];
    return { count: all.count - before.count, sum: all.sum - before.sum };
  }
}

function trackOf(tracks: (Track | undefined)[], key: number): Track {
  return (tracks[key] ??= new Track());
}

/**
 * The 15 features of the Fraud Detection Handbook, for every payment from index `first` to `end`: amount, weekend, night,
 * the customer's count and mean amount over 1, 7 and 30 days with this payment, and the terminal's count and share of frauds
 * over the same windows, seven days late.
 */
export function bookFeatures(stream: PaymentStream, first: number, end: number): Matrix {
  const customers: (Track | undefined)[] = [];
  const terminals: (Track | undefined)[] = [];
  const values = new Float64Array((end - first) * WIDTH);
  for (let at = 0; at < end; at++) {
    const time = stream.time[at] ?? 0;
    const amount = (stream.micro[at] ?? 0) / 1e6;
    const customer = trackOf(customers, stream.payer[at] ?? 0);
    const terminal = trackOf(terminals, stream.payee[at] ?? 0);
    customer.push(time, amount);
    terminal.push(time, stream.fraud[at] ?? 0);
    if (at < first) continue;
    const row = (at - first) * WIDTH;
    const weekday = (FIRST_WEEKDAY + Math.floor(time / DAY)) % 7;
    values[row] = amount;
    values[row + 1] = weekday === 0 || weekday === 6 ? 1 : 0;
    values[row + 2] = Math.floor((time % DAY) / 3_600) <= LAST_NIGHT_HOUR ? 1 : 0;
    WINDOWS.forEach((days, index) => {
      const column = row + 3 + 4 * index;
      const spent = customer.within(time - days * DAY, time);
      const known = time - DELAY_DAYS * DAY;
      const seen = terminal.within(known - days * DAY, known);
      values[column] = spent.count;
      values[column + 1] = spent.sum / spent.count;
      values[column + 2] = seen.count;
      values[column + 3] = seen.count === 0 ? 0 : seen.sum / seen.count;
    });
  }
  return { rows: end - first, columns: WIDTH, values };
}
