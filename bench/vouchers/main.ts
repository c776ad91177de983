import { table } from "../../scripts/demo/report.ts";
import { writeResult } from "../report.ts";
import { curveRows } from "./curves.ts";

const usage = `usage: npm run bench:vouchers [-- --json]
  Vouchers signed and verified per core-second by ethers, noble and the fast path; writes bench/results/vouchers.json.
  --json  prints that object last`;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--json")) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const goals = { verify: 12_000, timesEthers: 25 };

const curves = await curveRows();
const times = curves.fast.verify / curves.ethers.verify;
const rows = Object.entries(curves).map(([name, { sign, verify }]) => {
  return [name, sign, verify, (verify / curves.ethers.verify).toFixed(1)];
});
process.stdout.write(`${table([["per core-second", "signed", "verified", "× ethers verified"], ...rows])}\n
  verified by the fast path: goal ${goals.verify} (${curves.fast.verify >= goals.verify ? "yes" : "NO"}), \
${goals.timesEthers} × ethers (${times >= goals.timesEthers ? "yes" : "NO"})\n`);
const result = { vouchers: curves };
process.stdout.write(`  written to ${await writeResult("vouchers", result)}\n`);
if (args.includes("--json")) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
