import { policyParameters, policyRegistryAbi, type PolicyParameter } from "@sluice/sdk";
import { getAddress, Interface } from "ethers";

import { OracleError } from "../errors.ts";
import type { Policy, PolicyEntry } from "../policy/timeline.ts";

/** What a proposal would change of what bands depend on. */
export interface Change {
  readonly policy: Readonly<Partial<Record<PolicyParameter, bigint>>>;
  /** The epoch it would put into force. */
  readonly epoch?: string;
}

/** A call of a proposal. */
export interface ProposedCall {
  readonly target: string;
  readonly data: string;
}

const registry = new Interface(policyRegistryAbi);

/** Parameters that decide a payment's band, by the names of the node's policy. */
const DECIDING: Readonly<Partial<Record<PolicyParameter, keyof Policy>>> = {
  HoldAt: "holdAt",
  BlockAt: "blockAt",
  AuditShare: "auditShare",
};

function policyOf(rows: readonly (readonly [parameter: bigint, value: bigint])[]): Change["policy"] {
  return Object.fromEntries(
    rows.flatMap(([parameter, value]) => {
      const name = policyParameters[Number(parameter)];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/** What the calls of a proposal change, in their order; calls of anything but the policy registry change nothing here. */
export function changeOf(calls: readonly ProposedCall[], policyRegistry: string): Change {
  let change: Change = { policy: {} };
  for (const { target, data } of calls) {
    const parsed = getAddress(target) === getAddress(policyRegistry) ? registry.parseTransaction({ data }) : null;
    // As a plain array: asked for a place that it does not have, the decoder's own list throws.
    const args: readonly unknown[] = parsed?.args.toArray() ?? [];
    const [first, second] = args;
    if (parsed?.name === "changePolicy") {
      const rows = first as readonly (readonly [bigint, bigint])[]; // (parameter, value), as the ABI says
      change = { ...change, policy: { ...change.policy, ...policyOf(rows) } };
    }
    if (parsed?.name === "changeSmall") {
      const row = [first, second] as [bigint, bigint]; // the same, one row
      change = { ...change, policy: { ...change.policy, ...policyOf([row]) } };
    }
    if (parsed?.name === "activateEpoch") change = { ...change, epoch: String(first).toLowerCase() };
  }
  return change;
}

/**
 * What would be in force after the change.
 *
 * @throws OracleError INVALID_REQUEST where no band depends on what changes.
 */
export function applied(base: PolicyEntry, { policy, epoch = base.epoch }: Change): PolicyEntry {
  const changed: Record<string, number> = {};
  for (const [name, value] of Object.entries(policy)) {
    const field = DECIDING[name as PolicyParameter]; // the keys are parameters
    if (field !== undefined) changed[field] = Number(value);
  }
  if (Object.keys(changed).length === 0 && epoch === base.epoch) {
    throw new OracleError("INVALID_REQUEST", "the proposal changes nothing that a payment's band depends on");
  }
  return { ...base, epoch, policy: { ...base.policy, ...changed }, disabledSigners: 0 };
}
