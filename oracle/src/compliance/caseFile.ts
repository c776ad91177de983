import type { Kysely } from "kysely";

import { capturable } from "../attest/openness.ts";
import { termsJson } from "../attest/service.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { ChainState } from "../chain/state.ts";
import { arbiterFromText, termsFromText } from "../chain/terms.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { DecisionStore } from "../store/decisionStore.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import type { NoteRow, ReviewOrderRow, ServiceTables } from "../store/serviceSchema.ts";
import type { AmountWords, CaseAmount } from "./caseAmounts.ts";
import { gateCase, gateDecisions, ownCase, type CaseDecision } from "./caseDecisions.ts";
import { signersOf } from "./caseSigners.ts";
import { LIST_KINDS } from "./batches.ts";
import type { ListEvent } from "./listEvents.ts";
import { paymentRules } from "./paymentRules.ts";
import type { RuleReason, RuleSettings } from "./rules.ts";

/** What cases are read from, all of one moment. */
export interface CaseDeps {
  readonly site: { readonly chainId: number; readonly escrow: string };
  readonly state: ChainState;
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly service: Kysely<ServiceTables>;
  readonly rpc: RpcClient;
  readonly amounts: AmountWords;
  readonly rules: RuleSettings;
  /** Every batch of lists up to the block, oldest first. */
  readonly lists: readonly ListEvent[];
  /** Newest block that counts. */
  readonly upTo: number;
}

/** A batch of a list that named the payer, the payee or the payment. */
export interface ListHit {
  readonly what: "payer" | "payee" | "payment";
  readonly list: string;
  readonly removal: boolean;
  readonly sequence: number;
  readonly block: number;
}

/** An event as it stands on chain, its own arguments beside kind and place. */
export type CaseEvent = Readonly<Record<string, unknown>> & {
  readonly kind: string;
  readonly block: number;
  readonly logIndex: number;
  readonly transactionHash: string;
};

/** Everything a reviewer needs about one payment. */
export interface Case {
  readonly id: string;
  readonly terms: Readonly<Record<string, unknown>>;
  readonly amount: CaseAmount;
  readonly capturable: CaseAmount;
  readonly authorizedBlock: number;
  readonly authorizedAt: number;
  readonly events: readonly CaseEvent[];
  readonly decisions: readonly CaseDecision[];
  readonly ruleReasons: readonly RuleReason[] | null;
  readonly listHits: readonly ListHit[];
  /** Lists they stand on as of the export's block. */
  readonly listed: { readonly payer: readonly string[]; readonly payee: readonly string[] };
  readonly labels: { readonly knownFraud: boolean; readonly events: readonly CaseEvent[] };
  readonly notes: readonly Omit<NoteRow, "payment">[];
  readonly orders: readonly Omit<ReviewOrderRow, "payment">[];
}

const FRAUD_REFUND = "1";

function eventOf({ kind, block, log_index: logIndex, transaction_hash: transactionHash, body }: EventRow): CaseEvent {
  return { ...(JSON.parse(body) as object), kind, block, logIndex, transactionHash }; // the decoder wrote an object
}

/** Whether the event says that the payment was fraud: a refund coded as such, or its arbiter's ruling for the payer. */
function isLabel({ kind, reasonCode, by, toPayer, toPayee }: CaseEvent, arbiter: string | undefined): boolean {
  if (kind === "refunded") return String(reasonCode) === FRAUD_REFUND;
  if (kind !== "ruled" || String(by).toLowerCase() !== arbiter) return false;
  return BigInt(String(toPayer)) > BigInt(String(toPayee));
}

async function decisionsOf(deps: CaseDeps, payment: PaymentRow, events: readonly EventRow[]): Promise<CaseDecision[]> {
  const { state, site, rpc, upTo } = deps;
  const found: CaseDecision[] = [];
  for (const decided of gateDecisions(events, site.escrow)) {
    const epoch = state.epoch(decided.epoch);
    const signers = await signersOf(rpc, { subject: payment.id, ...decided }, epoch, site);
    found.push(gateCase(epoch, decided, signers));
  }
  const known = new Set(state.timeline.epochs());
  for (const row of await deps.decisions.of(payment.id)) {
    // A row of an epoch that a reorganisation took back says nothing any more.
    if (row.as_of <= upTo && known.has(row.epoch)) found.push(ownCase(state.epoch(row.epoch), payment, row));
  }
  return found.sort((a, b) => a.asOf - b.asOf);
}

function hitsOf({ id, payer, payee }: PaymentRow, lists: readonly ListEvent[]): ListHit[] {
  const parts = { payer, payee, payment: id } as const;
  const names = ["payer", "payee", "payment"] as const;
  return lists.flatMap(({ kind, removal, sequence, block, entries }) =>
    names
      .filter((what) => entries.includes(parts[what]))
      .map((what) => ({ what, list: LIST_KINDS[kind] ?? String(kind), removal, sequence, block })),
  );
}

/** Lists on which the newest hit left somebody. */
function standing(hits: readonly ListHit[], what: ListHit["what"]): string[] {
  const last = new Map(hits.filter((hit) => hit.what === what).map((hit) => [hit.list, hit.removal]));
  return [...last].filter(([, removal]) => !removal).map(([list]) => list);
}

async function paperOf(service: Kysely<ServiceTables>, id: string): Promise<Pick<Case, "notes" | "orders">> {
  const notes = await service.selectFrom("notes").selectAll().where("payment", "=", id).orderBy("at").execute();
  const orders = await service
    .selectFrom("review_orders")
    .selectAll()
    .where("payment", "=", id)
    .orderBy("at")
    .execute();
  return {
    notes: notes.map(({ payment: _, ...note }) => note),
    orders: orders.map(({ payment: _, ...order }) => order),
  };
}

/** Everything about one payment as of the block. */
export async function caseOf(deps: CaseDeps, payment: PaymentRow): Promise<Case> {
  const { store, amounts, upTo, lists, service, state, rules } = deps;
  const rows = (await store.eventsOf(payment.id)).filter(({ block }) => block <= upTo);
  const events = rows.map(eventOf);
  const hits = hitsOf(payment, lists);
  const marks = events.filter((event) => isLabel(event, arbiterFromText(payment.terms)));
  return {
    id: payment.id,
    terms: termsJson(termsFromText(payment.terms)),
    amount: await amounts.of(payment.token, BigInt(payment.amount)),
    capturable: await amounts.of(payment.token, capturable(payment, rows)),
    authorizedBlock: payment.block,
    authorizedAt: payment.timestamp,
    events,
    decisions: await decisionsOf(deps, payment, rows),
    ruleReasons: paymentRules(state, payment, rules) ?? null,
    listHits: hits,
    listed: { payer: standing(hits, "payer"), payee: standing(hits, "payee") },
    labels: { knownFraud: marks.length > 0 || standing(hits, "payment").length > 0, events: marks },
    ...(await paperOf(service, payment.id)),
  };
}
