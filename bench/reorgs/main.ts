import { parseArgs } from "node:util";

import { random } from "../../test/shared/random.ts";
import { factsFor, questions, storedText, Wanderer } from "../../test/oracle/support/histories.ts";
import { sharedPostgres } from "../../test/oracle/support/postgres.ts";
import { Scratch } from "../../test/oracle/support/scratch.ts";
import { freshPlace } from "../../test/oracle/support/stores.ts";
import { writeResult } from "../report.ts";

const usage = `usage: npm run bench:reorgs [-- --steps N] [-- --histories N] [-- --database sqlite|postgres] [-- --seed N] [-- --json]
  Leads nodes through random reorganisations of depth 1 to 32, growth and restarts over a JSON-RPC endpoint, and compares rows
  and facts with a fresh backfill after every history. Exits 1 at the first difference. Writes bench/results/reorgs.json.`;

const options = {
  steps: { type: "string", default: "40" },
  histories: { type: "string", default: "25" },
  database: { type: "string", default: "sqlite" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
} as const;

function parsed(): ReturnType<typeof parseArgs<{ options: typeof options }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const args = parsed();
const database = args.database === "postgres" ? "postgres" : "sqlite";
const seed = Number(args.seed);
const scratch = new Scratch();
const total = { histories: 0, blocks: 0, reorganisations: 0, deepest: 0, restarts: 0, compared: 0, differences: 0 };

for (let history = 0; history < Number(args.histories) && total.differences === 0; history++) {
  const dice = random(seed + history);
  const node = await Wanderer.begin(dice, await freshPlace(database, scratch));
  for (let step = 0; step < Number(args.steps); step++) await node.step();
  const asked = await questions(dice, node.reading, 200);
  const own = asked.map((one) => factsFor(one, node.reading, node.chain.timestamp(one.block)));
  const rows = await storedText(node.reading);
  await node.fresh(await freshPlace("sqlite", scratch), async (fresh) => {
    const theirs = asked.map((one) => factsFor(one, fresh, node.chain.timestamp(one.block)));
    total.differences += own.filter((facts, index) => facts !== theirs[index]).length;
    if (rows !== (await storedText(fresh))) total.differences += 1;
  });
  await node.end();
  const { blocks, reorganisations, deepest, restarts } = node.counts;
  total.histories += 1;
  total.blocks += blocks;
  total.reorganisations += reorganisations;
  total.restarts += restarts;
  total.compared += asked.length;
  total.deepest = Math.max(total.deepest, deepest);
  if (total.differences > 0) process.stderr.write(`difference: seed ${seed + history}, ${database}\n`);
}

if (database === "postgres") await (await sharedPostgres()).close();
scratch.clean();
const result = { database, seed, ...total };
process.stdout.write(
  `seed ${seed}, ${database}: ${total.histories} histories of ${args.steps} steps, ${total.reorganisations} reorganisations up to ` +
    `${total.deepest} deep, ${total.restarts} restarts; ${total.compared} questions, ${total.differences} differences\n`,
);
process.stdout.write(`written to ${await writeResult("reorgs", result)}\n`);
if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = total.differences === 0 ? 0 : 1;
