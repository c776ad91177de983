import { isError } from "ethers";

import { dateText, secondsOf, spanText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { argument, type Answer, type Command, type Input } from "./command.ts";
import type { Context } from "./context.ts";

/** Moves a local chain's clock: delays there are real, and nobody wants to wait for them. */
async function skip(context: Context, input: Input): Promise<Answer> {
  const seconds = secondsOf(argument(input, 0));
  const before = await context.now();
  try {
    await context.provider.send("evm_increaseTime", [seconds]);
    await context.provider.send("evm_mine", []);
  } catch (thrown) {
    if (isError(thrown, "NETWORK_ERROR") || isError(thrown, "TIMEOUT")) throw thrown;
    throw new CliError("RPC_UNAVAILABLE", "this chain does not let its clock be moved: only local ones do");
  }
  const now = await context.now();
  return {
    json: { before, now },
    lines: [`the chain's clock moved by ${spanText(now - before)} to ${dateText(now)}`],
  };
}

/** For local chains only. */
export const chainCommands: readonly Command[] = [
  {
    name: "chain skip",
    usage: "TIME",
    arity: [1, 1],
    does: "Moves a local chain's clock, as by 1h or 2d; others refuse.",
    run: skip,
  },
];
