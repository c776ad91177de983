import { setTimeout as sleep } from "node:timers/promises";

import { messageOf, OracleError } from "../errors.ts";
import type { QuantisedModel } from "../model/network.ts";
import { gateInterface } from "./decode.ts";
import { engine, readEpoch } from "./epochs.ts";
import { RpcRefusal, type RpcClient } from "./rpc.ts";
import { hexText, parseHeader, quantity, toQuantity } from "./wire.ts";

export interface Expected {
  readonly chainId: number;
  readonly gate: string;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Tries a task until the endpoint answers; any other failure ends it.
 *
 * @throws what the task throws, RPC_UNAVAILABLE only once the signal aborts.
 */
export async function untilAvailable<T>(
  task: () => Promise<T>,
  signal: AbortSignal,
  onWait: (error: OracleError) => void,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await task();
    } catch (error) {
      const waits = error instanceof OracleError && error.code === "RPC_UNAVAILABLE" && !signal.aborted;
      if (!waits) throw error;
      onWait(error);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {
      throw new OracleError("RPC_UNAVAILABLE", "stopped while waiting for the RPC endpoint");
    });
  }
}

/**
 * Hash of the first block of the chain that the endpoint serves.
 *
 * @throws OracleError CHAIN_MISMATCH where that is another chain.
 */
export async function genesisOf(rpc: RpcClient, chainId: number): Promise<string> {
  const [id, block] = await rpc.batch([
    { method: "eth_chainId", params: [] },
    { method: "eth_getBlockByNumber", params: ["0x0", false] },
  ]);
  const actual = quantity(id, "chain id");
  if (actual !== chainId) {
    throw new OracleError("CHAIN_MISMATCH", `rpcUrl: serves chain ${actual}, the settings say ${chainId}`);
  }
  const genesis = parseHeader(block);
  if (genesis === undefined) throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint lacks the first block");
  return genesis.hash;
}

/**
 * Checks that the epoch in force runs a model this node has, before it promises anybody anything.
 *
 * @throws OracleError MODEL_UNKNOWN; SETTINGS_INVALID where there is no gate at the address.
 */
export async function checkCurrentModel(
  rpc: RpcClient,
  expected: Expected,
  models: ReadonlyMap<string, QuantisedModel>,
): Promise<void> {
  const head = parseHeader(await rpc.call("eth_getBlockByNumber", ["latest", false]));
  // A policy is in force from the block after its vote, so the next block is what new payments are judged by.
  const next = toQuantity((head?.number ?? 0) + 1);
  const data = gateInterface.encodeFunctionData("policyAt", [next]);
  let address: string;
  try {
    const answer = hexText(await rpc.call("eth_call", [{ to: expected.gate, data }, "latest"]), "answer to policyAt");
    address = String(gateInterface.decodeFunctionResult("policyAt", answer).getValue("epoch"));
  } catch (error) {
    if (!(error instanceof RpcRefusal) && error instanceof OracleError) throw error;
    throw new OracleError(
      "SETTINGS_INVALID",
      `gate: nothing at ${expected.gate} answers like a risk gate: ${messageOf(error)}`,
    );
  }
  engine(await readEpoch(rpc, address, expected.chainId, models));
}
