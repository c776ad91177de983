import { getAddress, isAddress, parseEther, ZeroAddress } from "ethers";

import type { GovernanceParameters } from "./deployGovernance.ts";
import type { PolicyParameters } from "./deploySluice.ts";

/** A token that payments may be made in. */
export type TokenParameters = {
  readonly address: string;
  /** Class the model sees, 0 to 127. */
  readonly class: number;
};

/** What a whole deployment to one chain is made from: a file of deploy/parameters. */
export type DeployParameters = {
  readonly chainId: number;
  readonly tokens: readonly TokenParameters[];
  /** Signing addresses of the oracle nodes. */
  readonly signers: readonly string[];
  readonly quorum: number;
  readonly policy: PolicyParameters;
  /** Without a distributor whoever deploys gets the whole supply. */
  readonly governance: Omit<GovernanceParameters, "distributor"> & { readonly distributor?: string };
};

/** A deployment that cannot be made; `findings` names every problem. */
export class DeployError extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`this cannot be deployed:\n  ${findings.join("\n  ")}`);
    this.name = "DeployError";
    this.findings = findings;
  }
}

/** How a value is written: a whole number, micro-units of a payment token as text, whole SLUICE as decimal text, an address. */
type Kind = "count" | "micro" | "sluice" | "address";
type Fields<T> = { readonly [Name in keyof T]: Kind };

const policyFields: Fields<PolicyParameters> = {
  ...{ holdAt: "count", blockAt: "count", protocolFeeBps: "count", refreshLog2: "count", holdDelay: "count" },
  ...{ grace: "count", appealDelay: "count", silenceDelay: "count", silenceCap: "micro", chargeCap: "micro" },
  ...{ channelCap: "micro", stride: "count", auditShare: "count" },
};
const feeFields: Fields<GovernanceParameters["feeParts"]> = {
  ...{ attesters: "count", stakers: "count", rebates: "count", treasury: "count" },
};
const settingFields: Fields<GovernanceParameters["settings"]> = {
  ...{ votingDelay: "count", votingPeriod: "count", lateQuorumExtension: "count", quorumStakedBps: "count" },
  ...{ quorumSupplyBps: "count", proposalThreshold: "sluice", stakedFloor: "sluice", guardian: "address" },
  guardianUntil: "count",
};
type PlainGovernance = Omit<GovernanceParameters, "distributor" | "tiers" | "feeParts" | "settings">;
const governanceFields: Fields<PlainGovernance> = {
  ...{ supply: "sluice", unbondingPeriod: "count", tierAge: "count", timelockDelay: "count", treasuryCap: "count" },
  ...{ minimumBond: "sluice", evidenceBlocks: "count", vetoWindow: "count", challengeBond: "sluice" },
  ...{ challengeWindow: "count", rulingWindow: "count" },
};
const nestedGovernance = ["distributor", "tiers", "feeParts", "settings"];

/** Reads a file and keeps every problem with the path of its field. */
class Reader {
  readonly findings: string[] = [];

  object(path: string, value: unknown, known: readonly string[]): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.findings.push(`${path}: must be an object`);
      return {};
    }
    const fields = value as Record<string, unknown>; // every object is one
    for (const name of Object.keys(fields)) {
      if (!known.includes(name)) this.findings.push(`${path}: there is no field ${name}`);
    }
    return fields;
  }

  list(path: string, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.findings.push(`${path}: must be a list`);
    return [];
  }

  value(path: string, kind: Kind, value: unknown): number | bigint | string {
    if (kind === "count" && typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    if (kind === "micro" && typeof value === "string" && /^\d+$/.test(value)) return BigInt(value);
    if (kind === "sluice" && typeof value === "string" && /^\d+(\.\d{1,18})?$/.test(value)) return parseEther(value);
    if (kind === "address" && isAddress(value)) return getAddress(value);
    this.findings.push(`${path}: must be ${wanted[kind]}, not ${JSON.stringify(value)}`);
    return kind === "count" ? 0 : kind === "address" ? ZeroAddress : 0n;
  }

  /** An object with these fields and no other but `beside`. */
  all<T>(path: string, value: unknown, fields: Fields<T>, beside: readonly string[] = []): T {
    const names = Object.keys(fields) as (keyof T & string)[]; // the keys of this very object
    const given = this.object(path, value, [...names, ...beside]);
    const entries = names.map((name) => [name, this.value(`${path}.${name}`, fields[name], given[name])]);
    return Object.fromEntries(entries) as T; // one value of its kind for each field
  }
}

const wanted: Readonly<Record<Kind, string>> = {
  count: "a whole number",
  micro: "whole micro-units as text",
  sluice: "a number of tokens as text",
  address: "an address",
};

/**
 * Parameters out of a file, form only: what the values mean is the contracts' to say, in a rehearsal.
 *
 * @throws DeployError with every problem, not only the first
 */
export function readParameters(text: string): DeployParameters {
  const reader = new Reader();
  const top = ["chainId", "tokens", "signers", "quorum", "policy", "governance"];
  const fields = reader.object("the file", jsonIn(text), top);
  const parameters: DeployParameters = {
    chainId: Number(reader.value("chainId", "count", fields["chainId"])),
    tokens: reader.list("tokens", fields["tokens"]).map((token, index) => {
      return reader.all<TokenParameters>(`tokens[${index}]`, token, { address: "address", class: "count" });
    }),
    signers: reader
      .list("signers", fields["signers"])
      .map((signer, index) => String(reader.value(`signers[${index}]`, "address", signer))),
    quorum: Number(reader.value("quorum", "count", fields["quorum"])),
    policy: reader.all("policy", fields["policy"], policyFields),
    governance: governanceIn(reader, fields["governance"]),
  };
  const findings = [...reader.findings, ...problemsOf(parameters)];
  if (findings.length > 0) throw new DeployError(findings);
  return parameters;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DeployError([`the file is no JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function governanceIn(reader: Reader, value: unknown): DeployParameters["governance"] {
  const plain = reader.all<PlainGovernance>("governance", value, governanceFields, nestedGovernance);
  const given = reader.object("governance", value ?? {}, [...Object.keys(governanceFields), ...nestedGovernance]);
  const tiers = reader.list("governance.tiers", given["tiers"]);
  const tier = (index: number): bigint => BigInt(reader.value(`governance.tiers[${index}]`, "sluice", tiers[index]));
  const { distributor } = given;
  return {
    ...plain,
    tiers: [tier(0), tier(1), tier(2)],
    feeParts: reader.all("governance.feeParts", given["feeParts"], feeFields),
    settings: reader.all("governance.settings", given["settings"], settingFields),
    ...(distributor === undefined
      ? {}
      : { distributor: String(reader.value("governance.distributor", "address", distributor)) }),
  };
}

function problemsOf({ tokens, signers, quorum }: DeployParameters): string[] {
  const problems: string[] = [];
  if (tokens.length === 0) problems.push("tokens: name at least one token that payments are made in");
  if (signers.length === 0) problems.push("signers: name the signing addresses of the oracle nodes, one each");
  else if (quorum > signers.length || 2 * quorum <= signers.length) {
    problems.push(`quorum: ${quorum} of ${signers.length} signers is no majority`);
  }
  for (const [name, list] of [
    ["signers", signers],
    ["tokens", tokens.map(({ address }) => address)],
  ] as const) {
    if (new Set(list).size < list.length) problems.push(`${name}: an address is named twice`);
  }
  return problems;
}
