import { codeText, referralCode, referrals, referralTag } from "@sluice/sdk";
import { getAddress, isAddress } from "ethers";

import { CliError } from "./cliError.ts";
import { argument, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, type Context } from "./context.ts";

type Referral = NonNullable<Awaited<ReturnType<typeof referrals.lookup>>>;

/** The payout account: the option, else whoever acts. */
async function payoutOf(context: Context, input: Input): Promise<string> {
  const given = input.text("payout");
  return given === undefined ? context.account() : accountIn(given, "--payout");
}

function accountIn(text: string, what: string): string {
  if (isAddress(text)) return getAddress(text);
  throw new CliError("USAGE", `${what}: not an address: ${String(text)}`);
}

async function found(context: Context, code: string): Promise<Referral | undefined> {
  const site = { chainId: context.deployment.chainId, referralCodes: context.governance.referralCodes };
  return referrals.lookup(context.provider, site, code);
}

async function owned(context: Context, code: string): Promise<Referral> {
  const referral = await found(context, code);
  if (referral === undefined) {
    throw new CliError("CODE_UNKNOWN", `nobody has registered ${code}; sluice referral register ${code} takes it`);
  }
  return referral;
}

async function register(context: Context, input: Input): Promise<Answer> {
  const text = argument(input, 0);
  const code = referralCode(text);
  const taken = await found(context, text);
  if (taken !== undefined) throw new CliError("CODE_TAKEN", `${text} belongs to ${taken.owner}`, { ...taken });
  const call = context.call("referralCodes", "register", [code, await payoutOf(context, input)]);
  return context.perform([call], (done) => {
    const { payout } = eventOf(done, "CodeRegistered");
    return {
      event: "CodeRegistered",
      lines: [
        `${text} is yours, and what it earns goes to ${String(payout)}`,
        `referral of the terms: ${referralTag(text)}`,
      ],
    };
  });
}

async function show(context: Context, input: Input): Promise<Answer> {
  const referral = await owned(context, argument(input, 0));
  const { code, owner, payout, offeredTo } = referral;
  const tag = referralTag(code);
  return {
    json: { ...referral, offeredTo: offeredTo ?? null, tag },
    lines: [
      `code       ${code}`,
      `owner      ${owner}`,
      `payout     ${payout}`,
      `in terms   ${tag}`,
      ...(offeredTo === undefined ? [] : [`offered to ${offeredTo}`]),
    ],
  };
}

async function setPayout(context: Context, input: Input): Promise<Answer> {
  const { code } = await owned(context, argument(input, 0));
  const payout = accountIn(argument(input, 1), "payout");
  return context.perform([context.call("referralCodes", "setPayout", [referralCode(code), payout])], () => ({
    event: "PayoutSet",
    lines: [`what ${code} earns goes to ${payout} from now on`],
  }));
}

async function offer(context: Context, input: Input): Promise<Answer> {
  const { code } = await owned(context, argument(input, 0));
  const to = accountIn(argument(input, 1), "to");
  return context.perform([context.call("referralCodes", "offer", [referralCode(code), to])], () => ({
    event: "CodeOffered",
    lines: [`${to} may take ${code} over: sluice referral accept ${code}`],
  }));
}

async function accept(context: Context, input: Input): Promise<Answer> {
  const { code } = await owned(context, argument(input, 0));
  const call = context.call("referralCodes", "accept", [referralCode(code), await payoutOf(context, input)]);
  return context.perform([call], (done) => {
    const { code: taken, payout } = eventOf(done, "CodeTransferred");
    return {
      event: "CodeTransferred",
      lines: [`${codeText(String(taken))} is yours, and what it earns goes to ${String(payout)}`],
    };
  });
}

const payoutOption = { payout: { type: "string" } } as const;

/** What an affiliate does with a code. */
export const referralCommands: readonly Command[] = [
  {
    name: "referral register",
    usage: "CODE [--payout ADDRESS]",
    arity: [1, 1],
    does: "Takes a referral code nobody has; what it earns goes to the account itself unless another is named.",
    options: payoutOption,
    run: register,
  },
  {
    name: "referral show",
    usage: "CODE|TAG",
    arity: [1, 1],
    does: "Shows whose a code is, where its earnings go, and how a payment's terms name it.",
    run: show,
  },
  {
    name: "referral payout",
    usage: "CODE ADDRESS",
    arity: [2, 2],
    does: "Sends what a code earns elsewhere from now on. By its owner.",
    run: setPayout,
  },
  {
    name: "referral offer",
    usage: "CODE ADDRESS",
    arity: [2, 2],
    does: "Offers a code to another account, who has to accept it; the zero address takes the offer back.",
    run: offer,
  },
  {
    name: "referral accept",
    usage: "CODE [--payout ADDRESS]",
    arity: [1, 1],
    does: "Takes over a code that was offered.",
    options: payoutOption,
    run: accept,
  },
];
