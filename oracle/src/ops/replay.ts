import { z } from "zod";

import { examine, type Examination } from "../attest/examine.ts";
import { genesisOf } from "../chain/connect.ts";
import { Follower } from "../chain/follower.ts";
import { agreeingReader } from "../chain/reader.ts";
import { ChainState } from "../chain/state.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { packFacts, unpackFacts } from "../facts/facts.ts";
import { bands } from "@sluice/sdk";
import { ChainStore } from "../store/chainStore.ts";
import { openChain } from "../store/dataDir.ts";
import { readModels } from "../store/models.ts";
import { endpointsOf, followerOptions } from "./follow.ts";

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

/** A decision on chain beside what this release finds from the chain alone. */
export interface Replayed {
  readonly decided: Decided;
  readonly found: Examination;
  readonly same: boolean;
}

function same(decided: Decided, found: Examination): boolean {
  return (
    decided.facts === packFacts(found.completed) &&
    decided.score === found.score &&
    decided.band === found.band &&
    decided.asOfHash === found.asOf.hash
  );
}

/** Recomputes every decision the gate emitted about a payment, reading the chain afresh into memory. */
export async function replay(settings: NodeSettings, id: string, signal: AbortSignal): Promise<Replayed[]> {
  const rpc = endpointsOf(settings, signal);
  await genesisOf(rpc, settings.chainId);
  const database = await openChain(":memory:");
  try {
    const store = new ChainStore(database, 2 * settings.reorgMarginBlocks);
    const models = readModels(settings.modelsDir);
    const state = new ChainState(store, rpc, { chainId: settings.chainId, models });
    const silent = { applied: () => undefined, rolledBack: () => undefined, polled: () => undefined };
    const options = followerOptions(settings);
    const reader = agreeingReader(rpc, settings.rpcAgreement, options.site);
    await new Follower(reader, store, state, options, silent).poke();
    const events = await store.eventsOf(id);
    const decisions = events
      .filter((event) => event.kind === "decided")
      .map((event) => decidedSchema.parse(JSON.parse(event.body)));
    const own = decisions.filter((decided) => decided.caller === settings.escrow.toLowerCase());
    if (own.length === 0)
      throw new OracleError("UNKNOWN_PAYMENT", `the gate has decided nothing about ${id} for this escrow`);
    const replayed: Replayed[] = [];
    for (const decided of own) {
      const request = { number: decided.asOf, hash: decided.asOfHash, epoch: decided.epoch };
      const found = await examine({ state, store, rpc }, id, request);
      replayed.push({ decided, found, same: same(decided, found) });
    }
    return replayed;
  } finally {
    await database.destroy();
  }
}

function row(columns: readonly (string | number)[]): string {
  const [index, name, ...rest] = columns.map(String);
  return [String(index).padStart(3), String(name).padEnd(26), ...rest.map((text) => text.padStart(9))].join(" ");
}

/** A replayed decision, fact by fact. */
export function replayText({ decided, found, same: agrees }: Replayed): string {
  const onChain = unpackFacts(decided.facts);
  const slots = found.epoch.engine?.schema.slots ?? [];
  const facts = Array.from(found.completed, (value, index) => {
    const stated = onChain[index] ?? 0;
    return row([index, slots[index]?.fact ?? "", stated, value, stated === value ? "" : "DIFFERS"]);
  });
  const name = (band: number): string => bands[band] ?? String(band);
  return [
    `as of block ${decided.asOf} ${decided.asOfHash}`,
    row(["", "fact", "on chain", "found", ""]),
    ...facts,
    row(["", "score", decided.score, found.score, decided.score === found.score ? "" : "DIFFERS"]),
    row(["", "band", name(decided.band), name(found.band), decided.band === found.band ? "" : "DIFFERS"]),
    agrees ? "the decision follows from the chain" : "the decision does NOT follow from the chain",
  ].join("\n");
}
