import { decodeContractError } from "@sluice/sdk";

import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { parseHeader, quantity } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import type { Market } from "./fees.ts";
import { parseReceipt, type Receipt } from "./receipts.ts";

/** The chain would refuse the call: the contract's error, or the endpoint's words where it is none. */
export interface Refusal {
  readonly kind: "refused";
  readonly error: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What the chain and the endpoint's pool say about an account and a call. */
export interface Look {
  readonly kind: "look";
  readonly mined: number;
  readonly pending: number;
  readonly market: Market;
  readonly balanceWei: bigint;
  readonly gasLimit: bigint;
}

/** What an endpoint made of a transaction. `unsure`: it did not answer, and may have it. */
export type Broadcast = "taken" | "nonceUsed" | "unfunded" | "unsure" | { readonly refused: string };

/** Used where the endpoint cannot try the transaction in the block to come. */
const GAS_LIMIT = 600_000n;
const PRIORITY_FEE = 1_000_000_000n;

function wei(value: unknown, fallback: bigint): bigint {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : fallback;
}

function baseFee(block: unknown): bigint {
  if (parseHeader(block) === undefined)
    throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint knows no latest block");
  const fee: unknown = typeof block === "object" && block !== null ? Reflect.get(block, "baseFeePerGas") : undefined;
  return wei(fee, PRIORITY_FEE);
}

function refusalOf(refusal: RpcRefusal): Refusal {
  const decoded = decodeContractError(refusal.data) ?? decodeContractError(refusal);
  if (decoded === undefined) return { kind: "refused", error: refusal.message, args: {} };
  return { kind: "refused", error: decoded.name, args: decoded.args };
}

/** Every client has its own words for the same few things. */
const WORDS: readonly (readonly [RegExp, Broadcast])[] = [
  [/already known|known transaction|already imported|already exists/i, "taken"],
  [/nonce too low|nonce has already been used|underpriced|fee too low to replace|could not replace/i, "nonceUsed"],
  [/insufficient funds|enough funds/i, "unfunded"],
];

/** One account's view of an endpoint's transaction pool. */
export class Pool {
  readonly #rpc: RpcClient;
  readonly #account: string;

  constructor(rpc: RpcClient, account: string) {
    this.#rpc = rpc;
    this.#account = account;
  }

  /**
   * Tries a call by eth_call and reads what sending it needs.
   *
   * @param at "pending" for a new transaction; "latest" for one in the pool, which would meet itself otherwise.
   */
  async look(to: string, data: string, at: "pending" | "latest"): Promise<Look | Refusal> {
    const from = this.#account;
    const call = { from, to, data };
    const [pending, mined, latest, priority, balance, tried, estimate] = await this.#rpc.batchSettled([
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      { method: "eth_getTransactionCount", params: [from, "latest"] },
      { method: "eth_getBlockByNumber", params: ["latest", false] },
      { method: "eth_maxPriorityFeePerGas", params: [] },
      { method: "eth_getBalance", params: [from, "latest"] },
      { method: "eth_call", params: [call, at] },
      { method: "eth_estimateGas", params: [call, at] },
    ]);
    for (const answer of [tried, estimate]) {
      if (!(answer instanceof RpcRefusal)) continue;
      const refusal = refusalOf(answer);
      // Some endpoints try it in the last block instead of the next one, where the authorization's hash is unknown.
      if (refusal.error !== "AsOfNotPast") return refusal;
    }
    return {
      kind: "look",
      mined: quantity(mined, "transaction count"),
      pending: quantity(pending, "transaction count"),
      market: { baseFee: baseFee(latest), priorityFee: wei(priority, PRIORITY_FEE) },
      balanceWei: wei(balance, 0n),
      gasLimit: (wei(estimate, GAS_LIMIT) * 5n) / 4n,
    };
  }

  /** The account's next nonce in blocks and in the pool, and receipts in the order of the hashes. */
  async standing(hashes: readonly string[]): Promise<{
    mined: number;
    pending: number;
    receipts: Map<string, Receipt>;
  }> {
    const [mined, pending, ...answers] = await this.#rpc.batch([
      { method: "eth_getTransactionCount", params: [this.#account, "latest"] },
      { method: "eth_getTransactionCount", params: [this.#account, "pending"] },
      ...hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })),
    ]);
    const receipts = new Map<string, Receipt>();
    for (const [index, answer] of answers.entries()) {
      const receipt = parseReceipt(answer);
      const hash = hashes[index];
      if (receipt !== undefined && hash !== undefined) receipts.set(hash, receipt);
    }
    return {
      mined: quantity(mined, "transaction count"),
      pending: quantity(pending, "transaction count"),
      receipts,
    };
  }

  /** Gives a signed transaction to the endpoint. */
  async broadcast(raw: string, hash: string): Promise<Broadcast> {
    try {
      await this.#rpc.call("eth_sendRawTransaction", [raw]);
      return "taken";
    } catch (error) {
      if (error instanceof OracleError && error.code === "RPC_UNAVAILABLE") return "unsure";
      if (!(error instanceof RpcRefusal)) throw error;
      const known = WORDS.find(([words]) => words.test(error.message))?.[1];
      if (known !== undefined) return known;
      // A chain that mines at once answers a transaction that failed in its block as if it had refused it.
      const { receipts } = await this.standing([hash]);
      return receipts.has(hash) ? "taken" : { refused: refusalOf(error).error };
    }
  }
}
