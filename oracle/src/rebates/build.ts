import { rebateRootDigest, type RebateRoot } from "@sluice/sdk";
import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { ChainTables } from "../store/schema.ts";
import { RebateEngine, type PeriodResult } from "./engine.ts";
import { RebateTreeIndex } from "./merkle.ts";
import { fundedAt, POOL_KINDS, poolBook, type PoolBook, type PostedRoot } from "./poolBook.ts";
import type { RebateEvent } from "./events.ts";
import { rebateEvents, unreferred } from "./read.ts";
import { placeKey, type PlaceInBlock } from "./suffixes.ts";
import { CodeReferrals } from "./codeReferrals.ts";
import { AccountReferrals } from "./referrals.ts";
import type { NamedTable } from "./table.ts";

/** Where roots go. Lower-case addresses. */
export interface RebateSite {
  readonly chainId: number;
  readonly pool: string;
}

export interface BuildDeps {
  readonly database: Kysely<ChainTables>;
  readonly store: Pick<ChainStore, "cursor" | "eventsOfKind" | "rollbacks">;
  /** Hash and timestamp of a block of the chain the store follows. */
  readonly blockAt: (number: number) => Promise<{ readonly hash: string; readonly timestamp: number }>;
  readonly site: RebateSite;
  /** What a referral in terms is: the tag of a registered code, or the beginning of an address. */
  readonly referrals: "codes" | "accounts";
  /** Referrals behind the calldata of payments, by `placeKey`; asked for only where a table attributes by them. */
  readonly suffixes: (places: readonly PlaceInBlock[]) => Promise<ReadonlyMap<string, string>>;
  /** The table of the period to build, and those of earlier periods that had another. */
  readonly tables: readonly NamedTable[];
}

export interface BuildRequest {
  /** Lower-case. */
  readonly token: string;
  readonly period: number;
  /** Last block of the period. */
  readonly asOf: number;
}

/** A period's root with everything it stands for. */
export interface Built {
  readonly site: RebateSite;
  readonly root: RebateRoot;
  /** What attesters sign. */
  readonly digest: string;
  readonly asOfTime: number;
  readonly result: PeriodResult;
  readonly tree: RebateTreeIndex;
  /** What the pool holds for this period already: in force or waiting. */
  readonly posted: PostedRoot | undefined;
}

/** A period to go through: its end, its table, and what the pool says its root is. */
interface Step {
  readonly asOf: number;
  readonly table: NamedTable;
  readonly posted: PostedRoot | undefined;
}

function tableOf(tables: readonly NamedTable[], hash: string, period: number): NamedTable {
  const found = tables.find((one) => one.hash === hash);
  if (found !== undefined) return found;
  throw new OracleError("REBATES_INVALID", `period ${period} was computed by tier table ${hash}: name its file, too`, {
    period,
    tierTable: hash,
  });
}

/** The periods up to the one to build, each after the one before. */
function stepsOf({ tables }: BuildDeps, { period, asOf }: BuildRequest, book: PoolBook): Step[] {
  const roots = book.waiting === undefined ? book.inForce : [...book.inForce, book.waiting];
  if (period < 1 || period > roots.length + 1) {
    throw new OracleError("REBATES_INVALID", `--period: 1 to ${roots.length + 1}, the next of the pool, got ${period}`);
  }
  const [table] = tables;
  if (table === undefined) throw new OracleError("REBATES_INVALID", "--table: names no tier table");
  const earlier = roots.slice(0, period - 1);
  const last = earlier.at(-1)?.asOf ?? -1;
  if (asOf <= last) {
    throw new OracleError("REBATES_INVALID", `--as-of: after block ${last}, where the period before ends, got ${asOf}`);
  }
  const steps = earlier.map((posted) => ({
    asOf: posted.asOf,
    table: tableOf(tables, posted.tierTable, posted.period),
    posted,
  }));
  return [...steps, { asOf, table, posted: roots[period - 1] }];
}

function treeOf({ leaves }: PeriodResult, period: number): RebateTreeIndex {
  if (leaves.length > 0) return new RebateTreeIndex(leaves);
  throw new OracleError("REBATES_INVALID", `nobody has earned anything up to period ${period}: there is no root`, {
    period,
  });
}

function checkEarlier(posted: PostedRoot, { root }: RebateTreeIndex): void {
  if (root === posted.root) return;
  const { period } = posted;
  const message = `period ${period}: the pool holds ${posted.root}, this node computes ${root}`;
  throw new OracleError("REBATES_DIFFER", message, { period, posted: posted.root, computed: root });
}

type Suffixes = ReadonlyMap<string, string>;

function readsSuffixes({ table }: Step): boolean {
  return table.table.attribution === "termsOrSuffix";
}

