import { collections, packTerms, type Collection, type Terms } from "@sluice/sdk";
import { toQuantity } from "ethers";

import { escrowInterface } from "../chain/decode.ts";
import { microOf, type Epoch } from "../chain/epochs.ts";
import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { OracleError } from "../errors.ts";
import { computeFacts } from "../facts/facts.ts";
import { isStrideBlock, strideBlock } from "../policy/asOf.ts";
import type { PolicyEntry } from "../policy/timeline.ts";
import {
  atOneMoment,
  checkEpoch,
  judge,
  type AsOfRequest,
  type ExamineDeps,
  type Finding,
  type Matter,
} from "./finding.ts";

/** A payment that is to be charged: nothing of it is on chain. */
export interface ChargeQuestion {
  readonly id: string;
  readonly terms: Terms;
  readonly collection: Collection;
  /** The payer's signature, as `charge` takes it. */
  readonly payerSignature: string;
}

export interface ChargeDeps extends ExamineDeps {
  readonly escrow: string;
}

/** What a node finds about a charge. */
export interface ChargeFinding extends Finding {
  readonly charge: ChargeQuestion;
  /** Last block in which the escrow accepts an attestation as of this block. */
  readonly lastBlock: number;
}

/** Micro-units stop counting here: an amount at the bound is above every cap. */
const MOST_MICRO = 2 ** 48 - 1;

/** Which multiple of the stride to look from; throws the reason why a coordinator's cannot be followed. */
export function strideAsOf(entry: PolicyEntry, head: number, request: AsOfRequest | undefined): number {
  const { stride } = entry.policy;
  if (request === undefined) return strideBlock(stride, head);
  checkEpoch(entry, request);
  if (isStrideBlock(stride, head, request.number)) return request.number;
  const expected = strideBlock(stride, head);
  throw new OracleError("WRONG_AS_OF", `facts are as of block ${expected} now, not of ${request.number}`, {
    expected,
    asOf: request.number,
  });
}

/** Name of the error that a call reverts with, and its arguments as text. */
function revertOf(refusal: RpcRefusal): { error: string; arguments: string[] } {
  const { data } = refusal;
  const parsed = typeof data === "string" && data.length >= 10 ? escrowInterface.parseError(data) : null;
  if (parsed === null) return { error: refusal.message.slice(0, 200), arguments: [] };
  return { error: parsed.name, arguments: parsed.args.map(String) };
}

/**
 * Has the escrow itself say whether it would take this money now: the payer's signature of whatever kind, his balance and
 * allowance, the terms, and that they are new. What nodes sign does not depend on it; it only keeps them from signing facts of
 * payments that nobody has agreed to.
 */
async function checkConsent(rpc: RpcClient, escrow: string, charge: ChargeQuestion): Promise<void> {
  const { terms, collection, payerSignature } = charge;
  const arguments_ = [packTerms(terms), collections.indexOf(collection), payerSignature];
  const value = collection === "Native" ? { value: toQuantity(terms.amount) } : {};
  const call = {
    ...{ from: terms.operator, to: escrow, ...value },
    data: escrowInterface.encodeFunctionData("authorize", arguments_),
  };
  try {
    await rpc.call("eth_call", [call, "latest"]);
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    const reverted = revertOf(error);
    const text = `the escrow would not take this payment: ${reverted.error}(${reverted.arguments.join(", ")})`;
    throw new OracleError("CHARGE_REFUSED", text, { id: charge.id, ...reverted });
  }
}

/** An unlisted token is held whatever its amount, as on chain. */
function checkCap(charge: ChargeQuestion, entry: PolicyEntry, epoch: Epoch): void {
  const { chargeCap } = entry.policy;
  const micro = microOf(epoch.tokens, charge.terms.token.toLowerCase(), charge.terms.amount);
  if (micro <= chargeCap && micro < MOST_MICRO) return;
  const details = { id: charge.id, micro, chargeCap };
  throw new OracleError("CHARGE_ABOVE_CAP", `${micro} micro-units are above the policy's cap of ${chargeCap}`, details);
}

function chargeMatter(charge: ChargeQuestion, epoch: Epoch): Matter {
  const { amount, payer, payee } = charge.terms;
  const token = charge.terms.token.toLowerCase();
  const micro = microOf(epoch.tokens, token, amount);
  const payment = { id: charge.id, payer: payer.toLowerCase(), payee: payee.toLowerCase(), micro };
  return {
    ...{ subject: charge.id, token, amount, refreshed: false, drawn: false },
    facts: (schema, history, at) => computeFacts(schema, payment, history, at),
  };
}

/**
 * Finds facts, score and band of a payment that does not exist yet, as of the last multiple of the policy's stride, under policy
 * and epoch in force in the next block.
 *
 * @throws OracleError CHARGE_REFUSED, CHARGE_ABOVE_CAP, WRONG_AS_OF, or as `examine`.
 */
export async function examineCharge(
  deps: ChargeDeps,
  charge: ChargeQuestion,
  request?: AsOfRequest,
): Promise<ChargeFinding> {
  await checkConsent(deps.rpc, deps.escrow, charge);
  return atOneMoment(deps, request, (head) =>
    Promise.resolve({
      ruledBy: head + 1,
      asOf: (entry) => strideAsOf(entry, head, request),
      find: (entry, epoch, asOf) => {
        checkCap(charge, entry, epoch);
        const found = judge(chargeMatter(charge, epoch), entry, epoch, asOf, deps.state);
        return { charge, lastBlock: asOf.number + entry.policy.stride, ...found };
      },
    }),
  );
}
