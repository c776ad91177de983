import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { writeResult } from "../report.ts";
import { median } from "../oracle/rounds.ts";
import { runKills } from "./run.ts";

const usage = `usage: npm run bench:kills [-- --times 200 --seed 1 --durability process --json]
  Kills a node with SIGKILL at random moments under load and compares all it ever answered with what its files hold.
  Exits with 1 where an answered decision was lost, or one subject was signed with two different facts.
  --durability process|power  what the guard's writes survive; either must survive this
  --json                      prints the result last`;

const PAYMENTS = 10_000;
const LONGEST_MS = 1_000;

function options(): { times: number; seed: number; durability: "power" | "process"; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        times: { type: "string", default: "200" },
        seed: { type: "string", default: "1" },
        durability: { type: "string", default: "process" },
        json: { type: "boolean", default: false },
      },
    });
    const { durability, json } = values;
    const [times, seed] = [Number(values.times), Number(values.seed)];
    if (durability !== "power" && durability !== "process") throw new TypeError("durability");
    if (!(times >= 1) || !Number.isSafeInteger(seed)) throw new TypeError("a number is wrong");
    return { times, seed, durability, json };
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const { times, seed, durability, json } = options();
const directory = await mkdtemp(join(tmpdir(), "sluice-bench-kills-"));
const progress = (life: number): void => {
  if (process.stderr.isTTY) process.stderr.write(`\rkilled ${life} of ${times} times`);
};
try {
  const run = { directory, payments: PAYMENTS, times, longestMs: LONGEST_MS, seed, durability, progress };
  const { lives, verdict } = await runKills(run);
  const { answered, answers, readyMs, contradictions } = lives;
  const { lost, signedOtherwise, decidedOtherwise } = verdict;
  const found = {
    ...{ times, seed, durability, answers, decisions: answered.size },
    ...{ contradictions: contradictions.length, lost: lost.length },
    ...{ signedOtherwise: signedOtherwise.length, decidedOtherwise: decidedOtherwise.length },
    ...{ readySecondsMedian: median(readyMs) / 1e3, readySecondsMost: Math.max(...readyMs) / 1e3 },
  };
  process.stdout
    .write(`${times} deaths under load, seed ${seed}, guard safe against a crash of the ${durability === "power" ? "machine" : "process"}:
  ${answers} answers about ${answered.size} decisions
  ${contradictions.length} contradict an earlier answer, ${lost.length} are not in the guard, ${signedOtherwise.length} are there with another signature,
  ${decidedOtherwise.length} differ from what the node decides by itself
  ready after ${found.readySecondsMedian.toFixed(2)} s in the median, ${found.readySecondsMost.toFixed(2)} s at most
  written to ${await writeResult("kills", found)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  const wrong = [...contradictions, ...lost, ...signedOtherwise, ...decidedOtherwise];
  for (const line of wrong.slice(0, 10)) process.stderr.write(`wrong: ${line}\n`);
  process.exitCode = wrong.length === 0 && answered.size > 0 ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit();
