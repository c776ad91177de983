import { Interface, type Signer } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { nameIn, numberIn, textIn, wholeIn } from "./fields.ts";
import { sluiceGovernorAbi, sluiceStakeAbi } from "./generated/abi.ts";
import {
  executionArguments,
  proposalArguments,
  voteSupports,
  type GovernorSite,
  type Proposal,
  type VoteSupport,
} from "./governance.ts";
import { send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";

/** Where stake counts. */
export type StakeSite = { chainId: number | bigint; stake: string };

export type StakedEvent = { account: string; amount: bigint };
/** Stake of the second `voteStart` votes after it, until `voteEnd` inclusive; seconds since the Unix epoch. */
export type ProposedEvent = { proposalId: bigint; proposer: string; voteStart: number; voteEnd: number };
export type VotedEvent = { proposalId: bigint; voter: string; support: VoteSupport; weight: bigint; reason: string };
/** The timelock executes from `etaSeconds` on. */
export type QueuedEvent = { proposalId: bigint; etaSeconds: number };
export type ExecutedEvent = { proposalId: bigint };

const governor = new Interface(sluiceGovernorAbi);
const stakes = new Interface(sluiceStakeAbi);

const proposalOf: EventReader<ExecutedEvent>["read"] = (args) => ({ proposalId: wholeIn(args, "proposalId") });

const stakedEvent: EventReader<StakedEvent> = {
  name: "Staked",
  read: (args) => ({ account: textIn(args, "account"), amount: wholeIn(args, "amount") }),
};
const proposedEvent: EventReader<ProposedEvent> = {
  name: "ProposalCreated",
  read: (args) => ({
    ...proposalOf(args),
    proposer: textIn(args, "proposer"),
    voteStart: numberIn(args, "voteStart"),
    voteEnd: numberIn(args, "voteEnd"),
  }),
};
const votedEvent: EventReader<VotedEvent> = {
  name: "VoteCast",
  read: (args) => ({
    ...proposalOf(args),
    voter: textIn(args, "voter"),
    support: nameIn(args, "support", voteSupports),
    weight: wholeIn(args, "weight"),
    reason: textIn(args, "reason"),
  }),
};
const queuedEvent: EventReader<QueuedEvent> = {
  name: "ProposalQueued",
  read: (args) => ({ ...proposalOf(args), etaSeconds: numberIn(args, "etaSeconds") }),
};
const executedEvent: EventReader<ExecutedEvent> = { name: "ProposalExecuted", read: proposalOf };

/**
 * Turns tokens the holder has approved for the stake into votes.
 * @param amount In the token's smallest unit
 * @throws ContractRevertedError, see `send`. So do all functions below.
 * @example
 * const { stake, governor } = deployment.governance;
 * await governance.stake(holder, { chainId, stake }, amount);
 * const { event } = await governance.propose(holder, { chainId, governor }, policyProposal({ HoldAt: 9_600 }, registry, why));
 */
export async function stake(
  holder: Signer,
  site: StakeSite,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<StakedEvent>> {
  const { chainId } = site;
  const call = { chainId, to: checkAddress("stake", site.stake), abi: stakes, method: "stake" };
  return send(holder, { ...call, args: [checkUint("amount", amount, 256)] }, stakedEvent, options);
}

/** Brings a proposal, by whoever has the threshold of votes. */
export async function propose(
  proposer: Signer,
  site: GovernorSite,
  proposal: Proposal,
  options?: SendOptions,
): Promise<Sent<ProposedEvent>> {
  return send(proposer, callOf(site, "propose", proposalArguments(proposal)), proposedEvent, options);
}

/** Brings a `smallStepProposal` that passes unless it is vetoed, by whoever has the threshold of votes. */
export async function proposeOptimistic(
  proposer: Signer,
  site: GovernorSite,
  proposal: Proposal,
  options?: SendOptions,
): Promise<Sent<ProposedEvent>> {
  return send(proposer, callOf(site, "proposeOptimistic", proposalArguments(proposal)), proposedEvent, options);
}

/** Votes with the stake the voter had at the proposal's snapshot. */
export async function vote(
  voter: Signer,
  site: GovernorSite,
  proposalId: bigint,
  support: VoteSupport,
  { reason = "", ...options }: SendOptions & { reason?: string } = {},
): Promise<Sent<VotedEvent>> {
  const args = [proposalId, voteSupports.indexOf(support)];
  const call = reason === "" ? callOf(site, "castVote", args) : callOf(site, "castVoteWithReason", [...args, reason]);
  return send(voter, call, votedEvent, options);
}

/** Hands a won proposal to the timelock. Anybody may send it. */
export async function queue(
  sender: Signer,
  site: GovernorSite,
  proposal: Proposal,
  options?: SendOptions,
): Promise<Sent<QueuedEvent>> {
  return send(sender, callOf(site, "queue", executionArguments(proposal)), queuedEvent, options);
}

/** Executes a queued proposal once its time has come. Anybody may send it. */
export async function execute(
  sender: Signer,
  site: GovernorSite,
  proposal: Proposal,
  options?: SendOptions,
): Promise<Sent<ExecutedEvent>> {
  return send(sender, callOf(site, "execute", executionArguments(proposal)), executedEvent, options);
}

function callOf(site: GovernorSite, method: string, args: readonly unknown[]): Call {
  return { chainId: site.chainId, to: checkAddress("governor", site.governor), abi: governor, method, args };
}
