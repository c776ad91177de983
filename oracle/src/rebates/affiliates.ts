import type { RebateLeaf } from "@sluice/sdk";
import type { Kysely } from "kysely";
import { z } from "zod";

import { OracleError } from "../errors.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { ServiceTables } from "../store/serviceSchema.ts";
import { PAYMENT_HEADER } from "./csv.ts";
import { rootSchema, type RootFile } from "./files.ts";
import { RebateTreeIndex } from "./merkle.ts";
import { POOL_KINDS, poolBook, type PoolBook } from "./poolBook.ts";
import type { ReportJson } from "./reportJson.ts";

/** Where a root is on its way: built here only, waiting in the pool, stopped by a challenge, or in force. */
export type RootState = "built" | "waiting" | "challenged" | "inForce";

/** What one period built here says about an account. Amounts as decimal text. */
export interface PeriodView {
  readonly period: number;
  readonly root: string;
  readonly state: RootState;
  readonly asOf: number;
  readonly cumulative: string;
  /** What a claim would pay now: nothing but in force. */
  readonly claimable: string;
  /** Path from the leaf to the root, empty for an account without a leaf. */
  readonly proof: readonly string[];
  readonly report: ReportJson;
}

export interface TokenView {
  readonly token: string;
  readonly pool: string;
  readonly claimed: string;
  /** Newest first. */
  readonly periods: readonly PeriodView[];
}

export interface AffiliateView {
  readonly account: string;
  /** Ascending by token. */
  readonly tokens: readonly TokenView[];
}

export interface AffiliateDeps {
  readonly service: Kysely<ServiceTables>;
  readonly store: Pick<ChainStore, "cursor" | "eventsOf" | "eventsOfKind">;
}

/** Trees kept in memory: of the periods that are asked about. */
const MOST_TREES = 4;

const claimedSchema = z.object({ token: z.string(), cumulative: z.string() });

function stateOf({ period, root }: RootFile, { inForce, waiting }: PoolBook): RootState {
  if (inForce.at(-1)?.root === root && inForce.at(-1)?.period === period) return "inForce";
  if (waiting?.root !== root || waiting.period !== period) return "built";
  return waiting.challenged ? "challenged" : "waiting";
}

/** What the builds kept by this node say about accounts, beside what the pool says. */
export class Affiliates {
  readonly #deps: AffiliateDeps;
  readonly #trees = new Map<string, RebateTreeIndex>();

  constructor(deps: AffiliateDeps) {
    this.#deps = deps;
  }

  /** @param account Lower-case. @throws OracleError UNKNOWN_AFFILIATE */
  async view(account: string): Promise<AffiliateView> {
    const rows = await this.#deps.service
      .selectFrom("rebate_accounts")
      .innerJoin("rebate_builds", (join) =>
        join
          .onRef("rebate_builds.token", "=", "rebate_accounts.token")
          .onRef("rebate_builds.period", "=", "rebate_accounts.period"),
      )
      .select(["cumulative", "report", "rebate_builds.root as root"])
      .where("account", "=", account)
      .orderBy("rebate_accounts.token")
      .orderBy("rebate_accounts.period", "desc")
      .execute();
    if (rows.length === 0) throw unknown(account);
    const files = rows.map((row) => ({ ...row, file: rootSchema.parse(JSON.parse(row.root)) }));
    const events = await this.#deps.store.eventsOfKind(POOL_KINDS);
    const now = (await this.#deps.store.cursor())?.timestamp ?? 0;
    const tokens: TokenView[] = [];
    for (const [token, own] of Map.groupBy(files, ({ file }) => file.token)) {
      const book = poolBook(events, token, now);
      const claimed = await this.#claimed(token, account);
      const periods: PeriodView[] = [];
      for (const { file, cumulative, report } of own) {
        const state = stateOf(file, book);
        const open = BigInt(cumulative) - claimed;
        periods.push({
          ...{ period: file.period, root: file.root, state, asOf: file.asOf, cumulative },
          claimable: (state === "inForce" && open > 0n ? open : 0n).toString(),
          proof: cumulative === "0" ? [] : ((await this.#tree(file)).proof(account) ?? []),
          report: JSON.parse(report) as ReportJson, // putBuild wrote it
        });
      }
      tokens.push({ token, pool: own[0]?.file.pool ?? "", claimed: claimed.toString(), periods });
    }
    return { account, tokens };
  }

  /** The account's payments in the newest build of each token, as CSV. @throws OracleError UNKNOWN_AFFILIATE */
  async csv(account: string): Promise<string> {
    const rows = await this.#deps.service
      .selectFrom("rebate_payments")
      .select(["token", "period", "line"])
      .where("account", "=", account)
      .orderBy("token")
      .orderBy("seq")
      .execute();
    // Somebody who has a leaf by rebates alone has referred nobody.
    if (rows.length === 0) await this.view(account);
    const lines = rows.map(({ token, period, line }) => `${token},${period},${line}`);
    return `${[`token,period,${PAYMENT_HEADER}`, ...lines].join("\n")}\n`;
  }

  async #claimed(token: string, account: string): Promise<bigint> {
    const rows = await this.#deps.store.eventsOf(account);
    const claims = rows
      .filter(({ kind }) => kind === "rebatePool.claimed")
      .map(({ body }) => claimedSchema.parse(JSON.parse(body)))
      .filter((claim) => claim.token === token);
    return BigInt(claims.at(-1)?.cumulative ?? 0);
  }

  async #tree({ token, period, root }: RootFile): Promise<RebateTreeIndex> {
    const known = this.#trees.get(root);
    if (known !== undefined) return known;
    const rows = await this.#deps.service
      .selectFrom("rebate_accounts")
      .select(["account", "cumulative"])
      .where("token", "=", token)
      .where("period", "=", period)
      .where("cumulative", "!=", "0")
      .execute();
    const leaves = rows.map((row): RebateLeaf => ({ account: row.account, cumulative: BigInt(row.cumulative) }));
    // Not by the database, whose collation orders text in its own way.
    leaves.sort((a, b) => (a.account < b.account ? -1 : 1));
    const tree = new RebateTreeIndex(leaves);
    this.#trees.set(root, tree);
    for (const oldest of this.#trees.keys()) if (this.#trees.size > MOST_TREES) this.#trees.delete(oldest);
    return tree;
  }
}

function unknown(account: string): OracleError {
  return new OracleError("UNKNOWN_AFFILIATE", `nothing is known about ${account} in the rebates built here`, {
    account,
  });
}
