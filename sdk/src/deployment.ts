import { checkAddress, checkBytes } from "./checks.ts";
import { SluiceError } from "./failure.ts";

/** One deployment, as deployments/<chainId>.json holds it. */
export type Deployment = {
  chainId: number;
  token: string;
  gate: string;
  epoch: string;
  escrow: string;
  /** What the escrow names as its treasury: the fee splitter, where governance is deployed. */
  treasury: string;
  /** Block of the first contract; events start here. */
  deployedBlock: number;
  /** keccak256 of the model the epoch runs, as `epoch.modelHash()` answers, or its folder name. */
  modelId: string;
  /** Signatures an attestation needs, in the lowest tier. */
  quorum: number;
  /** Attesters' signing addresses, ascending. */
  signers: string[];
  /** Payment channels, where they are deployed. */
  channels?: string;
  /** Governance, where it is deployed. */
  governance?: GovernanceAddresses;
};

const governanceParts = [
  "token",
  "stake",
  "timelock",
  "governor",
  "policyRegistry",
  "attesters",
  "listRegistry",
  "voteRelay",
  "rebatePool",
  "treasury",
  "feeSplitter",
  "buyBack",
  "attesterRewards",
  "grants",
  "referralCodes",
] as const;

/** Where the parts of governance are. */
export type GovernanceAddresses = Record<(typeof governanceParts)[number], string>;

const addressFields = ["token", "gate", "epoch", "escrow", "treasury"] as const;

/**
 * Reads a deployment from text or from parsed JSON; unknown fields are ignored.
 * @throws SluiceError naming the first field that is absent or wrong
 */
export function parseDeployment(input: unknown): Deployment {
  const record = typeof input === "string" ? parseJson(input) : input;
  if (typeof record !== "object" || record === null) throw invalid("not an object");
  const get = (field: string): unknown => Reflect.get(record, field);
  const [token, gate, epoch, escrow, treasury] = addressFields.map((field) => checkAddress(field, get(field)));
  const signers = get("signers");
  if (!Array.isArray(signers) || signers.length === 0) throw invalid("signers: not a list of addresses", "signers");
  const parsed = signers.map((signer, index) => checkAddress(`signers[${index}]`, signer));
  const deployment = {
    chainId: integer("chainId", get("chainId"), 1),
    ...{ token, gate, epoch, escrow, treasury },
    deployedBlock: integer("deployedBlock", get("deployedBlock"), 0),
    modelId: modelIdOf(get("modelId")),
    quorum: integer("quorum", get("quorum"), 1),
    signers: parsed,
    ...(get("channels") === undefined ? {} : { channels: checkAddress("channels", get("channels")) }),
    ...(get("governance") === undefined ? {} : { governance: governanceOf(get("governance")) }),
  };
  if (deployment.quorum > parsed.length || 2 * deployment.quorum <= parsed.length) {
    throw invalid(`quorum: ${deployment.quorum} of ${parsed.length} signers is no majority`, "quorum");
  }
  if (parsed.some((signer, index) => index > 0 && BigInt(signer) <= BigInt(parsed[index - 1] ?? 0))) {
    throw invalid("signers: must be strictly ascending", "signers");
  }
  return deployment as Deployment; // the five addresses come out of map() in the order they went in
}

function governanceOf(value: unknown): GovernanceAddresses {
  if (typeof value !== "object" || value === null) throw invalid("governance: not an object", "governance");
  const entries = governanceParts.map((part) => [part, checkAddress(`governance.${part}`, Reflect.get(value, part))]);
  return Object.fromEntries(entries) as GovernanceAddresses; // one entry for each part
}

function integer(field: string, value: unknown, lowest: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= lowest) return value;
  throw invalid(`${field}: not a whole number of at least ${lowest}: ${String(value)}`, field);
}

function modelIdOf(value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid("modelId: not a name or hash", "modelId");
  return value.startsWith("0x") ? checkBytes("modelId", value, 32) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("not JSON");
  }
}

function invalid(message: string, field?: string): SluiceError {
  return new SluiceError("DEPLOYMENT_INVALID", `deployment: ${message}`, field);
}
