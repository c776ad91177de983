import { sluiceGovernorAbi } from "@sluice/sdk";
import { Interface } from "ethers";

import { readHead } from "../chain/blocks.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { hexText, parseLogs, toQuantity } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import type { ProposedCall } from "./change.ts";
import type { Window } from "./window.ts";

/** A proposal as the governor announced it. */
export interface FoundProposal {
  readonly number: number;
  readonly id: bigint;
  readonly calls: readonly ProposedCall[];
  readonly description: string;
  readonly block: number;
}

/** What a proposal's description says of its shadow. */
export interface ShadowLink extends Window {
  readonly hash: string;
}

const governor = new Interface(sluiceGovernorAbi);
/** Blocks asked for at once: what public endpoints allow. */
const WIDEST_RANGE = 10_000;

/**
 * Finds a proposal by its number, from 0, or its id.
 *
 * @throws OracleError INVALID_REQUEST where there is none.
 */
export async function findProposal(
  rpc: RpcClient,
  address: string,
  deployedBlock: number,
  asked: string,
): Promise<FoundProposal> {
  if (!/^(\d+|0x[0-9a-fA-F]+)$/.test(asked)) {
    throw new OracleError("INVALID_REQUEST", `proposal: its number or id, not ${asked}`);
  }
  const wanted = BigInt(asked);
  const topics = [governor.getEvent("ProposalCreated")?.topicHash];
  const { number: head } = await readHead(rpc);
  let number = 0;
  for (let from = deployedBlock; from <= head; from += WIDEST_RANGE) {
    const range = { fromBlock: toQuantity(from), toBlock: toQuantity(Math.min(head, from + WIDEST_RANGE - 1)) };
    for (const log of parseLogs(await rpc.call("eth_getLogs", [{ address, topics, ...range }]))) {
      const parsed = governor.parseLog({ topics: [...log.topics], data: hexText(log.data, "data") });
      if (parsed === null) continue;
      const arg = (name: string): unknown => parsed.args.getValue(name);
      const targets = arg("targets") as readonly string[]; // as the ABI says, and so below
      const calldatas = arg("calldatas") as readonly string[]; // see above
      const calls = targets.map((target, index) => ({ target, data: calldatas[index] ?? "0x" }));
      const [id, description] = [BigInt(String(arg("proposalId"))), String(arg("description"))];
      const found = { number, id, calls, description, block: log.block };
      if (number === Number(wanted) || found.id === wanted) return found;
      number += 1;
    }
  }
  throw new OracleError("INVALID_REQUEST", `there is no proposal ${asked}: the governor knows ${number}`);
}

/** The line of a description that links to a shadow. */
export function linkText(hash: string, { from, to }: Window): string {
  return `shadow: ${hash} (blocks ${from} to ${to})`;
}

/** The link in a description, where there is one. */
export function linkIn(description: string): ShadowLink | undefined {
  const found = /^shadow: (0x[0-9a-f]{64}) \(blocks (\d+) to (\d+)\)/m.exec(description);
  const [, hash, from, to] = found ?? [];
  return hash === undefined ? undefined : { hash, from: Number(from), to: Number(to) };
}
