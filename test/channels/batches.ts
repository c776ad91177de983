import { decodeReport, decodeRows } from "@sluice/sdk";

import { DEPOSIT, openedGasless, stateOf, type Channel, type Channels } from "./world.ts";

/** Channels of payers who are all different. */
export async function channelsOf(world: Channels, count: number, deposit = DEPOSIT): Promise<Channel[]> {
  const made: Channel[] = [];
  for (let index = 0; index < count; index += 1) made.push(await openedGasless(world, `payer ${index}`, deposit));
  return made;
}

/** What an event's rows say, and the report beside it. */
export async function eventsOf(
  world: Channels,
  tx: { blockNumber: number | null },
  name: "BatchRedeemed" | "BatchQueued" | "BatchBlocked",
) {
  const block = tx.blockNumber ?? 0;
  const { filters } = world.channels;
  const [done] = await world.channels.queryFilter(filters[name](), block, block);
  const [skipped] = await world.channels.queryFilter(filters.RowsSkipped(), block, block);
  return { rows: done ? decodeRows(done.args.rows) : [], report: skipped ? decodeReport(skipped.args.report) : [] };
}

/** What each has paid. */
export async function claimedOf(world: Channels, channels: readonly Channel[]): Promise<bigint[]> {
  return Promise.all(channels.map(async (channel) => (await stateOf(world, channel)).claimed));
}
