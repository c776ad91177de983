import { gateInterface } from "../chain/decode.ts";
import { HttpRpcClient } from "../chain/rpc.ts";
import { hexText, parseLogs, quantity, toQuantity } from "../chain/wire.ts";
import { loadSettings, parseSettings, type NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { replay } from "./replay.ts";
import { replayText } from "./replayText.ts";

/** What the command line names. */
export interface ReplayOptions {
  readonly payment: string;
  readonly settings?: string | undefined;
  /** Instead of a settings file. */
  readonly rpc?: string | undefined;
  readonly gate?: string | undefined;
  readonly lists?: string | undefined;
  readonly from?: string | undefined;
  readonly json: boolean;
}

const TIMEOUT_MS = 30_000;
const WIDEST_RANGE = 10_000;

/** The contract that asked the gate about a payment: its escrow. */
async function escrowOf(rpc: HttpRpcClient, gate: string, id: string, from: number): Promise<string> {
  const topic = gateInterface.getEvent("Decided")?.topicHash;
  const filter = { address: gate, fromBlock: toQuantity(from), toBlock: "latest", topics: [topic, null, id] };
  const [log] = parseLogs(await rpc.call("eth_getLogs", [filter]));
  if (log !== undefined) return `0x${hexText(log.topics[1], "caller", 32).slice(-40)}`;
  throw new OracleError("UNKNOWN_PAYMENT", `gate ${gate} has decided nothing about ${id} from block ${from} on`);
}

/** Settings that follow from an endpoint and a gate alone. */
async function settingsOf({ payment, rpc: rpcUrl, gate, lists, from }: ReplayOptions): Promise<NodeSettings> {
  const deployedBlock = Number(from ?? 0);
  const bare = { rpcUrl, gate, deployedBlock, dataDir: ".", rpcTimeoutMs: TIMEOUT_MS };
  const wide = { backfillRangeBlocks: WIDEST_RANGE, ...(lists === undefined ? {} : { listRegistry: lists }) };
  const rpc = new HttpRpcClient(String(rpcUrl), { timeoutMs: TIMEOUT_MS });
  const chainId = quantity(await rpc.call("eth_chainId", []), "chain id");
  const escrow = await escrowOf(rpc, String(gate), payment, deployedBlock);
  return parseSettings({ ...bare, ...wide, chainId, escrow }, {}, process.cwd());
}

/**
 * Replays a payment's decisions and prints them.
 *
 * @returns Whether all follow from the chain.
 */
export async function replayCommand(
  options: ReplayOptions,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<boolean> {
  const asked = { ...options, payment: options.payment.toLowerCase() };
  const settings = asked.settings === undefined ? await settingsOf(asked) : loadSettings(asked.settings, environment);
  const decisions = await replay(settings, asked.payment, signal);
  if (asked.json) print(`${JSON.stringify({ payment: asked.payment, decisions })}\n`);
  else for (const decision of decisions) print(`${replayText(decision)}\n`);
  return decisions.every(({ same }) => same);
}
