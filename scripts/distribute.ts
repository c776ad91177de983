import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { formatEther, isAddress } from "ethers";

import { deployDistribution, firstSupplyOf } from "../deploy/deployDistribution.ts";
import { journalName } from "../deploy/journal.ts";
import { DeployError } from "../deploy/parameters.ts";
import { checkGrants, GrantsError, readGrants, type Grant } from "../deploy/grants.ts";
import { connectTo } from "./deploy/connection.ts";
import { fail } from "./stack/fail.ts";

const usage = `usage: npm run distribute -- --token ADDRESS --grants FILE [--rpc URL] [--key-file FILE] [--deployment NAME] [--send]
  Distributes a SLUICE token's whole first supply, which the account that sends holds: to vesting wallets where a grant has a
  schedule, else to the recipient, in one transaction. Without --send it checks and prints what it would do. --rpc is the
  local chain's when absent; --key-file holds the private key of the account that sends, chmod 600, and without it the endpoint's first account does;
  --deployment names Ignition's journal. The file: docs/guides/distribute-the-token.md`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        token: { type: "string", default: "" },
        grants: { type: "string", default: "" },
        rpc: { type: "string", default: "http://127.0.0.1:8545" },
        "key-file": { type: "string" },
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

const { token, grants: file, rpc, "key-file": keyFile, deployment, send } = options();
try {
  const grants = readGrants(await readFile(file, "utf8"));
  const connection = await connectTo(rpc, keyFile);
  checkGrants(grants, await firstSupplyOf(connection.ethers.provider, token));
  if (send) {
    const journal = deployment ?? (await journalName(connection.ethers.provider, "distribution"));
    const funded = await deployDistribution(connection, token, grants, journal);
    for (const { grant, wallet } of funded) process.stdout.write(`${line(grant, wallet)}\n`);
  } else {
    for (const grant of grants) process.stdout.write(`${line(grant)}\n`);
    process.stdout.write("nothing was sent; --send does it\n");
  }
  await connection.close();
} catch (error) {
  if (error instanceof GrantsError || error instanceof DeployError) fail(error.message);
  throw error;
}
