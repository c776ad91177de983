import { bands } from "@sluice/sdk";
import { z } from "zod";

import { paymentMatter } from "../attest/examine.ts";
import { judge, type Finding } from "../attest/finding.ts";
import { gateEvent, POLICY_KINDS } from "../chain/decode.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { definitionOf } from "../facts/catalogue.ts";
import { unpackFacts } from "../facts/facts.ts";
import { isAsOfBlock, isStrideBlock } from "../policy/asOf.ts";
import { PolicyTimeline, type PolicyEntry } from "../policy/timeline.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import { blockOf, withChain, type ReadChain } from "./readChain.ts";

const decidedSchema = z.object({
  caller: z.string(),
  epoch: z.string(),
  asOf: z.coerce.number(),
  asOfHash: z.string(),
  facts: z.string(),
  score: z.coerce.number(),
  band: z.coerce.number(),
});

type Decided = z.output<typeof decidedSchema>;

/** One fact of a decision: what the gate was told beside what follows from the chain. */
export interface ReplayedFact {
  readonly slot: number;
  readonly fact: string;
  /** Unit of the value before it became a byte. */
  readonly unit: string;
  readonly phrase: string;
  readonly onChain: number;
  readonly found: number;
  readonly same: boolean;
}

/** A decision on chain beside what this release finds from the chain alone. */
export interface Replayed {
  /** Payment as it was charged, or authorized before. */
  readonly charge: boolean;
  readonly block: number;
  readonly transaction: string;
  readonly asOf: number;
  /** Whether the rules give that block, its hash is the chain's, and the epoch is the one that judges. */
  readonly asOfAllowed: boolean;
  readonly asOfHash: { readonly onChain: string; readonly found: string };
  readonly epoch: { readonly onChain: string; readonly found: string };
  readonly score: { readonly onChain: number; readonly found: number };
  readonly band: { readonly onChain: string; readonly found: string };
  readonly facts: readonly ReplayedFact[];
  readonly same: boolean;
}

/** The policy that judged a payment at the moment of an event: what was voted or revoked later does not count. */
async function entryThen({ store }: ReadChain, payment: PaymentRow, event: EventRow): Promise<PolicyEntry> {
  const timeline = new PolicyTimeline();
  for (const row of await store.eventsOfKind(POLICY_KINDS)) {
    if (row.block > event.block || (row.block === event.block && row.log_index > event.log_index)) break;
    const change = gateEvent(row);
    if (change !== undefined) timeline.append(change);
  }
  const ruling = timeline.at(payment.block);
  if (ruling !== "before-first" && ruling !== "revoked") return ruling;
  throw new OracleError("EPOCH_UNKNOWN", `the gate had no policy for block ${payment.block} at block ${event.block}`);
}

function factsOf(decided: Decided, found: Finding): ReplayedFact[] {
  const onChain = unpackFacts(decided.facts);
  const slots = found.epoch.engine?.schema.slots ?? [];
  return Array.from(found.completed, (value, slot) => {
    const name = slots[slot]?.fact ?? "";
    const { unit, phrase } = definitionOf(name);
    const stated = onChain[slot] ?? 0;
    return { slot, fact: name, unit, phrase, onChain: stated, found: value, same: stated === value };
  });
}

const bandName = (band: number): string => bands[band] ?? String(band);

async function replayOne(read: ReadChain, payment: PaymentRow, event: EventRow, charge: boolean): Promise<Replayed> {
  const decided = decidedSchema.parse(JSON.parse(event.body));
  const { state } = read;
  const entry = await entryThen(read, payment, event);
  const { refreshLog2, stride } = entry.policy;
  const asOfAllowed = charge
    ? isStrideBlock(stride, payment.block - 1, decided.asOf)
    : isAsOfBlock(payment.block, refreshLog2, decided.asOf);
  const asOf = await blockOf(read, decided.asOf);
  const epoch = state.epoch(entry.epoch);
  const matter = paymentMatter(payment, epoch, asOf.number);
  // A charge is judged before it exists: nothing is refreshed, and no audit draws it.
  const found = judge(charge ? { ...matter, refreshed: false, drawn: false } : matter, entry, epoch, asOf, state);
  const facts = factsOf(decided, found);
  const sameEpoch = decided.epoch === entry.epoch;
  const sameJudgement = decided.score === found.score && decided.band === found.band;
  return {
    ...{ charge, block: event.block, transaction: event.transaction_hash, asOf: decided.asOf, asOfAllowed },
    asOfHash: { onChain: decided.asOfHash, found: asOf.hash },
    epoch: { onChain: decided.epoch, found: entry.epoch },
    score: { onChain: decided.score, found: found.score },
    band: { onChain: bandName(decided.band), found: bandName(found.band) },
    facts,
    same:
      asOfAllowed && sameEpoch && sameJudgement && decided.asOfHash === asOf.hash && facts.every(({ same }) => same),
  };
}

async function replayAll(read: ReadChain, escrow: string, id: string): Promise<Replayed[]> {
  const events = await read.store.eventsOf(id);
  const payment = await read.store.payment(id);
  const decisions = events.filter(
    (event) => event.kind === "decided" && decidedSchema.parse(JSON.parse(event.body)).caller === escrow,
  );
  if (payment === undefined || decisions.length === 0) {
    throw new OracleError("UNKNOWN_PAYMENT", `the gate has decided nothing about ${id} for this escrow`);
  }
  // A charge is stored as a payment and the capture in it, at one place.
  const charge = events.some(
    ({ kind, block, log_index: index }) =>
      kind === "captured" && block === payment.block && index === payment.log_index,
  );
  const replayed: Replayed[] = [];
  for (const event of decisions) replayed.push(await replayOne(read, payment, event, charge));
  return replayed;
}

/**
 * Recomputes every decision the gate emitted about a payment, authorized or charged, captured alone or in a batch, first or
 * refreshed, reading the chain afresh into memory.
 *
 * @throws OracleError UNKNOWN_PAYMENT where the gate decided nothing about it, MODEL_UNKNOWN, RPC_UNAVAILABLE.
 */
export async function replay(settings: NodeSettings, id: string, signal: AbortSignal): Promise<Replayed[]> {
  return withChain(settings, signal, (read) => replayAll(read, settings.escrow.toLowerCase(), id));
}
