import { bookFeatures } from "./bookFeatures.ts";
import { EvaluateError } from "./errors.ts";
import { handbookDay, readHandbook } from "./formats/handbook.ts";
import { testIndices, WEEK } from "./handbookRules.ts";
import type { Matrix } from "./logistic.ts";
import { logisticScorer } from "./logistic.ts";
import type { Measures } from "./metrics.ts";
import { measure } from "./metrics.ts";
import { publishedFor } from "./published.ts";
import type { PublishedRow } from "./published.ts";
import type { PaymentStream } from "./stream.ts";
import { firstAt } from "./stream.ts";

export const BOOK_PROTOCOL = "handbook-book";

/** The book's own method on the book's own features: what proves the harness. */
export interface BookResult {
  readonly protocol: typeof BOOK_PROTOCOL;
  readonly summary: string;
  readonly train: number;
  readonly trainIllicit: number;
  readonly test: number;
  readonly testIllicit: number;
  readonly evaluate: { readonly baselines: { readonly bookLogistic: Measures } };
  readonly published: readonly PublishedRow[];
}

function rowsOf(matrix: Matrix, indices: readonly number[]): Matrix {
  const { columns } = matrix;
  const values = new Float64Array(indices.length * columns);
  indices.forEach((from, to) => values.set(matrix.values.subarray(from * columns, (from + 1) * columns), to * columns));
  return { rows: indices.length, columns, values };
}

/** Logistic regression over the book's 15 features on one split of a stream. */
export function bookMeasures(stream: PaymentStream, trainFrom: number): Omit<BookResult, "published" | "summary"> {
  const first = firstAt(stream, trainFrom);
  const features = bookFeatures(stream, first, firstAt(stream, trainFrom + 3 * WEEK));
  const train = Array.from({ length: firstAt(stream, trainFrom + WEEK) - first }, (_, row) => row);
  const test = testIndices(stream, trainFrom).map((at) => at - first);
  const illicit = (row: number): boolean => stream.fraud[first + row] === 1;
  if (!train.some(illicit) || !test.some(illicit)) {
    throw new EvaluateError(
      `the training week holds ${train.length} payments and the test week ${test.length}, and one of them has no fraud: ` +
        "give the Handbook's file from 2018-04-01 to 2018-08-14 or later",
    );
  }
  const score = logisticScorer(rowsOf(features, train), train.map(illicit));
  const rows = test.map((row) => ({
    group: String(stream.payer[first + row]),
    time: stream.time[first + row] ?? 0,
    illicit: illicit(row),
  }));
  return {
    protocol: BOOK_PROTOCOL,
    train: train.length,
    trainIllicit: train.filter(illicit).length,
    test: test.length,
    testIllicit: test.filter(illicit).length,
    evaluate: { baselines: { bookLogistic: measure(rows, score(rowsOf(features, test)), true) } },
  };
}

/** The book's single split on its file. */
export async function runBook(path: string): Promise<BookResult> {
  const stream = await readHandbook(path);
  return {
    ...bookMeasures(stream, handbookDay(7, 25)),
    summary: "the book's 15 features and plain logistic regression; train 2018-07-25…31, test 2018-08-08…14",
    published: publishedFor(BOOK_PROTOCOL),
  };
}
