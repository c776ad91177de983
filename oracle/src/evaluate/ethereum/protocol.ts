import { createHash } from "node:crypto";

import type { FactSchema } from "../../facts/schema.ts";
import { FOLDS, foldOf } from "../../train/payments.ts";
import { EvaluateError } from "../errors.ts";
import type { Fold, Protocol, Source } from "../protocols.ts";
import type { Example } from "../types.ts";
import type { AccountStream } from "./reader.ts";
import { readAccountStreams } from "./reader.ts";
import { accountRows } from "./rows.ts";

/** After how many transactions accounts are judged, the figure that matters most first. */
const VIEWS: readonly { readonly name: string; readonly count: number }[] = [
  { name: "after 5 transactions", count: 5 },
  { name: "all transactions", count: Infinity },
  { name: "after 10 transactions", count: 10 },
  { name: "after 3 transactions", count: 3 },
  { name: "after 1 transaction", count: 1 },
];

/** How many transactions a training row reads: one network learns to judge early and late. */
const TRAIN_COUNTS = [1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 40, 100, Infinity] as const;

/** One training account in this many is left to calibrate on. */
const VALIDATION_ONE_IN = 8;

interface Judged {
  readonly fold: number;
  readonly validates: boolean;
  readonly training: readonly Example[];
  /** In the order of VIEWS. */
  readonly viewed: readonly Example[];
}

function calibrates(account: string): boolean {
  const digest = createHash("sha256").update(`calibration ${account}`).digest();
  return digest.readUInt32BE(0) % VALIDATION_ONE_IN === 0;
}

function judged(schema: FactSchema, stream: AccountStream): Judged {
  const counts = [...TRAIN_COUNTS, ...VIEWS.map((view) => view.count)];
  const rows = accountRows(schema, stream, counts);
  return {
    fold: foldOf(stream.account),
    validates: calibrates(stream.account),
    training: rows.slice(0, TRAIN_COUNTS.length),
    viewed: rows.slice(TRAIN_COUNTS.length),
  };
}

/** The five folds of accounts: no account's rows stand in two parts of a fold. */
export function accountFolds(accounts: readonly Judged[]): Fold[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const others = accounts.filter((account) => account.fold !== fold);
    const tested = accounts.filter((account) => account.fold === fold);
    return {
      name: `fold ${fold}`,
      train: others.filter((account) => !account.validates).flatMap((account) => account.training),
      validation: others.filter((account) => account.validates).flatMap((account) => account.viewed),
      test: tested.flatMap((account) => account.viewed),
      views: VIEWS.map(({ name }, at) => ({ name, rows: tested.flatMap(({ viewed }) => viewed[at] ?? []) })),
    };
  });
}

async function folds({ data, labels }: Source, schema: FactSchema, progress: (line: string) => void): Promise<Fold[]> {
  if (labels === undefined) {
    throw new EvaluateError("the ethereum format needs --labels FILE with the columns account,flag");
  }
  const streams = await readAccountStreams(data, labels);
  return accountFolds(
    streams.map((stream, done) => {
      if (done % 500 === 0) progress(`facts: account ${done} of ${streams.length}`);
      return judged(schema, stream);
    }),
  );
}

/** Ethereum accounts, judged from their first transactions by one model. */
export const protocol: Protocol = {
  name: "ethereum-accounts",
  summary: "accounts after 1, 3, 5, 10 and all of their transactions, five folds of accounts by sha256(account) mod 5",
  format: "ethereum",
  recipe: "accounts",
  cardPrecision: false,
  labels: "used",
  notes: [
    "One model judges all views; an account with fewer transactions is judged by those it has.",
    "One in eight accounts of the four training folds calibrates the rank table and trains nothing.",
    "Under policies every view of an account is a row of its own, and all rows count the same: there is no amount.",
    "Facts and settings were chosen by cross-validation within folds 1 to 4; nobody has published figures for this table.",
  ],
  folds,
};
