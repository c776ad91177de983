import type { FactSchema } from "../facts/schema.ts";
import { EvaluateError } from "./errors.ts";
import { exampleRows } from "./examples.ts";
import { handbookDay, readHandbook } from "./formats/handbook.ts";
import { testIndices, WEEK } from "./handbookRules.ts";
import type { Fold, Protocol, Source } from "./protocols.ts";
import type { PaymentStream } from "./stream.ts";
import { countsIn } from "./stream.ts";
import type { Example } from "./types.ts";

/** Month and day on which a test week begins. */
type TestWeek = readonly [month: number, day: number];

function nameOf([month, day]: TestWeek): string {
  return `test week ${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** Training week and test week as seconds of the stream. */
function trainFrom([month, day]: TestWeek): number {
  return handbookDay(month, day) - 2 * WEEK;
}

function checkCovered(stream: PaymentStream, path: string, weeks: readonly TestWeek[]): void {
  const missing = weeks.filter(
    (week) => countsIn(stream, trainFrom(week) + 2 * WEEK, trainFrom(week) + 3 * WEEK).payments === 0,
  );
  if (missing.length > 0) {
    throw new EvaluateError(
      `${path} has no payments in ${missing.map(nameOf).join(", ")}: give the simulator's file that covers these weeks, ` +
        "or choose handbook-development, handbook-single or handbook-label-free",
    );
  }
  for (const week of weeks) {
    const { frauds } = countsIn(stream, trainFrom(week), trainFrom(week) + WEEK);
    if (frauds === 0)
      throw new EvaluateError(`${path} has no fraud in the training week of ${nameOf(week)}: nothing to learn`);
  }
}

/**
 * One fold: train on a week; stop and calibrate on the week before it, whose labels are known as well; test on the week that
 * begins when the training week's labels are in.
 */
function foldOf(stream: PaymentStream, rows: ReadonlyMap<string, Example>, week: TestWeek): Fold {
  const from = trainFrom(week);
  const inOrder = [...rows.values()];
  const within = (start: number): Example[] => inOrder.filter(({ time }) => time >= start && time < start + WEEK);
  const test = testIndices(stream, from).map((at) => rows.get(`p${at}`));
  return {
    name: nameOf(week),
    train: within(from),
    validation: within(from - WEEK),
    test: test.filter((row) => row !== undefined),
  };
}

async function handbookFolds(
  weeks: readonly TestWeek[],
  { data }: Source,
  schema: FactSchema,
  progress: (line: string) => void,
): Promise<Fold[]> {
  const stream = await readHandbook(data);
  checkCovered(stream, data, weeks);
  const starts = weeks.map(trainFrom);
  const examples = exampleRows(stream, schema, Math.min(...starts) - WEEK, Math.max(...starts) + 3 * WEEK, progress);
  const rows = new Map(examples.map((row) => [row.id, row]));
  return weeks.map((week) => foldOf(stream, rows, week));
}

function handbookProtocol(
  name: string,
  summary: string,
  weeks: readonly TestWeek[],
  rest: Pick<Protocol, "recipe" | "labels" | "notes">,
): Protocol {
  return {
    name: `handbook-${name}`,
    summary,
    format: "handbook",
    cardPrecision: true,
    ...rest,
    folds: (source, schema, progress) => handbookFolds(weeks, source, schema, progress),
  };
}

const VALIDATION_NOTE =
  "Early stopping and the rank table use the week before the training week; no test row is looked at.";

/** The tables on the Fraud Detection Handbook's card stream. */
export const HANDBOOK_PROTOCOLS: readonly Protocol[] = [
  handbookProtocol("single", "train 2018-07-25…31, test 2018-08-08…14", [[8, 8]], {
    recipe: "card",
    labels: "used",
    notes: [VALIDATION_NOTE],
  }),
  handbookProtocol(
    "development",
    "four folds of 7 days' training, test weeks from 2018-07-18, 07-25, 08-01 and 08-08",
    [
      [7, 18],
      [7, 25],
      [8, 1],
      [8, 8],
    ],
    { recipe: "card", labels: "used", notes: [VALIDATION_NOTE] },
  ),
  handbookProtocol(
    "prequential",
    "four folds of 7 days' training, the published test weeks from 2018-08-08, 08-15, 08-22 and 08-29",
    [
      [8, 8],
      [8, 15],
      [8, 22],
      [8, 29],
    ],
    { recipe: "card", labels: "used", notes: [VALIDATION_NOTE] },
  ),
  handbookProtocol("label-free", "train 2018-07-11…17 without labels, test 2018-07-25…31", [[7, 25]], {
    recipe: "card-label-free",
    labels: "not used",
    notes: [
      "No label is used in training; facts that come from labels are allowed, and zero in the first-day rows.",
      VALIDATION_NOTE,
    ],
  }),
];
