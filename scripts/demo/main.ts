import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

import { readModels } from "../../oracle/src/store/models.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { drawAccounts, parseSample } from "../../oracle/src/train/sample.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { shippedModel } from "../stack/model.ts";
import { localPolicy } from "../stack/policy.ts";
import { startStack, type Stack } from "../stack/stack.ts";
import { Cashier } from "./cashier.ts";
import { DemoClock } from "./clock.ts";
import { runChannels } from "./channels.ts";
import { runOutages } from "./outages.ts";
import { streamEndingAt } from "./pick.ts";
import { postGas } from "./postGas.ts";
import { bandTables, gasTable, medians, quantile } from "./report.ts";
import { needs, runStream, schedule, type Settled } from "./stream.ts";
import { runUnasked } from "./unasked.ts";
import { runVote, votedHoldAt } from "./vote.ts";

const usage = `usage: npm run demo [-- --sample-seed N] [--json] [--keep]
  A chain, the contracts, three oracle nodes, and real labelled payments of 60 accounts drawn by the seed (default 1).
  --json   prints one JSON object last
  --keep   leaves logs and data of chain and nodes in place and says where`;

const sampleDirectory = new URL("../../oracle/samples/ethereum-2017/", import.meta.url).pathname;
const modelsDirectory = new URL("../../oracle/models", import.meta.url).pathname;
const booksScript = new URL("../books.ts", import.meta.url).pathname;
const draw = { honest: 45, illicit: 15 };
/** 14 July 2017: the year of the sample's payments. Only distances in time enter the facts. */
const genesisSeconds = 1_500_000_000;
const HOUR = 3_600;

function options(): { seed: number; json: boolean; keep: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        "sample-seed": { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
      },
    });
    const seed = Number(values["sample-seed"]);
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new Error(`--sample-seed ${values["sample-seed"]} is no whole number`);
    return { seed, json: values.json, keep: values.keep };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    process.exit(2);
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function progressOf(total: number): (done: number) => void {
  return (done) => {
    if (!process.stdout.isTTY) return;
    process.stdout.write(done === total ? "\r\x1b[K" : `\rpayments   ${done} of ${total}\x1b[K`);
  };
}

async function readSample(): Promise<LabelledAccount[]> {
  const read = (name: string): Promise<string> => readFile(join(sampleDirectory, name), "utf8");
  return parseSample(await read("payments.csv"), await read("labels.csv"));
}

function shipped(): QuantisedModel {
  const model = [...readModels(modelsDirectory).values()].find(({ id }) => id === shippedModel.id);
  if (model === undefined) throw new Error(`model ${shippedModel.id} is not in ${modelsDirectory}`);
  return model;
}

type Books = { balanced: boolean; labels: Record<string, number>; differences: unknown[]; payments: number };

async function runBooks(stack: Stack): Promise<Books> {
  const labels = join(sampleDirectory, "labels.csv");
  const args = [booksScript, "--deployment", stack.deploymentFile, "--rpc", stack.rpcUrl, "--labels", labels, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer); // a pipe without encoding gives buffers
  const line = Buffer.concat(chunks).toString("utf8").trim();
  if (line === "") throw new Error("the books script printed nothing");
  return JSON.parse(line) as Books; // our own script's output
}

function labelCounts(settled: readonly Settled[]): Record<string, number> {
  const count = (illicit: boolean, test: (payment: Settled) => boolean): number =>
    settled.filter((payment) => payment.illicit === illicit && test(payment)).length;
  return {
    illicitStopped: count(true, ({ band }) => band !== "Allow"),
    illicitTotal: count(true, () => true),
    honestAllowed: count(false, ({ band }) => band === "Allow"),
    honestTotal: count(false, () => true),
  };
}

