import { table } from "../../scripts/demo/report.ts";
import { writeResult } from "../report.ts";
import { BUDGETS, SETTINGS, type Operation, type Setting } from "./budgets.ts";
import { runDraw, type Draw } from "./draws.ts";
import { hotSlots, median } from "./graph.ts";
import { createWorld, MERCHANTS, PAYMENTS, type World } from "./world.ts";

const usage = `usage: npm run bench:contention [-- --json] [--draws N]
  Longest chain of dependent transactions among ${PAYMENTS} independent payments of ${MERCHANTS} merchants, from the read and write
  sets of the local chain's tracer; writes bench/results/contention.json and fails when a budget is exceeded.
  --draws N  seeded draws a setting, their median counts (default 21, seeds 1 to N)
  --json     prints the result last`;

const OPERATIONS: readonly Operation[] = ["authorize", "capturePushed", "capturePushedShuffled", "captureCredited"];
const HOTTEST = 4;

function options(args: readonly string[]): { json: boolean; draws: number } {
  const rest = args.filter((arg) => arg !== "--json");
  const draws = rest.length === 0 ? 21 : Number(rest[1]);
  const wrong = rest.length !== 0 && (rest.length !== 2 || rest[0] !== "--draws");
  if (wrong || !Number.isSafeInteger(draws) || draws < 1) {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
  return { json: args.includes("--json"), draws };
}

const keyOf = ({ lanes, width }: Setting): string => `k${lanes}.${width}`;

/** The hottest slots of the first draw, by name. */
function printHot(world: World, setting: Setting, draw: Draw): void {
  for (const operation of OPERATIONS) {
    const hot = hotSlots(draw[operation].accesses).slice(0, HOTTEST);
    const words = hot.map(([slot, count]) => `${world.names.of(slot)} (${count})`).join(", ");
    process.stdout.write(`  ${keyOf(setting)} ${operation}: ${words === "" ? "no slot is shared" : words}\n`);
  }
}

async function measure(world: World, setting: Setting, draws: number): Promise<Record<Operation, number>> {
  const chains = new Map<Operation, number[]>(OPERATIONS.map((operation) => [operation, []]));
  for (let seed = 1; seed <= draws; seed++) {
    const fresh = await world.networkHelpers.takeSnapshot();
    const draw = await runDraw(world, setting, seed);
    if (seed === 1) printHot(world, setting, draw);
    for (const [operation, found] of chains) found.push(draw[operation].chain);
    await fresh.restore();
  }
  const middle = (operation: Operation): number => median(chains.get(operation) ?? []);
  return {
    authorize: middle("authorize"),
    capturePushed: middle("capturePushed"),
    capturePushedShuffled: middle("capturePushedShuffled"),
    captureCredited: middle("captureCredited"),
  };
}

const { json, draws } = options(process.argv.slice(2));
process.stdout.write(`hottest slots of the first draw, with the transactions that touch them:\n`);
const result: Record<string, Record<Operation, number>> = {};
let world: World | undefined;
for (const setting of SETTINGS) {
  if (world?.lanes.length !== setting.lanes) world = await createWorld(setting.lanes);
  result[keyOf(setting)] = await measure(world, setting, draws);
}
const rows = Object.entries(result).flatMap(([key, found]) =>
  OPERATIONS.map((operation) => {
    const budget = BUDGETS[key]?.[operation] ?? 0;
    return [`contention.${key}.${operation}`, found[operation], budget, found[operation] <= budget ? "yes" : "NO"];
  }),
);
const nested = Object.fromEntries(
  [1, 16, 64].map((lanes) => {
    // With one lane every width is the same.
    const [w1, wK] = [result[`k${lanes}.w1`], result[`k${lanes}.wK`] ?? result[`k${lanes}.w1`]];
    return [`k${lanes}`, { w1, wK }];
  }),
);
process.stdout.write(`\n${table([["longest chain, median of the draws", "Sluice", "budget", "met"], ...rows])}\n
  ${draws} draws a setting, seeds 1 to ${draws}. commerce-payments with an operator per merchant: 6 and 60; one singleton escrow: 60 and 60.
  written to ${await writeResult("contention", { contention: nested })}\n`);
if (json) process.stdout.write(`${JSON.stringify({ contention: nested })}\n`);
const exceeded = rows.filter((row) => row[3] === "NO");
for (const row of exceeded)
  process.stderr.write(`over budget: ${row[0]} is ${row[1]}, at most ${row[2]} is accepted\n`);
process.exit(exceeded.length === 0 ? 0 : 1);
