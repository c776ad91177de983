import { getBytes, keccak256 } from "ethers";

import { OracleError } from "../errors.ts";
import type { StoredBlock } from "../store/chainStore.ts";
import { decodeLogs } from "./decode.ts";
import { addressesOf, type Sources } from "./site.ts";
import type { RpcClient } from "./rpc.ts";
import { parseHeader, parseLogs, toQuantity, type ChainLog, type Header } from "./wire.ts";

function stored(header: Header, logs: readonly ChainLog[], site: Sources, keepAnyway: boolean): StoredBlock {
  const { payments, events } = decodeLogs(logs, site, header.timestamp);
  const eventful = keepAnyway || payments.length + events.length > 0 ? 1 : 0;
  const { number, hash, parent, timestamp } = header;
  return { block: { number, hash, parent, timestamp, eventful }, payments, events };
}

/** Whether a header's bloom filter says that an address may have logged something. */
export function mayHoldLogsOf(bloom: string, address: string): boolean {
  const filter = getBytes(bloom);
  const hash = getBytes(keccak256(address));
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047;
    return ((filter[255 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
  });
}

export async function readHead(rpc: RpcClient): Promise<Header> {
  const header = parseHeader(await rpc.call("eth_getBlockByNumber", ["latest", false]));
  if (header === undefined) throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint knows no latest block");
  return header;
}

/** Headers by number, in order; shorter where the endpoint does not have the later ones (any more). */
export async function readHeaders(rpc: RpcClient, numbers: readonly number[]): Promise<Header[]> {
  const calls = numbers.map((number) => ({ method: "eth_getBlockByNumber", params: [toQuantity(number), false] }));
  const headers: Header[] = [];
  for (const [index, answer] of (await rpc.batch(calls)).entries()) {
    const header = parseHeader(answer);
    if (header === undefined) break;
    if (header.number !== numbers[index]) throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint mixed up blocks");
    headers.push(header);
  }
  return headers;
}

function logsByHash(header: Header, site: Sources): { method: string; params: unknown[] } {
  return { method: "eth_getLogs", params: [{ blockHash: header.hash, address: addressesOf(site) }] };
}

function checkLogs(logs: readonly ChainLog[], header: Header): void {
  const stray = logs.find((log) => log.blockHash !== header.hash || log.block !== header.number);
  if (stray === undefined) return;
  throw new OracleError(
    "RPC_UNAVAILABLE",
    `the RPC endpoint gave a log of block ${stray.blockHash} for ${header.hash}`,
  );
}

/** Headers up to the first that does not follow its predecessor: that one was read after a reorganisation. */
function unbroken(headers: readonly Header[], parent: string | undefined): Header[] {
  const chained: Header[] = [];
  let previous = parent;
  for (const header of headers) {
    if (previous !== undefined && header.parent !== previous) break;
    chained.push(header);
    previous = header.hash;
  }
  return chained;
}

/**
 * Reads blocks one by one with their logs by block hash, so that no two forks can mix: the first must follow `parent`.
 *
 * @param head The newest header, as just read.
 * @returns undefined where the first header does not follow: the chain was reorganised.
 */
export async function readBlocks(
  rpc: RpcClient,
  site: Sources,
  parent: string | undefined,
  numbers: readonly number[],
  head: Header,
): Promise<StoredBlock[] | undefined> {
  // The usual case: one new block, whose header the look at the head has just brought.
  const onlyHead = numbers.length === 1 && numbers[0] === head.number;
  const headers = onlyHead ? [head] : await readHeaders(rpc, numbers);
  const chained = unbroken(headers, parent);
  if (headers.length > 0 && chained.length === 0) return undefined;
  const answers = await rpc.batch(chained.map((header) => logsByHash(header, site)));
  const blocks: StoredBlock[] = [];
  for (const [index, header] of chained.entries()) {
    let logs = parseLogs(answers[index]);
    checkLogs(logs, header);
    const suspicious = logs.length === 0 && addressesOf(site).some((address) => mayHoldLogsOf(header.bloom, address));
    if (suspicious) {
      // The bloom filter has false positives, an endpoint that drops logs has none: ask once more.
      logs = parseLogs((await rpc.batch([logsByHash(header, site)]))[0]);
      checkLogs(logs, header);
    }
    blocks.push(stored(header, logs, site, false));
  }
  return blocks;
}

/**
 * Reads a range far below the head: its logs at once, then the headers of the blocks that have any, and of the last.
 *
 * @returns The eventful blocks and the last one, in order.
 */
export async function readRange(rpc: RpcClient, site: Sources, from: number, to: number): Promise<StoredBlock[]> {
  const filter = { fromBlock: toQuantity(from), toBlock: toQuantity(to), address: addressesOf(site) };
  const logs = parseLogs(await rpc.call("eth_getLogs", [filter]));
  const byBlock = Map.groupBy(logs, (log) => log.block);
  const numbers = [...new Set([...byBlock.keys(), to])].sort((a, b) => a - b);
  const headers = await readHeaders(rpc, numbers);
  if (headers.length !== numbers.length) throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint lost blocks");
  return headers.map((header) => {
    const own = byBlock.get(header.number) ?? [];
    checkLogs(own, header);
    return stored(header, own, site, true);
  });
}
