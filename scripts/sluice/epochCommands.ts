import { revertOf } from "@sluice/sdk";
import { getAddress, isAddress } from "ethers";

import { CliError } from "./cliError.ts";
import { needed, type Answer, type Command, type Input } from "./command.ts";
import type { Context } from "./context.ts";
import type { EpochMake, VerifiedModel } from "./epochProposal.ts";
import { bring, bringOptions } from "./governanceCommands.ts";
import { describedIn } from "./templates.ts";

/** Deploys the epoch once somebody has agreed to what it is made of. */
async function deployed(context: Context, input: Input, verified: VerifiedModel, make: EpochMake): Promise<string> {
  const { deployEpoch } = await import("./epochProposal.ts");
  const lines = [
    `deploys the epoch contract of ${verified.model.id}, code hash ${verified.codeHash}`,
    ...make.signers.map((signer) => `  signer ${signer}`),
    `  quorum ${make.tiers.map(({ quorum }) => quorum).join(", ")} of ${make.signers.length}`,
  ];
  if (context.options.dryRun) {
    throw new CliError(
      "USAGE",
      `a dry run deploys nothing: name a deployed epoch with --epoch ADDRESS\n${lines.join("\n")}`,
    );
  }
  if (!input.flag("yes") && !(await context.options.confirm(lines))) {
    const message = `nothing was sent, because nobody agreed; say --yes if this is what you want:\n${lines.join("\n")}`;
    throw new CliError("NOT_CONFIRMED", message, { signers: make.signers });
  }
  return deployEpoch(await context.signer(), verified, make);
}

async function proposeEpoch(context: Context, input: Input): Promise<Answer> {
  // Compiling models and judging payments is a node's work: only here it is loaded.
  const { bondsMissing, epochCalls, makeOf, verifiedModel } = await import("./epochProposal.ts");
  const { shadowOf } = await import("./shadowOf.ts");
  const description = describedIn(input);
  const verified = await verifiedModel(needed(input, "model"));
  const named = input.text("epoch");
  if (named !== undefined && !isAddress(named))
    throw new CliError("USAGE", `--epoch: not an address: ${String(named)}`);
  const epoch =
    named === undefined ? await deployed(context, input, verified, await makeOf(context, input)) : getAddress(named);
  const calls = { ...(await epochCalls(context, verified, epoch)), description };
  const shadow = await shadowOf(context, input, calls, new Map([[verified.hash, verified.model]]));
  const missing = await bondsMissing(context, epoch);
  const warnings =
    missing === undefined
      ? []
      : [`executed now it would fail: ${(revertOf(missing, "checkBonded", undefined) ?? (missing as Error)).message}`]; // an RPC library's
  const answer = await bring(context, input, calls, { shadow, warnings });
  const facts = { epoch, modelHash: verified.hash, codeHash: verified.codeHash, cardHash: verified.cardHash };
  return { json: { ...facts, ...answer.json }, lines: [`epoch ${epoch}, model ${verified.model.id}`, ...answer.lines] };
}

/** Epochs by vote. */
export const epochCommands: readonly Command[] = [
  {
    name: "governance propose-epoch",
    usage:
      "--model DIR [--epoch ADDRESS | --signers ADDRESS,… --quorum N] --title TEXT|--description FILE [--shadow-days N] [--yes]",
    arity: [0, 0],
    does: "Proposes a model: compiles it again and refuses it where its card says otherwise, deploys its epoch where none is named, with signers and tokens of the one in force, and says how bands of the last days would shift.",
    options: {
      ...bringOptions,
      ...{
        model: { type: "string" },
        epoch: { type: "string" },
        signers: { type: "string" },
        quorum: { type: "string" },
      },
    },
    run: proposeEpoch,
  },
];
