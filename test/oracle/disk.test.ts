import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { get, post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

/** Changes a node's file behind its back, as a failing disk does. */
function behindItsBack(home: string, file: string, statement: string): void {
  const database = new DatabaseSync(join(home, "data", file));
  database.exec(statement);
  database.close();
}

describe("oracle: a disk that fails for a while (S4)", () => {
  let chain: TestChain;
  let node: Node;
  let home: string;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    home = scratch.dir();
    node = await ready(settingsFor(chain, home, chain.attester(0)));
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });

  const askPeer = async (paid: Paid): Promise<Answer> => {
    const block = await chain.ethers.provider.getBlock(paid.block);
    const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    return post(node.url, "/v1/peer/attestations", request);
  };

  it("while blocks cannot be stored: the node is not ready, and goes on where it was", async () => {
    const before = await chain.pay();
    await node.catchUp();
    behindItsBack(home, "chain.sqlite", "alter table events rename to events_away");
    await (await chain.escrow.connect(chain.payee).void(before.packed, 1n, 0)).wait();
    const paid = await chain.pay();
    for (let look = 0; look < 3; look++) await refused(node.catchUp(), "INTERNAL");
    expect((await get(node.url, "/readyz")).status).to.equal(503);
    expect((await askPeer(paid)).body.error).to.include({ retriable: true });
    behindItsBack(home, "chain.sqlite", "alter table events_away rename to events");
    await node.catchUp();
    expect((await get(node.url, "/readyz")).status).to.equal(200);
    expect((await askPeer(paid)).status).to.equal(200);
    expect((await get(node.url, `/v1/payments/${before.id}`)).body.capturable).to.equal(
      (before.terms.amount - 1n).toString(),
    );
  });

  it("while the guard cannot remember: nothing is signed", async () => {
    const paid = await chain.pay();
    await node.catchUp();
    behindItsBack(home, "guard.sqlite", "alter table guard rename to guard_away");
    const answer = await askPeer(paid);
    expect(answer.status).to.equal(500);
    expect(answer.body.error).to.deep.equal({ code: "INTERNAL", message: "the node failed", retriable: true });
    behindItsBack(home, "guard.sqlite", "alter table guard_away rename to guard");
    expect((await askPeer(paid)).status).to.equal(200);
  });

  it("and a guard that remembers other facts is believed, not the node", async () => {
    const paid = await chain.pay();
    const first = await askPeer(paid);
    behindItsBack(home, "guard.sqlite", `update guard set facts = '0x${"01".repeat(32)}' where subject = '${paid.id}'`);
    const answer = await askPeer(paid);
    expect(answer.status).to.equal(409);
    expect(answer.body.error).to.deep.include({ code: "GUARD_CONFLICT", retriable: false });
    expect((answer.body.error as { details: object }).details).to.include({ facts: first.body.facts }); // as the catalogue says
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).to.contain('sluice_attestations_refused_total{code="GUARD_CONFLICT"} 1');
  });
});
