import { deployStage } from "./stage.ts";
import { walk, type Tally } from "./walk.ts";

const usage = `usage: npm run fuzz:escrow [-- --calls N] [--seed N] [--minutes N]
  Random walks on the escrow against an independent ledger; docs/concepts/invariants.md says what must hold.
  --calls    how many calls to make; 500000 when absent
  --seed     of the first walk; 1 when absent
  --minutes  stop after so many minutes, whatever was reached; 120 when absent`;

const BLOCKS = 60;

function option(args: readonly string[], name: string, usual: number): number {
  const index = args.indexOf(name);
  if (index < 0) return usual;
  const value = Number(args[index + 1]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`${usage}\n`);
  return process.exit(2);
}

function report(tally: Tally, calls: number, walks: number, seconds: number, seed: number): string {
  const rows = [...tally]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => {
      return `  ${name.padEnd(18)}${String(row.calls).padStart(9)} calls ${String(row.through).padStart(9)} went through`;
    });
  const rate = Math.round(calls / seconds);
  const through = [...tally.values()].reduce((sum, row) => sum + row.through, 0);
  return `${rows.join("\n")}\n${calls} calls, ${through} went through, in ${walks} walks from seed ${seed}, ${Math.round(seconds)} s, ${rate} calls/s: every invariant held\n`; // prettier-ignore
}

const args = process.argv.slice(2);
const wanted = option(args, "--calls", 500_000);
const first = option(args, "--seed", 1);
const minutes = option(args, "--minutes", 120);
const stage = await deployStage();
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1_000;
const tally: Tally = new Map();
let calls = 0;
let walks = 0;
process.stdout.write(`fuzz:escrow: ${wanted} calls from seed ${first}, at most ${minutes} minutes\n`);
while (calls < wanted && elapsed() < minutes * 60) {
  calls += await walk(stage, first + walks, BLOCKS, tally);
  walks += 1;
  if (process.stdout.isTTY) process.stdout.write(`\r${calls} calls, ${Math.round(calls / elapsed())} a second `);
  else if (walks % 10 === 0) process.stdout.write(`${calls} calls, ${Math.round(calls / elapsed())} a second\n`);
}
process.stdout.write(report(tally, calls, walks, elapsed(), first));
process.exit(0);
