import type { PaymentStream } from "./stream.ts";
import { firstAt } from "./stream.ts";

export const DAY = 86_400;
export const WEEK = 7 * DAY;

/** Indices of a stream's payments in [from, to). */
export function* indicesIn(stream: PaymentStream, from: number, to: number): Generator<number> {
  const end = firstAt(stream, to);
  for (let at = firstAt(stream, from); at < end; at++) yield at;
}

function addDefrauded(stream: PaymentStream, from: number, to: number, known: Set<number>): void {
  for (const at of indicesIn(stream, from, to)) if (stream.fraud[at] === 1) known.add(stream.payer[at] ?? 0);
}

/**
 * The test payments of one fold: train on [trainFrom, trainFrom + 7 days), wait for labels seven days, test seven days.
 * A test day leaves out customers who are known as defrauded by then: those of the training week, and those of the days
 * that lie eight days or more before the test day.
 *
 * @returns Indices into the stream.
 */
export function testIndices(stream: PaymentStream, trainFrom: number): number[] {
  const trainTo = trainFrom + WEEK;
  const testFrom = trainTo + WEEK;
  const known = new Set<number>();
  addDefrauded(stream, trainFrom, trainTo, known);
  const indices: number[] = [];
  for (let day = testFrom; day < testFrom + WEEK; day += DAY) {
    addDefrauded(stream, day - 8 * DAY, day - 7 * DAY, known);
    for (const at of indicesIn(stream, day, day + DAY)) {
      if (!known.has(stream.payer[at] ?? 0)) indices.push(at);
    }
  }
  return indices;
}
