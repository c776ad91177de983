import { beside, printed, writeResult } from "../report.ts";
import { batchRows, chargeRows, feeTierRows } from "./batchRows.ts";
import { channelRows } from "./channelRows.ts";
import { escrowRows, gateRows, modelRows, tokenRows, type Rows } from "./escrowRows.ts";
import { governanceRows } from "./governanceRows.ts";
import { rebateRows } from "./rebateRows.ts";
import { targets } from "./targets.ts";
import { createWorld, leanToken, proxyToken, type DeployToken } from "./world.ts";

const usage = `usage: npm run bench:gas [-- --json]
  Gas of whole transactions on the contracts as deployed, beside peer and floor; writes bench/results/gas.json.
  --json  prints that object last`;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--json")) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

/** Signer sets of the gate rows: quorum of signers, and the key of the row. */
const signerSets = [
  { quorum: 1, signers: 1, key: "gate.check1" },
  { quorum: 2, signers: 3, key: "gate.check2" },
  { quorum: 3, signers: 5, key: "gate.check3" },
  { quorum: 5, signers: 9, key: "gate.check5" },
];

/** Every row of token, escrow and gate, on one kind of token. */
async function tokenBoundRows(token: DeployToken): Promise<Rows> {
  const rows: Rows = {};
  for (const { quorum, signers, key } of signerSets) {
    const { attested, check } = await gateRows(await createWorld(signers, quorum, token));
    rows[key] = check;
    if (quorum === 3) rows["escrow.captureAttested3of5"] = attested;
  }
  const world = await createWorld(3, 2, token);
  Object.assign(rows, await tokenRows(world), await escrowRows(world), await modelRows(world));
  Object.assign(rows, await chargeRows(world, rows["gate.check2"] ?? 0));
  Object.assign(rows, await feeTierRows(await createWorld(3, 2, token)));
  return Object.assign(rows, await batchRows(world, await createWorld(5, 3, token)));
}

const rows = await tokenBoundRows(leanToken);
for (const [key, gas] of Object.entries(await tokenBoundRows(proxyToken))) {
  const [part] = key.split(".");
  if (part === "token" || part === "escrow") rows[`proxyToken.${key}`] = gas;
}
Object.assign(rows, await channelRows());
Object.assign(rows, await governanceRows(await createWorld(3, 2)));
Object.assign(rows, await rebateRows(await createWorld(3, 2)));

const result = beside(targets, rows);
const open = Object.values(result).filter((row) => row === null).length;
process.stdout.write(`${printed(result, targets)}\n
  Peers and floors: measured on Prague rules with the leanest ERC-3009 token, solc optimizer on; see docs/benchmarks.md.
  authorizeAllowance needs one allowance given before; every other row needs none, refund one of the operator's.
  ${open} rows belong to parts that do not exist yet and are null.
  written to ${await writeResult("gas", result)}\n`);
if (args.includes("--json")) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
