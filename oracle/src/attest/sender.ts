import { decodeContractError } from "@sluice/sdk";
import { Transaction } from "ethers";

import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { hexText, parseHeader, quantity } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import { expanded, type Signer } from "./signer.ts";

/** What became of a transaction that was to be sent. */
export type SendOutcome =
  | { readonly kind: "sent"; readonly hash: string; readonly nonce: number }
  | { readonly kind: "refused"; readonly error: string; readonly args: Readonly<Record<string, unknown>> };

/** Used where the endpoint cannot try the transaction in the block to come. */
const GAS_LIMIT = 600_000n;
const PRIORITY_FEE = 1_000_000_000n;

function bigQuantity(value: unknown, fallback: bigint): bigint {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : fallback;
}

interface Preparation {
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

function revertOf(refusal: RpcRefusal): SendOutcome {
  const decoded = decodeContractError(refusal.data) ?? decodeContractError(refusal);
  if (decoded === undefined) return { kind: "refused", error: refusal.message, args: {} };
  return { kind: "refused", error: decoded.name, args: decoded.args };
}

/** Sends one transaction after the other with the node's own key. */
export class Sender {
  readonly #rpc: RpcClient;
  readonly #signer: Signer;
  readonly #chainId: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(rpc: RpcClient, signer: Signer, chainId: number) {
    this.#rpc = rpc;
    this.#signer = signer;
    this.#chainId = chainId;
  }

  /**
   * Tries the call in the block to come, signs and sends it. Ends before it is mined.
   *
   * @param urgency How often the same call was sent before: each time offers a quarter more.
   * @param replace Nonce of an earlier transaction that is stuck, if there is one.
   */
  async send(to: string, data: string, urgency: number, replace: number | undefined): Promise<SendOutcome> {
    const turn = this.#last.then(() => this.#send(to, data, urgency, replace));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #send(to: string, data: string, urgency: number, replace: number | undefined): Promise<SendOutcome> {
    const prepared = await this.#prepare(to, data, urgency, replace);
    if ("kind" in prepared) return prepared;
    const transaction = Transaction.from({ type: 2, chainId: this.#chainId, to, data, ...prepared });
    transaction.signature = expanded(await this.#signer.sign(transaction.unsignedHash));
    try {
      const hash = await this.#rpc.call("eth_sendRawTransaction", [transaction.serialized]);
      return { kind: "sent", hash: hexText(hash, "transaction hash", 32), nonce: prepared.nonce };
    } catch (error) {
      if (error instanceof RpcRefusal) return revertOf(error);
      throw error;
    }
  }

  async #prepare(
    to: string,
    data: string,
    urgency: number,
    replace: number | undefined,
  ): Promise<Preparation | SendOutcome> {
    const from = this.#signer.address;
    const [pending, mined, latest, priority, estimate] = await this.#rpc.batchSettled([
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      { method: "eth_getTransactionCount", params: [from, "latest"] },
      { method: "eth_getBlockByNumber", params: ["latest", false] },
      { method: "eth_maxPriorityFeePerGas", params: [] },
      { method: "eth_estimateGas", params: [{ from, to, data }, "pending"] },
    ]);
    if (estimate instanceof RpcRefusal) {
      const outcome = revertOf(estimate);
      // Some endpoints try it in the last block instead of the next one, where the authorization's hash is unknown.
      if (outcome.kind === "refused" && outcome.error !== "AsOfNotPast") return outcome;
    }
    const free = quantity(pending, "transaction count");
    const stuck = replace !== undefined && replace >= quantity(mined, "transaction count");
    const raise = (fee: bigint): bigint => (fee * BigInt(100 + 25 * Math.min(urgency, 16))) / 100n;
    const maxPriorityFeePerGas = raise(bigQuantity(priority, PRIORITY_FEE));
    return {
      nonce: stuck ? replace : free,
      gasLimit: (bigQuantity(estimate, GAS_LIMIT) * 5n) / 4n,
      maxPriorityFeePerGas,
      maxFeePerGas: raise(baseFee(latest) * 2n) + maxPriorityFeePerGas,
    };
  }
}

function baseFee(block: unknown): bigint {
  if (parseHeader(block) === undefined)
    throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint knows no latest block");
  const fee: unknown = typeof block === "object" && block !== null ? Reflect.get(block, "baseFeePerGas") : undefined;
  return bigQuantity(fee, PRIORITY_FEE);
}
