import { Fold } from "../../../oracle/src/chain/fold.ts";
import { keeping, Told } from "./snapshots.ts";
import { longHistory, TOKENS } from "./longHistory.ts";

/** A process that writes one snapshot after the other until it is killed, and says so after each. */
const [directory = ""] = process.argv.slice(2);
const fold = new Fold(TOKENS);
for (const event of longHistory(100_000)) fold.history.append(event);
const told = new Told();
const snapshots = keeping(directory, told);
for (let number = 1; ; number++) {
  const settled = { number: 1_000_000 + number, hash: `0x${"02".repeat(32)}`, timestamp: 1 };
  await snapshots.stop({ book: { folds: [fold] }, generation: 0, settled });
  if (told.failures.length > 0) throw told.failures[0];
  process.stdout.write(`${number}\n`);
  // Everything is due again.
  snapshots.rolledBack(0);
}
