import { packAttestation } from "@sluice/sdk";

import type { Examination } from "../attest/examine.ts";
import type { AsOfRequest } from "../attest/finding.ts";
import type { OwnAttestation } from "../attest/service.ts";
import { packFacts } from "../facts/facts.ts";
import { BAND } from "../model/bands.ts";
import type { EventRow } from "../store/schema.ts";
import { isPostable, NO_BAND, type PaymentView } from "./paymentView.ts";
import { act, wait, type Step } from "./steps.ts";

/** An Allow that the gate decided about a payment, as its event tells it. */
export interface AllowDecision {
  readonly asOf: number;
  readonly asOfHash: string;
  readonly epoch: string;
  /** Facts as the model saw them. */
  readonly facts: string;
}

export interface ContradictionDeps {
  readonly escrow: string;
  /** What this node finds as of that block, without signing it. */
  readonly examine: (id: string, request: AsOfRequest) => Promise<Examination>;
  /** The same, signed: the guard sees to it that it never signs anything else about that block. */
  readonly sign: (id: string, request: AsOfRequest) => Promise<OwnAttestation>;
  /** Score from which the policy of the payment's block holds. */
  readonly holdAt: (authorizedBlock: number) => number;
  /** An Allow that other nodes attest, for a payment whose Allow travelled with a capture and was never posted. */
  readonly allowOf: (id: string) => Promise<string>;
}

/** The newest Allow the gate decided for this escrow, undefined where there is none. */
export function allowDecision(escrow: string, events: readonly EventRow[]): AllowDecision | undefined {
  for (const { kind, body } of events.toReversed()) {
    if (kind !== "decided") continue;
    const decided: unknown = JSON.parse(body);
    const text = (name: string): string => String(Reflect.get(Object(decided), name)).toLowerCase();
    if (text("caller") !== escrow.toLowerCase() || Number(text("band")) !== BAND.allow) continue;
    return { asOf: Number(text("asOf")), asOfHash: text("asOfHash"), epoch: text("epoch"), facts: text("facts") };
  }
  return undefined;
}

/** Whether facts found at one's own make a Hold of it in `contest`: its audit draw does not count there. */
function holds(own: Examination, holdAt: number): boolean {
  return own.score >= holdAt || !own.epoch.tokens.has(own.payment.token);
}

/**
 * What a signer whose own facts contradict an Allow does about it: it signs them alone and turns the Allow into a Hold. It answers
 * for that with its bond, so it does so only where its facts differ and reach the policy's Hold.
 */
export async function nextContradiction(
  deps: ContradictionDeps,
  view: PaymentView,
  events: readonly EventRow[],
  now: number,
): Promise<Step> {
  const allowed = view.band === BAND.allow || view.band === NO_BAND;
  const decision = allowDecision(deps.escrow, events);
  if (!allowed || decision === undefined || !isPostable(view, now)) return wait();
  const { asOf, asOfHash, epoch, facts } = decision;
  const request = { number: asOf, hash: asOfHash, epoch };
  const own = await deps.examine(view.id, request);
  if (packFacts(own.completed) === facts || !holds(own, deps.holdAt(view.authorizedBlock))) return wait();
  const signed = await deps.sign(view.id, request);
  if (!own.signers.includes(signed.signer)) return wait();
  const differing = packAttestation({ asOf, asOfHash, facts: own.packed }, [signed]);
  // Where the Allow is not posted, the escrow takes it along: a later capture could bring it again.
  const allow = view.band === BAND.allow ? "0x" : await deps.allowOf(view.id);
  return act("tighten", allow, differing);
}
