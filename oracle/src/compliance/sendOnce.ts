import { setTimeout as sleep } from "node:timers/promises";
import { decodeContractError } from "@sluice/sdk";
import { Transaction } from "ethers";

import { expanded, type Signer } from "../attest/signer.ts";
import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { hexText, quantity } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";

/** What became of a transaction that was to be sent. */
export type SentOnce =
  | { readonly kind: "sent"; readonly hash: string }
  | { readonly kind: "refused"; readonly error: string; readonly args: Readonly<Record<string, unknown>> };

function refusedBy(refusal: RpcRefusal): SentOnce {
  const decoded = decodeContractError(refusal.data) ?? decodeContractError(refusal);
  if (decoded === undefined) return { kind: "refused", error: refusal.message, args: {} };
  return { kind: "refused", error: decoded.name, args: decoded.args };
}

/**
 * Sends one transaction for a person at a command line: tried first, fees twice the last block's, not replaced when stuck.
 * What a node sends by itself goes through the keeper.
 */
export async function sendOnce(
  rpc: RpcClient,
  signer: Signer,
  chainId: number,
  call: { readonly to: string; readonly data: string },
): Promise<SentOnce> {
  const from = signer.address;
  try {
    const [count, price, priority, gas] = await rpc.batch([
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      { method: "eth_gasPrice", params: [] },
      { method: "eth_maxPriorityFeePerGas", params: [] },
      { method: "eth_estimateGas", params: [{ from, ...call }, "latest"] },
    ]);
    const wei = (value: unknown, what: string): bigint => BigInt(quantity(value, what));
    const transaction = Transaction.from({
      type: 2,
      chainId,
      ...call,
      nonce: quantity(count, "transaction count"),
      gasLimit: (wei(gas, "gas estimate") * 5n) / 4n,
      maxPriorityFeePerGas: wei(priority, "priority fee"),
      maxFeePerGas: 2n * wei(price, "gas price") + wei(priority, "priority fee"),
    });
    transaction.signature = expanded(await signer.sign(transaction.unsignedHash));
    const hash = await rpc.call("eth_sendRawTransaction", [transaction.serialized]);
    return { kind: "sent", hash: hexText(hash, "transaction hash", 32) };
  } catch (error) {
    if (error instanceof RpcRefusal) return refusedBy(error);
    throw error;
  }
}

/** Looks for a receipt so often, this far apart, before it gives up. */
const RECEIPT_LOOKS = 240;
const RECEIPT_PAUSE_MS = 500;

/**
 * The block of a transaction, or that it was reverted.
 *
 * @throws OracleError RPC_UNAVAILABLE where it is not mined in two minutes.
 */
export async function minedBlock(rpc: RpcClient, hash: string): Promise<number | "reverted"> {
  for (let look = 0; look < RECEIPT_LOOKS; look++) {
    const receipt = await rpc.call("eth_getTransactionReceipt", [hash]);
    if (typeof receipt === "object" && receipt !== null) {
      return Reflect.get(receipt, "status") === "0x1" ? Number(Reflect.get(receipt, "blockNumber")) : "reverted";
    }
    await sleep(RECEIPT_PAUSE_MS);
  }
  throw new OracleError(
    "RPC_UNAVAILABLE",
    `transaction ${hash} was not mined so far; submit again later: nothing is sent twice`,
  );
}
