import { policyParameters, type PolicyParameter, type Proposal } from "@sluice/sdk";
import { Contract, getAddress, isAddress } from "ethers";

import { amountOf, secondsOf } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { needed, type Input } from "./command.ts";
import { abis } from "./contracts.ts";
import { sluiceDecimals, type Context } from "./context.ts";

/** Builds the calls of a proposal; the description is put in afterwards. */
export type Template = (context: Context, input: Input) => Promise<Pick<Proposal, "targets" | "values" | "calldatas">>;

/** A template, what it needs, and the governor's function that takes it where it is not `propose`. */
export interface ProposalTemplate {
  readonly options: string;
  readonly build: Template;
  readonly method?: "proposeOptimistic";
}

/** Stands for the description, which is written around the calls. */
export const none = "";

const microDecimals = 6;

/** A parameter's value as people write it: a number, a time such as 2h, or an amount such as 2000tokens. */
function parameterValue(name: string, text: string): bigint {
  const tokens = /^(\d[\d_,.]*)tokens?$/.exec(text)?.[1];
  if (tokens !== undefined) return amountOf(tokens, microDecimals);
  if (/^\d+[smhd]$/.test(text)) return BigInt(secondsOf(text));
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new CliError("USAGE", `${name}: not a value: ${text}; write 9600, 2h or 2000tokens`);
}

function isParameter(name: string): name is PolicyParameter {
  return policyParameters.some((known) => known === name);
}

/** `HoldAt=9600,HoldDelay=2h` as changes. */
export function parameterChanges(text: string): Map<PolicyParameter, bigint> {
  const changes = new Map<PolicyParameter, bigint>();
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.trim().split("=");
    if (!isParameter(name)) {
      throw new CliError("USAGE", `there is no parameter ${name}: ${policyParameters.join(", ")}`);
    }
    changes.set(name, parameterValue(name, value));
  }
  return changes;
}

/** An address that must be given. */
export function addressOption(input: Input, name: string): string {
  const text = needed(input, name);
  if (isAddress(text)) return getAddress(text);
  throw new CliError("USAGE", `--${name}: not an address: ${String(text)}`);
}

/** The token that is paid: SLUICE, the payment token, the chain's coin, or any address. */
export async function tokenNamed(context: Context, text: string): Promise<{ address: string; decimals: number }> {
  if (text === "SLUICE") return { address: context.governance.token, decimals: sluiceDecimals };
  const address = text === "payment" ? context.deployment.token : text;
  if (!isAddress(address))
    throw new CliError("USAGE", `--token: SLUICE, payment, coin or an address, not ${String(text)}`);
  const decimals = await new Contract(address, abis.token, context.provider).getFunction("decimals")();
  return { address: getAddress(address), decimals: Number(decimals) };
}
