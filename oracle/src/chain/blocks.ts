import { OracleError } from "../errors.ts";
import type { StoredBlock } from "../store/chainStore.ts";
import { inventedLog, seemsIncomplete } from "./bloom.ts";
import { decodeLogs } from "./decode.ts";
import type { RpcCall, RpcClient } from "./rpc.ts";
import { addressesOf, type Sources } from "./site.ts";
import { parseHeader, parseLogs, toQuantity, uniteLogs, type ChainLog, type Header } from "./wire.ts";

/** Where and how blocks are read. */
export interface BlockSource {
  readonly rpc: RpcClient;
  readonly site: Sources;
  /** Asked for a block's logs where the first answer seems to lack some; the same endpoint where there is no other. */
  readonly second?: RpcClient;
}

function stored(header: Header, logs: readonly ChainLog[], site: Sources, keepAnyway: boolean): StoredBlock {
  const { payments, events } = decodeLogs(logs, site, header.timestamp);
  const eventful = keepAnyway || payments.length + events.length > 0 ? 1 : 0;
  const { number, hash, parent, timestamp } = header;
  return { block: { number, hash, parent, timestamp, eventful }, payments, events };
}

/** The endpoint does not have a block; not its fault where it never named one as late. */
export function lackingBlock(number: number): OracleError {
  return new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lacks block ${number}`, { lacksBlock: number });
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

function logsByHash(header: Header, site: Sources): RpcCall {
  return { method: "eth_getLogs", params: [{ blockHash: header.hash, address: addressesOf(site) }] };
}

function checkLogs(logs: readonly ChainLog[], header: Header): void {
  const stray = logs.find((log) => log.blockHash !== header.hash || log.block !== header.number);
  if (stray !== undefined) {
    throw new OracleError(
      "RPC_UNAVAILABLE",
      `the RPC endpoint gave a log of block ${stray.blockHash} for ${header.hash}`,
    );
  }
  const invented = inventedLog(header.bloom, logs);
  if (invented === undefined) return;
  throw new OracleError(
    "RPC_UNAVAILABLE",
    `the RPC endpoint gave log ${invented.logIndex} of block ${header.number}, which the block's bloom filter rules out`,
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

interface Read {
  readonly header: Header;
  readonly logs: readonly ChainLog[];
}

/** Logs by block hash, of the second endpoint or, where that fails, of the first. */
async function askAgain({ rpc, second, site }: BlockSource, headers: readonly Header[]): Promise<ChainLog[][]> {
  const calls = headers.map((header) => logsByHash(header, site));
  const answers = await (second ?? rpc).batch(calls).catch(() => rpc.batch(calls));
  return answers.map(parseLogs);
}

/** Logs out of a block's receipts, an index of its own at the endpoint; none where it has no such method. */
async function logsOfReceipts({ rpc, site }: BlockSource, { hash }: Header): Promise<ChainLog[]> {
  const [receipts] = await rpc.batchSettled([{ method: "eth_getBlockReceipts", params: [hash] }]);
  if (!Array.isArray(receipts)) return [];
  const logs = receipts.flatMap((receipt): unknown => (isObject(receipt) ? Reflect.get(receipt, "logs") : []));
  const addresses = new Set(addressesOf(site));
  return parseLogs(logs).filter(({ address }) => addresses.has(address));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The same blocks, those asked for once more that seem to lack logs. What is bound to a block's hash may be united. */
async function completed(source: BlockSource, read: readonly Read[], byTopic: boolean): Promise<Read[]> {
  const doubtful = read.filter(({ header, logs }) => seemsIncomplete(header.bloom, logs, source.site, byTopic));
  if (doubtful.length === 0) return [...read];
  const again = await askAgain(
    source,
    doubtful.map(({ header }) => header),
  );
  const more = new Map<string, ChainLog[]>();
  for (const [index, { header, logs }] of doubtful.entries()) {
    let united = uniteLogs(logs, again[index] ?? []);
    if (seemsIncomplete(header.bloom, united, source.site, false)) {
      united = uniteLogs(united, await logsOfReceipts(source, header));
    }
    checkLogs(united, header);
    more.set(header.hash, united);
  }
  return read.map(({ header, logs }) => ({ header, logs: more.get(header.hash) ?? logs }));
}

/**
 * Reads blocks one by one with their logs by block hash, so that no two forks can mix: the first must follow `parent`.
 *
 * @param head The newest header, as just read.
 * @returns undefined where the first header does not follow: the chain was reorganised.
 */
export async function readBlocks(
  source: BlockSource,
  parent: string | undefined,
  numbers: readonly number[],
  head: Header,
): Promise<StoredBlock[] | undefined> {
  const { rpc, site } = source;
  // The usual case: one new block, whose header the look at the head has just brought.
  const onlyHead = numbers.length === 1 && numbers[0] === head.number;
  const headers = onlyHead ? [head] : await readHeaders(rpc, numbers);
  const chained = unbroken(headers, parent);
  if (headers.length > 0 && chained.length === 0) return undefined;
  const answers = await rpc.batch(chained.map((header) => logsByHash(header, site)));
  const read = chained.map((header, index) => {
    const logs = parseLogs(answers[index]);
    checkLogs(logs, header);
    return { header, logs };
  });
  return (await completed(source, read, true)).map(({ header, logs }) => stored(header, logs, site, false));
}

/**
 * Reads a range far below the head: its logs at once, then the headers of the blocks that have any, and of the last.
 *
 * @returns The eventful blocks and the last one, in order.
 */
export async function readRange(source: BlockSource, from: number, to: number): Promise<StoredBlock[]> {
  const { rpc, site } = source;
  const filter = { fromBlock: toQuantity(from), toBlock: toQuantity(to), address: addressesOf(site) };
  const logs = parseLogs(await rpc.call("eth_getLogs", [filter]));
  const byBlock = Map.groupBy(logs, (log) => log.block);
  const numbers = [...new Set([...byBlock.keys(), to])].sort((a, b) => a - b);
  if ((numbers[0] ?? from) < from || (numbers.at(-1) ?? to) > to) {
    throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint gave logs of blocks nobody asked for");
  }
  const headers = await readHeaders(rpc, numbers);
  if (headers.length !== numbers.length) throw lackingBlock(numbers[headers.length] ?? to);
  const read = headers.map((header) => {
    const own = byBlock.get(header.number) ?? [];
    checkLogs(own, header);
    return { header, logs: own };
  });
  return (await completed(source, read, false)).map((one) => stored(one.header, one.logs, site, true));
}
