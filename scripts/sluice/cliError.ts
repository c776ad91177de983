import { ContractRevertedError, SluiceError } from "@sluice/sdk";
import { isError } from "ethers";

/** What the command line itself refuses; stable, meant for programs. `USAGE` ends a process with 2, everything else with 1. */
export type CliErrorCode =
  | "USAGE"
  | "RPC_UNAVAILABLE"
  | "DEPLOYMENT_MISSING"
  | "ACCOUNT_MISSING"
  | "KEY_UNREADABLE"
  | "FILE_INVALID"
  | "PROPOSAL_UNKNOWN"
  | "PROPOSAL_STATE"
  | "NOT_ENOUGH"
  | "NOT_CONFIRMED"
  | "MODEL_DIFFERS"
  | "SHADOW_FAILED"
  | "NOT_MINED"
  | "CODE_UNKNOWN"
  | "CODE_TAKEN"
  | "NOTHING_TO_CLAIM";

/** An error of this command line: what was wrong, and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: CliErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What is printed about an error, for people and for programs. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

/** What to do about refusals of the contracts that holders meet. */
const advice: Readonly<Record<string, string>> = {
  GovernorInsufficientProposerVotes:
    "stake more, or have somebody delegate to you; a vote counts from the next second on",
  GovernorAlreadyCastVote: "this account has voted; a vote cannot be changed",
  GovernorUnexpectedProposalState: "`sluice governance show ID` says in which state it is and when the next begins",
  ProposerBusy: "wait for the end of your proposal, or take it back: sluice governance cancel latest",
  TreasuryLocked: "less is staked than the floor: until then only calls of the policy registry can be queued",
  PolicyAtRest: "the policy changed less than a day ago: execute again later",
  StillUnbonding: "`sluice position` says from when on the stake can be withdrawn",
  NothingToWithdraw: "take stake out of the vote first: sluice unstake AMOUNT",
  StakeTooSmall: "`sluice position` says how much is staked",
  BondBelowMinimum: "every signer of the epoch needs an account that has bonded: sluice attester bond AMOUNT",
  TimelockUnexpectedOperationState: "its delay is not over; `sluice governance show ID` says when it is",
  ERC20InsufficientBalance: "the account holds fewer tokens than that",
};

/** Any error as code, message and details; a secret is in none of them. */
export function reportOf(thrown: unknown): ErrorReport {
  if (thrown instanceof CliError) return { code: thrown.code, message: thrown.message, details: thrown.details };
  if (thrown instanceof ContractRevertedError) {
    const { name, args, method, transactionHash } = thrown.details;
    const help = name === undefined ? undefined : advice[name];
    const message = help === undefined ? thrown.message : `${thrown.message}\n${help}`;
    return { code: thrown.code, message, details: { name, args, method, transactionHash } };
  }
  if (thrown instanceof SluiceError) return { code: thrown.code, message: thrown.message, details: {} };
  if (isError(thrown, "INSUFFICIENT_FUNDS")) {
    return { code: "INSUFFICIENT_FUNDS", message: "the account has too few coins to pay the gas", details: {} };
  }
  const code = thrown instanceof Error ? Reflect.get(thrown, "code") : undefined;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: typeof code === "string" ? code : "INTERNAL", message, details: {} };
}
