import { readFileSync, writeFileSync } from "node:fs";

import { ballotProblems, batchBallotTypedData, packBallots, type SignedBallot } from "@sluice/sdk";
import { getBytes } from "ethers";

import { amountText, momentText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { argument, needed, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, sluiceDecimals, type Context } from "./context.ts";
import { mustBe, proposalNamed, type ProposalStatus } from "./proposals.ts";

const supports: readonly string[] = ["against", "for", "abstain"];

/** A ballot as a file: what it counts for, and the signature. */
interface BallotFile extends SignedBallot {
  readonly chainId: number;
  readonly governor: string;
  readonly proposalId: string;
}

async function vote(context: Context, input: Input): Promise<Answer> {
  const support = supports.indexOf(argument(input, 1));
  if (support < 0) throw new CliError("USAGE", `vote for, against or abstain, not ${argument(input, 1)}`);
  const status = await proposalNamed(context, argument(input, 0));
  if (input.flag("gasless")) return signBallot(context, status, support, needed(input, "out"));
  await mustBe(context, status, ["Active"]);
  await checkWeight(context, status);
  const reason = input.text("reason");
  const call =
    reason === undefined
      ? context.call("governor", "castVote", [status.id, support])
      : context.call("governor", "castVoteWithReason", [status.id, support, reason]);
  return context.perform([call], (done) => {
    const weight = amountText(BigInt(String(eventOf(done, "VoteCast")["weight"])), sluiceDecimals);
    return { event: "VoteCast", lines: [`voted ${supports[support]} with ${weight} votes`] };
  });
}

/** A vote without stake at the snapshot is none, and would cost gas. */
async function checkWeight(context: Context, { id, voteStart }: ProposalStatus): Promise<void> {
  const [account, governor] = [await context.account(), context.part("governor")];
  const weight: bigint = await governor.getFunction("getVotes")(account, voteStart);
  if (weight > 0n) return;
  const when = momentText(voteStart, await context.now());
  const message = `${account} had no votes at the snapshot, ${when}: stake that came later counts for the next proposal`;
  throw new CliError("NOT_ENOUGH", message, { account, proposalId: id, snapshot: voteStart });
}

/** A ballot that would be left out is not worth its signature. Before the snapshot nobody knows what it weighs. */
async function checkBallot(context: Context, status: ProposalStatus): Promise<void> {
  if (status.state === "Active") await checkWeight(context, status);
  const account = await context.account();
  if (!(await context.part("governor").getFunction("hasVoted")(status.id, account))) return;
  const message = `${account} has voted on proposal ${status.number}: a vote cannot be changed`;
  throw new CliError("PROPOSAL_STATE", message, { account, proposalId: status.id });
}

async function signBallot(context: Context, status: ProposalStatus, support: number, out: string): Promise<Answer> {
  await mustBe(context, status, ["Pending", "Active"]);
  await checkBallot(context, status);
  const [signer, voter] = [await context.signer(), await context.account()];
  const site = { chainId: context.deployment.chainId, governor: context.governance.governor };
  const { domain, types, message } = batchBallotTypedData(status.id, support, voter, site);
  const signature = await signer.signTypedData(domain, types, message);
  const ballot: BallotFile = { ...site, proposalId: `${status.id}`, voter, support, signature };
  writeFileSync(out, `${JSON.stringify(ballot, null, 2)}\n`);
  const until = momentText(status.voteEnd, await context.now());
  const line = `${out}: ${voter} votes ${supports[support]}. Give it to whoever submits before ${until}: sluice governance submit-ballots ${out}`;
  return { json: { out, ...ballot }, lines: [line] };
}

function readBallot(file: string, site: { chainId: number; governor: string }): BallotFile {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new CliError("FILE_INVALID", `${file} is not JSON that can be read`);
  }
  const field = (name: string): unknown => Reflect.get(Object(read), name);
  const texts = ["governor", "proposalId", "voter", "signature"].every((name) => typeof field(name) === "string");
  if (!texts || typeof field("support") !== "number") {
    throw new CliError("FILE_INVALID", `${file} is no ballot of sluice governance vote --gasless`);
  }
  const ballot = read as BallotFile; // checked above, field by field
  if (ballot.chainId === site.chainId && ballot.governor === site.governor) return ballot;
  throw new CliError("FILE_INVALID", `${file} is for governor ${ballot.governor} on chain ${ballot.chainId}`);
}

/** Ballots that were left out: (index 2 bytes, problem 1 byte), one after the other. */
function skippedIn(report: unknown, ballots: readonly BallotFile[]): { voter: string; problem: string }[] {
  const bytes = typeof report === "string" ? getBytes(report) : new Uint8Array();
  return Array.from({ length: bytes.length / 3 }, (_, row) => {
    const [high = 0, low = 0, problem = 0] = bytes.subarray(3 * row, 3 * row + 3);
    return { voter: ballots[high * 256 + low]?.voter ?? "", problem: ballotProblems[problem] ?? `${problem}` };
  });
}

async function submitBallots(context: Context, input: Input): Promise<Answer> {
  const site = { chainId: context.deployment.chainId, governor: context.governance.governor };
  const ballots = input.args.map((file) => readBallot(file, site));
  const [first] = ballots;
  if (first === undefined || ballots.some(({ proposalId }) => proposalId !== first.proposalId)) {
    throw new CliError("FILE_INVALID", "the ballots are for several proposals: submit each proposal's by themselves");
  }
  await mustBe(context, await proposalNamed(context, first.proposalId), ["Active"]);
  const args = [BigInt(first.proposalId), packBallots(ballots)];
  const call = input.flag("reimburse")
    ? context.call("voteRelay", "castVotes", args)
    : context.call("governor", "castVotesBySig", args);
  let skipped: { voter: string; problem: string }[] = [];
  let counted = 0;
  const answer = await context.perform([call], (done) => {
    skipped = skippedIn(eventOf(done, "BallotsSkipped")["report"], ballots);
    counted = done.events.filter(({ name }) => name === "VoteCast").length;
    const lines = skipped.map(({ voter, problem }) => `left out: ${voter}, ${problem}`);
    return { event: "VoteCast", lines: [`${counted} of ${ballots.length} ballots were counted`, ...lines] };
  });
  return context.options.dryRun ? answer : { ...answer, json: { counted, skipped, ...answer.json } };
}

/** Votes, with gas and without. */
export const voteCommands: readonly Command[] = [
  {
    name: "governance vote",
    usage: "ID for|against|abstain [--reason TEXT] | ID for|against|abstain --gasless --out FILE",
    arity: [2, 2],
    does: "Votes with the stake of the snapshot; with --gasless only signs a ballot, which somebody else submits.",
    options: { reason: { type: "string" }, gasless: { type: "boolean" }, out: { type: "string" } },
    run: vote,
  },
  {
    name: "governance submit-ballots",
    usage: "FILE… [--reimburse]",
    arity: [1, 65_535],
    does: "Submits signed ballots of one proposal in one transaction; bad ones are left out and named. --reimburse goes through the vote relay.",
    options: { reimburse: { type: "boolean" } },
    run: submitBallots,
  },
];
