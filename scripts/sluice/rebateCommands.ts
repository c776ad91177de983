import { readFileSync } from "node:fs";

import { rebateTree, type RebateLeaf } from "@sluice/sdk";
import { Contract, getAddress, isAddress } from "ethers";

import { amountText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { needed, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, type Context } from "./context.ts";
import { abis } from "./contracts.ts";

const ROW = /^(0x[0-9a-fA-F]{40}),([0-9]+)$/;

/** The leaves of a period as `oracle rebates build` writes them. */
function readLeaves(file: string): RebateLeaf[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new CliError("FILE_INVALID", `${file} cannot be read`);
  }
  const [, ...rows] = text.trimEnd().split("\n"); // the first names the columns
  return rows.map((row, index) => {
    const [, account, cumulative] = ROW.exec(row.trim()) ?? [];
    if (account === undefined || cumulative === undefined) {
      throw new CliError("FILE_INVALID", `${file}, line ${index + 2}: account,cumulative is expected`);
    }
    return { account: getAddress(account), cumulative: BigInt(cumulative) };
  });
}

async function tokenMeant(
  context: Context,
  input: Input,
): Promise<{ token: string; decimals: number; symbol: string }> {
  const given = input.text("token") ?? context.deployment.token;
  if (!isAddress(given)) throw new CliError("USAGE", `--token: not an address: ${String(given)}`);
  const contract = new Contract(given, abis.token, context.provider);
  const decimals: bigint = await contract.getFunction("decimals")();
  const symbol: string = await contract.getFunction("symbol")();
  return { token: getAddress(given), decimals: Number(decimals), symbol };
}

async function claim(context: Context, input: Input): Promise<Answer> {
  const [given] = input.args;
  if (given !== undefined && !isAddress(given))
    throw new CliError("USAGE", `account: not an address: ${String(given)}`);
  const account = given === undefined ? await context.account() : getAddress(given);
  const leaves = readLeaves(needed(input, "leaves"));
  const tree = rebateTree(leaves);
  const { token, decimals, symbol } = await tokenMeant(context, input);
  const pool = context.part("rebatePool");
  const { root } = await pool.getFunction("book")(token);
  if (root !== tree.root) {
    const details = { inForce: String(root), ofFile: tree.root };
    throw new CliError(
      "FILE_INVALID",
      "these leaves are not those of the root in force: take the newest period's",
      details,
    );
  }
  const cumulative = leaves.find((leaf) => leaf.account === account)?.cumulative ?? 0n;
  const claimed: bigint = await pool.getFunction("claimedOf")(token, account);
  if (cumulative <= claimed) {
    throw new CliError("NOTHING_TO_CLAIM", `${account} has ${cumulative} in all and was paid ${claimed}`, { account });
  }
  const call = context.call("rebatePool", "claim", [token, account, cumulative, tree.proof(account)]);
  return context.perform([call], (done) => {
    const amount = amountText(BigInt(eventOf(done, "Claimed")["amount"] as bigint), decimals); // uint256 of the event
    return { event: "Claimed", lines: [`${account} was paid ${amount} ${symbol}`] };
  });
}

/** What an affiliate does with a period's root. */
export const rebateCommands: readonly Command[] = [
  {
    name: "rebates claim",
    usage: "[ACCOUNT] --leaves FILE [--token ADDRESS]",
    arity: [0, 1],
    does: "Pays an account what the root in force says it has earned; FILE is the period's leaves.csv. Anybody may send it.",
    options: { leaves: { type: "string" }, token: { type: "string" } },
    run: claim,
  },
];
