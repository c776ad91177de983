import type { Access } from "./graph.ts";

/** An account as the prestate tracer reports it. */
type TracedAccount = { balance?: string; nonce?: number; storage?: Record<string, string> };
type Traced = Record<string, TracedAccount>;

/** Anything that answers JSON-RPC calls. */
export type Rpc = { send(method: string, parameters: unknown[]): Promise<unknown> };

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function accounts(value: unknown): Traced {
  if (!isRecord(value)) throw new Error(`the tracer answered ${JSON.stringify(value)}`);
  return value as Traced; // the prestate tracer's format; every field of an account is optional
}

function storageKeys(traced: Traced): string[] {
  return Object.entries(traced).flatMap(([account, { storage = {} }]) =>
    Object.keys(storage).map((slot) => `${account.toLowerCase()}:${slot}`),
  );
}

function changedKeys(before: Traced, after: Traced, coinbase: string): Set<string> {
  const keys = [...storageKeys(before), ...storageKeys(after)];
  for (const [account, change] of Object.entries(after)) {
    const address = account.toLowerCase();
    if (address === coinbase) continue;
    if (change.balance !== undefined) keys.push(`${address}:balance`);
    if (change.nonce !== undefined) keys.push(`${address}:nonce`);
  }
  return new Set(keys);
}

async function traceWith(rpc: Rpc, method: string, subject: unknown[], coinbase: string): Promise<Access> {
  const trace = (tracerConfig: object): Promise<unknown> =>
    rpc.send(method, [...subject, { tracer: "prestateTracer", tracerConfig }]);
  const touched = accounts(await trace({}));
  const difference = await trace({ diffMode: true });
  if (!isRecord(difference)) throw new Error(`the tracer answered ${JSON.stringify(difference)}`);
  const writes = changedKeys(accounts(difference["pre"]), accounts(difference["post"]), coinbase.toLowerCase());
  return { reads: new Set(storageKeys(touched)), writes };
}

/**
 * Read and write set of a mined transaction by the prestate tracer: storage slots, and balance and nonce of accounts that
 * change. The coinbase's balance is left out: every transaction adds to it and none needs it.
 */
export function traceTransaction(rpc: Rpc, hash: string, coinbase: string): Promise<Access> {
  return traceWith(rpc, "debug_traceTransaction", [hash], coinbase);
}
