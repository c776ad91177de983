import { epochDomain, riskEpochAbi } from "@sluice/sdk";
import { getAddress, Interface, TypedDataEncoder } from "ethers";

import { OracleError } from "../errors.ts";
import { PAYMENT_SCHEMA, type FactSchema } from "../facts/schema.ts";
import { microUnits, microUnitsOfText } from "../facts/units.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { QuorumTier } from "../policy/quorum.ts";
import { RpcRefusal, type RpcClient } from "./rpc.ts";
import { hexText } from "./wire.ts";

/** Schemas this release can compute, by hash. */
const SCHEMAS: ReadonlyMap<string, FactSchema> = new Map([[PAYMENT_SCHEMA.hash, PAYMENT_SCHEMA]]);

/** The schema of that hash, if this release can compute it. */
export function schemaOf(hash: string): FactSchema | undefined {
  return SCHEMAS.get(hash);
}

export interface TokenRow {
  readonly shift: number;
  readonly tokenClass: number;
}

/** The token table of an epoch: lower-case address → row. */
export type TokenTable = ReadonlyMap<string, TokenRow>;

/** One epoch contract, read once: nothing in it can change. */
export interface Epoch {
  /** Lower-case. */
  readonly address: string;
  /** Checksummed, in the contract's order. */
  readonly signers: readonly string[];
  readonly tiers: readonly QuorumTier[];
  readonly tokens: TokenTable;
  readonly domainSeparator: string;
  readonly modelHash: string;
  /** Absent where this node lacks the model or its schema. */
  readonly engine: { readonly model: QuantisedModel; readonly schema: FactSchema } | undefined;
}

const reader = new Interface(riskEpochAbi);
const READS = ["signers", "tiers", "tokens", "schemaHash", "modelHash"] as const;

/** Micro-units of an amount under a token table; 0 for an unlisted token, as in the epoch contract. */
export function microOf(tokens: TokenTable, token: string, amount: bigint): number {
  const row = tokens.get(token);
  return row === undefined ? 0 : microUnits(amount, row.shift);
}

/** The same of an amount in decimal digits, as it is stored. */
export function microOfText(tokens: TokenTable, token: string, amount: string): number {
  const row = tokens.get(token);
  return row === undefined ? 0 : microUnitsOfText(amount, row.shift);
}

function engineOf(models: ReadonlyMap<string, QuantisedModel>, hash: string, schemaHash: string): Epoch["engine"] {
  const model = models.get(hash);
  const schema = SCHEMAS.get(schemaHash);
  if (model === undefined || schema === undefined || model.schemaHash !== schemaHash) return undefined;
  return { model, schema };
}

/** Reads an epoch contract. */
export async function readEpoch(
  rpc: RpcClient,
  address: string,
  chainId: number,
  models: ReadonlyMap<string, QuantisedModel>,
): Promise<Epoch> {
  const calls = READS.map((name) => ({
    method: "eth_call",
    params: [{ to: address, data: reader.encodeFunctionData(name) }, "latest"],
  }));
  let answers: unknown[];
  try {
    answers = await rpc.batch(calls);
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    throw new OracleError("EPOCH_UNKNOWN", `${address} does not answer like an epoch: ${error.message}`);
  }
  const [signers, tiers, tokens, schemaHash, modelHash] = READS.map(
    (name, index): unknown => reader.decodeFunctionResult(name, hexText(answers[index], `answer to ${name}`))[0],
  );
  // The decoder answers lists of structs by position; by name a field `shift` would be the list's own method.
  const rows = tokens as readonly (readonly [token: string, shift: bigint, tokenClass: bigint])[];
  const tierRows = tiers as readonly (readonly [upTo: bigint, quorum: bigint])[]; // see above
  const signerList = signers as readonly string[]; // see above
  const hash = String(modelHash).toLowerCase();
  return {
    address: address.toLowerCase(),
    signers: signerList.map((signer) => getAddress(signer)),
    tiers: tierRows.map(([upTo, quorum]) => ({ upTo, quorum: Number(quorum) })),
    tokens: new Map(
      rows.map(([token, shift, tokenClass]) => [
        token.toLowerCase(),
        { shift: Number(shift), tokenClass: Number(tokenClass) },
      ]),
    ),
    domainSeparator: TypedDataEncoder.hashDomain({ ...epochDomain, chainId, verifyingContract: address }),
    modelHash: hash,
    engine: engineOf(models, hash, String(schemaHash).toLowerCase()),
  };
}

/** The epoch's model and schema. */
export function engine(epoch: Epoch): NonNullable<Epoch["engine"]> {
  if (epoch.engine !== undefined) return epoch.engine;
  throw new OracleError(
    "MODEL_UNKNOWN",
    `epoch ${epoch.address} runs model ${epoch.modelHash}, which is not installed: put its folder into the models directory`,
    { epoch: epoch.address, modelHash: epoch.modelHash },
  );
}
