import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { callProposal, epochContract, gateContract } from "@sluice/sdk";
import { ContractFactory, getAddress, isAddress, keccak256, MaxUint256, type InterfaceAbi, type Signer } from "ethers";

import { codeHash, type RuntimeTemplate } from "../../oracle/src/model/codeHash.ts";
import { modelHash, type QuantisedModel } from "../../oracle/src/model/network.ts";
import { readModel } from "../../oracle/src/store/models.ts";
import { checkIdentity, recomputed } from "../../oracle/src/train/verifyModel.ts";
import { CliError } from "./cliError.ts";
import type { Input } from "./command.ts";
import { abis } from "./contracts.ts";
import type { Context } from "./context.ts";

/** A model that its folder, its contract and its card agree about. */
export interface VerifiedModel {
  readonly model: QuantisedModel;
  readonly hash: string;
  /** The card's own identity of the code, signers left out. */
  readonly codeHash: string;
  readonly cardHash: string;
  readonly artifact: RuntimeTemplate & { readonly abi: InterfaceAbi; readonly bytecode: string };
}

/** What an epoch is made with beside its model. */
export interface EpochMake {
  readonly signers: readonly string[];
  readonly tiers: readonly { readonly upTo: bigint; readonly quorum: bigint }[];
  readonly tokens: readonly { readonly token: string; readonly shift: bigint; readonly class: bigint }[];
}

/**
 * Compiles a model again from its weights and compares it with its card and its contract.
 * @param folder Where model.json and card.json are; its name is the model's id.
 * @throws CliError `MODEL_DIFFERS` with everything that differs
 */
export async function verifiedModel(folder: string): Promise<VerifiedModel> {
  const found = await recomputed(folder, false).catch((error: unknown) => {
    throw new CliError(
      "MODEL_DIFFERS",
      `${folder} cannot be verified: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const wrong = checkIdentity(found).filter(({ holds }) => !holds);
  if (wrong.length > 0) {
    const list = wrong.map(({ what }) => `DIFFERS  ${what}`);
    const message = `${folder} is not what its card says; npm run verify-model -- --model ${folder}\n${list.join("\n")}`;
    throw new CliError("MODEL_DIFFERS", message, { differs: wrong.map(({ what }) => what) });
  }
  const { contract, codeHash: identity } = found.after;
  if (identity === null) throw new CliError("MODEL_DIFFERS", `the contract of ${folder} was never built`);
  const name = basename(contract, ".sol");
  // The compiler's own artifact, whose code was just compared with the card.
  const artifact = JSON.parse(
    await readFile(join("artifacts", contract, `${name}.json`), "utf8"),
  ) as VerifiedModel["artifact"];
  const model = readModel(join(folder, "model.json"));
  const card = await readFile(join(folder, "card.json"));
  return { model, hash: modelHash(model), codeHash: identity, cardHash: keccak256(card), artifact };
}

/** Address of the epoch that votes have put into force last. */
export async function epochInForce(context: Context): Promise<string> {
  const gate = gateContract(context.deployment.gate, context.provider);
  const { epoch } = await gate.getFunction("policyAt")(MaxUint256);
  return getAddress(epoch);
}

/** Signers, tiers and tokens of the epoch in force, with what the line changes of them. */
export async function makeOf(context: Context, input: Input): Promise<EpochMake> {
  const current = epochContract(await epochInForce(context), context.provider);
  const [signers, tiers, tokens] = await Promise.all(
    ["signers", "tiers", "tokens"].map((name): Promise<unknown> => current.getFunction(name)()),
  );
  const named = input.text("signers")?.split(",");
  const wrong = named?.find((text) => !isAddress(text));
  if (wrong !== undefined) throw new CliError("USAGE", `--signers: not an address: ${String(wrong)}`);
  const wanted = (named ?? (signers as string[])).map((text) => getAddress(text)); // the contract's list
  const quorum = input.text("quorum");
  // Structs by position, as the ABI has them: by name a list's own methods would be in the way.
  const tierRows = tiers as readonly (readonly [bigint, bigint])[];
  const tokenRows = tokens as readonly (readonly [string, bigint, bigint])[]; // see above
  return {
    signers: wanted.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    tiers: tierRows.map(([upTo, own]) => ({ upTo, quorum: quorum === undefined ? own : BigInt(quorum) })),
    tokens: tokenRows.map(([token, shift, kind]) => ({ token, shift, class: kind })),
  };
}

/**
 * Deploys the epoch contract and waits for its block.
 * @throws CliError `MODEL_DIFFERS` for a model whose network is a contract of its own
 */
export async function deployEpoch(
  signer: Signer,
  { artifact, model }: VerifiedModel,
  make: EpochMake,
): Promise<string> {
  const factory = new ContractFactory(artifact.abi, artifact.bytecode, signer);
  if (factory.interface.deploy.inputs.length !== 1) {
    const message = `${model.id} needs more than one contract: deploy its epoch by itself and name it with --epoch ADDRESS`;
    throw new CliError("MODEL_DIFFERS", message);
  }
  const deployed = await factory.deploy(make);
  await deployed.waitForDeployment();
  return deployed.getAddress();
}

/**
 * The two calls that put an epoch into force, after a look at the code that stands at its address.
 * @throws CliError `MODEL_DIFFERS` where that is not the model's
 */
export async function epochCalls(context: Context, verified: VerifiedModel, epoch: string) {
  const code = await context.provider.getCode(epoch);
  if (code === "0x" || codeHash(verified.artifact, code) !== verified.codeHash) {
    const message = `the code at ${epoch} is not what ${verified.model.id} compiles to`;
    throw new CliError("MODEL_DIFFERS", message, { epoch, expected: verified.codeHash });
  }
  const { policyRegistry: target } = context.governance;
  const register = abis.policyRegistry.encodeFunctionData("registerEpoch", [epoch, keccak256(code), verified.cardHash]);
  const activate = abis.policyRegistry.encodeFunctionData("activateEpoch", [epoch]);
  return callProposal(
    [
      { target, data: register },
      { target, data: activate },
    ],
    "", // the description is written around the calls
  );
}

/** Signers that no account with a bond stands behind now, in the attesters' own words; undefined where all are bonded. */
export async function bondsMissing(context: Context, epoch: string): Promise<unknown> {
  const signers: unknown = await epochContract(epoch, context.provider).getFunction("signers")();
  const check = { to: context.governance.attesters, data: abis.attesters.encodeFunctionData("checkBonded", [signers]) };
  return context.provider.call(check).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}
