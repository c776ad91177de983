import { Guard } from "../../../oracle/src/attest/guard.ts";
import { localSigner } from "../../../oracle/src/attest/signer.ts";
import { OracleError } from "../../../oracle/src/errors.ts";
import type { StoreSettings } from "../../../oracle/src/store/open.ts";
import { openGuardAt } from "./guardAt.ts";

/**
 * A replica of a node as a process of its own: opens the guard, waits for a line on standard input, then tries to sign
 * its facts for each of many subjects, and prints which it signed.
 */
const [settings = "", byte = "00", subjects = "0", key = ""] = process.argv.slice(2);
const { guard: database } = await openGuardAt(JSON.parse(settings) as StoreSettings); // the test wrote it
const guard = new Guard(database, localSigner(key));
const word = (text: string): string => `0x${text.padStart(64, "0")}`;
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const attempts = Array.from({ length: Number(subjects) }, async (_, index) => {
  const subject = word(index.toString(16));
  const request = { subject, epoch: "0xee", asOf: 7, asOfHash: word("77"), facts: word(byte.repeat(32)) };
  try {
    await guard.sign(request, word(byte + index.toString(16)));
    return `signed ${index}`;
  } catch (error) {
    if (error instanceof OracleError && error.code === "GUARD_CONFLICT") return `refused ${index}`;
    throw error;
  }
});
process.stdout.write(`${(await Promise.all(attempts)).join("\n")}\n`);
await guard.close();
process.exit(0);
