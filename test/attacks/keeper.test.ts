import { payments, type Order } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { startNode, type Node } from "../../oracle/src/index.ts";
import { ALWAYS, DAY, startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";

/** Transactions of an account that failed in their block. */
async function failures(chain: TestChain, account: string): Promise<number> {
  let failed = 0;
  const head = await chain.provider.getBlockNumber();
  for (let number = 0; number <= head; number++) {
    for (const hash of (await chain.provider.getBlock(number))?.transactions ?? []) {
      const receipt = await chain.provider.getTransactionReceipt(hash);
      if (receipt?.from === account && receipt.status === 0) failed += 1;
    }
  }
  return failed;
}

describe("attacks on the keeper", () => {
  const scratch = new Scratch();
  const nodes: Node[] = [];
  let chain: TestChain;
  beforeEach(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await chain.close();
  });
  after(() => scratch.clean());

  const keeper = async (index: number, changes: Readonly<Record<string, unknown>>): Promise<Node> => {
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(index), changes));
    nodes.push(node);
    return node;
  };
  const expired = async (count: number): Promise<Paid[]> => {
    const paid: Paid[] = [];
    for (let index = 0; index < count; index++) paid.push(await chain.pay());
    await chain.rpc("evm_increaseTime", [8 * DAY]);
    await chain.rpc("evm_mine");
    return paid;
  };
  const isEmpty = async ({ id }: Paid): Promise<boolean> => (await chain.escrow.payment(id)).capturable === 0n;

  it("two keepers of the same work cost at most one failed transaction each a payment, and do it once", async () => {
    const both = [await keeper(0, { keeperJobs: ["reclaim"] }), await keeper(1, { keeperJobs: ["reclaim"] })];
    const paid = await expired(6);
    for (let look = 0; look < 100 && !(await Promise.all(paid.map(isEmpty))).every(Boolean); look++) {
      await Promise.all(both.map((node) => node.catchUp()));
    }
    for (let look = 0; look < 10; look++) await Promise.all(both.map((node) => node.catchUp()));
    const reclaimed = await chain.escrow.queryFilter(chain.escrow.filters.Reclaimed());
    expect(reclaimed.map(({ args }) => args.id).sort()).to.deep.equal(paid.map(({ id }) => id).sort());
    for (const index of [0, 1]) {
      expect(await failures(chain, computeAddress(chain.attester(index)))).to.be.at.most(paid.length);
    }
  });

  it("whoever runs in front of it makes it fail once, and it does not try again", async () => {
    const [paid] = (await expired(1)) as [Paid];
    const own = computeAddress(chain.attester(0));
    const node = await keeper(0, { keeperJobs: ["reclaim"] });
    await chain.rpc("evm_setAutomine", [false]);
    for (let look = 0; look < 100 && (await chain.provider.getTransactionCount(own, "pending")) === 0; look++) {
      await node.catchUp();
    }
    await chain.escrow
      .connect(chain.other)
      .reclaim(paid.packed, { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 5n * 10n ** 10n, gasLimit: 500_000n });
    await chain.rpc("evm_mine");
    for (let look = 0; look < 20; look++) {
      await node.catchUp();
      await chain.rpc("evm_mine");
    }
    await chain.rpc("evm_setAutomine", [true]);
    expect(await isEmpty(paid)).to.equal(true);
    expect(await chain.provider.getTransactionCount(own)).to.equal(1);
    expect(await failures(chain, own)).to.equal(1);
  });

  it("work that would revert costs it nothing: it is tried before it is sent", async () => {
    const own = computeAddress(chain.attester(0));
    const node = await keeper(0, { keeperServes: [chain.operator.address], keeperJobs: [] });
    const paid = await chain.pay({ minFeeBps: 100 });
    await node.catchUp();
    const order: Order = {
      ...{ action: "Void", amount: paid.terms.amount + UNIT, feeBps: 0, capturable: paid.terms.amount, refundable: 0n },
      deadline: paid.terms.captureBy,
    };
    const signature = await payments.signOrder(chain.operator, chain.site, paid.terms, order);
    const before = await chain.provider.getBalance(own);
    const given = await post(node.url, "/v1/keeper/orders", { id: paid.id, ...order, signature });
    expect(given.status).to.equal(200);
    for (let look = 0; look < 20; look++) await node.catchUp();
    expect(await chain.provider.getBalance(own)).to.equal(before);
    expect(await chain.provider.getTransactionCount(own)).to.equal(0);
  });

  it("a process that only keeps posts what the nodes attest, with a key that is nobody's signer", async () => {
    const peer = await keeper(1, {});
    const peers = [{ url: peer.url, signer: peer.signer }];
    const node = await keeper(0, { peers, peerTimeoutMs: 5_000 });
    const settings = settingsFor(chain, scratch.dir(), chain.attester(2), {
      ...{ peers: [{ url: node.url, signer: node.signer }], peerTimeoutMs: 5_000, postBands: true },
      postRankDelayBlocks: 0,
    });
    const { privateKeyFile: keeperPrivateKeyFile, ...rest } = settings;
    const alone = await startNode(
      { ...rest, privateKeyFile: undefined, keeperPrivateKeyFile },
      { processMetrics: false, keeperOnly: true },
    );
    nodes.unshift(alone);
    await alone.started;
    const paid = await chain.pay();
    for (let look = 0; look < 200 && (await chain.escrow.payment(paid.id)).band === 0n; look++) {
      await node.catchUp();
      await peer.catchUp();
      await alone.catchUp();
    }
    const [posted] = await chain.escrow.queryFilter(chain.escrow.filters.BandPosted(paid.id));
    expect((await posted?.getTransaction())?.from).to.equal(computeAddress(chain.attester(2)));
  });
});
