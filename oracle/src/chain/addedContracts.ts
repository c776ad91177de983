import { OracleError } from "../errors.ts";
import type { ContractStore } from "../store/contractStore.ts";
import type { FollowerOptions } from "./follower.ts";
import { RangeSizer, readAhead } from "./readAhead.ts";
import type { ChainReader } from "./reader.ts";
import { SIDE_PARTS, type SidePart, type Sources } from "./site.ts";
import type { ChainState } from "./state.ts";

export interface AddedDeps {
  /** Reads some of the contracts on their own. */
  readonly reader: (site: Sources) => ChainReader;
  readonly contracts: ContractStore;
  readonly state: Pick<ChainState, "cursor" | "generation">;
}

export interface Added {
  readonly part: SidePart;
  readonly events: number;
}

async function readPast(deps: AddedDeps, part: SidePart, address: string, options: FollowerOptions): Promise<number> {
  const { contracts, state } = deps;
  const { generation } = state;
  const end = state.cursor?.number ?? -1;
  const reader = deps.reader({ [part]: address });
  const sizer = new RangeSizer(options.backfillRangeBlocks);
  const ranges = readAhead((from, to) => reader.range(from, to), options.deployedBlock, end, sizer);
  let events = 0;
  for await (const blocks of ranges) {
    if (state.generation !== generation) {
      throw new OracleError("RPC_UNAVAILABLE", `the chain was reorganised while the past of ${part} was read`);
    }
    const eventful = blocks.filter((block) => block.events.length > 0);
    await contracts.add(eventful);
    events += eventful.reduce((sum, block) => sum + block.events.length, 0);
  }
  return events;
}

/**
 * Reads the past of contracts that the settings name and the store has not read: the follower reads them only from its cursor
 * on. Of a contract whose address changed the old events are forgotten first. Can be tried again after any failure.
 *
 * @throws OracleError RPC_UNAVAILABLE where the endpoint fails or the chain is reorganised meanwhile.
 */
export async function readAddedContracts(deps: AddedDeps, options: FollowerOptions): Promise<Added[]> {
  const read = await deps.contracts.read();
  const added: Added[] = [];
  for (const part of SIDE_PARTS) {
    const address = options.site[part];
    const before = read.get(part);
    if (before !== undefined && before !== address) await deps.contracts.forget(part);
    if (address === undefined || before === address) continue;
    const events = await readPast(deps, part, address, options);
    await deps.contracts.complete(part, address);
    added.push({ part, events });
  }
  return added;
}
