import { OracleError } from "../errors.ts";
import type { StoredBlock } from "../store/chainStore.ts";
import { lackingBlock, readBlocks, readHead, readHeaders, readRange } from "./blocks.ts";
import type { Endpoints } from "./endpoints.ts";
import type { RpcClient } from "./rpc.ts";
import type { Sources } from "./site.ts";
import type { Header } from "./wire.ts";

/** What the follower asks of the chain. */
export interface ChainReader {
  /** The newest header that can be believed. */
  head(): Promise<Header>;
  /** Headers by number, in order; shorter where the later ones are not there (any more). */
  headers(numbers: readonly number[]): Promise<Header[]>;
  /** Blocks with their events, the first after `parent`; undefined where it does not follow. */
  blocks(parent: string | undefined, numbers: readonly number[], head: Header): Promise<StoredBlock[] | undefined>;
  /** The eventful blocks of a range far below the head, and its last. */
  range(from: number, to: number): Promise<StoredBlock[]>;
}

/** Reads from one endpoint and believes it, as far as hashes and bloom filters allow. */
export function singleReader(rpc: RpcClient, site: Sources): ChainReader {
  const source = { rpc, site };
  return {
    head: () => readHead(rpc),
    headers: (numbers) => readHeaders(rpc, numbers),
    blocks: (parent, numbers, head) => readBlocks(source, parent, numbers, head),
    range: (from, to) => readRange(source, from, to),
  };
}

type ReadBlocks = ChainReader["blocks"];

function isLacking(error: unknown): boolean {
  return error instanceof OracleError && error.details?.["lacksBlock"] !== undefined;
}

function blocksReader(endpoints: Endpoints, agreement: number, site: Sources): ReadBlocks {
  const ask: ReadBlocks = (parent, numbers, head) =>
    endpoints.agree(async (rpc, second) => {
      const blocks = await readBlocks({ rpc, second, site }, parent, numbers, head);
      // Who is a block behind lacks it; he does not deny it. Answers of different lengths cannot agree.
      const fewest = agreement === 1 ? 1 : numbers.length;
      if (blocks !== undefined && blocks.length < fewest) throw lackingBlock(numbers[blocks.length] ?? 0);
      return blocks;
    });
  return async (parent, numbers, head) => {
    try {
      return await ask(parent, numbers, head);
    } catch (error) {
      if (isLacking(error)) return [];
      const single = numbers.slice(0, 1);
      if (agreement === 1 || numbers.length === single.length) throw error;
      return ask(parent, single, head);
    }
  };
}

/** Reads from several endpoints: a block counts once as many as must agree name the same hash and the same logs. */
export function agreeingReader(endpoints: Endpoints, agreement: number, site: Sources): ChainReader {
  return {
    head: async () => {
      const heads = await endpoints.survey(readHead, ({ number }) => number);
      // The highest that as many endpoints have as must agree; of one alone the most trusted endpoint's.
      const chosen = agreement === 1 ? heads[0] : heads.toSorted((a, b) => b.number - a.number)[agreement - 1];
      if (chosen !== undefined) return chosen;
      throw new OracleError("RPC_UNAVAILABLE", `${heads.length} RPC endpoints answer, ${agreement} must agree`);
    },
    headers: (numbers) => endpoints.agree((client) => readHeaders(client, numbers)),
    blocks: blocksReader(endpoints, agreement, site),
    range: (from, to) => endpoints.agree((rpc, second) => readRange({ rpc, second, site }, from, to)),
  };
}
