import { parseArgs } from "node:util";

import { EvaluateError } from "./errors.ts";
import { parseMapping } from "./formats/mapping.ts";
import type { Budgets } from "./operating.ts";
import { DEFAULT_BUDGETS } from "./operating.ts";
import type { Format, Source } from "./protocols.ts";
import { FORMATS } from "./protocols.ts";

export const USAGE = `Usage: npm run evaluate -- --data FILE --format handbook|ethereum|generic --protocol NAME --model ID|train [options]

Trains a model on each fold of a protocol, or takes a ready one, and prints AUC, average precision and card precision@100 of its
integer and its float form: first as on a deployment's first day, with every fact that comes from labels unknown, then with labels,
beside simple baselines on the same facts and published figures.

  --data FILE       csv or csv.gz
  --labels FILE     labels (account,flag), for the ethereum format
  --columns MAP     for the generic format: payer=COLUMN,payee=COLUMN,amount=COLUMN,time=COLUMN,fraud=COLUMN[,scenario=COLUMN]
  --protocol NAME   handbook-book | handbook-single | handbook-development | handbook-prequential | handbook-label-free
                    | ethereum-payments | ethereum-accounts | chronological (generic)
  --model ID        train, or a model's id or folder, such as eth2017-2 in oracle/models
  --recipe NAME     how to train (default: the protocol's own)
  --seeds N         train with seeds 1 to N and report means (default 3)
  --hold-at SCORE   where the lines by scenario and payment number are drawn
  --delay-budget X  share of honest money that the proposed policy may hold (default ${DEFAULT_BUDGETS.hold})
  --block-budget X  share of honest money that it may block (default ${DEFAULT_BUDGETS.block})
  --out DIR         writes report.html, its plots as SVG, and result.json
  --results FILE    where the result is kept by protocol (default bench/results/evaluate.json)
  --json            prints the result as one JSON object and nothing else

ORACLE_TF_BACKEND=auto|tensorflow|wasm|cpu chooses the TensorFlow.js backend (default auto).`;

const OPTIONS = {
  data: { type: "string" },
  labels: { type: "string" },
  columns: { type: "string" },
  format: { type: "string" },
  protocol: { type: "string" },
  model: { type: "string", default: "train" },
  recipe: { type: "string" },
  seeds: { type: "string", default: "3" },
  "hold-at": { type: "string" },
  "delay-budget": { type: "string", default: String(DEFAULT_BUDGETS.hold) },
  "block-budget": { type: "string", default: String(DEFAULT_BUDGETS.block) },
  out: { type: "string" },
  results: { type: "string", default: "bench/results/evaluate.json" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** A run as the command line asks for it. */
export interface Options {
  readonly source: Source;
  readonly format: Format;
  readonly protocol: string;
  /** `train`, or a model's id or folder. */
  readonly model: string;
  readonly recipe?: string;
  readonly seeds: readonly number[];
  readonly budgets: Budgets;
  readonly holdAt?: number;
  readonly out?: string;
  readonly results: string;
  readonly json: boolean;
}

const MOST_SEEDS = 100;

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new EvaluateError(`--${name} must be a whole number from ${least} to ${most}, got ${text}`);
  }
  return value;
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new EvaluateError(`--${name} must lie between 0 and 1, got ${text}`);
  return value;
}

function required(name: string, value: string | undefined): string {
  if (value === undefined)
    throw new EvaluateError(`--${name} is missing; npm run evaluate -- --help lists the options`);
  return value;
}

function formatNamed(text: string): Format {
  const format = FORMATS.find((known) => known === text);
  if (format === undefined) throw new EvaluateError(`--format is ${text}, expected ${FORMATS.join(", ")}`);
  return format;
}

/** The options, or undefined where only the usage is wanted. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.help || args.length === 0) return undefined;
  const format = formatNamed(required("format", values.format));
  const { labels, columns, recipe, out } = values;
  return {
    source: {
      data: required("data", values.data),
      ...(labels === undefined ? {} : { labels }),
      ...(columns === undefined ? {} : { columns: parseMapping(columns) }),
    },
    format,
    protocol: values.protocol ?? (format === "generic" ? "chronological" : required("protocol", undefined)),
    model: values.model,
    ...(recipe === undefined ? {} : { recipe }),
    seeds: Array.from({ length: whole("seeds", values.seeds, 1, MOST_SEEDS) }, (_, index) => index + 1),
    budgets: {
      hold: share("delay-budget", values["delay-budget"]),
      block: share("block-budget", values["block-budget"]),
    },
    ...(values["hold-at"] === undefined ? {} : { holdAt: whole("hold-at", values["hold-at"], 0, 10_000) }),
    ...(out === undefined ? {} : { out }),
    results: values.results,
    json: values.json,
  };
}
