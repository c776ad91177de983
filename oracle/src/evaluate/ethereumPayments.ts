import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import type { FactSchema } from "../facts/schema.ts";
import type { LabelledAccount } from "../train/payments.ts";
import { FOLDS, foldOf, microOf, parseLabels, parseTransactions } from "../train/payments.ts";
import { factRows } from "../train/rows.ts";
import { parseSample, SAMPLE_HEADER } from "../train/sample.ts";
import { EvaluateError } from "./errors.ts";
import type { Fold, Protocol, Source } from "./protocols.ts";
import type { Example } from "./types.ts";

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new EvaluateError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** Accounts from a file of transactions, or of incoming payments as the project's sample has them. */
async function readAccounts({ data, labels }: Source): Promise<LabelledAccount[]> {
  if (labels === undefined) {
    throw new EvaluateError("the ethereum format needs --labels FILE with the columns account,flag");
  }
  const [rows, flags] = await Promise.all([textOf(data), textOf(labels)]);
  if (rows.startsWith(SAMPLE_HEADER)) return parseSample(rows, flags);
  return parseTransactions(rows, parseLabels(flags));
}

function examplesOf(schema: FactSchema, account: LabelledAccount): Example[] {
  return factRows(schema, [account]).map(({ index, facts, illicit }, at) => {
    const payment = account.payments[at];
    if (payment === undefined || payment.index !== index)
      throw new RangeError(`rows of ${account.account} are out of order`);
    const common = { id: `${account.account}/${index}`, group: account.account, facts, illicit, paymentNumber: index };
    return { ...common, time: payment.tRelSeconds, payer: payment.counterparty, micro: microOf(payment) };
  });
}

async function folds(source: Source, schema: FactSchema, progress: (line: string) => void): Promise<Fold[]> {
  const accounts = await readAccounts(source);
  const byFold: Example[][] = Array.from({ length: FOLDS }, () => []);
  for (const [done, account] of accounts.entries()) {
    if (done % 500 === 0) progress(`facts: account ${done} of ${accounts.length}`);
    byFold[foldOf(account.account)]?.push(...examplesOf(schema, account));
  }
  return byFold.map((test, fold) => {
    const validation = (fold + 1) % FOLDS;
    return {
      name: `fold ${fold}`,
      train: byFold.filter((_, other) => other !== fold && other !== validation).flat(),
      validation: byFold[validation] ?? [],
      test,
    };
  });
}

/** Incoming payments 1 to 20 of real accounts, five folds of accounts. */
export const ETHEREUM_PAYMENTS: Protocol = {
  name: "ethereum-payments",
  summary: "incoming payments 1 to 20 of each account, five folds of accounts by sha256(account) mod 5",
  format: "ethereum",
  recipe: "payments",
  cardPrecision: false,
  labels: "used",
  holdAt: 9_500,
  notes: [
    "A label says that the account was reported at some time; every payment to it counts as illicit.",
    "Fold k is tested, fold k + 1 stops the training and gives the rank table, the other three train.",
  ],
  unseenFolds: ["fold 0"],
  folds,
};
