import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { formatEther, isAddress } from "ethers";
import { network } from "hardhat";

import { deployDistribution, firstSupplyOf } from "../deploy/deployDistribution.ts";
import { checkGrants, GrantsError, readGrants, type Grant } from "../deploy/grants.ts";

const usage = `usage: npm run distribute -- --token ADDRESS --grants FILE [--network NAME] [--deployment NAME] [--send]
  Distributes a SLUICE token's whole first supply, which the network's first account holds: to vesting wallets where a grant has a
  schedule, else to the recipient, in one transaction. Without --send it checks and prints what it would do. --network is
  one of hardhat.config.ts, "local" when absent; --deployment names Ignition's journal. The file: docs/guides/distribute-the-token.md`;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        token: { type: "string", default: "" },
        grants: { type: "string", default: "" },
        network: { type: "string", default: "local" },
        deployment: { type: "string" },
        send: { type: "boolean", default: false },
      },
    });
    if (!isAddress(values.token) || values.grants === "") fail(usage);
    return values;
  } catch {
    return fail(usage);
  }
}

function line(grant: Grant, wallet = grant.recipient): string {
  const { name, recipient, amount, vesting } = grant;
  const date = (seconds: number): string => new Date(seconds * 1_000).toISOString();
  const when =
    vesting === undefined
      ? "at once"
      : `${wallet === recipient ? "" : `for ${recipient}, `}from ${date(vesting.startSeconds)} to ${date(vesting.startSeconds + vesting.durationSeconds)}, ` +
        `nothing before ${date(vesting.startSeconds + vesting.cliffSeconds)}`;
  return `${name}: ${formatEther(amount)} to ${wallet}, ${when}`;
}

const { token, grants: file, network: name, deployment, send } = options();
try {
  const grants = readGrants(await readFile(file, "utf8"));
  const connection = await network.create(name);
  checkGrants(grants, await firstSupplyOf(connection.ethers.provider, token));
  if (send) {
    const funded = await deployDistribution(connection, token, grants, deployment);
    for (const { grant, wallet } of funded) process.stdout.write(`${line(grant, wallet)}\n`);
  } else {
    for (const grant of grants) process.stdout.write(`${line(grant)}\n`);
    process.stdout.write("nothing was sent; --send does it\n");
  }
  await connection.close();
} catch (error) {
  if (error instanceof GrantsError) fail(error.message);
  throw error;
}
