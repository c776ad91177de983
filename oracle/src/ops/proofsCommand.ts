import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attestersAbi } from "@sluice/sdk";
import { Interface, Signature, toQuantity, Transaction } from "ethers";

import { loadKeyring } from "../attest/nodeKeys.ts";
import {
  dissentCall,
  equivocationCall,
  signedStatementSchema,
  type ProofCall,
  type SignedStatement,
} from "../attest/records/proofs.ts";
import type { StatementRow } from "../attest/records/peerSchema.ts";
import type { Signer } from "../attest/signer.ts";
import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import type { NodeSettings } from "../config.ts";
import { messageOf, OracleError } from "../errors.ts";
import { endpointsOf } from "./follow.ts";
import { openServiceOf } from "../store/open.ts";

const attesters = new Interface(attestersAbi);
const RECEIPT_POLLS = 120;

function readStatement(path: string): SignedStatement {
  try {
    return signedStatementSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new OracleError("PROOF_INVALID", `${path} is no signed statement: ${messageOf(error)}`, { path });
  }
}

function statementOf(row: StatementRow, chainId: number): SignedStatement & { readonly signer: string } {
  const { signer, epoch, subject, as_of: asOf, as_of_hash: asOfHash, facts, signature, leaves, place } = row;
  return {
    ...{ chainId, epoch, subject, asOf, asOfHash, facts, signer, signature, place },
    leaves: leaves === "" ? [] : leaves.split(" "),
  };
}

/** Everything that was kept about subjects on which signers differ: the evidence, and what others signed about the same. */
async function list(settings: NodeSettings, out: string | undefined): Promise<string> {
  const service = await openServiceOf(settings);
  try {
    const evidence = await service.selectFrom("peer_evidence").selectAll().orderBy("at").execute();
    const keys = [...new Set(evidence.map((row) => row.subject))];
    const agreed =
      keys.length === 0
        ? []
        : await service.selectFrom("peer_statements").selectAll().where("subject", "in", keys).execute();
    const all = new Map<string, SignedStatement & { readonly signer: string }>();
    for (const row of [...evidence, ...agreed]) {
      const statement = statementOf(row, settings.chainId);
      all.set(`${row.signer}/${row.subject}/${row.as_of_hash}/${row.facts}`, statement);
    }
    const statements = [...all.values()];
    if (out !== undefined) {
      mkdirSync(out, { recursive: true });
      statements.forEach((statement, index) => {
        writeFileSync(join(out, `${index + 1}.json`), `${JSON.stringify(statement, null, 2)}\n`);
      });
    }
    return statements.map((statement, index) => `${index + 1} ${JSON.stringify(statement)}`).join("\n");
  } finally {
    await service.destroy();
  }
}

function revertOf(error: RpcRefusal): string {
  const parsed = typeof error.data === "string" ? attesters.parseError(error.data) : null;
  return parsed === null ? error.message : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
}

async function receiptOf(rpc: RpcClient, hash: string): Promise<unknown> {
  for (let poll = 0; poll < RECEIPT_POLLS; poll++) {
    const receipt = await rpc.call("eth_getTransactionReceipt", [hash]);
    if (receipt !== null) return Reflect.get(Object(receipt), "status");
    await sleep(1_000);
  }
  throw new OracleError("RPC_UNAVAILABLE", `transaction ${hash} was sent and is not on chain yet`, { hash });
}

/** Sends a call with the node's key; what the contract would refuse is not sent. */
async function send(rpc: RpcClient, signer: Signer, chainId: number, to: string, data: string): Promise<string> {
  const call = { from: signer.address, to, data };
  let gas: unknown;
  try {
    gas = await rpc.call("eth_estimateGas", [call]);
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    throw new OracleError("PROOF_INVALID", `the contract would refuse the proof: ${revertOf(error)}`);
  }
  const [count, price] = await rpc.batch([
    { method: "eth_getTransactionCount", params: [signer.address, "pending"] },
    { method: "eth_gasPrice", params: [] },
  ]);
  const transaction = Transaction.from({
    ...{ type: 2, chainId, to, data, nonce: Number(count), gasLimit: (BigInt(String(gas)) * 12n) / 10n },
    ...{ maxFeePerGas: 2n * BigInt(String(price)), maxPriorityFeePerGas: BigInt(String(price)) / 10n },
  });
  transaction.signature = Signature.from(await signer.sign(transaction.unsignedHash));
  const hash = String(await rpc.call("eth_sendRawTransaction", [transaction.serialized]));
  const status = await receiptOf(rpc, hash);
  if (status === toQuantity(1)) return hash;
  throw new OracleError("PROOF_INVALID", `transaction ${hash} was mined and reverted`, { hash });
}

async function submit(call: ProofCall, settings: NodeSettings): Promise<string> {
  const { attesters: to, chainId } = settings;
  if (to === undefined)
    throw new OracleError("SETTINGS_INVALID", "attesters: the settings name no attesters' registry");
  const keys = await loadKeyring(settings);
  const abort = new AbortController();
  try {
    return await send(endpointsOf(settings, abort.signal), keys.among([]), chainId, to, call.data);
  } finally {
    abort.abort();
    await keys.close();
  }
}

/**
 * Lists evidence, and makes proofs of it.
 *
 * @param option A required option by name; `optional` one that may be absent.
 * @returns Text to print, undefined where there is no such verb.
 * @throws OracleError PROOF_INVALID, SETTINGS_INVALID or RPC_UNAVAILABLE.
 */
export async function proofsCommand(
  verb: string,
  option: (name: string) => string,
  settings: () => NodeSettings,
  { optional, isToSend }: { optional: (name: string) => string | undefined; isToSend: boolean },
): Promise<string | undefined> {
  if (verb === "list") return list(settings(), optional("out"));
  let call: ProofCall;
  if (verb === "equivocation") call = equivocationCall(readStatement(option("a")), readStatement(option("b")));
  else if (verb === "dissent") {
    call = dissentCall(readStatement(option("one")), option("others").split(",").map(readStatement));
  } else return undefined;
  const to = isToSend || optional("settings") !== undefined ? settings().attesters : undefined;
  const sent = isToSend ? { transaction: await submit(call, settings()) } : {};
  return JSON.stringify({ ...call, ...(to === undefined ? {} : { to }), ...sent }, null, 2);
}
