import { readFileSync } from "node:fs";

import {
  callProposal,
  grantProposal,
  policyParameters,
  policyProposal,
  smallStepProposal,
  spendProposal,
  type PolicyParameter,
} from "@sluice/sdk";
import { Interface, parseEther, ZeroAddress } from "ethers";

import { amountOf, amountText, secondsOf } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { needed, type Input } from "./command.ts";
import type { Context } from "./context.ts";
import { powerTemplates } from "./powerTemplates.ts";
import {
  addressOption,
  none,
  parameterChanges,
  tokenNamed,
  type ProposalTemplate,
  type Template,
} from "./templateInputs.ts";
import { parameterText } from "./words.ts";

const coinDecimals = 18;

/** The registry says how far one change may go; a proposal that it would refuse is not worth a vote. */
async function checkReach(
  context: Context,
  changes: ReadonlyMap<PolicyParameter, bigint>,
  view: "reach" | "smallReach",
): Promise<void> {
  for (const [name, value] of changes) {
    const reach = context.part("policyRegistry").getFunction(view);
    const [lowest, highest]: [bigint, bigint] = await reach(policyParameters.indexOf(name));
    if (value >= lowest && value <= highest) continue;
    const range = `${parameterText(name, lowest)} to ${parameterText(name, highest)}`;
    const message = `${name}: one change reaches ${range}, not ${parameterText(name, value)}`;
    throw new CliError("USAGE", message, { parameter: name, value, lowest, highest });
  }
}

const policy: Template = async (context, input) => {
  const changes = parameterChanges(needed(input, "set"));
  await checkReach(context, changes, "reach");
  return policyProposal(Object.fromEntries(changes), context.governance.policyRegistry, none);
};

const optimistic: Template = async (context, input) => {
  const changes = parameterChanges(needed(input, "set"));
  const [only] = changes;
  if (only === undefined || changes.size !== 1) throw new CliError("USAGE", "--set: one parameter, in one small step");
  await checkReach(context, changes, "smallReach");
  return smallStepProposal(...only, context.governance.policyRegistry, none);
};

/** What is paid, in the token's smallest unit: no more than the treasury may spend now. */
async function paidFrom(context: Context, input: Input): Promise<{ token: string; amount: bigint }> {
  const named = needed(input, "token");
  const coin = { address: ZeroAddress, decimals: coinDecimals };
  const { address, decimals } = named === "coin" ? coin : await tokenNamed(context, named);
  const amount = amountOf(needed(input, "amount"), decimals);
  const spendable: bigint = await context.part("treasury").getFunction("spendable")(address);
  if (amount <= spendable) return { token: address, amount };
  const most = `${amountText(spendable, decimals)}, not ${amountText(amount, decimals)}`;
  const details = { token: address, spendable, amount };
  throw new CliError("NOT_ENOUGH", `what may leave the treasury in thirty days is capped: now it is ${most}`, details);
}

const spend: Template = async (context, input) => {
  const to = addressOption(input, "to");
  return spendProposal([{ ...(await paidFrom(context, input)), to }], context.governance.treasury, none);
};

/** A grant that starts with the newest block. */
const grant: Template = async (context, input) => {
  const recipient = addressOption(input, "to");
  const [duration, cliff] = [secondsOf(needed(input, "duration")), secondsOf(input.text("cliff") ?? "0")];
  const startSeconds = (await context.provider.getBlock("latest"))?.timestamp ?? 0;
  const times = { startSeconds, cliffSeconds: startSeconds + cliff, endSeconds: startSeconds + duration };
  return grantProposal({ ...(await paidFrom(context, input)), recipient, ...times }, context.governance, none);
};

/** A proposal must call something: an empty call of the timelock by itself changes nothing. */
const text: Template = async (context) => callProposal([{ target: context.governance.timelock, data: "0x" }], none);

const anyCall: Template = async (_context, input) => {
  const signature = needed(input, "signature");
  let method: Interface;
  try {
    method = new Interface([`function ${signature}`]);
  } catch {
    throw new CliError(
      "USAGE",
      `--signature: not a function: ${signature}; write it like "setGuardian(address,uint256)"`,
    );
  }
  const name = signature.split("(")[0] ?? "";
  const args: unknown = JSON.parse(input.text("args") ?? "[]");
  if (!Array.isArray(args)) throw new CliError("USAGE", `--args: a JSON list, such as '["0x…", "5"]'`);
  const data = method.encodeFunctionData(name, args);
  const value = parseEther(input.text("value") ?? "0");
  return callProposal([{ target: addressOption(input, "target"), data, value }], none);
};

/** The templates by name, with what they need. */
export const templates: Readonly<Record<string, ProposalTemplate>> = {
  policy: { options: "--set NAME=VALUE,…", build: policy },
  optimistic: {
    options: "--set NAME=VALUE, one small step that passes unless 5 % of the stake vote against it",
    build: optimistic,
    method: "proposeOptimistic",
  },
  spend: { options: "--token SLUICE|payment|coin|ADDRESS --to ADDRESS --amount AMOUNT", build: spend },
  grant: {
    options: "--token SLUICE|payment|coin|ADDRESS --to ADDRESS --amount AMOUNT --duration TIME [--cliff TIME]",
    build: grant,
  },
  text: { options: "(calls nothing that changes anything)", build: text },
  ...powerTemplates,
  call: { options: "--target ADDRESS --signature 'name(type,…)' [--args JSON] [--value COINS]", build: anyCall },
};

/** Title and body of a description from the options; a file's first line is its title where none is given. */
export function describedIn(input: Input): string {
  const [title, file] = [input.text("title"), input.text("description")];
  if (title === undefined && file === undefined) {
    throw new CliError("USAGE", "say why: --title TEXT, or --description FILE with a first line that is the title");
  }
  const body = file === undefined ? undefined : readDescription(file);
  return [title, body].filter((part) => part !== undefined).join("\n\n");
}

function readDescription(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new CliError("FILE_INVALID", `--description: ${file} cannot be read`);
  }
}
