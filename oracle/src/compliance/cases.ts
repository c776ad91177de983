import { genesisOf } from "../chain/connect.ts";
import { ChainState } from "../chain/state.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { endpointsOf } from "../ops/follow.ts";
import { ChainStore } from "../store/chainStore.ts";
import { DecisionStore } from "../store/decisionStore.ts";
import { readModels } from "../store/models.ts";
import { openChainOf, openServiceOf } from "../store/open.ts";
import type { PaymentRow } from "../store/schema.ts";
import { ServiceReads } from "../store/serviceReads.ts";
import { AmountWords } from "./caseAmounts.ts";
import { caseOf, type Case } from "./caseFile.ts";
import { listEventOf } from "./listEvents.ts";
import type { RuleSettings } from "./rules.ts";

/** Which payments: one, or those authorized in some blocks, both ends included. */
export type CaseQuestion = { readonly payment: string } | { readonly from: number; readonly to: number };

/** Cases, and what they are about and as of. */
export interface CaseExport {
  readonly format: "sluice-cases";
  readonly version: 1;
  readonly chain: {
    readonly chainId: number;
    readonly genesisHash: string;
    readonly gate: string;
    readonly escrow: string;
    readonly listRegistry: string | null;
  };
  /** Newest block the node had read: nothing later is in the export. */
  readonly asOf: { readonly block: number; readonly hash: string; readonly timestamp: number };
  readonly rules: RuleSettings;
  readonly cases: readonly Case[];
}

async function asked(reads: ServiceReads, question: CaseQuestion, head: number): Promise<readonly PaymentRow[]> {
  if (!("payment" in question)) {
    if (question.to <= head) return reads.between(question.from, question.to);
    throw new OracleError("BEHIND", `the node has read up to block ${head}, not ${question.to}: let it catch up`, {
      asOf: question.to,
      head,
    });
  }
  const payment = await reads.payment(question.payment);
  if (payment === undefined || payment.block > head) {
    throw new OracleError("UNKNOWN_PAYMENT", `payment ${question.payment} was not seen here`);
  }
  return [payment];
}

/**
 * Everything about payments that this node knows or the chain says, as of the newest block the node has read. Works beside a running
 * node and changes nothing.
 *
 * @throws OracleError UNKNOWN_PAYMENT, BEHIND where the node has not read so far, CHAIN_MISMATCH or RPC_UNAVAILABLE.
 */
export async function readCases(
  settings: NodeSettings,
  question: CaseQuestion,
  signal: AbortSignal,
): Promise<CaseExport> {
  const { chainId, gate, escrow, listRegistry = null, structuringThreshold, rapidMovementFloor } = settings;
  const rpc = endpointsOf(settings, signal);
  const genesisHash = await genesisOf(rpc, chainId);
  const chain = await openChainOf(settings);
  const service = await openServiceOf(settings);
  try {
    const store = new ChainStore(chain, 2 * settings.reorgMarginBlocks);
    const state = new ChainState(store, rpc, { chainId, models: readModels(settings.modelsDir) });
    await state.load();
    const { cursor } = state;
    if (cursor === undefined) throw new OracleError("NOT_READY", "the node has read no block yet");
    const { number: upTo, hash, timestamp } = cursor;
    const lists = (await store.eventsOfKind(["listBatch"])).map(listEventOf).filter(({ block }) => block <= upTo);
    const rules = { structuringThreshold, rapidMovementFloor };
    const reading = { site: { chainId, escrow }, state, store, service, rpc, rules, lists, upTo };
    const deps = { ...reading, decisions: new DecisionStore(chain), amounts: new AmountWords(rpc) };
    const cases: Case[] = [];
    for (const payment of await asked(new ServiceReads(chain), question, upTo)) cases.push(await caseOf(deps, payment));
    const site = { chainId, genesisHash, gate, escrow, listRegistry };
    return { format: "sluice-cases", version: 1, chain: site, asOf: { block: upTo, hash, timestamp }, rules, cases };
  } finally {
    await service.destroy();
    await chain.destroy();
  }
}
