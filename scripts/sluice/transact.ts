import { revertOf } from "@sluice/sdk";
import { getAddress, isError, type Interface, type Provider, type Signer, type TransactionReceipt } from "ethers";

import { CliError } from "./cliError.ts";
import type { KnownContract } from "./contracts.ts";

/** A call this command line makes. */
export interface Call {
  readonly to: string;
  readonly abi: Interface;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Coins that go along, in wei. */
  readonly value?: bigint;
}

/** An event of a contract the deployment names. */
export interface NamedEvent {
  readonly contract: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A transaction that went through. */
export interface Done {
  readonly hash: string;
  readonly block: number;
  readonly gasUsed: bigint;
  readonly events: readonly NamedEvent[];
}

export interface TransactDeps {
  readonly provider: Provider;
  readonly contracts: ReadonlyMap<string, KnownContract>;
  /** How long a receipt is waited for, in milliseconds. */
  readonly patienceMs: number;
}

/** The contract's refusal in whatever was thrown; anything else as it is. */
function refusalOf(thrown: unknown, method: string, transactionHash: string | undefined): Error {
  return revertOf(thrown, method, transactionHash) ?? (thrown instanceof Error ? thrown : new Error(String(thrown)));
}

/** Every event in a receipt that a known contract emitted. */
export function eventsOf(receipt: TransactionReceipt, contracts: TransactDeps["contracts"]): NamedEvent[] {
  return receipt.logs.flatMap((log) => {
    const contract = contracts.get(getAddress(log.address));
    const parsed = contract?.abi.parseLog(log);
    if (contract === undefined || parsed === null || parsed === undefined) return [];
    const args = Object.fromEntries(
      parsed.fragment.inputs.map(({ name }, index): [string, unknown] => [name, parsed.args[index]]),
    );
    return [{ contract: contract.name, name: parsed.name, args }];
  });
}

/** Asks for the receipt until it is there: filters and block subscriptions are not needed for that. */
async function receiptOf({ provider, patienceMs }: TransactDeps, hash: string): Promise<TransactionReceipt> {
  const receipt = await provider.waitForTransaction(hash, 1, patienceMs).catch((thrown: unknown) => {
    if (isError(thrown, "TIMEOUT")) return null;
    throw thrown;
  });
  if (receipt !== null) return receipt;
  throw new CliError(
    "NOT_MINED",
    `${hash} was sent and is in no block after ${patienceMs / 1000} s: look for it later`,
    {
      hash,
    },
  );
}

/** What the call would cost now; a contract that would refuse it says so here. */
export async function estimate(signer: Signer, call: Call): Promise<bigint> {
  try {
    return await signer.estimateGas(requestOf(call));
  } catch (thrown) {
    throw refusalOf(thrown, call.method, undefined);
  }
}

function requestOf({ to, abi, method, args, value = 0n }: Call) {
  return { to, data: abi.encodeFunctionData(method, args), value };
}

/**
 * Sends a call, waits for its block and names its events.
 * @throws ContractRevertedError where a contract refuses; CliError `NOT_MINED`; what the signer throws
 */
export async function transact(deps: TransactDeps, signer: Signer, call: Call): Promise<Done> {
  const gasLimit = ((await estimate(signer, call)) * 3n) / 2n;
  const sent = await signer.sendTransaction({ ...requestOf(call), gasLimit }).catch((thrown: unknown) => {
    throw refusalOf(thrown, call.method, undefined);
  });
  const receipt = await receiptOf(deps, sent.hash);
  if (receipt.status === 1) {
    const { blockNumber: block, gasUsed } = receipt;
    return { hash: sent.hash, block, gasUsed, events: eventsOf(receipt, deps.contracts) };
  }
  // A receipt does not say why; the same call on the state of that block does.
  const from = await signer.getAddress();
  const why = await deps.provider.call({ ...requestOf(call), from, blockTag: receipt.blockNumber }).then(
    () => new Error(`${call.method} failed in ${sent.hash}`),
    (thrown: unknown) => refusalOf(thrown, call.method, sent.hash),
  );
  throw why;
}
