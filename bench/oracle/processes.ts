import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { Site } from "./world.ts";

const cli = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const stock = new URL("stockNode.ts", import.meta.url).pathname;
const echo = new URL("echo.ts", import.meta.url).pathname;

/** A server under load: a process of its own. */
export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  /** CPU seconds the process has used, user and system. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly home: string;
  readonly site: Site;
  /** Which of the site's keys the node signs with. */
  readonly attester: number;
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Ethers' own typed data and signing in place of the node's. */
  readonly stockSigning?: boolean;
  /** Payments on chain that the node has to have looked at by itself before it counts as started; none, when absent. */
  readonly settled?: number;
  /** Flags for Node itself, such as --cpu-prof. */
  readonly flags?: readonly string[];
}

async function spawned(args: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const { stdout } = child;
  if (stdout === null) throw new Error("the process has no output");
  let port = 0;
  for await (const line of createInterface({ input: stdout })) {
    const entry = JSON.parse(line) as { msg?: string; port?: number }; // a log of JSON lines
    port = entry.port ?? port;
    if (entry.msg !== "started") continue;
    stdout.resume();
    return { child, url: `http://127.0.0.1:${port}` };
  }
  throw new Error(`${args.join(" ")} ended before it had started`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

function metric(text: string, name: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the node has no metric ${name}`);
  return Number(line.slice(name.length));
}

/** Values of some of a node's metrics, in the order of their names. */
export async function metrics(url: string, ...names: readonly string[]): Promise<number[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return names.map((name) => metric(text, name));
}

/** Until the node has examined so many payments by itself: under load it must have nothing else to do. */
async function untilDecided(url: string, payments: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const counts = text.split("\n").filter((line) => line.startsWith("sluice_decisions_total{"));
    const decided = counts.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    if (decided >= payments) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Writes the node's settings file and key; returns the file's path. */
export async function planNode(options: NodeOptions): Promise<string> {
  const { home, site, attester, changes } = options;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const { rpcUrl, chainId, gate, escrow, deployedBlock } = site;
  await writeFile(join(home, "key"), `${site.keys[attester]?.privateKey}\n`, { mode: 0o600 });
  const settings = {
    ...{ rpcUrl, chainId, gate, escrow, deployedBlock, dataDir: join(home, "data"), privateKeyFile: join(home, "key") },
    ...{ port: 0, pollIntervalMs: 1_000, postBands: false, logLevel: "info", ...changes },
  };
  const file = join(home, "settings.json");
  await writeFile(file, JSON.stringify(settings));
  return file;
}

/** Starts a node and waits until it has read the chain, and looked at the payments on it where that is asked for. */
export async function startNode(options: NodeOptions): Promise<Server> {
  const settings = await planNode(options);
  const program = options.stockSigning === true ? [stock, settings] : [cli, "serve", "--settings", settings];
  const { child, url } = await spawned([...(options.flags ?? []), ...program]);
  await untilDecided(url, options.settled ?? 0);
  return {
    ...{ url, child, stop: () => stopped(child) },
    cpuSeconds: async () => (await metrics(url, "process_cpu_seconds_total"))[0] ?? NaN,
  };
}

/** Express and nothing else, for what HTTP costs. */
export async function startEcho(): Promise<Server> {
  const { child, url } = await spawned([echo]);
  return {
    ...{ url, child, stop: () => stopped(child) },
    cpuSeconds: async () => {
      const { user, system } = (await (await fetch(`${url}/cpu`)).json()) as NodeJS.CpuUsage; // echo.ts answers it
      return (user + system) / 1e6;
    },
  };
}
