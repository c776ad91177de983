import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { epochContract, parseDeployment } from "@sluice/sdk";
import { JsonRpcProvider } from "ethers";

import { unpackFacts } from "../oracle/src/facts/facts.ts";
import { score as scoreOf } from "../oracle/src/model/reference.ts";
import { readModels } from "../oracle/src/store/models.ts";
import { auditBalances, auditDecisions, auditEscrow, auditPayments } from "./books/audit.ts";
import { readBooks, type BookedPayment, type ChainBooks } from "./books/ledgerFromChain.ts";
import { payeeAddress } from "./demo/identity.ts";

const usage = `usage: node scripts/books.ts --deployment FILE --rpc URL [--labels FILE] [--json]
  Recomputes balances and bands from the chain's receipts and says what does not agree; with a label file of sample accounts
  it counts the bands of their payments by label. Ends with 0 when everything agrees, 1 when not.`;

const modelsDirectory = new URL("../oracle/models", import.meta.url).pathname;

export type LabelCounts = { illicitStopped: number; illicitTotal: number; honestAllowed: number; honestTotal: number };

const { values } = parseArgs({
  options: {
    deployment: { type: "string" },
    rpc: { type: "string" },
    labels: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
if (values.deployment === undefined || values.rpc === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const deployment = parseDeployment(await readFile(values.deployment, "utf8"));
const provider = new JsonRpcProvider(values.rpc, deployment.chainId, { staticNetwork: true, batchMaxCount: 50 });
const books = await readBooks(provider, deployment);
const epochHash: string = await epochContract(deployment.epoch, provider).getFunction("modelHash")();
const model = readModels(modelsDirectory).get(epochHash);
if (model === undefined) throw new Error(`no model in ${modelsDirectory} has the epoch's hash ${epochHash}`);

const differences = [
  ...(await auditBalances(provider, deployment, books)),
  ...(await auditEscrow(provider, deployment, books)),
  ...(await auditPayments(provider, deployment, books)),
  ...(await auditDecisions(provider, deployment, books, (facts) => scoreOf(model, unpackFacts(facts)))),
];
const labels = values.labels === undefined ? null : countLabels(books, await readFile(values.labels, "utf8"));
provider.destroy();

const result = {
  balanced: differences.length === 0,
  payments: books.payments.size,
  decisions: books.decisions.length,
  movements: books.movements.length,
  reasons: Object.fromEntries(
    [...books.reasons].map(([code, { count, amount }]) => [code, { count, amount: `${amount}` }]),
  ),
  labels,
  differences,
};
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const { payments, decisions, movements } = result;
  process.stdout.write(
    `${payments} payments, ${decisions} decisions, ${movements} token movements read from the chain\n`,
  );
  for (const [code, { count, amount }] of Object.entries(result.reasons)) {
    process.stdout.write(`given back under reason ${code}: ${count} times, ${amount} units\n`);
  }
  for (const { what, books: ours, chain } of differences)
    process.stdout.write(`${what}: books ${ours}, chain ${chain}\n`);
  if (labels !== null) process.stdout.write(`labels ${JSON.stringify(labels)}\n`);
  process.stdout.write(result.balanced ? "everything agrees to the unit\n" : "the books do not balance\n");
}
process.exitCode = result.balanced ? 0 : 1;

/** Bands of the payments to the label file's accounts: stopped is held or blocked, allowed is the rest that was judged. */
function countLabels(from: ChainBooks, text: string): LabelCounts {
  const flags = new Map<string, boolean>();
  for (const line of text.trim().split("\n").slice(1)) {
    const [account = "", flag] = line.split(",");
    flags.set(payeeAddress(account), flag === "1");
  }
  const decided = new Map(from.decisions.map(({ subject, band }) => [subject, band]));
  const counts = { illicitStopped: 0, illicitTotal: 0, honestAllowed: 0, honestTotal: 0 };
  for (const payment of from.payments.values()) {
    const illicit = flags.get(payment.terms.payee);
    if (illicit === undefined) continue;
    const band = bandOfPayment(payment, decided);
    if (illicit) counts.illicitTotal += 1;
    else counts.honestTotal += 1;
    if (illicit && band > 1) counts.illicitStopped += 1;
    if (!illicit && band === 1) counts.honestAllowed += 1;
  }
  return counts;
}

function bandOfPayment(payment: BookedPayment, decided: ReadonlyMap<string, number>): number {
  return payment.posted ?? decided.get(payment.id) ?? 0;
}
