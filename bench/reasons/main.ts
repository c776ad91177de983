import { readFile } from "node:fs/promises";

import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { reasons } from "../../oracle/src/model/reasons.ts";
import { score } from "../../oracle/src/model/reference.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { shippedModel } from "../../scripts/stack/model.ts";

const usage = `usage: npm run bench:reasons
  CPU of a score and of the reasons for it, in microseconds a payment, on the shipped model.`;

const PAYMENTS = 4_000;
const ROUNDS = 5;
const GOAL = 80;

/** CPU of this process for each call, the best of some rounds: the machine may be doing other things. */
function microseconds(rows: readonly Int8Array[], call: (facts: Int8Array) => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (const facts of rows) call(facts);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rows.length;
  });
  return Math.min(...rounds);
}

if (process.argv.length > 2) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const path = new URL(`../../oracle/models/${shippedModel.id}/model.json`, import.meta.url);
// Written by the training command; the compiler's tests check its shape.
const model = JSON.parse(await readFile(path, "utf8")) as QuantisedModel;
const random = mulberry32(1);
const rows = Array.from({ length: PAYMENTS }, () =>
  Int8Array.from({ length: 32 }, () => Math.floor(random() * 256) - 128),
);
const scored = microseconds(rows, (facts) => score(model, facts));
const explained = microseconds(rows, (facts) => reasons(model, PAYMENT_SCHEMA, facts));
process.stdout.write(
  `score ${scored.toFixed(1)} us, reasons ${explained.toFixed(1)} us of CPU a payment (goal ${GOAL})\n`,
);
process.exit(explained <= GOAL ? 0 : 1);
