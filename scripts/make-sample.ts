import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { foldOf } from "../oracle/src/train/payments.ts";
import { readData } from "../oracle/src/train/readData.ts";
import { renderSample } from "../oracle/src/train/sample.ts";

const USAGE = `Usage: npm run make-sample -- --data FILE --labels FILE [--out DIR]

Writes payments.csv and labels.csv with the incoming payments 1 to 20 of every account of fold 0, which training never sees.

  --data FILE     transactions, csv or csv.gz: account,t_rel_s,dir,counterparty,value_eth,is_error,is_call
  --labels FILE   labels, csv: account,flag
  --out DIR       default oracle/samples/ethereum-2017`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    labels: { type: "string" },
    out: { type: "string", default: "oracle/samples/ethereum-2017" },
  },
});

if (values.data === undefined || values.labels === undefined) {
  console.log(USAGE);
  process.exitCode = process.argv.length === 2 ? 0 : 2;
} else {
  const { accounts } = await readData(values.data, values.labels);
  const sample = accounts.filter((account) => foldOf(account.account) === 0);
  const files = renderSample(sample);
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, "payments.csv"), files.payments);
  await writeFile(join(values.out, "labels.csv"), files.labels);
  const payments = sample.reduce((sum, account) => sum + account.payments.length, 0);
  console.log(`${sample.length} accounts, ${payments} payments in ${values.out}`);
}
