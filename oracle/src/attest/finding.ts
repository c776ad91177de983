import { readHeaders } from "../chain/blocks.ts";
import { engine, microOf, type Epoch } from "../chain/epochs.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { ChainState } from "../chain/state.ts";
import { OracleError } from "../errors.ts";
import { completeFacts, packFacts } from "../facts/facts.ts";
import type { AsOf } from "../facts/context.ts";
import type { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";
import { amountBucket } from "../facts/units.ts";
import type { Band } from "../model/bands.ts";
import { reasons, type Reason } from "../model/reasons.ts";
import { score } from "../model/reference.ts";
import { isAudited } from "../policy/audit.ts";
import { activeSigners, quorumOf } from "../policy/quorum.ts";
import type { PolicyEntry } from "../policy/timeline.ts";
import { verdict } from "../policy/verdict.ts";
import type { BlockRef, ChainStore } from "../store/chainStore.ts";

/** What a node finds about one subject as of one block: all of it follows from the chain. */
export interface Finding {
  /** What is attested: a payment's id, or the hash of a channel batch. Lower-case. */
  readonly subject: string;
  readonly epoch: Epoch;
  readonly asOf: BlockRef;
  /** Facts as they are signed, the contract's three zero. */
  readonly facts: Int8Array;
  /** The same as one word. */
  readonly packed: string;
  /** Facts as the model sees them. */
  readonly completed: Int8Array;
  readonly score: number;
  readonly band: Band;
  readonly quorum: number;
  /** Signers of the epoch that count, checksummed. */
  readonly signers: readonly string[];
}

/** The block a coordinator named; a node follows it or says why it cannot. */
export interface AsOfRequest {
  readonly number: number;
  readonly hash: string;
  readonly epoch: string;
}

export interface ExamineDeps {
  readonly state: ChainState;
  readonly store: Pick<ChainStore, "payment" | "block">;
  readonly rpc: RpcClient;
}

/** What is judged. Token lower-case, amount in its smallest unit. */
export interface Matter {
  readonly subject: string;
  readonly token: string;
  readonly amount: bigint;
  readonly facts: (schema: FactSchema, history: History, at: AsOf) => Int8Array;
  /** Whether facts are newer than the authorization's: they may delay, never block. */
  readonly refreshed: boolean;
  /** Whether the policy's audit can draw it: payments only. */
  readonly drawn: boolean;
}

const NATIVE = /^0x0{40}$/;
const MOST_ATTEMPTS = 3;

/** Facts, score and band under a policy entry, from the history that the node holds at this moment. */
export function judge(matter: Matter, entry: PolicyEntry, epoch: Epoch, asOf: BlockRef, state: ChainState): Finding {
  const { model, schema } = engine(epoch);
  const { subject, token, amount, refreshed } = matter;
  const row = epoch.tokens.get(token);
  const micro = microOf(epoch.tokens, token, amount);
  const at = { block: asOf.number, timestamp: asOf.timestamp };
  const facts = matter.facts(schema, state.book.history(epoch.tokens), at);
  const completed = completeFacts(facts, {
    amountBucket: amountBucket(micro),
    tokenClass: row?.tokenClass ?? 0,
    native: NATIVE.test(token),
  });
  const { quorum, above } = quorumOf(epoch.tiers, micro, row !== undefined);
  const points = score(model, completed);
  const audited = matter.drawn && isAudited(entry.policy.auditShare, subject, asOf.hash);
  return {
    ...{ subject, epoch, asOf, facts, packed: packFacts(facts), completed },
    score: points,
    band: verdict(entry.policy, points, above || row === undefined, refreshed, audited),
    quorum,
    signers: activeSigners(epoch.signers, entry.disabledSigners),
  };
}

/** The facts that raised the score most. */
export function reasonsOf(finding: Finding): Reason[] {
  const { model, schema } = engine(finding.epoch);
  return reasons(model, schema, finding.completed);
}

/** @throws OracleError BEHIND where a block has not been read. */
export function checkReached(number: number, head: number): void {
  if (number <= head) return;
  throw new OracleError("BEHIND", `block ${number} has not been read yet, ${head} has`, { asOf: number, head });
}

/** Throws where the coordinator names another epoch than the one that judges. */
export function checkEpoch(entry: PolicyEntry, request: AsOfRequest): void {
  if (request.epoch.toLowerCase() === entry.epoch) return;
  const details = { expected: entry.epoch, actual: request.epoch };
  throw new OracleError("EPOCH_UNKNOWN", `${entry.epoch} judges this, not ${request.epoch}`, details);
}

/** The block's hash and time: stored near the head and wherever something happened, else asked of the endpoint. */
async function blockRef(deps: ExamineDeps, number: number): Promise<BlockRef> {
  const stored = await deps.store.block(number);
  if (stored !== undefined) return stored;
  const [header] = await readHeaders(deps.rpc, [number]);
  if (header === undefined) throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lost block ${number}`);
  return { number: header.number, hash: header.hash, timestamp: header.timestamp };
}

/** How something is looked at, at one head. */
export interface Look<F> {
  /** Block whose policy and epoch judge. */
  readonly ruledBy: number;
  /** Whether only what was voted counts there, not a tightening. */
  readonly voted?: boolean;
  /** Block as of which facts are read; throws the reason why there is none. */
  readonly asOf: (entry: PolicyEntry) => number;
  /** What must be read from outside beforehand, as of that block. */
  readonly prepare?: (asOf: BlockRef) => Promise<void>;
  readonly find: (entry: PolicyEntry, epoch: Epoch, asOf: BlockRef) => F;
}

/**
 * Looks, and looks again where the chain changed while something was awaited: history, policy and cursor of what is found are of
 * one moment.
 *
 * @throws OracleError BEHIND, OTHER_FORK, EPOCH_UNKNOWN, EPOCH_REVOKED, MODEL_UNKNOWN, or what the look throws.
 */
export async function atOneMoment<F>(
  deps: ExamineDeps,
  request: AsOfRequest | undefined,
  look: (head: number) => Promise<Look<F>>,
): Promise<F> {
  const { state } = deps;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const generation = state.generation;
    const head = state.cursor?.number ?? -1;
    checkReached(request?.number ?? 0, head);
    const { ruledBy, voted, asOf: choose, prepare, find } = await look(head);
    const entry = state.ruling(ruledBy, voted).entry;
    const number = choose(entry);
    const asOf = await blockRef(deps, number);
    if (request !== undefined && request.hash.toLowerCase() !== asOf.hash) {
      if (state.generation !== generation) continue;
      const details = { asOf: number, own: asOf.hash, requested: request.hash };
      throw new OracleError("OTHER_FORK", `block ${number} is ${asOf.hash} here, not ${request.hash}`, details);
    }
    await prepare?.(asOf);
    // Nothing is awaited from here on: history, policy and cursor are of one moment.
    const now = state.ruling(ruledBy, voted);
    if (state.generation !== generation || now.entry !== entry) continue;
    return find(entry, now.epoch, asOf);
  }
  throw new OracleError("BEHIND", "the chain changed while the facts were found; ask again");
}
