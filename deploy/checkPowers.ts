import { Contract, type Provider } from "ethers";

import type { GovernanceDeployment } from "./governanceDeployment.ts";
import { timelockRoles } from "./governance.ts";

/** Powers that are not where they belong; `findings` names each. */
export class PowersError extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`powers that are not where they belong:\n  ${findings.join("\n  ")}`);
    this.name = "PowersError";
    this.findings = findings;
  }
}

/** Blocks asked for at once. */
const rangeBlocks = 1_000;

const timelockAbi = [
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function getRoleAdmin(bytes32 role) view returns (bytes32)",
];

/** Every single address that has a power over another part: where it is asked for, and who it must be. */
const expected: {
  part: keyof GovernanceDeployment;
  getter: string;
  holder: keyof GovernanceDeployment;
  meaning: string;
}[] = [
  { part: "gate", getter: "governor", holder: "policyRegistry", meaning: "sets policy and epoch" },
  { part: "policyRegistry", getter: "timelock", holder: "timelock", meaning: "changes what the registry may change" },
  { part: "policyRegistry", getter: "gate", holder: "gate", meaning: "is what the registry governs" },
  { part: "policyRegistry", getter: "attesters", holder: "attesters", meaning: "says whose signers are bonded" },
  { part: "governor", getter: "timelock", holder: "timelock", meaning: "executes what was voted" },
  { part: "governor", getter: "token", holder: "stake", meaning: "gives votes" },
  { part: "stake", getter: "attesters", holder: "attesters", meaning: "bonds and slashes" },
  { part: "stake", getter: "token", holder: "token", meaning: "is what is staked" },
  { part: "treasury", getter: "timelock", holder: "timelock", meaning: "spends" },
  { part: "feeSplitter", getter: "timelock", holder: "timelock", meaning: "changes the parts" },
  { part: "feeSplitter", getter: "attesterRewards", holder: "attesterRewards", meaning: "gets the attesters' part" },
  { part: "feeSplitter", getter: "buyBack", holder: "buyBack", meaning: "gets the stakers' part" },
  { part: "feeSplitter", getter: "rebatePool", holder: "rebatePool", meaning: "gets the rebates' part" },
  { part: "feeSplitter", getter: "treasury", holder: "treasury", meaning: "gets the rest" },
  { part: "attesterRewards", getter: "gate", holder: "gate", meaning: "says whose signatures count" },
  { part: "attesterRewards", getter: "treasury", holder: "treasury", meaning: "gets what rounding leaves" },
  { part: "buyBack", getter: "timelock", holder: "timelock", meaning: "lists tokens" },
  { part: "buyBack", getter: "governanceToken", holder: "token", meaning: "is what is bought" },
  { part: "buyBack", getter: "stream", holder: "stake", meaning: "gets the proceeds" },
  { part: "buyBack", getter: "treasury", holder: "treasury", meaning: "gets unlisted tokens" },
  { part: "rebatePool", getter: "timelock", holder: "timelock", meaning: "rules challenges" },
  { part: "rebatePool", getter: "treasury", holder: "treasury", meaning: "gets what is taken out" },
  { part: "grants", getter: "timelock", holder: "timelock", meaning: "opens and cancels grants" },
  { part: "grants", getter: "treasury", holder: "treasury", meaning: "gets what is left of a grant" },
];

/**
 * Reads every role, owner and governor on chain and throws a list of what is wrong: a power that the deployer kept, or one
 * that is not with the part it belongs to.
 * @param deployer Who must hold nothing.
 * @param escrow Where given, its treasury must be the fee splitter.
 * @param since Block from which on roles were granted: not after the timelock's own.
 */
export async function checkPowers(
  provider: Provider,
  deployment: GovernanceDeployment,
  deployer: string,
  { escrow, since = 0 }: { readonly escrow?: string | undefined; readonly since?: number | undefined } = {},
): Promise<void> {
  const findings = [
    ...(await wrongAddresses(provider, deployment)),
    ...(await wrongRoles(provider, deployment, deployer, since)),
    ...(await guardianFindings(provider, deployment, deployer)),
    ...(escrow === undefined ? [] : await treasuryFindings(provider, deployment, escrow)),
  ];
  if (findings.length > 0) throw new PowersError(findings);
}

async function wrongAddresses(provider: Provider, deployment: GovernanceDeployment): Promise<string[]> {
  const findings: string[] = [];
  for (const { part, getter, holder, meaning } of expected) {
    const found = await addressFrom(provider, deployment[part], getter);
    if (found !== deployment[holder]) findings.push(`${part}.${getter} (${meaning}) is ${found}, not the ${holder}`);
  }
  return findings;
}

/** Roles have no list of holders: whoever was ever granted one is asked about. */
async function wrongRoles(
  provider: Provider,
  deployment: GovernanceDeployment,
  deployer: string,
  since: number,
): Promise<string[]> {
  const timelock = new Contract(deployment.timelock, timelockAbi, provider);
  const accounts = new Set([deployer, ...(await grantedTo(provider, timelock, since))]);
  const findings: string[] = [];
  for (const [name, role] of Object.entries(timelockRoles)) {
    const holder = name === "admin" ? deployment.timelock : deployment.governor;
    for (const account of new Set([holder, ...accounts])) {
      const holds: unknown = await timelock.getFunction("hasRole").staticCall(role, account);
      if (holds !== (account === holder))
        findings.push(`timelock: ${account} ${holds === true ? "has" : "lacks"} ${name}`);
    }
    const admin: unknown = await timelock.getFunction("getRoleAdmin").staticCall(role);
    if (admin !== timelockRoles.admin)
      findings.push(`timelock: ${name} is given by role ${String(admin)}, not by the admin`);
  }
  return findings;
}

/** Whoever was ever granted a role, asked for in ranges that public endpoints answer. */
async function grantedTo(provider: Provider, timelock: Contract, since: number): Promise<string[]> {
  const head = await provider.getBlockNumber();
  const accounts: string[] = [];
  for (let from = since; from <= head; from += rangeBlocks) {
    const logs = await timelock.queryFilter("RoleGranted", from, Math.min(head, from + rangeBlocks - 1));
    accounts.push(...logs.map((log) => String(timelock.interface.parseLog(log)?.args["account"])));
  }
  return accounts;
}

async function guardianFindings(
  provider: Provider,
  { governor }: GovernanceDeployment,
  deployer: string,
): Promise<string[]> {
  const abi = ["function guardian() view returns (address account, uint256 until)"];
  const [account]: unknown[] = await new Contract(governor, abi, provider).getFunction("guardian").staticCallResult();
  return account === deployer ? [`governor: the deployer ${deployer} is the guardian, who can cancel proposals`] : [];
}

async function treasuryFindings(
  provider: Provider,
  { feeSplitter }: GovernanceDeployment,
  escrow: string,
): Promise<string[]> {
  const treasury = await addressFrom(provider, escrow, "treasury");
  return treasury === feeSplitter ? [] : [`escrow.treasury is ${treasury}, not the feeSplitter`];
}

async function addressFrom(provider: Provider, contract: string, getter: string): Promise<string> {
  const abi = [`function ${getter}() view returns (address)`];
  const found: unknown = await new Contract(contract, abi, provider).getFunction(getter).staticCall();
  return String(found);
}