async function play(stack: Stack, seed: number) {
  const sample = await readSample();
  const drawn = drawAccounts(sample, seed, draw);
  const clock = await DemoClock.take(stack);
  const cashier = await Cashier.open(stack, clock);
  const payments = schedule(drawn, seed, clock.now + HOUR);
  await cashier.fund(needs(payments));
  say(
    `sample     seed ${seed}: ${payments.length} payments of ${drawn.length} accounts, ${draw.illicit} of them illicit`,
  );
  const urls = stack.plans.map(({ url }) => url);
  const started = performance.now();
  const settled = await runStream(payments, urls, cashier, clock, progressOf(payments.length));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`payments   ${settled.length} authorized, judged and settled in ${seconds} s`);
  const outages = await runOutages(stack, cashier, clock);
  const { oneDown, twoDown, backAgain } = outages;
  say(`outages    one node down: payments ${oneDown.ok ? "go on" : "STOPPED"}; two down: ${twoDown.refunded} refunded and
           ${twoDown.released} released by silence, ${twoDown.stuck} stuck; back again: ${backAgain.ok ? "as before" : "FAILED"}`);
  const blocked = await runUnasked(stack, cashier, clock);
  say(
    `unasked    a payment to a listed payee that nobody asked about was ${blocked ? "blocked by the nodes" : "NOT BLOCKED"}`,
  );
  const channel = await runChannels(stack, cashier, clock);
  say(
    `channels   ${channel.channels} opened, ${channel.vouchers} vouchers, ${channel.redeemGasPerVoucher} gas for each redeemed`,
  );
  const between = streamEndingAt(sample, drawn, shipped(), votedHoldAt, localPolicy.holdAt);
  const governance = await runVote(stack, between, cashier, clock);
  say(`vote       hold at ${governance.before} → ${governance.after}: ${governance.executed ? "executed" : "NOT EXECUTED"}; a payment
           that was ${governance.bandBefore} is now ${governance.bandAfter}`);
  const books = await runBooks(stack);
  const labels = labelCounts(settled);
  const agree = books.balanced && JSON.stringify(books.labels) === JSON.stringify(labels);
  say(`books      ${books.payments} payments read from the chain: ${agree ? "agree to the unit" : "DO NOT BALANCE"}`);
  if (!agree) say(JSON.stringify({ books: books.labels, demo: labels, differences: books.differences }, undefined, 2));
  const gas = { ...cashier.gas, ...(await postGas(stack)) };
  return { settled, outages, blocked, channel, governance, labels, gas, balanced: agree };
}

const { seed, json, keep } = options();
const started = performance.now();
const directory = await mkdtemp(join(tmpdir(), "sluice-demo-"));

/** The demo's one way to end early: what went wrong in a sentence, and where the logs are. */
function fail(error: unknown): never {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\nlogs and data are in ${directory}\n`,
  );
  process.exit(1);
}

const stack = await startStack({
  directory,
  genesisSeconds,
  keySeed: "sluice demo",
  pollIntervalMs: 10,
  progress: say,
}).catch(fail);
const result = await play(stack, seed)
  .finally(() => stack.stopAll())
  .catch(fail);
if (keep) say(`logs and data are in ${directory}`);
else await rm(directory, { recursive: true });

const { settled, outages, blocked, channel, governance, labels, gas, balanced } = result;
const latencies = settled.map(({ latencyMs }) => latencyMs);
const latencyMs = { p50: Math.round(quantile(latencies, 0.5)), p99: Math.round(quantile(latencies, 0.99)) };
say(`\n${bandTables(settled)}\n\n${gasTable(gas)}`);
say(`\n  authorize to settled: p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`);
say(`  whole demo: ${((performance.now() - started) / 1000).toFixed(1)} s`);

const count = (band: string): number => settled.filter((payment) => payment.band === band).length;
const summary = {
  seed,
  payments: { total: settled.length, allowed: count("Allow"), held: count("Hold"), blocked: count("Block") },
  labels,
  gas: medians(gas),
  latencyMs,
  outage: { oneDown: outages.oneDown, twoDown: outages.twoDown },
  unasked: { blocked },
  channel,
  governance,
  books: { balanced },
};
const silence = outages.oneDown.ok && outages.backAgain.ok && outages.twoDown.stuck === 0;
const voted = governance.executed && governance.bandBefore === "Allow" && governance.bandAfter === "Hold";
const fine = balanced && blocked && silence && voted;
if (json) say(JSON.stringify(summary));
process.exit(fine ? 0 : 1);
