import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { modelHash, type QuantisedModel } from "../../oracle/src/model/network.ts";
import { promote, shadowReport } from "../../oracle/src/ops/promote.ts";
import { openChain } from "../../oracle/src/store/dataDir.ts";
import { newestTokens, ShadowStore } from "../../oracle/src/store/shadowStore.ts";
import { renderModel } from "../../oracle/src/train/modelFile.ts";
import { shippedModel } from "../model/shipped.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { get, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

/** The shipped model with a rank table that gives every payment the same score. */
async function constant(score: number): Promise<QuantisedModel> {
  const knots = [
    [-8_000_000, score],
    [8_000_000, score],
  ] as const;
  return { ...(await shippedModel()), id: "watched-1", knots };
}

function write(dir: string, model: QuantisedModel): string {
  const folder = join(dir, model.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.json"), renderModel(model));
  return folder;
}

async function decided(node: Node, paid: Paid): Promise<{ band: number; score: number }> {
  for (let look = 0; look < 300; look++) {
    await node.catchUp();
    const { body } = await get(node.url, `/v1/decisions/${paid.id}`);
    const own = (body.own ?? []) as { band: number; score: number }[]; // the API's answer
    if (own[0] !== undefined) return own[0];
  }
  throw new Error("the node has decided nothing");
}

describe("oracle: a model in shadow", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let node: Node | undefined;

  before(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  afterEach(async () => {
    await node?.stop();
    node = undefined;
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  it("judges every payment beside the model in force, is kept beside it, and decides nothing", async () => {
    const home = scratch.dir();
    const model = await constant(0);
    const shadowModel = write(home, model);
    const settings = settingsFor(chain, home, chain.attester(0), { shadowModel });
    node = await ready(settings);
    const paid = [await chain.pay(), await chain.pay()];
    for (const one of paid) expect((await decided(node, one)).band).to.equal(2);
    expect(await (await fetch(`${node.url}/metrics`)).text()).to.match(
      /sluice_shadow_decisions_total\{current="2",shadow="1"\} \d/,
    );
    await node.stop();
    node = undefined;
    const database = await openChain(join(settings.dataDir, "chain.sqlite"));
    const rows = await new ShadowStore(database).of(modelHash(model));
    const tokens = await newestTokens(database);
    await database.destroy();
    expect(rows.map(({ id }) => id)).to.include.members(paid.map(({ id }) => id));
    for (const row of rows) expect(row).to.include({ score: 0, band: 1, current_band: 2 });
    expect(tokens.map(({ token, shift }) => [token, shift])).to.deep.equal([[chain.addresses.token.toLowerCase(), 12]]);

    const report = await promote(settings, shadowModel, home);
    expect(report).to.include({ payments: rows.length, same: 0 });
    expect(report.lines).to.deep.equal([`${rows.length} payments: Hold now, Allow by watched-1`]);
    expect(JSON.parse(readFileSync(join(home, "proposed.json"), "utf8"))).to.deep.equal({
      id: "watched-1",
      modelHash: modelHash(model),
      shadowPayments: rows.length,
      sameBand: 0,
    });
  });

  it("cannot be promoted before it has judged a payment", async () => {
    const home = scratch.dir();
    const settings = settingsFor(chain, home, chain.attester(0));
    node = await ready(settings);
    const folder = write(home, await constant(5));
    expect((await shadowReport(settings, folder)).payments).to.equal(0);
    const error = await refused(promote(settings, folder, home), "MODEL_UNKNOWN");
    expect(error.message).to.include("watched-1 has judged no payment yet");
  });

  it("stops the start where this release cannot compute its facts", async () => {
    const home = scratch.dir();
    const shadowModel = write(home, { ...(await constant(0)), schemaHash: `0x${"12".repeat(32)}` });
    const error = await refused(ready(settingsFor(chain, home, chain.attester(0), { shadowModel })), "MODEL_UNKNOWN");
    expect(error.message).to.include("reads facts of another schema");
  });
});
