import { readFileSync, writeFileSync } from "node:fs";

import { staking } from "@sluice/sdk";
import { getAddress, isAddress } from "ethers";

import { amountOf, amountText, momentText, secondsOf } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { argument, needed, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, sluiceDecimals, type Context } from "./context.ts";

const day = 86_400;

/** An amount of SLUICE: a number, or `all` of what there is. */
async function sluiceAmount(text: string, all: () => Promise<bigint>): Promise<bigint> {
  const amount = text === "all" ? await all() : amountOf(text, sluiceDecimals);
  if (amount > 0n) return amount;
  throw new CliError("NOT_ENOUGH", "the amount is zero: there is nothing to do");
}

function addressIn(text: string, what: string): string {
  if (isAddress(text)) return getAddress(text);
  throw new CliError("USAGE", `${what}: not an address: ${String(text)}`);
}

const sluice = (amount: unknown): string => `${amountText(BigInt(amount as bigint), sluiceDecimals)} SLUICE`; // an event's amount

async function transfer(context: Context, input: Input): Promise<Answer> {
  const [from, to] = [await context.account(), addressIn(argument(input, 0), "receiver")];
  const balance: bigint = await context.part("token").getFunction("balanceOf")(from);
  const amount = await sluiceAmount(argument(input, 1), async () => balance);
  if (balance < amount) {
    const details = { account: from, balance, amount };
    throw new CliError("NOT_ENOUGH", `${from} holds ${sluice(balance)}, not ${sluice(amount)}`, details);
  }
  return context.perform([context.call("token", "transfer", [to, amount])], () => ({
    event: "Transfer",
    lines: [`paid ${sluice(amount)} to ${to}`],
  }));
}

async function stake(context: Context, input: Input): Promise<Answer> {
  const account = await context.account();
  const token = context.part("token");
  const balance: bigint = await token.getFunction("balanceOf")(account);
  const amount = await sluiceAmount(argument(input, 0), async () => balance);
  if (balance < amount) {
    const details = { account, balance, amount };
    throw new CliError("NOT_ENOUGH", `${account} holds ${sluice(balance)}, not ${sluice(amount)}`, details);
  }
  const allowed: bigint = await token.getFunction("allowance")(account, context.governance.stake);
  const approve = context.call("token", "approve", [context.governance.stake, amount]);
  const calls = [...(allowed < amount ? [approve] : []), context.call("stake", "stake", [amount])];
  return context.perform(calls, (done) => ({
    event: "Staked",
    lines: [`staked ${sluice(eventOf(done, "Staked")["amount"])}; it votes from the next second on`],
  }));
}

async function unstake(context: Context, input: Input): Promise<Answer> {
  const account = await context.account();
  const now = await context.now();
  const amount = await sluiceAmount(argument(input, 0), async () => {
    const { staked } = await context.part("stake").getFunction("position")(account);
    return staked as bigint; // uint88
  });
  return context.perform([context.call("stake", "unstake", [amount])], (done) => {
    const { amount: out, until } = eventOf(done, "Unstaked");
    const when = momentText(Number(until), now);
    return { event: "Unstaked", lines: [`${sluice(out)} no longer vote; withdraw them from ${when}: sluice withdraw`] };
  });
}

async function withdraw(context: Context): Promise<Answer> {
  return context.perform([context.call("stake", "withdraw", [])], (done) => ({
    event: "Withdrawn",
    lines: [`paid ${sluice(eventOf(done, "Withdrawn")["amount"])}`],
  }));
}

/** A delegation that its account signed and anybody may submit. */
interface SignedDelegation {
  readonly stake: string;
  readonly account: string;
  readonly delegatee: string;
  readonly nonce: string;
  readonly expiry: number;
  readonly signature: string;
}

async function delegate(context: Context, input: Input): Promise<Answer> {
  const delegatee = addressIn(argument(input, 0), "delegatee");
  if (input.flag("by-signature")) return signDelegation(context, input, delegatee);
  return context.perform([context.call("stake", "delegate", [delegatee])], (done) => {
    const { fromDelegate, toDelegate } = eventOf(done, "DelegateChanged");
    return { event: "DelegateChanged", lines: [`votes moved from ${String(fromDelegate)} to ${String(toDelegate)}`] };
  });
}

async function signDelegation(context: Context, input: Input, delegatee: string): Promise<Answer> {
  const out = needed(input, "out");
  const expiry = (await context.now()) + secondsOf(input.text("valid") ?? `${7 * day}`);
  const account = await context.account();
  const nonce: bigint = await context.part("stake").getFunction("nonces")(account);
  const site = { chainId: context.deployment.chainId, stake: context.governance.stake };
  const typed = staking.delegationTypedData({ account, delegatee, nonce, expirySeconds: expiry }, site);
  const signature = await (await context.signer()).signTypedData(typed.domain, typed.types, typed.message);
  const signed: SignedDelegation = {
    stake: site.stake,
    account,
    delegatee,
    nonce: `${nonce}`,
    expiry,
    signature,
  };
  writeFileSync(out, `${JSON.stringify(signed, null, 2)}\n`);
  const line = `${out}: ${account} delegates to ${delegatee}; anybody submits it with: sluice submit-delegation ${out}`;
  return { json: { out, ...signed }, lines: [line] };
}

