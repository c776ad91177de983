import { expect } from "chai";

import type { NodeSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { oracleClient, type OracleClient } from "../../sdk/src/index.ts";
import { apiKey } from "./support/apiKeys.ts";
import { ALWAYS, startChain, UNIT, type Paid, type TestChain } from "./support/chain.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

describe("oracle: rules on a chain", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let node: Node;
  let plain: Node;
  let plainSettings: NodeSettings;
  let oracle: OracleClient;
  const paid: Paid[] = [];
  before(async () => {
    chain = await startChain(ALWAYS.hold);
    const rules = { structuringThreshold: 10_000_000_000 };
    const settings = settingsFor(chain, scratch.dir(), chain.attester(0), { ...rules, postBands: true });
    for (const amount of [9_999n, 8_000n, 50n, 9_000n]) paid.push(await chain.pay({ amount: amount * UNIT }));
    node = await ready(settings);
    plainSettings = settingsFor(chain, scratch.dir(), chain.attester(1));
    plain = await ready(plainSettings);
    oracle = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "read,review") });
    // Nobody answers for the quorum, so nothing is posted: the node's own findings put the payments into the queue.
    while ((await oracle.listReviews({})).items.length < paid.length) await node.catchUp();
  });
  after(async () => {
    await node.stop();
    await plain.stop();
    await chain.close();
    scratch.clean();
  });

  it("stand in the payment, in the queue and in the case, with the payments they rest on", async () => {
    const ids = [0, 1, 3].map((index) => paid[index]!.id);
    const [first, , small] = paid;
    const { payer, payee } = first!.terms;
    const read = await oracle.readPayment({ id: first!.id });
    expect(read.ruleReasons?.map(({ code, side, account, payments }) => [code, side, account, payments])).to.deep.equal(
      [
        ["STRUCTURING", "payer", payer.toLowerCase(), ids],
        ["STRUCTURING", "payee", payee.toLowerCase(), ids],
      ],
    );
    const queue = await oracle.listReviews({});
    const rows = new Map(queue.items.map((item) => [item.id, item.ruleReasons]));
    for (const id of ids) expect(rows.get(id)).to.deep.equal(read.ruleReasons);
    expect(rows.get(small!.id)).to.deep.equal([]);
    expect((await oracle.readReview({ id: first!.id })).ruleReasons).to.deep.equal(read.ruleReasons);
  });

  it("change neither facts nor band, and are off unless somebody sets a threshold", async () => {
    const [first] = paid;
    const without = oracleClient({ urls: plain.url, apiKey: await apiKey(plainSettings, "review") });
    const [ruled, unruled] = [await oracle.readReview({ id: first!.id }), await without.readReview({ id: first!.id })];
    expect(unruled.ruleReasons).to.deep.equal([]);
    expect(ruled.ruleReasons).to.have.length(2);
    expect(ruled.reasonsError).to.equal(null);
    expect([ruled.score, ruled.reasons]).to.deep.equal([unruled.score, unruled.reasons]);
    expect(ruled.band).to.equal(2);
  });
});
