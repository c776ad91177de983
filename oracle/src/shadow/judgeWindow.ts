import { bands } from "@sluice/sdk";
import { z } from "zod";

import { paymentMatter } from "../attest/examine.ts";
import { judge, type Matter } from "../attest/finding.ts";
import { engine, readEpoch, type Epoch } from "../chain/epochs.ts";
import { gateEvent, POLICY_KINDS } from "../chain/decode.ts";
import { HISTORY_KINDS } from "../chain/historyEvents.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import type { QuantisedModel } from "../model/network.ts";
import { blockOf, withChain, type ReadChain } from "../ops/readChain.ts";
import { PolicyTimeline, type PolicyEntry } from "../policy/timeline.ts";
import type { PaymentRow } from "../store/schema.ts";
import { applied, type Change } from "./change.ts";
import type { BandName, Judge, ShadowFindings, ShadowRow } from "./report.ts";
import { windowOf, type AskedWindow } from "./window.ts";

const decidedSchema = z.object({ asOf: z.coerce.number() });

/** An entry with its epoch read. */
interface Judging {
  readonly entry: PolicyEntry;
  readonly epoch: Epoch;
}

/** What votes had in force for payments authorized after the block, as the chain knew it at its end. */
async function entryAfter({ store }: ReadChain, block: number): Promise<PolicyEntry> {
  const timeline = new PolicyTimeline();
  for (const row of await store.eventsOfKind(POLICY_KINDS)) {
    if (row.block > block) break;
    const event = gateEvent(row);
    if (event !== undefined) timeline.append(event);
  }
  const ruling = timeline.votedAt(block + 1);
  if (ruling !== "before-first" && ruling !== "revoked") return ruling;
  throw new OracleError("EPOCH_UNKNOWN", `the gate has no policy and epoch in force after block ${block}`);
}

/** The epoch with the history that its token table reads: also one that the gate has never named. */
async function epochOf({ rpc, store, state, models }: ReadChain, address: string, chainId: number): Promise<Epoch> {
  const isNamed = state.timeline.epochs().includes(address);
  const epoch = isNamed ? state.epoch(address) : await readEpoch(rpc, address, chainId, models);
  engine(epoch);
  const upTo = state.cursor?.number ?? -1;
  if (!state.book.has(epoch.tokens)) await state.book.add(epoch.tokens, store.historyUpTo(upTo, HISTORY_KINDS));
  return epoch;
}

/** The same facts are found once, however often they are judged. */
function once(matter: Matter): Matter {
  let last: { schema: unknown; history: unknown; facts: Int8Array } | undefined;
  return {
    ...matter,
    facts: (schema, history, at) => {
      if (last?.schema !== schema || last.history !== history) {
        last = { schema, history, facts: matter.facts(schema, history, at) };
      }
      return last.facts;
    },
  };
}

/** Block as of which charges were judged, by payment: a charge is screened before it exists. */
async function chargesOf({ store }: ReadChain): Promise<(payment: PaymentRow) => number | undefined> {
  const captured = new Set<string>();
  const asOf = new Map<string, number>();
  for (const { kind, subject, block, log_index: index, body } of await store.eventsOfKind(["captured", "decided"])) {
    if (kind === "captured") captured.add(`${subject} ${block} ${index}`);
    else if (!asOf.has(subject)) asOf.set(subject, decidedSchema.parse(JSON.parse(body)).asOf);
  }
  // A charge is stored as a payment and the capture in it, at one place.
  return ({ id, block, log_index: index }) => (captured.has(`${id} ${block} ${index}`) ? asOf.get(id) : undefined);
}

const bandName = (band: number): BandName => bands[band] as BandName; // the verdict is 1, 2 or 3

/** Judges one payment by its first facts: a refresh only ever delays, and is left out. */
async function rowOf(
  read: ReadChain,
  payment: PaymentRow,
  chargedAsOf: number | undefined,
  by: { readonly now: Judging; readonly proposed: Judging },
): Promise<ShadowRow> {
  const asOf = await blockOf(read, chargedAsOf ?? payment.block);
  const found = ({ entry, epoch }: Judging, matter: Matter) => {
    const { score, band } = judge(matter, entry, epoch, asOf, read.state);
    return { score, band: bandName(band) };
  };
  const charge = chargedAsOf === undefined ? {} : { refreshed: false, drawn: false };
  const matterOf = ({ epoch }: Judging): Matter => once({ ...paymentMatter(payment, epoch, asOf.number), ...charge });
  const matter = matterOf(by.now);
  const { id, block, payee: merchant, token, amount } = payment;
  return {
    ...{ payment: id, block, merchant, token, amount, asOf: asOf.number },
    now: found(by.now, matter),
    // Amounts mean what the judging epoch says they mean, so facts are shared only under one epoch.
    proposed: found(by.proposed, by.now.epoch === by.proposed.epoch ? matter : matterOf(by.proposed)),
  };
}

function judgeOf({ entry, epoch }: Judging): Judge {
  const { holdAt, blockAt, auditShare } = entry.policy;
  return { epoch: epoch.address, modelHash: epoch.modelHash, holdAt, blockAt, auditShare };
}

/**
 * Judges every payment of some blocks twice, under what is in force after them and under a change of it: from the endpoint
 * alone, so that anybody finds the same.
 *
 * @param more Models beside the installed ones, such as the proposed epoch's.
 * @throws OracleError INVALID_REQUEST, MODEL_UNKNOWN, EPOCH_UNKNOWN, RPC_UNAVAILABLE, CHAIN_MISMATCH.
 */
export async function judgeWindow(
  settings: NodeSettings,
  change: Change,
  asked: AskedWindow,
  signal: AbortSignal,
  more: ReadonlyMap<string, QuantisedModel> = new Map(),
): Promise<ShadowFindings> {
  const { chainId, deployedBlock, gate, escrow, listRegistry } = settings;
  return withChain(
    settings,
    signal,
    async (read) => {
      const { from, to, toHash } = await windowOf(read.rpc, asked, deployedBlock);
      const base = await entryAfter(read, to);
      const entry = applied(base, change);
      const now = { entry: base, epoch: await epochOf(read, base.epoch, chainId) };
      const epoch = entry.epoch === base.epoch ? now.epoch : await epochOf(read, entry.epoch, chainId);
      const proposed = { entry, epoch };
      const chargeOf = await chargesOf(read);
      const rows: ShadowRow[] = [];
      for await (const page of read.store.paymentsUpTo(to)) {
        for (const payment of page) {
          if (payment.block < from) continue;
          rows.push(await rowOf(read, payment, chargeOf(payment), { now, proposed }));
        }
      }
      return {
        version: 1,
        ...{ chainId, gate: gate.toLowerCase(), escrow: escrow.toLowerCase() },
        lists: listRegistry?.toLowerCase() ?? null,
        ...{ from, to, toHash, now: judgeOf(now), proposed: judgeOf(proposed), rows },
      };
    },
    more,
  );
}
