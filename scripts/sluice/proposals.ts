import { sluiceGovernorAbi, type Proposal } from "@sluice/sdk";
import { Interface } from "ethers";

import { amountText, momentText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { sluiceDecimals, type Context } from "./context.ts";

/** The governor's states by their numbers. */
export const proposalStates = [
  "Pending",
  "Active",
  "Canceled",
  "Defeated",
  "Succeeded",
  "Queued",
  "Expired",
  "Executed",
] as const;
export type ProposalState = (typeof proposalStates)[number];

/** A proposal as it was brought. */
export interface BroughtProposal extends Proposal {
  /** Place among all proposals, from 0: people name it by that. */
  readonly number: number;
  readonly id: bigint;
  readonly proposer: string;
  readonly voteStart: number;
  readonly block: number;
}

/** A proposal and where it stands. Times in seconds since the Unix epoch. */
export interface ProposalStatus extends BroughtProposal {
  readonly state: ProposalState;
  readonly voteEnd: number;
  /** Zero until it is queued. */
  readonly eta: number;
  readonly forVotes: bigint;
  readonly againstVotes: bigint;
  readonly abstainVotes: bigint;
  /** Undefined until its snapshot is over. */
  readonly quorum: bigint | undefined;
  /** Votes against that stop it, where it passes without a quorum; undefined for every other, and until its snapshot is over. */
  readonly veto: bigint | undefined;
}

const governor = new Interface(sluiceGovernorAbi);
/** Blocks asked for at once: what public endpoints allow. */
const widestRange = 10_000;

/** Every proposal ever brought, oldest first. */
export async function broughtProposals(context: Context): Promise<BroughtProposal[]> {
  const { provider, deployment, governance } = context;
  const topic = governor.getEvent("ProposalCreated")?.topicHash ?? null;
  const head = await provider.getBlockNumber();
  const found: BroughtProposal[] = [];
  for (let from = deployment.deployedBlock; from <= head; from += widestRange) {
    const range = { fromBlock: from, toBlock: Math.min(head, from + widestRange - 1) };
    const logs = await provider.getLogs({ address: governance.governor, topics: [topic], ...range });
    for (const log of logs) {
      const args = governor.parseLog(log)?.args;
      if (args === undefined) continue;
      const [id, proposer, targets, values, , calldatas, voteStart, , description] = args;
      const calls = {
        targets: [...targets],
        values: [...values],
        calldatas: [...calldatas],
        description: String(description),
      };
      const numbers = { number: found.length, voteStart: Number(voteStart), block: log.blockNumber };
      found.push({ ...calls, ...numbers, id: BigInt(id), proposer: String(proposer) });
    }
  }
  return found;
}

/** Where a proposal stands now. */
export async function statusOf(context: Context, brought: BroughtProposal): Promise<ProposalStatus> {
  const read = context.part("governor");
  const { id } = brought;
  const [state, votes, deadline, eta] = await Promise.all([
    read.getFunction("state")(id),
    read.getFunction("proposalVotes")(id),
    read.getFunction("proposalDeadline")(id),
    read.getFunction("proposalEta")(id),
  ]);
  const name = proposalStates[Number(state)] ?? "Pending";
  const isOptimistic: boolean = await read.getFunction("isOptimistic")(id);
  const needed = name === "Pending" ? undefined : await votesNeeded(context, brought.voteStart, isOptimistic);
  const [againstVotes, forVotes, abstainVotes] = votes as [bigint, bigint, bigint]; // as the ABI says
  return {
    ...{ ...brought, state: name, voteEnd: Number(deadline), eta: Number(eta) },
    ...{ forVotes, againstVotes, abstainVotes },
    ...{ quorum: isOptimistic ? undefined : needed, veto: isOptimistic ? needed : undefined },
  };
}

/** Votes for that a proposal needs, or votes against that stop one that passes without a quorum. */
async function votesNeeded(context: Context, snapshot: number, isOptimistic: boolean): Promise<bigint | undefined> {
  // A canceled proposal may have a snapshot that is not over.
  if (snapshot >= (await context.now())) return undefined;
  return BigInt(await context.part("governor").getFunction(isOptimistic ? "vetoVotes" : "quorum")(snapshot));
}

/**
 * The proposal that the user means.
 * @param text Its number in `governance list`, its id, or `latest`: the account's own last one.
 */
export async function proposalNamed(context: Context, text: string): Promise<ProposalStatus> {
  const all = await broughtProposals(context);
  const wanted = await wantedId(context, text, all);
  const brought = all.find(({ id }) => id === wanted);
  if (brought !== undefined) return statusOf(context, brought);
  const none =
    text === "latest" ? `${await context.account()} has brought no proposal` : `there is no proposal ${text}`;
  const message = `${none}: sluice governance list shows the ${all.length} there are, each by its number`;
  throw new CliError("PROPOSAL_UNKNOWN", message, { asked: text, proposals: all.length });
}

async function wantedId(context: Context, text: string, all: readonly BroughtProposal[]): Promise<bigint | undefined> {
  if (text === "latest") {
    const account = await context.account();
    return all.findLast(({ proposer }) => proposer === account)?.id;
  }
  if (!/^(\d+|0x[0-9a-fA-F]+)$/.test(text)) {
    throw new CliError("USAGE", `not a proposal: ${text}; name it by its number, its id, or latest`);
  }
  const value = BigInt(text);
  return value < BigInt(all.length) ? all[Number(value)]?.id : value;
}

/** What can be done with a proposal now, in a sentence. */
export function nextStep({ state, number, voteStart, voteEnd, eta }: ProposalStatus, now: number): string {
  switch (state) {
    case "Pending":
      return `votes are taken after ${momentText(voteStart, now)}`;
    case "Active":
      return `vote until ${momentText(voteEnd, now)}: sluice governance vote ${number} for|against|abstain`;
    case "Succeeded":
      return `it won: sluice governance queue ${number}`;
    case "Queued":
      return eta <= now
        ? `its delay is over: sluice governance execute ${number}`
        : `execute it from ${momentText(eta, now)}: sluice governance execute ${number}`;
    case "Canceled":
      return "it was canceled";
    case "Defeated":
      return "it lost: against was not less than for, or the quorum was missed";
    case "Expired":
      return "it was not executed in time";
    case "Executed":
      return "it was executed";
  }
}

/** @throws CliError `PROPOSAL_STATE` where the proposal is in another state, saying what can be done instead. */
export async function mustBe(
  context: Context,
  status: ProposalStatus,
  wanted: readonly ProposalState[],
): Promise<void> {
  if (wanted.includes(status.state)) return;
  const message = `proposal ${status.number} is ${status.state}: ${nextStep(status, await context.now())}`;
  throw new CliError("PROPOSAL_STATE", message, { proposalId: status.id, state: status.state, wanted });
}

/** What keeps others from proposing the same: the end of a description that names its proposer. */
export const ownMark = /#proposer=0x[0-9a-fA-F]{40}$/;

/** First line of a description, without the mark that keeps others from proposing the same. */
export function titleOf({ description }: Proposal): string {
  const [line = ""] = description.replace(ownMark, "").split("\n");
  return line.trim();
}

/** The count so far, in words. */
export function votesText({ forVotes, againstVotes, abstainVotes, quorum, veto }: ProposalStatus): string {
  const text = (votes: bigint): string => amountText(votes, sluiceDecimals);
  const wanted = quorum === undefined ? "" : `, quorum ${text(quorum)} for`;
  const needed = veto === undefined ? wanted : `, passes unless ${text(veto)} are against`;
  return `for ${text(forVotes)}, against ${text(againstVotes)}, abstain ${text(abstainVotes)}${needed}`;
}
