import { attributionOf, referralTag } from "@sluice/sdk";

import type { RpcCall, RpcClient } from "../chain/rpc.ts";
import { hexText, parseLogs } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import type { Place } from "./events.ts";

/** Calls in one batch: an answer stays small, and an endpoint that takes fewer is asked in smaller batches by its client. */
const MOST_IN_BATCH = 100;

/** A payment's place on the fork that the node follows. */
export interface PlaceInBlock extends Place {
  readonly blockHash: string;
}

/** The contract of the codes: a suffix that names another registry is none. */
export interface CodeRegistry {
  readonly chainId: number;
  readonly referralCodes: string;
}

export interface SuffixDeps extends CodeRegistry {
  readonly rpc: Pick<RpcClient, "batch">;
  readonly escrow: string;
}

/** How a payment is found in the answer. */
export function placeKey({ block, logIndex }: Place): string {
  return `${block}:${logIndex}`;
}

/** The tag of the first code of a transaction's suffix, undefined where there is none that this registry could hold. */
export function suffixTag(input: string, { chainId, referralCodes }: CodeRegistry): string | undefined {
  const attribution = attributionOf(input);
  const [code] = attribution?.codes ?? [];
  if (attribution === undefined || code === undefined) return undefined;
  const { registry } = attribution;
  const own = registry === undefined || (registry.chainId === BigInt(chainId) && same(registry.address, referralCodes));
  if (!own) return undefined;
  try {
    return referralTag(code);
  } catch {
    return undefined; // no code by this registry's rules
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Answers to one question about each of many values, asked in batches. */
async function answers(
  { rpc }: SuffixDeps,
  values: readonly string[],
  question: (value: string) => RpcCall,
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (let start = 0; start < values.length; start += MOST_IN_BATCH) {
    const some = values.slice(start, start + MOST_IN_BATCH);
    const batch = await rpc.batch(some.map(question));
    for (const [index, value] of some.entries()) found.set(value, batch[index]);
  }
  return found;
}

/** Hashes of the transactions in which payments began, by place. By block hash, so that no other fork can answer. */
async function beginnings(deps: SuffixDeps, places: readonly PlaceInBlock[]): Promise<Map<string, string>> {
  const blocks = [...new Set(places.map(({ blockHash }) => blockHash))];
  const address = deps.escrow;
  const logs = await answers(deps, blocks, (blockHash) => ({
    method: "eth_getLogs",
    params: [{ blockHash, address }],
  }));
  const hashes = new Map<string, string>();
  for (const log of [...logs.values()].flatMap(parseLogs)) {
    hashes.set(placeKey({ block: log.block, logIndex: log.logIndex }), log.transactionHash);
  }
  return hashes;
}

/**
 * Referrals that stand as an ERC-8021 suffix behind the calldata of the transactions in which payments began.
 *
 * @param places Of payments whose terms name nobody.
 * @returns by `placeKey`: the tag of the first code.
 * @throws OracleError RPC_UNAVAILABLE where the endpoint lacks one of the payments or its transaction.
 */
export async function suffixReferrals(deps: SuffixDeps, places: readonly PlaceInBlock[]): Promise<Map<string, string>> {
  const hashes = await beginnings(deps, places);
  const wanted = places.map((place) => hashes.get(placeKey(place)) ?? "").filter((hash) => hash !== "");
  const transactions = await answers(deps, [...new Set(wanted)], (hash) => ({
    method: "eth_getTransactionByHash",
    params: [hash],
  }));
  const referrals = new Map<string, string>();
  for (const place of places) {
    const hash = hashes.get(placeKey(place));
    if (hash === undefined) throw lacking(`the payment of block ${place.block}, log ${place.logIndex}`);
    const tag = suffixTag(inputOf(transactions.get(hash), hash), deps);
    if (tag !== undefined) referrals.set(placeKey(place), tag);
  }
  return referrals;
}

function inputOf(transaction: unknown, hash: string): string {
  if (typeof transaction !== "object" || transaction === null) throw lacking(`transaction ${hash}`);
  return hexText(Reflect.get(transaction, "input"), "transaction input");
}

function lacking(what: string): OracleError {
  return new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lacks ${what}`);
}
