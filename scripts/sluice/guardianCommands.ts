import { gateContract } from "@sluice/sdk";
import { MaxUint256, ZeroAddress } from "ethers";

import { momentText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { needed, type Answer, type Command, type Input } from "./command.ts";
import { eventOf, type Context } from "./context.ts";
import { parameterChanges } from "./templateInputs.ts";
import { parameterText } from "./words.ts";

const thresholds = ["HoldAt", "BlockAt"];

async function show(context: Context): Promise<Answer> {
  const registry = context.part("policyRegistry");
  const [canceller, tightener, isTightened, now] = await Promise.all([
    context.part("governor").getFunction("guardian")(),
    registry.getFunction("guardian")(),
    registry.getFunction("tightened")(),
    context.now(),
  ]);
  const [account, until, blocks, spent] = tightener;
  const term = (who: string, end: bigint, rest: string): string =>
    who === ZeroAddress ? "nobody" : `${who} until ${momentText(Number(end), now)}${rest}`;
  const rest = `, for ${blocks} blocks${spent ? "; has done it" : ""}`;
  return {
    json: {
      governor: { account: canceller[0], until: canceller[1] },
      policy: { account, until, blocks, spent },
      tightened: isTightened,
    },
    lines: [
      `may cancel proposals      ${term(canceller[0], canceller[1], "")}`,
      `may lower the thresholds  ${term(account, until, rest)}`,
      `in force                  ${isTightened ? "the guardian's tightening" : "what was voted"}`,
    ],
  };
}

async function tighten(context: Context, input: Input): Promise<Answer> {
  const changes = parameterChanges(needed(input, "set"));
  const other = [...changes.keys()].find((name) => !thresholds.includes(name));
  if (other !== undefined)
    throw new CliError("USAGE", `--set: a guardian lowers ${thresholds.join(" and ")} only, not ${other}`);
  const gate = gateContract(context.deployment.gate, context.provider);
  const { policy } = await gate.getFunction("policyAt")(MaxUint256);
  const [holdAt, blockAt] = [changes.get("HoldAt") ?? policy.holdAt, changes.get("BlockAt") ?? policy.blockAt];
  return context.perform([context.call("policyRegistry", "tighten", [holdAt, blockAt])], (done) => ({
    event: "Tightened",
    lines: [
      `later payments are held from ${parameterText("HoldAt", holdAt)} and blocked from ${parameterText("BlockAt", blockAt)} on, ` +
        `up to block ${String(eventOf(done, "Tightened")["toBlock"])}; then the voted policy returns by itself`,
    ],
  }));
}

async function end(context: Context): Promise<Answer> {
  return context.perform([context.call("policyRegistry", "endTightening", [])], () => ({
    event: "TighteningEnded",
    lines: ["the voted policy judges payments from the next block on"],
  }));
}

/** What guardians do, and everybody after them. */
export const guardianCommands: readonly Command[] = [
  {
    name: "guardian show",
    usage: "",
    arity: [0, 0],
    does: "Shows who may cancel proposals and who may lower the thresholds, until when.",
    run: show,
  },
  {
    name: "guardian tighten",
    usage: "--set HoldAt=N,BlockAt=N",
    arity: [0, 0],
    does: "Lowers the thresholds for later payments, once: the policy's guardian alone.",
    options: { set: { type: "string" } },
    run: tighten,
  },
  {
    name: "guardian end",
    usage: "",
    arity: [0, 0],
    does: "Ends a tightening that has lasted for seven days. Anybody may; sooner a vote does, by the template end-tightening.",
    run: end,
  },
];