/** Of the periods whose table takes them, and of no other: each costs the endpoint two answers. */
async function suffixesOf(deps: BuildDeps, token: string, steps: readonly Step[]): Promise<Suffixes> {
  if (deps.referrals !== "codes") return new Map();
  const places: PlaceInBlock[] = [];
  for (const [index, step] of steps.entries()) {
    if (!readsSuffixes(step)) continue;
    const after = steps[index - 1]?.asOf ?? -1;
    places.push(...(await unreferred(deps.database, token, { after, upTo: step.asOf })));
  }
  return places.length === 0 ? new Map() : deps.suffixes(places);
}

/** A payment whose terms name nobody, with its transaction's referral where the table of its period takes it. */
function attributed(event: RebateEvent, step: Step | undefined, suffixes: Suffixes): RebateEvent {
  if (event.kind !== "authorized" || step === undefined || !readsSuffixes(step)) return event;
  const referral = suffixes.get(placeKey(event));
  return referral === undefined ? event : { ...event, referral, attributedBy: "suffix" };
}

async function build(deps: BuildDeps, request: BuildRequest, book: PoolBook): Promise<Built> {
  const { token, period } = request;
  const engine = new RebateEngine(deps.referrals === "codes" ? new CodeReferrals() : new AccountReferrals());
  const steps = stepsOf(deps, request, book);
  const ends = await Promise.all(steps.map(({ asOf }) => deps.blockAt(asOf)));
  const suffixes = await suffixesOf(deps, token, steps);
  let at = 0;
  let result: PeriodResult | undefined;
  const closeStep = (): void => {
    const [step, end] = [steps[at], ends[at]];
    if (step === undefined || end === undefined) return;
    const { asOf, table: named, posted } = step;
    if (posted !== undefined && at < steps.length - 1 && end.hash !== posted.asOfHash) {
      throw new OracleError(
        "OTHER_FORK",
        `period ${posted.period} ends with block ${posted.asOfHash}, not ${end.hash}`,
      );
    }
    const { table } = named;
    const tiers = table.tokens[token]?.tiers ?? [];
    result = engine.close({ time: end.timestamp, table, tiers, funded: fundedAt(book, asOf) });
    if (posted !== undefined && at < steps.length - 1) checkEarlier(posted, treeOf(result, posted.period));
    at += 1;
  };
  for await (const page of rebateEvents(deps.database, token, request.asOf)) {
    for (const { block, event } of page) {
      while (block > (steps[at]?.asOf ?? block)) closeStep();
      engine.tell(attributed(event, steps[at], suffixes));
    }
  }
  while (at < steps.length) closeStep();
  if (result === undefined) throw new RangeError("a build has at least one period");
  const [step, end] = [steps.at(-1), ends.at(-1)];
  const tree = treeOf(result, period);
  const root: RebateRoot = {
    ...{ token, period: BigInt(period), asOf: request.asOf, asOfHash: end?.hash ?? "" },
    ...{ tierTable: step?.table.hash ?? "", total: result.total, root: tree.root },
  };
  const digest = rebateRootDigest(root, deps.site);
  return { site: deps.site, root, digest, asOfTime: end?.timestamp ?? 0, result, tree, posted: step?.posted };
}

/**
 * Computes a period's root from what the node has read of the chain, every earlier period with it. The same chain, tables and
 * block give the same bytes on any node. Works beside a running node and changes nothing.
 *
 * @throws OracleError BEHIND where the node has not read so far, REBATES_INVALID for a period, block or table that does not
 *   fit, REBATES_DIFFER where an earlier period's root is not what the pool holds, OTHER_FORK, RPC_UNAVAILABLE.
 */
export async function buildRoot(deps: BuildDeps, request: BuildRequest): Promise<Built> {
  if (deps.tables[0]?.table.tokens[request.token] === undefined) {
    throw new OracleError("REBATES_INVALID", `the tier table has no tiers for token ${request.token}`, { ...request });
  }
  for (;;) {
    const before = await deps.store.rollbacks();
    const cursor = await deps.store.cursor();
    if (cursor === undefined || cursor.number < request.asOf) {
      const head = cursor?.number ?? -1;
      const message = `the node has read up to block ${head}, not ${request.asOf}: let it catch up`;
      throw new OracleError("BEHIND", message, { asOf: request.asOf, head });
    }
    const rows = await deps.store.eventsOfKind(POOL_KINDS);
    const built = await build(deps, request, poolBook(rows, request.token, cursor.timestamp));
    // Blocks taken back meanwhile may have left half of either fork in what was read.
    if ((await deps.store.rollbacks()) === before) return built;
  }
}
