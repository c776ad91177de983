import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { brokenAt } from "../../oracle/src/service/audit.ts";
import type { Node } from "../../oracle/src/index.ts";
import type { NodeSettings } from "../../oracle/src/config.ts";
import { NodeError, oracleClient, type OracleClient } from "../../sdk/src/index.ts";
import { apiKey } from "./support/apiKeys.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { keyOf } from "./support/keys.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const reviewerKey = keyOf("reviewer");
const reviewer = computeAddress(reviewerKey);

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof NodeError ? thrown.details.nodeCode : String(thrown);
}

describe("oracle: reviews", () => {
  let chain: TestChain;
  let node: Node;
  let second: Node;
  let settings: NodeSettings;
  let oracle: OracleClient;
  let admin: OracleClient;
  let paid: Paid;
  let strange: Paid;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain(ALWAYS.hold);
    second = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const home = scratch.dir();
    const reviewPrivateKeyFile = join(home, "reviewer");
    writeFileSync(reviewPrivateKeyFile, reviewerKey.privateKey, { mode: 0o600 });
    const peers = [{ url: second.url, signer: second.signer }];
    const changes = { peers, peerTimeoutMs: 5_000, postBands: true, postRankDelayBlocks: 0, reviewPrivateKeyFile };
    settings = settingsFor(chain, home, chain.attester(0), changes);
    node = await ready(settings);
    oracle = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "review") });
    admin = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "admin") });
    paid = await chain.pay({ arbiter: reviewer });
    strange = await chain.pay();
    // Looks until the node has posted both bands and read them.
    for (let posted = 0; posted < 2;) {
      await node.catchUp();
      posted = (await oracle.listReviews({})).items.filter(({ postedBand }) => postedBand === 2).length;
    }
  });
  after(async () => {
    await node.stop();
    await second.stop();
    await chain.close();
    scratch.clean();
  });

  it("list what is held, with reasons and the time left, newest first and page by page", async () => {
    const first = await oracle.listReviews({ limit: 1 });
    expect(first.items[0]).to.include({ id: strange.id, band: 2, postedBand: 2, reviewed: false, reasonsError: null });
    expect(first.items[0]?.reasons).to.be.an("array");
    const { timestamp } = (await chain.ethers.provider.getBlock("latest")) ?? { timestamp: 0 };
    const { closesAt, secondsLeft } = first.items[0] ?? {};
    expect(secondsLeft).to.equal((closesAt ?? 0) - timestamp);
    const rest = await oracle.listReviews({ limit: 1, after: first.next ?? "" });
    expect(rest.items.map(({ id }) => id)).to.deep.equal([paid.id]);
  });

  it("are signed within the reviewer's power, and the contract takes what was signed", async () => {
    expect(await codeOf(oracle.orderReview({ id: strange.id, body: {} }))).to.equal("NOT_REVIEWER");
    const note = await oracle.addNote({ id: paid.id, body: { text: "The customer sent an invoice." } });
    const order = await oracle.orderReview({ id: paid.id, body: { reasonCode: 7 } });
    expect(order).to.include({ fromBand: 2, toBand: 1, reasonCode: 7, reviewer });
    const sent = await chain.other.sendTransaction(order.call);
    expect((await chain.provider.waitForTransaction(sent.hash))?.status).to.equal(1);
    await node.catchUp();
    const read = await oracle.readReview({ id: paid.id });
    expect(read).to.include({ postedBand: 1, reviewed: true });
    expect(read.notes).to.deep.equal([note]);
    expect(read.orders.map(({ signature }) => signature)).to.deep.equal([order.signature]);
    expect(read.events.map(({ kind }) => kind)).to.include.members(["posted", "reviewed"]);
    expect(await codeOf(oracle.orderReview({ id: paid.id, body: {} }))).to.equal("NOT_REVIEWABLE");
  });

  it("of reviewers the gate names count for payments without an arbiter", async () => {
    await chain.gate.setReviewer(reviewer, true);
    const { timestamp } = (await chain.ethers.provider.getBlock("latest")) ?? { timestamp: 0 };
    const past = oracle.orderReview({ id: strange.id, body: { deadline: timestamp - 1 } });
    expect(await codeOf(past)).to.equal("NOT_REVIEWABLE");
    const order = await oracle.orderReview({ id: strange.id, body: {} });
    const sent = await chain.other.sendTransaction(order.call);
    expect((await chain.provider.waitForTransaction(sent.hash))?.status).to.equal(1);
  });

  it("leave a trace of every action that shows when it is changed, for administrators only", async () => {
    const { items } = await admin.listAudit({});
    const rows = items.toReversed();
    expect(rows.map(({ action }) => action)).to.deep.equal([
      ...["newApiKey", "newApiKey", "addNote", "orderReview", "orderReview"],
    ]);
    expect(rows.slice(2, 4).map(({ subject }) => subject)).to.deep.equal([paid.id, paid.id]);
    expect(brokenAt(rows)).to.equal(undefined);
    expect(brokenAt(rows.with(2, { ...rows[2]!, actor: "key:somebody" }))).to.equal(3);
    expect(await codeOf(oracle.listAudit({}))).to.equal("SCOPE_MISSING");
    expect(await codeOf(admin.listReviews({}))).to.equal("SCOPE_MISSING");
  });

  it("answer unknown payments as such", async () => {
    const id = `0x${"12".repeat(32)}`;
    for (const call of [
      oracle.readReview({ id }),
      oracle.orderReview({ id, body: {} }),
      oracle.addNote({ id, body: { text: "x" } }),
    ])
      expect(await codeOf(call)).to.equal("UNKNOWN_PAYMENT");
  });
});
