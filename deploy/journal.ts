import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Provider } from "ethers";

const journals = new URL("../ignition/deployments", import.meta.url).pathname;

/**
 * The name of a chain's journal where none is given. Its genesis block is in it, so that a local chain that was started anew has a
 * journal of its own.
 *
 * @param what Is deployed: the name begins with it.
 */
export async function journalName(provider: Provider, what: string): Promise<string> {
  const [{ chainId }, genesis] = await Promise.all([provider.getNetwork(), provider.getBlock(0)]);
  return `${what}-${chainId}-${genesis?.hash?.slice(2, 10) ?? "unknown"}`;
}

/** Block of the first transaction of a journal; undefined where there is no journal, or nothing was mined. */
export async function firstBlockOf(deploymentId: string): Promise<number | undefined> {
  const file = join(journals, deploymentId, "journal.jsonl");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  const blocks = [...text.matchAll(/"blockNumber":(\d+)/g)].map(([, number]) => Number(number));
  return blocks.length === 0 ? undefined : Math.min(...blocks);
}
