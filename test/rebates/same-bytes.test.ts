import { expect } from "chai";
import type { Kysely } from "kysely";

import { buildRoot, type Built } from "../../oracle/src/rebates/build.ts";
import { reportsOfBuild } from "../../oracle/src/rebates/csv.ts";
import { jsonText, rootFileOf } from "../../oracle/src/rebates/files.ts";
import { REASONS } from "../../oracle/src/rebates/payment.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import type { ChainTables } from "../../oracle/src/store/schema.ts";
import { CODED, REFERRED, SITE, TOKEN, type Traffic } from "../oracle/support/generatedChain.ts";
import { CHAIN_ID } from "../oracle/support/generatedRpc.ts";
import { Wanderer } from "../oracle/support/histories.ts";
import type { Reading } from "../oracle/support/reading.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { DIALECTS, freshPlace } from "../oracle/support/stores.ts";
import { random } from "../shared/random.ts";
import { table } from "./story.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 8_600);
const STEPS = 8;

type By = "accounts" | "codes";
const TRAFFIC: Readonly<Record<By, Traffic>> = { accounts: REFERRED, codes: CODED };

const TIERS = [
  { minVolume: "0", maxBadBps: 9_000, minPayers: 0, commissionBps: 1_000, rebateBps: 500 },
  { minVolume: (10n ** 16n).toString(), maxBadBps: 8_000, minPayers: 3, commissionBps: 3_000, rebateBps: 1_000 },
];
const TABLE = parseTable({
  ...table(),
  ...{ holdSeconds: 20, windowSeconds: 400, tokens: { [TOKEN]: { tiers: TIERS } } },
  graph: { ringHops: 2, returnHops: 2, returnShareBps: 9_000 },
});

describe("rebates: the same bytes whatever a node has been through", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  const build = (
    referrals: By,
    node: Wanderer,
    { store }: Reading,
    database: Kysely<ChainTables>,
    asOf: number,
  ): Promise<Built> =>
    buildRoot(
      {
        ...{
          database,
          store,
          tables: [TABLE],
          site: { chainId: CHAIN_ID, pool: SITE.rebatePool },
          referrals,
        },
        suffixes: async () => new Map(),
        blockAt: async (number) => ({ hash: node.chain.hash(number), timestamp: node.chain.timestamp(number) }),
      },
      { token: TOKEN, period: 1, asOf },
    );
  const bytes = (built: Built): string =>
    [jsonText(rootFileOf(built)), ...Object.values(reportsOfBuild(built))].join("\n");

  const walks = DIALECTS.flatMap((dialect) => (["accounts", "codes"] as const).map((by) => [dialect, by] as const));
  for (const [dialect, by] of walks) {
    it(`live on ${dialect}, by ${by}, through reorganisations and restarts, and by a fresh backfill into either database (seed ${SEED})`, async () => {
      const dice = random(SEED);
      const node = await Wanderer.begin(dice, await freshPlace(dialect, scratch), TRAFFIC[by]);
      const roots = new Set<string>();
      for (let step = 0; step < STEPS; step++) {
        await node.step();
        const asOf = node.reading.state.cursor?.number ?? 0;
        const own = await build(by, node, node.reading, node.stores.chain, asOf);
        for (const other of DIALECTS) {
          await node.fresh(await freshPlace(other, scratch), async (fresh, stores) => {
            const theirs = await build(by, node, fresh, stores.chain, asOf);
            expect(bytes(theirs), `seed ${SEED}, step ${step}, ${dialect} and ${other}`).to.equal(bytes(own));
          });
        }
        roots.add(own.root.root);
      }
      const last = await build(by, node, node.reading, node.stores.chain, node.reading.state.cursor?.number ?? 0);
      const reasons = new Set(last.result.payments.map(({ reason }) => reason));
      await node.end();
      // The walk went through what it is about: other roots, and most of what can become of a payment.
      expect(node.counts.reorganisations).to.be.greaterThan(1);
      expect(roots.size).to.be.greaterThan(STEPS / 2);
      expect(last.result.leaves.length).to.be.greaterThan(5);
      expect([...reasons].filter((one) => one !== undefined && one in REASONS).length).to.be.greaterThan(3);
    }).timeout(240_000);
  }
});
