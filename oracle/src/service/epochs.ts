import type { ChainState } from "../chain/state.ts";
import { modelHash, type QuantisedModel } from "../model/network.ts";
import type { Policy, PolicyEntry } from "../policy/timeline.ts";

export interface EpochView {
  readonly address: string;
  readonly signers: string[];
  readonly tiers: { upTo: string; quorum: number }[];
  readonly tokens: { token: string; shift: number; tokenClass: number }[];
  readonly modelHash: string;
  readonly installed: boolean;
  readonly current: boolean;
  readonly revoked: boolean;
  readonly rules: { fromBlock: number; policy: Policy; disabledSigners: string[] }[];
}

function isDisabled(mask: number, index: number): boolean {
  return (mask & (1 << index)) !== 0;
}

function epochView(state: ChainState, address: string, entries: readonly PolicyEntry[]): EpochView {
  const { signers, tiers, tokens, modelHash: hash, engine } = state.epoch(address);
  const own = entries.filter((entry) => entry.epoch === address);
  return {
    address,
    signers: [...signers],
    tiers: tiers.map(({ upTo, quorum }) => ({ upTo: upTo.toString(), quorum })),
    tokens: [...tokens].map(([token, { shift, tokenClass }]) => ({ token, shift, tokenClass })),
    modelHash: hash,
    installed: engine !== undefined,
    current: entries.at(-1)?.epoch === address,
    revoked: own.some((entry) => entry.revoked),
    rules: own.map(({ fromBlock, policy, disabledSigners }) => ({
      fromBlock,
      policy: { ...policy },
      disabledSigners: signers.filter((_, index) => isDisabled(disabledSigners, index)),
    })),
  };
}

/** Every epoch the gate has named, in the order in which it was. */
export function epochViews(state: ChainState): EpochView[] {
  const entries = state.timeline.entries();
  return state.timeline.epochs().map((address) => epochView(state, address, entries));
}

export interface ModelView {
  readonly id: string;
  readonly hash: string;
  readonly kind: "classifier" | "autoencoder";
  readonly schemaHash: string;
  readonly epochs: string[];
}

/** The installed models, and which epochs run them. */
export function modelViews(models: ReadonlyMap<string, QuantisedModel>, state: ChainState): ModelView[] {
  return [...models.values()].map((model) => {
    const hash = modelHash(model);
    const kind = model.kind === "autoencoder" ? ("autoencoder" as const) : ("classifier" as const);
    const epochs = state.timeline.epochs().filter((address) => state.epoch(address).modelHash === hash);
    return { id: model.id, hash, kind, schemaHash: model.schemaHash, epochs };
  });
}
