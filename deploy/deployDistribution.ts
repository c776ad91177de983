import { Contract, type Provider } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { distributionModule, walletId } from "./distribution.ts";
import { checkGrants, GrantsError, type Grant } from "./grants.ts";

/** A grant carried out: `wallet` is the vesting wallet, or the recipient where nothing vests. */
export type Funded = { readonly grant: Grant; readonly wallet: string };

const tokenAbi = [
  "function cap() view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
];
const walletAbi = [
  "function owner() view returns (address)",
  "function start() view returns (uint256)",
  "function duration() view returns (uint256)",
  "function cliff() view returns (uint256)",
  "function released(address token) view returns (uint256)",
];

/**
 * Distributes a token's whole first supply from the network's first account: checks the grants, makes the vesting wallets, sends
 * everything in one transaction, then reads on chain that everybody has what his grant says.
 * @param deploymentId Name of Ignition's journal, so that a run that broke off goes on where it stood.
 * @throws GrantsError before anything is sent when the grants are not well formed, or do not add up to the supply, and after it when the
 * chain does not say what the grants say; IgnitionError when a transaction fails
 */
export async function deployDistribution(
  connection: NetworkConnection<string>,
  token: string,
  grants: readonly Grant[],
  deploymentId?: string,
): Promise<Funded[]> {
  const { provider } = connection.ethers;
  checkGrants(grants, await firstSupplyOf(provider, token));
  const deployed: Record<string, unknown> = await connection.ignition.deploy(distributionModule(grants), {
    parameters: { Distribution: { token } },
    ...(deploymentId === undefined ? {} : { deploymentId }),
  });
  await checkJournal(provider, deployed["distributor"]);
  const funded = await Promise.all(
    grants.map(async (grant) => ({ grant, wallet: await walletOf(grant, deployed[walletId(grant)]) })),
  );
  const findings = await Promise.all(funded.map((one) => wrongOf(provider, token, one)));
  if (findings.flat().length > 0) throw new GrantsError(findings.flat());
  return funded;
}

/**
 * Supply with which a SLUICE token began, in its smallest unit.
 * @throws GrantsError when there is no such token
 */
export async function firstSupplyOf(provider: Provider, token: string): Promise<bigint> {
  return numberFrom(provider, token, "cap");
}

/** Ignition takes its journal's word: with that of another chain it sends nothing and says that all is done. */
async function checkJournal(provider: Provider, distributor: unknown): Promise<void> {
  const address = await (distributor as Contract).getAddress(); // the module returns it always
  if ((await provider.getCode(address)) !== "0x") return;
  const problem = `nothing was sent: Ignition's journal is of another chain, on which SupplyDistributor is at ${address}; name another with --deployment`;
  throw new GrantsError([problem]);
}

async function walletOf(grant: Grant, contract: unknown): Promise<string> {
  if (grant.vesting === undefined) return grant.recipient;
  return (contract as Contract).getAddress(); // the module returns one for each grant that vests
}

/** What a vesting wallet says otherwise than its grant. What is sent at once went in one transaction with the rest. */
async function wrongOf(provider: Provider, token: string, { grant, wallet }: Funded): Promise<string[]> {
  const { name, recipient, amount, vesting } = grant;
  if (vesting === undefined) return [];
  const contract = new Contract(wallet, walletAbi, provider);
  const ask = async (getter: string): Promise<string> => String(await contract.getFunction(getter).staticCall());
  const released: unknown = await contract.getFunction("released").staticCall(token);
  const held = (await numberFrom(provider, token, "balanceOf", wallet)) + BigInt(String(released));
  const found = [...(await Promise.all(["owner", "start", "duration", "cliff"].map(ask))), String(held)];
  const { startSeconds, durationSeconds, cliffSeconds } = vesting;
  const expected = [recipient, startSeconds, durationSeconds, startSeconds + cliffSeconds, amount].map(String);
  const labels = ["owner", "start", "duration", "cliff", "units"];
  return labels.flatMap((label, index) =>
    found[index] === expected[index]
      ? []
      : [`${name}: ${label} of ${wallet} is ${found[index]}, not ${expected[index]}`],
  );
}

async function numberFrom(provider: Provider, token: string, getter: string, ...args: string[]): Promise<bigint> {
  if ((await provider.getCode(token)) === "0x") throw new GrantsError([`there is no contract at ${token}`]);
  const found: unknown = await new Contract(token, tokenAbi, provider).getFunction(getter).staticCall(...args);
  return BigInt(String(found));
}
