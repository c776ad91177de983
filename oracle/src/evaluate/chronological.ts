import { LABEL_DELAY } from "../facts/context.ts";
import type { FactSchema } from "../facts/schema.ts";
import { EvaluateError } from "./errors.ts";
import { exampleRows } from "./examples.ts";
import { readGeneric } from "./formats/generic.ts";
import type { Fold, Protocol, Source } from "./protocols.ts";
import type { PaymentStream } from "./stream.ts";

/** Shares of the stream's span: history only, training, stopping and ranking; what follows the label delay is tested. */
const HISTORY = 0.1;
const TRAINING = 0.55;
const VALIDATION = 0.7;
const DAY = 86_400;

/** Where the periods of a stream begin and end, in seconds. */
export interface Periods {
  readonly trainFrom: number;
  readonly validationFrom: number;
  readonly validationTo: number;
  readonly testFrom: number;
  readonly testTo: number;
}

/** Cuts a stream's span: a tenth for history, training to 55 %, validation to 70 %, then the label delay, then the test. */
export function periodsOf(stream: PaymentStream): Periods {
  const begin = stream.time[0] ?? 0;
  const end = (stream.time[stream.length - 1] ?? 0) + 1;
  const at = (share: number): number => Math.floor(begin + share * (end - begin));
  const validationTo = at(VALIDATION);
  const testFrom = validationTo + LABEL_DELAY;
  if (testFrom >= end) {
    const needed = Math.ceil(LABEL_DELAY / DAY / (1 - VALIDATION));
    throw new EvaluateError(
      `the stream spans ${((end - begin) / DAY).toFixed(1)} days; more than ${needed} are needed, because labels arrive ` +
        `${LABEL_DELAY / DAY} days late and the test begins after that`,
    );
  }
  return { trainFrom: at(HISTORY), validationFrom: at(TRAINING), validationTo, testFrom, testTo: end };
}

async function folds(source: Source, schema: FactSchema, progress: (line: string) => void): Promise<Fold[]> {
  if (source.columns === undefined) {
    throw new EvaluateError(
      "the generic format needs --columns payer=…,payee=…,amount=…,time=…,fraud=… with the names of the file's columns",
    );
  }
  const stream = await readGeneric(source.data, source.columns);
  if (stream.length === 0) throw new EvaluateError(`${source.data} has a header and no payments`);
  const { trainFrom, validationFrom, validationTo, testFrom, testTo } = periodsOf(stream);
  const rows = exampleRows(stream, schema, trainFrom, testTo, progress);
  const within = (from: number, to: number): typeof rows => rows.filter(({ time }) => time >= from && time < to);
  return [
    {
      name: "in order of time",
      train: within(trainFrom, validationFrom),
      validation: within(validationFrom, validationTo),
      test: within(testFrom, testTo),
    },
  ];
}

/** Anybody's payment stream, split in order of time. */
export const CHRONOLOGICAL: Protocol = {
  name: "chronological",
  summary:
    "in order of time: 10 % history only, 45 % training, 15 % validation, the label delay of 7 days, the rest is the test",
  format: "generic",
  recipe: "card",
  cardPrecision: true,
  labels: "used",
  notes: ["Customers already known as defrauded stay in the test; the Handbook's rules leave them out."],
  folds,
};
