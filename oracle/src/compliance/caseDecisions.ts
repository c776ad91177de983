import { bands } from "@sluice/sdk";
import { z } from "zod";

import { microOf, type Epoch } from "../chain/epochs.ts";
import { definitionOf } from "../facts/catalogue.ts";
import { completeFacts, packFacts, unpackFacts } from "../facts/facts.ts";
import { amountBucket } from "../facts/units.ts";
import { reasons, type Reason } from "../model/reasons.ts";
import type { DecisionRow, EventRow, PaymentRow } from "../store/schema.ts";

/** A fact with what it is called, in which unit it is, and what it says. */
export interface CaseFact {
  readonly index: number;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly window: string;
  readonly phrase: string;
  readonly description: string;
}

/** What was decided about a payment, by the gate on chain or by this node for itself. */
export interface CaseDecision {
  readonly by: "gate" | "node";
  readonly asOf: number;
  readonly asOfHash: string;
  readonly epoch: string;
  readonly model: { readonly id: string | null; readonly hash: string };
  /** Facts as the model saw them, as one word. */
  readonly packedFacts: string;
  /** Empty where the epoch's model is not installed. */
  readonly facts: readonly CaseFact[];
  readonly score: number;
  readonly band: string;
  readonly reasons: readonly Reason[];
  /** Of the gate's: the transaction, and who had signed; null where the call does not tell. */
  readonly transactionHash: string | null;
  readonly signers: readonly string[] | null;
}

type Decided = Pick<CaseDecision, "by" | "asOf" | "asOfHash" | "score" | "transactionHash" | "signers"> & {
  readonly band: number;
  readonly completed: Int8Array;
};

const bodySchema = z.object({
  caller: z.string(),
  epoch: z.string(),
  asOf: z.coerce.number(),
  asOfHash: z.string(),
  facts: z.string(),
  score: z.coerce.number(),
  band: z.coerce.number(),
});

const NATIVE = /^0x0{40}$/;

/** A decision of the gate as its event tells it. */
export type GateDecision = z.output<typeof bodySchema> & { readonly transactionHash: string };

/** The gate's decisions for one escrow, oldest first. */
export function gateDecisions(events: readonly EventRow[], escrow: string): GateDecision[] {
  return events
    .filter(({ kind }) => kind === "decided")
    .map((event) => ({ ...bodySchema.parse(JSON.parse(event.body)), transactionHash: event.transaction_hash }))
    .filter(({ caller }) => caller.toLowerCase() === escrow.toLowerCase());
}

function named(epoch: Epoch, completed: Int8Array): CaseFact[] {
  const slots = epoch.engine?.schema.slots ?? [];
  return slots.map(({ fact }, index) => {
    const { name, unit, window, phrase, description } = definitionOf(fact);
    return { index, name, value: completed[index] ?? 0, unit, window, phrase, description };
  });
}

function decisionOf(epoch: Epoch, { completed, band, ...decided }: Decided): CaseDecision {
  const { address, modelHash, engine } = epoch;
  return {
    ...decided,
    epoch: address,
    model: { id: engine?.model.id ?? null, hash: modelHash },
    packedFacts: packFacts(completed),
    facts: named(epoch, completed),
    band: bands[band] ?? String(band),
    reasons: engine === undefined ? [] : reasons(engine.model, engine.schema, completed),
  };
}

/** What the gate decided, with who had signed. */
export function gateCase(epoch: Epoch, decided: GateDecision, signers: readonly string[] | null): CaseDecision {
  const { asOf, asOfHash, score, band, transactionHash, facts } = decided;
  const completed = unpackFacts(facts);
  return decisionOf(epoch, { by: "gate", asOf, asOfHash, score, band, completed, transactionHash, signers });
}

/** What this node found by itself. */
export function ownCase(epoch: Epoch, payment: PaymentRow, row: DecisionRow): CaseDecision {
  const { token, amount } = payment;
  const completed = completeFacts(unpackFacts(row.facts), {
    amountBucket: amountBucket(microOf(epoch.tokens, token, BigInt(amount))),
    tokenClass: epoch.tokens.get(token)?.tokenClass ?? 0,
    native: NATIVE.test(token),
  });
  const { as_of: asOf, as_of_hash: asOfHash, score, band } = row;
  const rest = { transactionHash: null, signers: null };
  return decisionOf(epoch, { by: "node", asOf, asOfHash, score, band, completed, ...rest });
}
