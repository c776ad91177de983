import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";

import { REFUND_REASON_FRAUD } from "../../oracle/src/facts/events.ts";
import { packFacts } from "../../oracle/src/facts/facts.ts";
import { DecisionWatch, Window } from "../../oracle/src/ops/decisionWatch.ts";
import { labelsOf, LabelWatch } from "../../oracle/src/ops/labelWatch.ts";
import { createMetrics, type Metrics } from "../../oracle/src/ops/metrics.ts";
import { openChain } from "../../oracle/src/store/dataDir.ts";
import type { DecisionRow, EventRow } from "../../oracle/src/store/schema.ts";
import { ALWAYS, startChain, type TestChain } from "./support/chain.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const id = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
const arbiter = `0x${"aa".repeat(20)}`;

function event(kind: string, subject: string, body: object, block = 10, logIndex = 0): EventRow {
  return { kind, subject, body: JSON.stringify(body), block, log_index: logIndex, transaction_hash: id(0) };
}

function decision(n: number, asOf: number, band: number, facts = new Int8Array(32)): DecisionRow {
  return { id: id(n), as_of: asOf, as_of_hash: id(asOf), epoch: "0xe", facts: packFacts(facts), score: 0, band };
}

async function values(metric: { get(): Promise<{ values: readonly { labels: object; value: number }[] }> }) {
  const { values: rows } = await metric.get();
  return rows.map(({ labels, value }) => ({ ...labels, value }));
}

describe("oracle: what the chain says about earlier bands", () => {
  it("takes the labels that history takes, and no others", () => {
    const ruled = (toPayee: string, toPayer: string, by = arbiter): EventRow =>
      event("ruled", id(1), { by, toPayee, toPayer });
    expect(labelsOf(ruled("1", "9"), arbiter)).to.deep.equal([{ id: id(1), label: "fraud", block: 10 }]);
    expect(labelsOf(ruled("9", "1"), arbiter)).to.deep.equal([{ id: id(1), label: "payee", block: 10 }]);
    expect(labelsOf(ruled("1", "9", `0x${"bb".repeat(20)}`), arbiter), "nobody ruled").to.deep.equal([]);
    const refund = (reasonCode: number): EventRow => event("refunded", id(2), { reasonCode: String(reasonCode) });
    expect(labelsOf(refund(REFUND_REASON_FRAUD), undefined)).to.have.length(1);
    expect(labelsOf(refund(0), undefined)).to.deep.equal([]);
    const batch = (kind: number, removal: boolean): EventRow =>
      event("listBatch", "", { kind: String(kind), removal, entries: [id(3), id(4)] });
    expect(labelsOf(batch(2, false), undefined).map((label) => label.id)).to.deep.equal([id(3), id(4)]);
    expect(labelsOf(batch(2, true), undefined)).to.deep.equal([]);
    expect(labelsOf(batch(0, false), undefined), "accounts are no payments").to.deep.equal([]);
  });

  it("counts a payment once, by the first band that was found before the label", async () => {
    const database = await openChain(":memory:");
    const metrics = createMetrics(false);
    const watch = new LabelWatch(metrics, database);
    await database
      .insertInto("decisions")
      .values([decision(3, 5, 1), decision(3, 9, 0), decision(4, 11, 2), decision(5, 4, 0)])
      .execute();
    const labels = event("listBatch", "", { kind: "2", removal: false, entries: [id(3), id(4), id(5)] });
    const again = event("refunded", id(5), { reasonCode: "1" }, 12);
    await database.insertInto("events").values([labels, again]).execute();
    await watch.recount();
    const expected = [
      { label: "fraud", band: 1, value: 1 },
      { label: "fraud", band: 0, value: 1 },
    ];
    expect(await values(metrics.labelled), "the decision of block 11 came after the label").to.deep.equal(expected);
    await watch.take([again]);
    expect(await values(metrics.labelled)).to.deep.equal(expected);
    await database.deleteFrom("events").execute();
    await watch.recount();
    expect(await values(metrics.labelled), "after a reorganisation").to.deep.equal([]);
    await database.destroy();
  });
});

describe("oracle: drift and band shares", () => {
  const rows = (count: number, from: number, value: (n: number) => number): DecisionRow[] =>
    Array.from({ length: count }, (_, n) => decision(from + n, from + n, 0, new Int8Array(32).fill(value(n))));
  const drift = async (metrics: Metrics): Promise<number | undefined> =>
    (await metrics.factDrift.get()).values[0]?.value;

  it("keep the last values only", () => {
    const window = new Window<number>(3);
    expect([1, 2, 3, 4, 5].map((value) => window.push(value))).to.deep.equal([undefined, undefined, undefined, 1, 2]);
    expect([...window.values].sort()).to.deep.equal([3, 4, 5]);
  });

  it("tell a fact that has moved from one that has not, once there are enough of both", async () => {
    const database = await openChain(":memory:");
    const metrics = createMetrics(false);
    const watch = new DecisionWatch(metrics);
    await database
      .insertInto("decisions")
      .values(rows(400, 0, (n) => n % 100))
      .execute();
    await watch.resume(database, "0xe");
    watch.tellDrift(["first"]);
    expect(await drift(metrics), "too few").to.equal(undefined);
    for (let from = 400; from < 2_400; from += 500) {
      await database
        .insertInto("decisions")
        .values(rows(500, from, (n) => n % 100))
        .execute();
    }
    await watch.resume(database, "0xe");
    watch.tellDrift(["first"]);
    expect(await drift(metrics)).to.be.lessThan(0.1);
    for (let from = 2_400; from < 3_400; from += 500) {
      await database
        .insertInto("decisions")
        .values(rows(500, from, (n) => 20 - (n % 100)))
        .execute();
    }
    await watch.resume(database, "0xe");
    watch.tellDrift(["first"]);
    expect(await drift(metrics)).to.be.greaterThan(0.25);
    await database.destroy();
  });
});

describe("oracle: a node's metrics", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  before(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  it("show band shares, the keys' balances and the time of the database", async () => {
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0)));
    await chain.pay();
    await node.catchUp();
    let text = "";
    // The decision is made after the block is read; the node says when.
    for (
      let look = 0;
      look < 200 && !/sluice_decisions_total\{band="2"\} 1[^]*sluice_key_balance_ether\{/.test(text);
      look++
    ) {
      text = await (await fetch(`${node.url}/metrics`)).text();
      await pause(25);
    }
    await node.stop();
    expect(text).to.contain('sluice_band_share{band="2"} 1\n').and.to.contain('sluice_band_share{band="1"} 0\n');
    expect(text).to.contain(`sluice_key_balance_ether{key="${chain.signers[0]}"} 10\n`);
    for (const database of ["chain", "service"]) {
      expect(text).to.match(new RegExp(`sluice_database_seconds_count\\{database="${database}"\\} [1-9]`));
    }
  }).timeout(30_000);
});
