import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { computeAddress, type SigningKey } from "ethers";
import { network } from "hardhat";

import { writeDeployment } from "../../deploy/deploySluice.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { stop, type Managed } from "../../scripts/stack/processes.ts";
import { deployLocal, startChain } from "../../scripts/stack/stack.ts";
import { keyOf } from "../oracle/support/keys.ts";

const cli = new URL("../../scripts/sluice.ts", import.meta.url).pathname;
const shadowCli = new URL("../../oracle/src/shadow/cli.ts", import.meta.url).pathname;

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Answers of --json, read by name. */
export type Json = Record<string, unknown>;

export type CliWorld = Awaited<ReturnType<typeof cliWorld>>;

async function ran(file: string, args: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env["PATH"] ?? "" };
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, out, err };
}

/** Runs the command line as a user does: a process of its own, with no terminal. */
export const sluice = (args: readonly string[]): Promise<Ran> => ran(cli, args);

/** Runs `npm run shadow -- …` the same way. */
export const shadow = (args: readonly string[]): Promise<Ran> => ran(shadowCli, args);

/** A chain process with everything deployed, a folder for files, and the command line pointed at both. */
export async function cliWorld(keys: readonly SigningKey[] = [1, 2, 3].map((index) => keyOf(`cli signer ${index}`))) {
  const directory = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  const [port = 0] = await freePorts(1);
  const running: Managed[] = [];
  await startChain({ directory }, port, running);
  const rpcUrl = `http://127.0.0.1:${port}`;
  const connection = await network.create({ network: "local", override: { url: rpcUrl } });
  const signers = keys.map((one) => computeAddress(one));
  const deployment = await deployLocal(connection, signers, { auditShare: 0 });
  const deploymentFile = await writeDeployment(directory, deployment);
  /** Where both command lines look. */
  const place = ["--rpc", rpcUrl, "--deployment", deploymentFile];

  const run = (args: readonly string[], account?: number): Promise<Ran> =>
    sluice([...args, ...place, ...(account === undefined ? [] : ["--account", String(account)])]);

  /** A run that must go through; its JSON. */
  const json = async (args: readonly string[], account?: number): Promise<Json> => {
    const done = await run([...args, "--json"], account);
    if (done.code !== 0) throw new Error(`sluice ${args.join(" ")} ended with ${done.code}: ${done.err}`);
    return JSON.parse(done.out) as Json;
  };

  /** A run that must be refused; its error. */
  const refused = async (
    args: readonly string[],
    account?: number,
  ): Promise<{ code: string; message: string; details: Json }> => {
    const done = await run([...args, "--json"], account);
    if (done.code === 0) throw new Error(`sluice ${args.join(" ")} went through: ${done.out}`);
    return (JSON.parse(done.err) as { error: { code: string; message: string; details: Json } }).error;
  };

  return {
    ...{ connection, deployment, deploymentFile, directory, keys, place, rpcUrl, run, json, refused },
    file: (name: string): string => join(directory, name),
    write: async (name: string, text: string, mode = 0o600): Promise<string> => {
      await writeFile(join(directory, name), text, { mode });
      return join(directory, name);
    },
    close: async (): Promise<void> => {
      await connection.close();
      for (const managed of running) await stop(managed);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Two holders of the supply: account 0 is the distributor, account 6 gets a part; both stake, over the staked floor together. */
export async function holders(world: CliWorld): Promise<void> {
  const { ethers } = world.connection;
  const [distributor, , , , , , other] = await ethers.getSigners();
  const token = await ethers.getContractAt("SluiceToken", world.deployment.governance?.token ?? "", distributor);
  await (await token.transfer(other?.address ?? "", 10n ** 25n)).wait();
  await world.json(["stake", "4000000"], 0);
  await world.json(["stake", "3000000"], 6);
}

/** Queues a proposal that won and moves the clock to where its own delay is over: the more it can do, the longer it waits. */
export async function queued(world: CliWorld, id: string): Promise<void> {
  const { event } = await world.json(["governance", "queue", id], 3);
  const { now } = await world.json(["chain", "skip", "1s"]);
  const eta = Number((event as Json)["etaSeconds"]);
  await world.json(["chain", "skip", `${eta - Number(now)}s`]);
}

/** From proposed to executed, by the command line alone. */
export async function carried(world: CliWorld, id: string): Promise<Json> {
  await world.json(["chain", "skip", "61m"]);
  await world.json(["governance", "vote", id, "for"], 0);
  await world.json(["governance", "vote", id, "for"], 6);
  await world.json(["chain", "skip", "1d"]);
  await queued(world, id);
  return world.json(["governance", "execute", id], 3);
}
