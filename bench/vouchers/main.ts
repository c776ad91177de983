import { table } from "../../scripts/demo/report.ts";
import { writeResult } from "../report.ts";
import { curveRows, type PerCoreSecond } from "./curves.ts";
import { httpRows, type HttpRows } from "./http.ts";

const usage = `usage: npm run bench:vouchers [-- --json]
  Vouchers signed and verified per core-second by ethers, noble and the fast path; then paid HTTP calls at 64 connections
  with durability off, safe against loss of the process (with a thread that verifies, and with signed receipts, too), safe against loss of power in
  groups and call by call.
  Writes bench/results/vouchers.json.
  --json  prints that object last`;

const CONNECTIONS = 64;
const goals = { verify: 12_000, timesEthers: 25, processRps: 5_000, overFreeMs: 1.5, powerShare: 0.7 };
const said = (met: boolean): string => (met ? "yes" : "NO");

function printCurves(curves: Record<"ethers" | "noble" | "fast", PerCoreSecond>): void {
  const { ethers, fast } = curves;
  const rows = Object.entries(curves).map(([name, { sign, verify }]) => {
    return [name, sign, verify, (verify / ethers.verify).toFixed(1)];
  });
  const times = fast.verify / ethers.verify;
  process.stdout.write(`${table([["per core-second", "signed", "verified", "× ethers verified"], ...rows])}
  verified by the fast path: goal ${goals.verify} (${said(fast.verify >= goals.verify)}), \
${goals.timesEthers} × ethers (${said(times >= goals.timesEthers)})\n\n`);
}

/** What power-safe calls can reach at most: each write to the disk serves all connections. */
function powerBound({ fdatasyncMs, off }: HttpRows): number {
  return CONNECTIONS / (fdatasyncMs / 1000 + (CONNECTIONS * off.cpuMicroseconds) / 1e6);
}

function printHttp(http: HttpRows): void {
  const { fdatasyncMs, free, ...kinds } = http;
  const rows = Object.entries(kinds).map(([name, row]) => {
    const { rps, p50Ms, p99Ms, cpuMicroseconds, overFreeMs } = row;
    return [name, rps, p50Ms.toFixed(2), p99Ms.toFixed(2), cpuMicroseconds.toFixed(0), overFreeMs.toFixed(2)];
  });
  const bound = powerBound(http);
  const overPower = fdatasyncMs + goals.overFreeMs;
  const heads = ["paid calls", "calls/s", "p50 ms", "p99 ms", "CPU µs a call", "p50 over free, 1 connection, ms"];
  process.stdout.write(`${table([heads, ...rows])}
  fdatasync ${fdatasyncMs.toFixed(2)} ms; a free call ${free.p50Ms.toFixed(2)} ms at 1 connection
  process-safe: goal ${goals.processRps}/s (${said(kinds.process.rps >= goals.processRps)}), \
${goals.overFreeMs} ms over free (${said(kinds.process.overFreeMs <= goals.overFreeMs)})
  power-safe: ${bound.toFixed(0)}/s = ${CONNECTIONS} / (fdatasync + ${CONNECTIONS} × CPU); goal 70 % of it \
(${said(kinds.grouped.rps >= goals.powerShare * bound)}, ${((100 * kinds.grouped.rps) / bound).toFixed(0)} %), \
${overPower.toFixed(2)} ms over free (${said(kinds.grouped.overFreeMs <= overPower)})\n`);
}

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--json")) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const curves = await curveRows();
printCurves(curves);
const http = await httpRows((line) => process.stderr.isTTY && process.stderr.write(`${line}\n`));
printHttp(http);
const result = { vouchers: { ...curves, http } };
process.stdout.write(`  written to ${await writeResult("vouchers", result)}\n`);
if (args.includes("--json")) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
