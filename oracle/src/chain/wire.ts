import { OracleError } from "../errors.ts";

/** A block's header as far as the node needs it. */
export interface Header {
  readonly number: number;
  readonly hash: string;
  readonly parent: string;
  readonly timestamp: number;
  readonly bloom: string;
}

/** One log entry as the endpoint gives it, checked for shape. */
export interface ChainLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly block: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly transactionHash: string;
}

function bad(what: string, value: unknown): OracleError {
  return new OracleError("RPC_UNAVAILABLE", `the RPC endpoint answered with a bad ${what}: ${JSON.stringify(value)}`);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A natural number below 2^53 in 0x notation. */
export function quantity(value: unknown, what: string): number {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,14}$/.test(value)) throw bad(what, value);
  return Number.parseInt(value.slice(2), 16);
}

/** 0x text of an exact or any number of bytes, in lower case. */
export function hexText(value: unknown, what: string, bytes?: number): string {
  const good = typeof value === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(value);
  if (!good || (bytes !== undefined && value.length !== 2 + 2 * bytes)) throw bad(what, value);
  return value.toLowerCase();
}

/** A header, or undefined where the endpoint knows no such block. */
export function parseHeader(value: unknown): Header | undefined {
  if (value === null || value === undefined) return undefined;
  return {
    number: quantity(field(value, "number"), "block number"),
    hash: hexText(field(value, "hash"), "block hash", 32),
    parent: hexText(field(value, "parentHash"), "parent hash", 32),
    timestamp: quantity(field(value, "timestamp"), "timestamp"),
    bloom: hexText(field(value, "logsBloom"), "logs bloom", 256),
  };
}

function parseLog(value: unknown): ChainLog {
  const topics = field(value, "topics");
  if (!Array.isArray(topics)) throw bad("log", value);
  if (field(value, "removed") === true) throw bad("log: it was removed by a reorganisation", value);
  return {
    address: hexText(field(value, "address"), "log address", 20),
    topics: topics.map((topic) => hexText(topic, "log topic", 32)),
    data: hexText(field(value, "data"), "log data"),
    block: quantity(field(value, "blockNumber"), "log block number"),
    blockHash: hexText(field(value, "blockHash"), "log block hash", 32),
    logIndex: quantity(field(value, "logIndex"), "log index"),
    transactionHash: hexText(field(value, "transactionHash"), "transaction hash", 32),
  };
}

function byPlace(a: ChainLog, b: ChainLog): number {
  return a.block - b.block || a.logIndex - b.logIndex;
}

function saysTheSame(a: ChainLog, b: ChainLog): boolean {
  return a.address === b.address && a.data === b.data && a.topics.join() === b.topics.join();
}

/** Sorted logs, each once. One place with two logs is a lie. */
function eachOnce(sorted: readonly ChainLog[]): ChainLog[] {
  return sorted.filter((log, index) => {
    const before = sorted[index - 1];
    if (before === undefined || byPlace(before, log) !== 0) return true;
    if (before.blockHash === log.blockHash && saysTheSame(before, log)) return false;
    throw bad("list of logs: two logs at one place", { block: log.block, logIndex: log.logIndex });
  });
}

/** Logs in order of (block, log index), each once, whatever the endpoint repeats. */
export function parseLogs(value: unknown): ChainLog[] {
  if (!Array.isArray(value)) throw bad("list of logs", value);
  return eachOnce(value.map(parseLog).sort(byPlace));
}

/** What two answers about the same blocks say together. */
export function uniteLogs(logs: readonly ChainLog[], more: readonly ChainLog[]): ChainLog[] {
  return more.length === 0 ? [...logs] : eachOnce([...logs, ...more].sort(byPlace));
}

export function toQuantity(value: number): string {
  return `0x${value.toString(16)}`;
}
