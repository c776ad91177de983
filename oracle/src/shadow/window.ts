import { readHeaders } from "../chain/blocks.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { Header } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";

/** Blocks whose payments are judged again, both included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Which blocks somebody asks for: by number, or by days before a block. */
export type AskedWindow = Window | { readonly to: number; readonly days: number };

const DAY_SECONDS = 86_400;
const MOST_DAYS = 3_650;

async function headerOf(rpc: RpcClient, number: number): Promise<Header> {
  const [header] = await readHeaders(rpc, [number]);
  if (header !== undefined) return header;
  throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lacks block ${number}`);
}

/** First block from a time on, found by halving. */
async function firstBlockFrom(rpc: RpcClient, timestamp: number, lowest: number, highest: number): Promise<number> {
  let [low, high] = [lowest, highest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await headerOf(rpc, middle)).timestamp >= timestamp) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The blocks, and the last one's hash. Days are counted back from the last block's own time, so everybody gets the same blocks.
 *
 * @throws OracleError INVALID_REQUEST, RPC_UNAVAILABLE.
 */
export async function windowOf(
  rpc: RpcClient,
  asked: AskedWindow,
  deployedBlock: number,
): Promise<Window & { readonly toHash: string }> {
  const { to } = asked;
  const last = await headerOf(rpc, to);
  if ("from" in asked) {
    if (asked.from <= to) return { from: asked.from, to, toHash: last.hash };
    throw new OracleError("INVALID_REQUEST", `blocks: ${asked.from} lies above ${to}`);
  }
  if (!(asked.days > 0 && asked.days <= MOST_DAYS)) {
    throw new OracleError("INVALID_REQUEST", `days: more than 0 and at most ${MOST_DAYS}, got ${asked.days}`);
  }
  const since = last.timestamp - Math.floor(asked.days * DAY_SECONDS);
  return { from: await firstBlockFrom(rpc, since, Math.min(deployedBlock, to), to), to, toHash: last.hash };
}
