import { mkdir } from "node:fs/promises";

import { stop, type Managed } from "./stack/processes.ts";
import { startStack } from "./stack/stack.ts";

/** `npm start`: the whole stack, until Ctrl-C. */
const directory = new URL("../.data/start", import.meta.url).pathname;
const ports = [8545, 8701, 8702, 8703];

const usage = `usage: npm start [-- --free-ports]
  Starts a chain (port ${ports[0]}), the contracts and three oracle nodes (ports ${ports.slice(1).join(", ")}) and stays up until Ctrl-C.
  --free-ports  takes any free ports instead`;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--free-ports")) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
await mkdir(directory, { recursive: true });
const home = `${directory}/${new Date().toISOString().replaceAll(":", "-")}`;
await mkdir(home);

// From the first process on, Ctrl-C stops whatever runs by then.
const running: Managed[] = [];
let stopping = false;
async function shutDown(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  say("stopping …");
  for (const managed of running.toReversed()) await stop(managed);
  say("stopped");
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void shutDown(0));

const stack = await startStack({
  directory: home,
  ...(args.includes("--free-ports") ? {} : { ports }),
  pollIntervalMs: 200,
  running,
  progress: say,
}).catch(async (error: unknown): Promise<never> => {
  if (!stopping) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}
Stop what runs there, perhaps another \`npm start\`, or take free ports: npm start -- --free-ports\n`);
    process.exit(1);
  }
  return new Promise(() => undefined); // shutDown ends the process
});

for (const managed of running) {
  managed.child.once("exit", (code) => {
    if (stopping) return;
    say(`${managed.name} ended by itself (${code}); see its log in ${home}`);
    void shutDown(1);
  });
}

const accounts = await stack.connection.ethers.getSigners();
const { token, escrow, channels, gate, epoch, treasury, governance } = stack.deployment;
say(`
API        ${stack.plans[0]?.url}/v1/attestations
RPC        ${stack.rpcUrl}, chain ${stack.deployment.chainId}
token      ${token} (everybody may mint)
escrow     ${escrow}
channels   ${channels}
gate       ${gate}
epoch      ${epoch}
governor   ${governance?.governor}, stake ${governance?.stake}, SLUICE ${governance?.token}
fees       to ${treasury}, which splits them; treasury ${governance?.treasury}
accounts   unlocked, 10,000 ETH each:
${accounts
  .slice(0, 5)
  .map((account) => `           ${account.address}`)
  .join("\n")}
files      ${home}
Ctrl-C stops all of it.`);
