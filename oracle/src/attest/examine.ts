import type { Epoch } from "../chain/epochs.ts";
import { engine, microOf } from "../chain/epochs.ts";
import type { ChainState } from "../chain/state.ts";
import { OracleError } from "../errors.ts";
import { completeFacts, computeFacts, packFacts } from "../facts/facts.ts";
import { amountBucket } from "../facts/units.ts";
import type { Band } from "../model/bands.ts";
import { reasons, type Reason } from "../model/reasons.ts";
import { score } from "../model/reference.ts";
import { asOfBlock, isAsOfBlock } from "../policy/asOf.ts";
import { isAudited } from "../policy/audit.ts";
import { activeSigners, quorumOf } from "../policy/quorum.ts";
import type { PolicyEntry } from "../policy/timeline.ts";
import { verdict } from "../policy/verdict.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { readHeaders } from "../chain/blocks.ts";
import type { BlockRef, ChainStore } from "../store/chainStore.ts";
import type { PaymentRow } from "../store/schema.ts";

/** What a node finds about one payment as of one block: all of it follows from the chain. */
export interface Examination {
  readonly payment: PaymentRow;
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
  readonly store: ChainStore;
  readonly rpc: RpcClient;
}

const MOST_ATTEMPTS = 3;

function judge(payment: PaymentRow, entry: PolicyEntry, epoch: Epoch, asOf: BlockRef, state: ChainState): Examination {
  const { model, schema } = engine(epoch);
  const row = epoch.tokens.get(payment.token);
  const micro = microOf(epoch.tokens, payment.token, BigInt(payment.amount));
  const history = state.book.history(epoch.tokens);
  const at = { block: asOf.number, timestamp: asOf.timestamp };
  const facts = computeFacts(schema, { ...payment, micro }, history, at);
  const native = /^0x0{40}$/.test(payment.token);
  const completed = completeFacts(facts, {
    amountBucket: amountBucket(micro),
    tokenClass: row?.tokenClass ?? 0,
    native,
  });
  const { quorum, above } = quorumOf(epoch.tiers, micro, row !== undefined);
  const points = score(model, completed);
  const refreshed = asOf.number !== payment.block;
  const audited = isAudited(entry.policy.auditShare, payment.id, asOf.hash);
  return {
    payment,
    epoch,
    asOf,
    facts,
    packed: packFacts(facts),
    completed,
    score: points,
    band: verdict(entry.policy, points, above || row === undefined, refreshed, audited),
    quorum,
    signers: activeSigners(epoch.signers, entry.disabledSigners),
  };
}

/** The facts that raised the score most. */
export function reasonsOf(examination: Examination): Reason[] {
  const { model, schema } = engine(examination.epoch);
  return reasons(model, schema, examination.completed);
}

/** Which block to look from, by the rule or by request; throws the reason why a request cannot be followed. */
function chooseAsOf(payment: PaymentRow, entry: PolicyEntry, head: number, request: AsOfRequest | undefined): number {
  const { refreshLog2 } = entry.policy;
  if (request === undefined) {
    const number = asOfBlock(payment.block, refreshLog2, head);
    if (number === undefined) throw new OracleError("BEHIND", `block ${payment.block} has not been read yet`);
    return number;
  }
  if (request.epoch.toLowerCase() !== entry.epoch) {
    const details = { expected: entry.epoch, actual: request.epoch };
    throw new OracleError("EPOCH_UNKNOWN", `payments of block ${payment.block} are judged by ${entry.epoch}`, details);
  }
  if (!isAsOfBlock(payment.block, refreshLog2, request.number)) {
    const details = { authorizedBlock: payment.block, asOf: request.number };
    throw new OracleError(
      "WRONG_AS_OF",
      `facts of a payment of block ${payment.block} cannot be as of ${request.number}`,
      details,
    );
  }
  return request.number;
}

function checkReached(number: number, head: number): void {
  if (number <= head) return;
  throw new OracleError("BEHIND", `block ${number} has not been read yet, ${head} has`, { asOf: number, head });
}

/** The block's hash and time: stored near the head and wherever something happened, else asked of the endpoint. */
async function blockRef(deps: ExamineDeps, number: number): Promise<BlockRef> {
  const stored = await deps.store.block(number);
  if (stored !== undefined) return stored;
  const [header] = await readHeaders(deps.rpc, [number]);
  if (header === undefined) throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lost block ${number}`);
  return { number: header.number, hash: header.hash, timestamp: header.timestamp };
}

async function paymentRow(store: ChainStore, id: string, head: number): Promise<PaymentRow> {
  const payment = await store.payment(id);
  if (payment !== undefined) return payment;
  throw new OracleError(
    "NOT_AUTHORIZED_YET",
    `no authorization of ${id} was seen up to block ${head}; if it is on chain, its terms differ from the ones sent`,
    { id, head },
  );
}

/**
 * Finds facts, score and band of a payment.
 *
 * @param id Payment id, lower-case.
 * @param request The block and epoch a coordinator named; without it the rule decides.
 * @throws OracleError NOT_AUTHORIZED_YET, BEHIND, OTHER_FORK, EPOCH_UNKNOWN, EPOCH_REVOKED, WRONG_AS_OF or MODEL_UNKNOWN.
 */
export async function examine(deps: ExamineDeps, id: string, request?: AsOfRequest): Promise<Examination> {
  const { state, store } = deps;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const generation = state.generation;
    const head = state.cursor?.number ?? -1;
    checkReached(request?.number ?? 0, head);
    const payment = await paymentRow(store, id, head);
    checkReached(payment.block, head);
    const entry = state.ruling(payment.block).entry;
    const number = chooseAsOf(payment, entry, head, request);
    const asOf = await blockRef(deps, number);
    // Nothing is awaited from here on: history, policy and cursor are of one moment.
    const now = state.ruling(payment.block);
    if (state.generation !== generation || now.entry !== entry) continue;
    if (request !== undefined && request.hash.toLowerCase() !== asOf.hash) {
      const details = { asOf: number, own: asOf.hash, requested: request.hash };
      throw new OracleError("OTHER_FORK", `block ${number} is ${asOf.hash} here, not ${request.hash}`, details);
    }
    return judge(payment, entry, now.epoch, asOf, state);
  }
  throw new OracleError("BEHIND", "the chain changed while the payment was examined", { id });
}
