import { describedBy, executionArguments, proposalArguments, proposalId, revertOf, type Proposal } from "@sluice/sdk";

import { amountText, momentText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { argument, needed, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, sluiceDecimals, type Context } from "./context.ts";
import {
  broughtProposals,
  ownMark,
  mustBe,
  nextStep,
  proposalNamed,
  statusOf,
  titleOf,
  votesText,
  type ProposalStatus,
} from "./proposals.ts";
import type { ProposalShadow } from "./shadowOf.ts";
import { powerOptions } from "./powerTemplates.ts";
import { describedIn, templates } from "./templates.ts";
import { callWords } from "./words.ts";

/**
 * The calls of a proposal in words, one line each.
 * @param isOver Whether the values in force say nothing about it any more.
 */
export async function wordsOf(context: Context, proposal: Proposal, isOver = false): Promise<string[]> {
  const { targets, values, calldatas } = proposal;
  const found = await context.glossary();
  const glossary = isOver ? { ...found, policy: [] } : found;
  return targets.map((target, index) =>
    callWords({ target, value: values[index] ?? 0n, data: calldatas[index] ?? "0x" }, glossary),
  );
}

function proposalJson(status: ProposalStatus): Record<string, unknown> {
  const { number, id, proposer, state, voteStart, voteEnd, eta, quorum, veto } = status;
  const { forVotes, againstVotes, abstainVotes } = status;
  const counted = { for: forVotes, against: againstVotes, abstain: abstainVotes };
  const votes = { ...counted, quorum: quorum ?? null, veto: veto ?? null };
  return { number, proposalId: id, title: titleOf(status), proposer, state, voteStart, voteEnd, eta, votes };
}

async function list(context: Context): Promise<Answer> {
  const brought = await broughtProposals(context);
  const rows = await Promise.all(brought.map((one) => statusOf(context, one)));
  const now = await context.now();
  const lines = rows.map((row) => `${row.number}  ${row.state.padEnd(9)}  ${titleOf(row)}\n   ${nextStep(row, now)}`);
  return { json: { proposals: rows.map(proposalJson) }, lines: lines.length === 0 ? ["no proposal yet"] : lines };
}

async function show(context: Context, input: Input): Promise<Answer> {
  const status = await proposalNamed(context, argument(input, 0));
  const isOver = !["Pending", "Active", "Succeeded", "Queued"].includes(status.state);
  const [words, now] = [await wordsOf(context, status, isOver), await context.now()];
  const { targets, values, calldatas, description } = status;
  const calls = targets.map((target, index) => ({
    ...{ target, value: values[index], data: calldatas[index], words: words[index] },
  }));
  return {
    json: { ...proposalJson(status), description, calls },
    lines: [
      `proposal ${status.number}, ${status.state}: ${titleOf(status)}`,
      `id         ${status.id}`,
      `proposer   ${status.proposer}`,
      ...words.map((line) => `${status.state === "Executed" ? "did  " : "would"}      ${line}`),
      `votes      ${votesText(status)}`,
      `snapshot   ${momentText(status.voteStart, now)}`,
      `vote ends  ${momentText(status.voteEnd, now)}`,
      `next       ${nextStep(status, now)}`,
      "",
      description.replace(ownMark, "").trim(),
    ],
  };
}

/** Whoever lacks votes is told before he pays gas. */
async function checkThreshold(context: Context): Promise<void> {
  const account = await context.account();
  // The votes of now: those of the second before the proposal's block, which the governor asks for, are not known yet.
  const votes: bigint = await context.part("stake").getFunction("getVotes")(account);
  const threshold: bigint = await context.part("governor").getFunction("proposalThreshold")();
  if (votes >= threshold) return;
  const text = (amount: bigint): string => amountText(amount, sluiceDecimals);
  const message = `${account} has ${text(votes)} votes, a proposal needs ${text(threshold)}: stake more, or have somebody delegate to you`;
  throw new CliError("NOT_ENOUGH", message, { account, votes, threshold });
}

/** What the first call would be refused with if the timelock made it now; later calls may need what it does. */
async function refusalNow(context: Context, { targets, values, calldatas }: Proposal): Promise<string | undefined> {
  const [to = null, value = 0n, data = "0x"] = [targets[0], values[0], calldatas[0]];
  // The governor takes calls about itself only from within an execution, so that one cannot be tried before.
  if (to === context.governance.governor) return undefined;
  const call = { from: context.governance.timelock, to, value, data };
  return context.provider.call(call).then(
    () => undefined,
    (thrown: unknown) => (revertOf(thrown, "the first call", undefined) ?? (thrown as Error)).message, // an RPC library's
  );
}

interface Bringing {
  /** What else would stand in its way if it were executed now. */
  readonly warnings?: readonly string[];
  readonly shadow: ProposalShadow | undefined;
  /** The governor's function; `propose` where absent. */
  readonly method?: "propose" | "proposeOptimistic" | undefined;
}

/** Brings a proposal after its author has read in words what it would do. */
export async function bring(
  context: Context,
  input: Input,
  calls: Proposal,
  { shadow, method = "propose", warnings = [] }: Bringing,
): Promise<Answer> {
  await checkThreshold(context);
  const account = await context.account();
  const text = shadow === undefined ? calls.description : `${calls.description}\n\n${shadow.link}\n`;
  const proposal = { ...calls, description: describedBy(account, text) };
  const words = await wordsOf(context, proposal);
  const refusal = await refusalNow(context, proposal);
  const warning = [...(refusal === undefined ? [] : [`executed now it would fail: ${refusal}`]), ...warnings];
  const lines = [
    `${account} proposes: ${titleOf(proposal)}`,
    ...words.map((line) => `  to ${line}`),
    ...warning,
    ...(shadow?.lines ?? []),
  ];
  if (!context.options.dryRun && !input.flag("yes") && !(await context.options.confirm(lines))) {
    const message = `nothing was sent, because nobody agreed; say --yes if this is what you want:\n${lines.join("\n")}`;
    throw new CliError("NOT_CONFIRMED", message, { words, warning });
  }
  const call = context.call("governor", method, proposalArguments(proposal));
  const now = await context.now();
  const answer = await context.perform([call], (done) => {
    const { voteStart, voteEnd } = eventOf(done, "ProposalCreated");
    const from = momentText(Number(voteStart), now);
    return {
      event: "ProposalCreated",
      lines: [`votes are taken after ${from} until ${momentText(Number(voteEnd), now)}`],
    };
  });
  const brought = {
    ...{ proposalId: proposalId(proposal), description: proposal.description, words, warning },
    shadow: shadow === undefined ? null : shadow.json,
  };
  return { json: { ...brought, ...answer.json }, lines: [...lines, `id ${brought.proposalId}`, ...answer.lines] };
}

async function propose(context: Context, input: Input): Promise<Answer> {
  const name = needed(input, "template");
  const template = templates[name];
  if (template === undefined) {
    throw new CliError("USAGE", `there is no template ${name}: ${Object.keys(templates).join(", ")}`);
  }
  const description = describedIn(input);
  const calls = { ...(await template.build(context, input)), description };
  // Reading and judging payments is a node's work: only here it is loaded.
  const { shadowOf } = await import("./shadowOf.ts");
  return bring(context, input, calls, { shadow: await shadowOf(context, input, calls), method: template.method });
}

async function queue(context: Context, input: Input): Promise<Answer> {
  const status = await proposalNamed(context, argument(input, 0));
  await mustBe(context, status, ["Succeeded"]);
  const now = await context.now();
  return context.perform([context.call("governor", "queue", executionArguments(status))], (done) => {
    const eta = momentText(Number(eventOf(done, "ProposalQueued")["etaSeconds"]), now);
    return {
      event: "ProposalQueued",
      lines: [`queued; execute it from ${eta}: sluice governance execute ${status.number}`],
    };
  });
}

async function execute(context: Context, input: Input): Promise<Answer> {
  const status = await proposalNamed(context, argument(input, 0));
  await mustBe(context, status, ["Queued"]);
  const now = await context.now();
  if (status.eta > now) {
    const message = `proposal ${status.number}: ${nextStep(status, now)}`;
    throw new CliError("PROPOSAL_STATE", message, { proposalId: status.id, state: status.state, eta: status.eta });
  }
  const words = await wordsOf(context, status);
  return context.perform([context.call("governor", "execute", executionArguments(status))], () => ({
    event: "ProposalExecuted",
    lines: ["executed:", ...words.map((line) => `  ${line}`)],
  }));
}

async function cancel(context: Context, input: Input): Promise<Answer> {
  const status = await proposalNamed(context, argument(input, 0));
  await mustBe(context, status, ["Pending", "Active", "Succeeded", "Queued"]);
  return context.perform([context.call("governor", "cancel", executionArguments(status))], () => ({
    event: "ProposalCanceled",
    lines: [`proposal ${status.number} is canceled`],
  }));
}

const templateLines = Object.entries(templates).map(([name, { options }]) => `${name}: ${options}`);

/** Options of whatever brings a proposal. */
export const bringOptions = {
  title: { type: "string" },
  description: { type: "string" },
  yes: { type: "boolean" },
  "shadow-days": { type: "string" },
} as const;

/** The life of a proposal but for its votes. */
export const governanceCommands: readonly Command[] = [
  {
    name: "governance list",
    usage: "",
    arity: [0, 0],
    does: "Lists every proposal, where it stands and what can be done next.",
    run: list,
  },
  {
    name: "governance show",
    usage: "ID",
    arity: [1, 1],
    does: "Shows a proposal: its calls in words, votes, quorum, times and text.",
    run: show,
  },
  {
    name: "governance propose",
    usage: "--template NAME … --title TEXT|--description FILE [--shadow-days N] [--yes]",
    arity: [0, 0],
    does: `Brings a proposal, after it has said in words what it would do. Where bands would move, the payments of the last N days (7; 0 for none) are judged again and the text links to that. ${templateLines.join("; ")}.`,
    options: {
      ...bringOptions,
      template: { type: "string" },
      ...{ set: { type: "string" }, token: { type: "string" }, to: { type: "string" }, amount: { type: "string" } },
      ...{
        target: { type: "string" },
        signature: { type: "string" },
        args: { type: "string" },
        value: { type: "string" },
      },
      ...{ duration: { type: "string" }, cliff: { type: "string" } },
      ...powerOptions,
    },
    run: propose,
  },
  {
    name: "governance queue",
    usage: "ID",
    arity: [1, 1],
    does: "Hands a won proposal to the timelock. Anybody may.",
    run: queue,
  },
  {
    name: "governance execute",
    usage: "ID",
    arity: [1, 1],
    does: "Has the timelock act once its delay is over. Anybody may.",
    run: execute,
  },
  {
    name: "governance cancel",
    usage: "ID",
    arity: [1, 1],
    does: "Takes a proposal back: its proposer before the vote, the guardian until its execution.",
    run: cancel,
  },
];
