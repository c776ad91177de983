import {
  isError,
  type Interface,
  type LogDescription,
  type Result,
  type Signer,
  type TransactionReceipt,
  type TransactionRequest,
  type TransactionResponse,
} from "ethers";

import { checkAddress } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { revertOf } from "./reverts.ts";

/** How a transaction is sent. What is not given the signer chooses. */
export type SendOptions = {
  /** Estimated, and half as much again, when absent; what is not used is not paid for. */
  gasLimit?: bigint;
  /** In wei. */
  maxFeePerGas?: bigint;
  /** In wei. */
  maxPriorityFeePerGas?: bigint;
  nonce?: number;
  /** Blocks to wait for, the transaction's own included; 1 when absent. */
  confirmations?: number;
  /** Told once the transaction is sent; its end is waited for before the transaction's. */
  onSent?: (transaction: TransactionResponse) => void | Promise<void>;
};

/** A transaction that went through. */
export type Sent<Event> = {
  receipt: TransactionReceipt;
  /** The event that says what the call did. */
  event: Event;
  /** Every event of the same contract in the transaction, as ethers decodes it. */
  events: readonly LogDescription[];
};

/** A call of a contract; the chain is named so that a wallet on another one refuses. */
export type Call = {
  chainId: number | bigint;
  to: string;
  abi: Interface;
  method: string;
  args: readonly unknown[];
  /** Coins that go along, in wei. */
  value?: bigint;
};

/** An event's name and how its arguments become a value. */
export type EventReader<Event> = { name: string; read: (args: Result) => Event };

/**
 * Sends a call, waits for its block and decodes what it said.
 * @throws ContractRevertedError when the chain refuses, in the estimate or in a block; SluiceError `CONTRACT_UNEXPECTED` when
 * the event is not there; whatever the signer throws for lack of connection, gas money or consent
 */
export async function send<Event>(
  signer: Signer,
  call: Call,
  reader: EventReader<Event>,
  options: SendOptions = {},
): Promise<Sent<Event>> {
  const { receipt, events } = await execute(signer, call, options);
  const log = events.find(({ name }) => name === reader.name);
  if (log === undefined) {
    const message = `${call.method}: no ${reader.name} event in ${receipt.hash}; what is at ${call.to}?`;
    throw new SluiceError("CONTRACT_UNEXPECTED", message, undefined, { details: { receipt } });
  }
  return { receipt, event: reader.read(log.args), events };
}

/** As `send`, for calls that may answer with several events or none. */
export async function execute(
  signer: Signer,
  call: Call,
  options: SendOptions = {},
): Promise<{ receipt: TransactionReceipt; events: LogDescription[] }> {
  const { confirmations, onSent, ...overrides } = options;
  const to = checkAddress("to", call.to);
  const data = call.abi.encodeFunctionData(call.method, call.args);
  const request: TransactionRequest = { to, data, chainId: call.chainId, value: call.value ?? 0n, ...overrides };
  const sent = await submit(signer, request, call.method);
  await onSent?.(sent);
  const receipt = await mined(signer, sent, request, call.method, confirmations);
  return { receipt, events: eventsOf(receipt, to, call.abi) };
}

async function submit(signer: Signer, request: TransactionRequest, method: string): Promise<TransactionResponse> {
  try {
    request.gasLimit ??= ((await signer.estimateGas(request)) * 3n) / 2n;
    return await signer.sendTransaction(request);
  } catch (thrown) {
    throw revertOf(thrown, method, undefined) ?? thrown;
  }
}

async function mined(
  signer: Signer,
  sent: TransactionResponse,
  request: TransactionRequest,
  method: string,
  confirmations: number | undefined,
): Promise<TransactionReceipt> {
  try {
    const receipt = await sent.wait(confirmations);
    if (receipt !== null) return receipt;
  } catch (thrown) {
    if (isError(thrown, "TRANSACTION_REPLACED") && thrown.reason === "repriced" && thrown.receipt.status === 1) {
      return thrown.receipt;
    }
    if (!isError(thrown, "CALL_EXCEPTION") || !thrown.receipt) throw thrown;
    const { from, blockNumber } = thrown.receipt;
    const why = await thrownBy(signer.provider?.call({ ...request, gasLimit: null, from, blockTag: blockNumber }));
    throw revertOf(why, method, sent.hash) ?? revertOf(thrown, method, sent.hash) ?? thrown;
  }
  throw new SluiceError("CONTRACT_UNEXPECTED", `${method}: ${sent.hash} was not waited for: 0 confirmations`);
}

/** Receipts do not say why; the same call on the state of that block does, unless another transaction stood between. */
async function thrownBy(call: Promise<unknown> | undefined): Promise<unknown> {
  return call?.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

function eventsOf(receipt: TransactionReceipt, address: string, abi: Interface): LogDescription[] {
  return receipt.logs.flatMap((log) => {
    const parsed = checkAddress("log", log.address) === address ? abi.parseLog(log) : null;
    return parsed === null ? [] : [parsed];
  });
}
