import {
  attestationDigest,
  packAttestation,
  packChannelTerms,
  signVoucher,
  channelId,
  payments,
  type ChannelTerms,
  type Order,
  type Settlement,
} from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, toBeHex, type SigningKey } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { ALWAYS, DAY, startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { get, post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const LOOKS = 200;

/** Looks at the chain until something holds; each look lets the node do what is due. */
async function until(node: Node, holds: () => Promise<boolean>): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    await node.catchUp();
    if (await holds()) return true;
  }
  return false;
}

async function pass(chain: TestChain, seconds: number): Promise<void> {
  await chain.rpc("evm_increaseTime", [seconds]);
  await chain.rpc("hardhat_mine", ["0x1"]);
}

async function now(chain: TestChain): Promise<number> {
  return (await chain.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
}

describe("oracle: what the keeper does on chain", () => {
  const scratch = new Scratch();
  const nodes: Node[] = [];
  let chain: TestChain;
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
  });
  after(() => scratch.clean());

  /** A node that keeps, and a peer for its quorum. */
  const keeping = async (changes: Readonly<Record<string, unknown>>): Promise<Node> => {
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    const settings = { peers, peerTimeoutMs: 5_000, postBands: true, postRankDelayBlocks: 0, ...changes };
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), settings));
    nodes.push(node, peer);
    return node;
  };
  const left = async (paid: Paid): Promise<bigint> => (await chain.escrow.payment(paid.id)).capturable;
  const isEmpty = (paid: Paid) => async (): Promise<boolean> => (await left(paid)) === 0n;
  const band = (paid: Paid, is: bigint) => async (): Promise<boolean> =>
    (await chain.escrow.payment(paid.id)).band === is;

  describe("where every payment is held", () => {
    before(async () => {
      chain = await startChain(ALWAYS.hold);
    });
    after(() => chain.close());

    it("gives a payer his money back when the payee's time is over", async () => {
      const node = await keeping({ keeperJobs: ["reclaim"], postBands: false });
      const paid = await chain.pay();
      await until(node, () => Promise.resolve(true));
      await pass(chain, 6 * DAY);
      await node.catchUp();
      expect(await left(paid)).to.equal(paid.terms.amount);
      await pass(chain, 2 * DAY);
      const before = await chain.token.balanceOf(chain.payer.address);
      expect(await until(node, isEmpty(paid))).to.equal(true);
      expect((await chain.token.balanceOf(chain.payer.address)) - before).to.equal(paid.terms.amount);
    });

    it("takes up after a restart what came while it was away", async () => {
      const paid = await chain.pay();
      await pass(chain, 8 * DAY);
      const node = await keeping({ keeperJobs: ["reclaim"], postBands: false });
      expect(await until(node, isEmpty(paid))).to.equal(true);
    });

    it("executes the default split of a dispute that nobody ruled", async () => {
      const node = await keeping({ keeperJobs: ["ruling"] });
      const terms = { arbiter: chain.other.address, rulingWindow: DAY, defaultSplitBps: 4_000 };
      const paid = await chain.pay(terms);
      expect(await until(node, band(paid, 2n))).to.equal(true);
      await chain.escrow.connect(chain.payer).dispute(paid.packed);
      await node.catchUp();
      expect(await left(paid)).to.equal(paid.terms.amount);
      await pass(chain, 2 * DAY);
      expect(await until(node, isEmpty(paid))).to.equal(true);
      const [ruled] = await chain.escrow.queryFilter(chain.escrow.filters.Ruled(paid.id));
      expect(ruled?.args.toPayee).to.equal((paid.terms.amount * 4n) / 10n);
    });

    it("captures a matured Hold where its own key is the operator", async () => {
      const keeperKey = chain.attester(2);
      const file = settingsFor(chain, scratch.dir(), keeperKey).privateKeyFile;
      const node = await keeping({ keeperJobs: ["capture"], keeperPrivateKeyFile: file });
      const paid = await chain.pay({ operator: computeAddress(keeperKey) });
      expect(await until(node, band(paid, 2n))).to.equal(true);
      await node.catchUp();
      expect(await left(paid)).to.equal(paid.terms.amount);
      await pass(chain, DAY);
      expect(await until(node, isEmpty(paid))).to.equal(true);
      const [captured] = await chain.escrow.queryFilter(chain.escrow.filters.Captured(paid.id));
      expect(captured?.args.operatorFee).to.equal((paid.terms.amount * 5n) / 100n);
      expect((await captured?.getTransaction())?.from).to.equal(computeAddress(keeperKey));
    });

    it("carries out the payee's order once its Hold has matured, also after a restart", async () => {
      const serves = [chain.payee.address];
      const node = await keeping({ keeperServes: serves });
      const paid = await chain.pay();
      expect(await until(node, band(paid, 2n))).to.equal(true);
      const order: Order = {
        ...{ action: "Capture", amount: 10n * UNIT, feeBps: 500, capturable: paid.terms.amount, refundable: 0n },
        deadline: (await now(chain)) + 3 * DAY,
      };
      const signature = await payments.signOrder(chain.payee, chain.site, paid.terms, order);
      const given = await post(node.url, "/v1/keeper/orders", { id: paid.id, ...order, signature });
      expect([given.status, given.body]).to.deep.equal([200, { subject: paid.id, kept: true }]);
      const forged = await payments.signOrder(chain.other, chain.site, paid.terms, order);
      const refused = await post(node.url, "/v1/keeper/orders", { id: paid.id, ...order, signature: forged });
      expect([refused.status, (refused.body.error as { code: string }).code]).to.deep.equal([409, "KEEPER_REFUSED"]);
      await pass(chain, DAY);
      expect(await until(node, async () => (await left(paid)) === 15n * UNIT)).to.equal(true);
    });

    it("carries out what both sides signed", async () => {
      const node = await keeping({ keeperServes: [chain.payer.address] });
      const paid = await chain.pay();
      expect(await until(node, band(paid, 2n))).to.equal(true);
      const settlement: Settlement = {
        ...{ toPayee: 20n * UNIT, toPayer: 5n * UNIT, capturable: 25n * UNIT, deadline: (await now(chain)) + DAY },
      };
      const [payerSignature, payeeSignature] = await Promise.all(
        [chain.payer, chain.payee].map((by) => payments.signSettlement(by, chain.site, paid.terms, settlement)),
      );
      const body = { id: paid.id, ...settlement, payerSignature, payeeSignature };
      expect((await post(node.url, "/v1/keeper/settlements", body)).status).to.equal(200);
      expect(await until(node, isEmpty(paid))).to.equal(true);
      const [settled] = await chain.escrow.queryFilter(chain.escrow.filters.Settled(paid.id));
      expect(settled?.args.toPayee).to.equal(20n * UNIT);
    });
  });

  describe("where payments are allowed", () => {
    before(async () => {
      chain = await startChain(ALWAYS.allow);
    });
    after(() => chain.close());

    /** Facts that two attesters sign although they are not true. */
    const allowedByLie = async (paid: Paid, facts: string): Promise<string> => {
      const block = await chain.ethers.provider.getBlock(paid.block);
      const attested = { asOf: paid.block, asOfHash: block?.hash ?? "", facts };
      const [, epoch] = await chain.gate.policyAt(paid.block);
      const digest = attestationDigest({ subject: paid.id, ...attested }, { chainId: chain.site.chainId, epoch });
      const sign = (key: SigningKey) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized });
      return packAttestation(attested, [chain.attester(1), chain.attester(2)].map(sign));
    };

    it("turns a posted Allow into a Hold when a vote has lowered the threshold", async () => {
      const node = await keeping({ keeperJobs: ["tighten"] });
      const paid = await chain.pay();
      await chain.escrow.connect(chain.payee).request(paid.packed);
      expect(await until(node, band(paid, 1n))).to.equal(true);
      await chain.gate.setPolicy({ ...chain.policy, ...ALWAYS.hold }, chain.addresses.epoch);
      expect(await until(node, band(paid, 2n))).to.equal(true);
      await chain.gate.setPolicy(chain.policy, chain.addresses.epoch);
    });

    it("contradicts an Allow that others posted from facts that are not so", async () => {
      const lie = await lowestScoring(chain);
      await chain.gate.setPolicy({ ...chain.policy, holdAt: lie.score + 1 }, chain.addresses.epoch);
      const node = await keeping({ keeperJobs: ["tighten"] });
      const paid = await chain.pay({ amount: 900n * UNIT });
      await chain.escrow.post(paid.packed, await allowedByLie(paid, lie.facts));
      expect(await band(paid, 1n)()).to.equal(true);
      expect(await until(node, band(paid, 2n))).to.equal(true);
      const contested = await chain.gate.queryFilter(chain.gate.filters.Contested());
      expect(contested.at(-1)?.args.signer).to.equal(computeAddress(chain.attester(0)));
      const { body } = await get(node.url, `/v1/payments/${paid.id}`);
      expect(body.id).to.equal(paid.id);
      await chain.gate.setPolicy(chain.policy, chain.addresses.epoch);
    });

    it("leaves an Allow alone that follows from the facts it finds itself", async () => {
      const node = await keeping({ keeperJobs: ["tighten"] });
      const paid = await chain.pay();
      await chain.escrow.connect(chain.payee).request(paid.packed);
      expect(await until(node, band(paid, 1n))).to.equal(true);
      for (let look = 0; look < 20; look++) await node.catchUp();
      expect(await band(paid, 1n)()).to.equal(true);
    });
  });

  describe("where a share of what is allowed is held to be looked at", () => {
    before(async () => {
      chain = await startChain({ ...ALWAYS.allow, auditShare: 500 });
    });
    after(() => chain.close());

    it("looks again at every refresh, unasked, and posts the Hold it finds", async () => {
      const node = await keeping({});
      const paid: Paid[] = [];
      // One of twenty is drawn at each look: of forty, over eight looks, at least one but for once in ten million runs.
      for (let index = 0; index < 40; index++) paid.push(await chain.pay());
      const held = async (): Promise<number> => {
        const posted = await chain.escrow.queryFilter(chain.escrow.filters.BandPosted());
        return posted.filter(({ args }) => args.band === 2n).length;
      };
      for (let look = 0; look < 20; look++) await node.catchUp();
      const atOnce = await held();
      expect(atOnce).to.be.lessThan(paid.length);
      for (let refresh = 0; refresh < 8 && (await held()) === atOnce; refresh++) {
        // One by one: blocks mined at once by hardhat_mine do not name their parents.
        for (let block = 0; block < 2 ** chain.policy.refreshLog2; block++) await chain.rpc("evm_mine");
        for (let look = 0; look < 20; look++) await node.catchUp();
      }
      expect(await held()).to.be.greaterThan(atOnce);
    });
  });

  describe("in payment channels", () => {
    const CAP_MICRO = 100n * UNIT;
    let channels: Awaited<ReturnType<typeof deployChannels>>;
    const deployChannels = async () => chain.ethers.deployContract("PaymentChannels", [chain.addresses.gate]);
    before(async () => {
      chain = await startChain(ALWAYS.allow);
      channels = await deployChannels();
      await chain.token.connect(chain.payer).approve(await channels.getAddress(), 2n ** 256n - 1n);
    });
    after(() => chain.close());

    const open = async (salt: bigint, deposit: bigint) => {
      const terms: ChannelTerms = {
        ...{ payer: chain.payer.address, payee: chain.payee.address, token: chain.addresses.token },
        ...{ signer: chain.payer.address, exitDelay: DAY, salt },
      };
      await channels.connect(chain.payer).open(packChannelTerms(terms), deposit);
      const site = { chainId: chain.site.chainId, channels: await channels.getAddress() };
      const id = channelId(terms, site);
      const give = async (node: Node, cumulative: bigint, by = chain.payer) => {
        const signature = await signVoucher(by, id, cumulative, site);
        return post(node.url, "/v1/keeper/vouchers", { ...terms, cumulative, signature });
      };
      return { terms, packed: packChannelTerms(terms), id, give, state: () => channels.channel(id) };
    };
    const settings = async () => ({
      ...{ channels: await channels.getAddress(), keeperJobs: ["exit"], keeperServes: [chain.payee.address] },
      postBands: false,
    });

    it("brings the payee's last voucher when the payer leaves, and ends the channel after the window", async () => {
      const node = await keeping(await settings());
      const channel = await open(1n, 80n * UNIT);
      await node.catchUp();
      expect((await channel.give(node, 30n * UNIT)).body).to.deep.equal({ subject: channel.id, kept: true });
      expect((await channel.give(node, 45n * UNIT)).body).to.deep.equal({ subject: channel.id, kept: true });
      expect((await channel.give(node, 40n * UNIT)).body).to.deep.equal({ subject: channel.id, kept: false });
      expect((await channel.give(node, 50n * UNIT, chain.other)).status).to.equal(409);
      await node.catchUp();
      expect((await channel.state()).claimed).to.equal(0n);
      await channels.connect(chain.payer).requestExit(channel.packed);
      expect(await until(node, async () => (await channel.state()).claimed === 45n * UNIT)).to.equal(true);
      await pass(chain, DAY + 1);
      expect(await until(node, async () => (await channel.state()).closed)).to.equal(true);
    });

    it("queues a voucher above the risk cap, releases it in its time and then ends the channel", async () => {
      const node = await keeping(await settings());
      const channel = await open(2n, 3n * CAP_MICRO);
      await node.catchUp();
      expect((await channel.give(node, 2n * CAP_MICRO)).status).to.equal(200);
      await channels.connect(chain.payer).requestExit(channel.packed);
      expect(await until(node, async () => (await channel.state()).queued)).to.equal(true);
      expect((await channels.queueOf(channel.id)).cumulative).to.equal(2n * CAP_MICRO);
      const before = await chain.token.balanceOf(chain.payee.address);
      await pass(chain, 2 * DAY);
      expect(await until(node, async () => (await channel.state()).closed)).to.equal(true);
      expect((await chain.token.balanceOf(chain.payee.address)) - before).to.equal(2n * CAP_MICRO);
    });

    it("has the voucher on disk before it says so: a restart in between loses nothing", async () => {
      const first = await keeping(await settings());
      const channel = await open(3n, 80n * UNIT);
      await first.catchUp();
      expect((await channel.give(first, 45n * UNIT)).status).to.equal(200);
      const home = scratch.dir();
      const values = await settings();
      const before = await ready(settingsFor(chain, home, chain.attester(2), values));
      expect((await channel.give(before, 46n * UNIT)).status).to.equal(200);
      await before.stop();
      await channels.connect(chain.payer).requestExit(channel.packed);
      const again = await ready(settingsFor(chain, home, chain.attester(2), values));
      nodes.push(again);
      expect(await until(again, async () => (await channel.state()).claimed === 46n * UNIT)).to.equal(true);
    });
  });
});

/** Signed facts with the lowest score among some, the three facts that the contract fills in being zero. */
async function lowestScoring(chain: TestChain): Promise<{ facts: string; score: number }> {
  let best = { facts: "", score: 10_001 };
  for (const byte of [0x00, 0x01, 0x08, 0x11, 0x20, 0x40, 0x7f, 0x80, 0xc0, 0xf0, 0xff]) {
    const facts = toBeHex(BigInt(`0x000000${byte.toString(16).padStart(2, "0").repeat(29)}`), 32);
    const [completed] = await chain.epoch.completeFacts(facts, chain.addresses.token, 900n * UNIT);
    const score = Number(await chain.epoch.score(completed));
    if (score < best.score) best = { facts, score };
  }
  return best;
}
