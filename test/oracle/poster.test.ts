import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { rankOf } from "../../oracle/src/policy/quorum.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

/** Two nodes that know each other; ports are fixed before either runs. */
async function pair(chain: TestChain, scratch: Scratch, changes: Readonly<Record<string, unknown>>): Promise<Node[]> {
  const second = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), { postBands: false }));
  const peers = [{ url: second.url, signer: second.signer }];
  const settings = { peers, postBands: true, postRankDelayBlocks: 0, ...changes };
  return [await ready(settingsFor(chain, scratch.dir(), chain.attester(0), settings)), second];
}

/** Looks at the chain until the band is there; each look lets the node do what is due. */
async function bandOf(chain: TestChain, node: Node, paid: Paid): Promise<bigint> {
  for (let look = 0; look < 300; look++) {
    await node.catchUp();
    const { band } = await chain.escrow.payment(paid.id);
    if (band !== 0n) return band;
  }
  return 0n;
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

describe("oracle: bands nobody asked for", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let nodes: Node[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes.splice(0)) await node.stop();
  };
  afterEach(stop);
  after(() => scratch.clean());

  describe("where every payment is held", () => {
    before(async () => {
      chain = await startChain(ALWAYS.hold);
    });
    after(() => chain.close());

    it("are posted by the node itself, with the score it decided on", async () => {
      nodes = await pair(chain, scratch, {});
      const paid = await chain.pay();
      const [node] = nodes as [Node];
      expect(await bandOf(chain, node, paid)).to.equal(2n);
      const own = await decided(node, paid);
      const state = await chain.escrow.payment(paid.id);
      expect(state.score).to.equal(BigInt(own.score));
    });

    it("are not posted by a node that is told not to", async () => {
      nodes = await pair(chain, scratch, { postBands: false });
      const paid = await chain.pay();
      const [node] = nodes as [Node];
      expect((await decided(node, paid)).band).to.equal(2);
      expect((await chain.escrow.payment(paid.id)).band).to.equal(0n);
    });

    it("are posted after a downtime for what came meanwhile", async () => {
      const paid = await chain.pay();
      const settled = await chain.pay();
      await (await chain.escrow.connect(chain.payee).void(settled.packed, settled.terms.amount, 0)).wait();
      nodes = await pair(chain, scratch, {});
      const [node] = nodes as [Node];
      expect(await bandOf(chain, node, paid)).to.equal(2n);
      expect((await chain.escrow.payment(settled.id)).band).to.equal(0n);
    });

    it("come from one node though two could: the later one finds the band there", async () => {
      nodes = await pair(chain, scratch, {});
      const [first, second] = nodes as [Node, Node];
      const third = await ready(
        settingsFor(chain, scratch.dir(), chain.attester(2), {
          peers: [{ url: second.url, signer: second.signer }],
          postBands: true,
          postRankDelayBlocks: 0,
        }),
      );
      nodes.push(third);
      const ids: Paid[] = [];
      for (let index = 0; index < 3; index++) ids.push(await chain.pay());
      await Promise.all(ids.flatMap((paid) => [bandOf(chain, first, paid), bandOf(chain, third, paid)]));
      const filter = chain.escrow.filters.BandPosted();
      const posted = await chain.escrow.queryFilter(filter, ids[0]?.block);
      const counts = ids.map((paid) => posted.filter((event) => event.args.id === paid.id).length);
      expect(counts).to.deep.equal([1, 1, 1]);
    });

    it("are posted again after a reorganisation took them away", async () => {
      nodes = await pair(chain, scratch, {});
      const [node] = nodes as [Node];
      const snapshot = await chain.rpc("evm_snapshot");
      const first = await chain.pay();
      expect(await bandOf(chain, node, first)).to.equal(2n);
      await chain.rpc("evm_revert", [snapshot]);
      await chain.pay({ amount: 11n * 10n ** 18n });
      const again = await chain.pay(first.terms);
      expect(again.id).to.equal(first.id);
      expect(await bandOf(chain, node, again)).to.equal(2n);
    });

    it("wait for their turn: a node of higher rank leaves the first blocks to the others", async () => {
      nodes = await pair(chain, scratch, { postRankDelayBlocks: 5, postRankDelayMs: 600_000 });
      const [node] = nodes as [Node];
      const ranks = new Set<number>();
      for (let index = 0; index < 6; index++) {
        const paid = await chain.pay();
        const rank = rankOf(paid.id, node.signer, chain.signers);
        ranks.add(rank);
        for (let block = 0; block < 60 && (await chain.escrow.payment(paid.id)).band === 0n; block++) {
          await lookTwelveTimes(chain, node, paid);
          await chain.rpc("evm_mine");
        }
        const [event] = await chain.escrow.queryFilter(chain.escrow.filters.BandPosted(paid.id));
        expect((event?.blockNumber ?? 0) - paid.block, `rank ${rank}`).to.be.greaterThan(5 * rank);
      }
      expect(ranks.size).to.be.greaterThan(1);
    });
  });

  describe("where every payment is allowed", () => {
    before(async () => {
      chain = await startChain(ALWAYS.allow);
    });
    after(() => chain.close());

    it("are not posted", async () => {
      nodes = await pair(chain, scratch, {});
      const paid = await chain.pay();
      const [node] = nodes as [Node];
      expect((await decided(node, paid)).band).to.equal(1);
      expect((await chain.escrow.payment(paid.id)).band).to.equal(0n);
    });

    it("are posted once somebody requests screening on chain", async () => {
      nodes = await pair(chain, scratch, {});
      const paid = await chain.pay();
      const [node] = nodes as [Node];
      await decided(node, paid);
      await (await chain.escrow.connect(chain.payee).request(paid.packed)).wait();
      expect(await bandOf(chain, node, paid)).to.equal(1n);
    });
  });
});

/** A few looks, which is what it takes to examine, gather and send. */
async function lookTwelveTimes(chain: TestChain, node: Node, paid: Paid): Promise<void> {
  for (let look = 0; look < 12; look++) {
    await node.catchUp();
    if ((await chain.escrow.payment(paid.id)).band !== 0n) return;
  }
}
