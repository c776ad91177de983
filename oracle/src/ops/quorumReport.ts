import type { Kysely } from "kysely";
import { z } from "zod";

import { merged, percentile } from "../attest/records/latencies.ts";
import type { PeerOutcomeRow } from "../attest/records/peerSchema.ts";
import type { RpcCall } from "../chain/rpc.ts";
import { canonicalHash } from "../canonicalJson.ts";
import { OracleError } from "../errors.ts";
import type { ChainTables } from "../store/schema.ts";
import type { ServiceTables } from "../store/serviceSchema.ts";
import { signersOf, type DecidedEvent, type SignersSite } from "./onChainSigners.ts";

export interface ReportDeps {
  readonly chain: Kysely<ChainTables>;
  readonly service: Kysely<ServiceTables>;
  readonly rpc: { batch(calls: readonly RpcCall[]): Promise<unknown[]> };
  readonly site: SignersSite & { readonly gate: string };
}

export interface SignerReport {
  /** Lower-case. */
  readonly signer: string;
  readonly asked: number;
  /** Signed the same facts: in time for the quorum, or when it was there already. */
  readonly answered: number;
  readonly late: number;
  readonly differed: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly latencyMs: { readonly p50: number | null; readonly p90: number | null; readonly p99: number | null };
  /** Decisions on chain in these blocks that carried its signature. */
  readonly onChain: number;
}

export interface QuorumReport {
  readonly chainId: number;
  readonly gate: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly signers: readonly SignerReport[];
  /** Decisions in these blocks, and those whose transaction does not show who signed. */
  readonly decisions: { readonly total: number; readonly unreadable: number };
  /** keccak256 of all of the above as JSON without white space, the keys of every object in alphabetical order. */
  readonly hash: string;
}

/** A report reads a transaction for each decision: a longer period is several reports. */
const MOST_BLOCKS = 100_000;
const MOST_IN_BATCH = 50;

const inputSchema = z.object({ input: z.string() });
const countsSchema = z.record(z.string(), z.number());
const epochSchema = z.object({ epoch: z.string() });

function checkPeriod(from: number, to: number): void {
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0;
  if (whole && to >= from && to - from < MOST_BLOCKS) return;
  throw new OracleError("INVALID_REQUEST", `from, to: a period of 1 to ${MOST_BLOCKS} blocks, got ${from} to ${to}`);
}

/** Decisions of a period by transaction. */
async function decisionsBetween(
  chain: ReportDeps["chain"],
  from: number,
  to: number,
): Promise<Map<string, DecidedEvent[]>> {
  const rows = await chain
    .selectFrom("events")
    .select(["subject", "body", "transaction_hash"])
    .where("kind", "=", "decided")
    .where("block", ">=", from)
    .where("block", "<=", to)
    .orderBy("block")
    .orderBy("log_index")
    .execute();
  const byTransaction = new Map<string, DecidedEvent[]>();
  for (const { subject, body, transaction_hash: hash } of rows) {
    const { epoch } = epochSchema.parse(JSON.parse(body));
    byTransaction.set(hash, [...(byTransaction.get(hash) ?? []), { subject, epoch }]);
  }
  return byTransaction;
}

async function onChain(
  { rpc, site }: ReportDeps,
  decisions: ReadonlyMap<string, readonly DecidedEvent[]>,
): Promise<{ counts: Map<string, number>; unreadable: number }> {
  const counts = new Map<string, number>();
  let unreadable = 0;
  const hashes = [...decisions.keys()];
  for (let start = 0; start < hashes.length; start += MOST_IN_BATCH) {
    const some = hashes.slice(start, start + MOST_IN_BATCH);
    const answers = await rpc.batch(some.map((hash) => ({ method: "eth_getTransactionByHash", params: [hash] })));
    for (const [index, hash] of some.entries()) {
      const decided = decisions.get(hash) ?? [];
      const found = inputSchema.safeParse(answers[index]);
      const signers = found.success ? signersOf(found.data.input, decided, site) : undefined;
      if (signers === undefined) unreadable += decided.length;
      for (const signer of signers ?? []) counts.set(signer, (counts.get(signer) ?? 0) + decided.length);
    }
  }
  return { counts, unreadable };
}

function signerReport(signer: string, rows: readonly PeerOutcomeRow[], onChainCount: number): SignerReport {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const [name, count] of Object.entries(countsSchema.parse(JSON.parse(row.counts)))) {
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
  }
  const of = (name: string): number => counts.get(name) ?? 0;
  const failures = [...counts].filter(([name]) => name.startsWith("failed:")).sort(([a], [b]) => (a < b ? -1 : 1));
  const failed = failures.reduce((sum, [, count]) => sum + count, 0);
  const latencies = merged(rows.map((row) => countsSchema.parse(JSON.parse(row.latencies))));
  return {
    signer,
    asked: of("signed") + of("late") + of("differed") + failed,
    answered: of("signed") + of("late"),
    late: of("late"),
    differed: of("differed"),
    failed,
    failures: Object.fromEntries(failures.map(([name, count]) => [name.slice("failed:".length), count])),
    latencyMs: { p50: percentile(latencies, 0.5), p90: percentile(latencies, 0.9), p99: percentile(latencies, 0.99) },
    onChain: onChainCount,
  };
}

/**
 * How each signer answered this node between two blocks, and how many decisions on chain carry its signature.
 *
 * @throws OracleError INVALID_REQUEST for a period that is none or too long, RPC_UNAVAILABLE.
 */
export async function quorumReport(deps: ReportDeps, from: number, to: number): Promise<QuorumReport> {
  checkPeriod(from, to);
  const decisions = await decisionsBetween(deps.chain, from, to);
  const { counts, unreadable } = await onChain(deps, decisions);
  const rows = await deps.service
    .selectFrom("peer_outcomes")
    .selectAll()
    .where("to_block", ">=", from)
    .where("to_block", "<=", to)
    .orderBy("seq")
    .execute();
  const names = [...new Set([...rows.map((row) => row.signer), ...counts.keys()])].sort();
  const { chainId, gate } = deps.site;
  const total = [...decisions.values()].reduce((sum, decided) => sum + decided.length, 0);
  const report = {
    ...{ chainId, gate: gate.toLowerCase(), fromBlock: from, toBlock: to },
    signers: names.map((signer) =>
      signerReport(
        signer,
        rows.filter((row) => row.signer === signer),
        counts.get(signer) ?? 0,
      ),
    ),
    decisions: { total, unreadable },
  };
  return { ...report, hash: canonicalHash(report) };
}