function readDelegation(file: string, stakeAddress: string): SignedDelegation {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new CliError("FILE_INVALID", `${file} is not JSON that can be read`);
  }
  const field = (name: string): unknown => Reflect.get(Object(read), name);
  const names = ["stake", "account", "delegatee", "nonce", "signature"];
  const isWhole = names.every((name) => typeof field(name) === "string") && Number.isSafeInteger(field("expiry"));
  if (!isWhole) throw new CliError("FILE_INVALID", `${file} is no signed delegation of sluice delegate --by-signature`);
  const signed = read as SignedDelegation; // checked above, field by field
  if (signed.stake !== stakeAddress) throw new CliError("FILE_INVALID", `${file} is for the stake at ${signed.stake}`);
  return signed;
}

async function submitDelegation(context: Context, input: Input): Promise<Answer> {
  const { account, delegatee, nonce, expiry, signature } = readDelegation(argument(input, 0), context.governance.stake);
  const args = [account, delegatee, nonce, expiry, signature];
  const call = context.call("stake", "delegateBySig(address,address,uint256,uint256,bytes)", args);
  return context.perform([call], (done) => {
    const { delegator, toDelegate } = eventOf(done, "DelegateChanged");
    return { event: "DelegateChanged", lines: [`${String(delegator)} delegates to ${String(toDelegate)}`] };
  });
}

/** The account that is meant: the argument, else whoever acts. */
async function accountMeant(context: Context, input: Input): Promise<string> {
  return input.args[0] === undefined ? context.account() : addressIn(input.args[0], "account");
}

async function claimRewards(context: Context, input: Input): Promise<Answer> {
  const account = await accountMeant(context, input);
  const earned: bigint = await context.part("stake").getFunction("earned")(account);
  if (earned === 0n) throw new CliError("NOT_ENOUGH", `${account} has earned nothing that was not paid`, { account });
  return context.perform([context.call("stake", "claimRewards", [account])], (done) => ({
    event: "RewardsClaimed",
    lines: [`${account} was paid ${sluice(eventOf(done, "RewardsClaimed")["amount"])}`],
  }));
}

async function position(context: Context, input: Input): Promise<Answer> {
  const account = await accountMeant(context, input);
  const stakes = context.part("stake");
  const [held, earned, votes, tier, delegatee, balance, now] = await Promise.all([
    stakes.getFunction("position")(account),
    stakes.getFunction("earned")(account),
    stakes.getFunction("getVotes")(account),
    stakes.getFunction("feeTierOf")(account),
    stakes.getFunction("delegates")(account),
    context.part("token").getFunction("balanceOf")(account),
    context.now(),
  ]);
  const { staked, bonded, unbonding, unbondingUntil } = held;
  const out =
    unbonding === 0n ? [] : [`on its way out  ${sluice(unbonding)}, from ${momentText(Number(unbondingUntil), now)}`];
  return {
    json: { account, balance, staked, votes, delegatee, bonded, unbonding, unbondingUntil, feeTier: tier, earned },
    lines: [
      `account         ${account}`,
      `balance         ${sluice(balance)}`,
      `staked          ${sluice(staked)}, fee tier ${tier}`,
      `votes           ${amountText(BigInt(votes), sluiceDecimals)}`,
      `votes go to     ${delegatee === account ? "the account itself" : String(delegatee)}`,
      `bonded          ${sluice(bonded)}`,
      `earned          ${sluice(earned)}`,
      ...out,
    ],
  };
}

/** What a holder does with tokens and stake. */
export const stakeCommands: readonly Command[] = [
  {
    name: "position",
    usage: "[ACCOUNT]",
    arity: [0, 1],
    does: "Shows balance, stake, votes, bond and what is on its way out.",
    run: position,
  },
  {
    name: "transfer",
    usage: "ADDRESS AMOUNT|all",
    arity: [2, 2],
    does: "Pays SLUICE to an account. Stake stays where it is.",
    run: transfer,
  },
  {
    name: "stake",
    usage: "AMOUNT|all",
    arity: [1, 1],
    does: "Stakes SLUICE, after an approval where one is needed.",
    run: stake,
  },
  {
    name: "unstake",
    usage: "AMOUNT|all",
    arity: [1, 1],
    does: "Takes stake out of the vote and starts its wait.",
    run: unstake,
  },
  { name: "withdraw", usage: "", arity: [0, 0], does: "Pays what has waited long enough.", run: withdraw },
  {
    name: "delegate",
    usage: "ADDRESS [--by-signature --out FILE [--valid TIME]]",
    arity: [1, 1],
    does: "Gives the account's votes to another, or signs that for somebody else to submit; one's own address takes them back.",
    options: { "by-signature": { type: "boolean" }, out: { type: "string" }, valid: { type: "string" } },
    run: delegate,
  },
  {
    name: "rewards claim",
    usage: "[ACCOUNT]",
    arity: [0, 1],
    does: "Pays an account what its stake has earned. Anybody may send it.",
    run: claimRewards,
  },
  {
    name: "submit-delegation",
    usage: "FILE",
    arity: [1, 1],
    does: "Submits a delegation that somebody signed; whoever submits pays the gas.",
    run: submitDelegation,
  },
];
