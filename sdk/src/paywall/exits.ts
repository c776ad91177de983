import { Interface, type Provider } from "ethers";

import { readChannel } from "../channelCalls.ts";
import type { ChannelSite } from "../channels.ts";
import { paymentChannelsAbi } from "../generated/abi.ts";
import type { ChannelRecord } from "./store.ts";

const abi = new Interface(paymentChannelsAbi);
const topic = abi.getEvent("ExitRequested")?.topicHash ?? "";
const blocksAtOnce = 2_000;
/** Read again each time, so that a reorganisation does not hide an exit. */
const overlap = 64;

/**
 * Which of the channels close, and when. Each is read once; after that the contract's events tell.
 * @returns seconds since the Unix epoch by channel
 */
export function exitWatch(
  site: ChannelSite,
  provider: Provider,
): (records: readonly ChannelRecord[]) => Promise<ReadonlyMap<string, number>> {
  const seen = new Set<string>();
  const closing = new Map<string, number>();
  let next: number | undefined;
  return async (records) => {
    const head = await provider.getBlockNumber();
    const from = Math.max(0, (next ?? head + 1) - overlap);
    for (let start = from; next !== undefined && start <= head; start += blocksAtOnce) {
      const toBlock = Math.min(head, start + blocksAtOnce - 1);
      for (const log of await provider.getLogs({
        address: site.channels,
        topics: [topic],
        fromBlock: start,
        toBlock,
      })) {
        const args = abi.parseLog(log)?.args;
        if (args) closing.set(String(args["id"]), Number(args["closeAt"]));
      }
    }
    for (const { channel, terms } of records.filter(({ channel }) => !seen.has(channel))) {
      const { closeAt } = await readChannel(provider, site, terms, head);
      if (closeAt !== 0) closing.set(channel, closeAt);
      seen.add(channel);
    }
    next = head + 1;
    return closing;
  };
}
