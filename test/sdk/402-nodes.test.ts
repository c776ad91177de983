import { channelId, channels, signVoucher, type ChannelTerms, type NodeError } from "@sluice/sdk";
import { expect } from "chai";
import { type Signer } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { memoryStore, nodesAttest, siteKey, voucherRedeemer } from "../../sdk/src/paywall/index.ts";
import { ALWAYS, startChain, UNIT, type TestChain } from "../oracle/support/chain.ts";
import { ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const HOUR = 3_600;

describe("402: the redeemer and oracle nodes", () => {
  let chain: TestChain;
  let site: { chainId: number; channels: string };
  let salt = 0n;
  const nodes: Node[] = [];
  const scratch = new Scratch();
  const store = memoryStore();

  before(async () => {
    chain = await startChain(ALWAYS.allow);
    const deployed = await chain.ethers.deployContract("PaymentChannels", [chain.addresses.gate]);
    site = { chainId: chain.site.chainId, channels: await deployed.getAddress() };
    await chain.token.connect(chain.payer).approve(site.channels, 2n ** 256n - 1n);
    const settings = { channels: site.channels };
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), settings));
    const peers = [{ url: peer.url, signer: peer.signer }];
    nodes.push(
      await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { ...settings, peers, peerTimeoutMs: 5_000 })),
      peer,
    );
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  /** Opens a channel and gives the seller a voucher. */
  async function sold(cumulative: bigint): Promise<ChannelTerms> {
    const { payer, payee } = chain;
    salt += 1n;
    const parties = { payer: payer.address, payee: payee.address, signer: payer.address };
    const terms = { ...parties, token: chain.addresses.token, exitDelay: 24 * HOUR, salt };
    await channels.open(payer, site, terms, 1_000n * UNIT);
    const channel = channelId(terms, site);
    const signature = await signVoucher(payer, channel, cumulative, site);
    const known = { site: siteKey(site), claimed: 0n, price: cumulative, at: 1_000 };
    await store.accept({ channel, terms, cumulative, signature, ...known });
    return terms;
  }

  const redeemerBy = (attest: ReturnType<typeof nodesAttest>, signer: Signer = chain.other) =>
    voucherRedeemer({ site, store, provider: chain.provider, signer, minValue: 1n, attest, now: () => 2_000 });

  it("redeems at once what is above the risk caps, with a quorum's attestation about those rows alone", async () => {
    const asked = nodesAttest({
      ...{ site, nodes: nodes.map((node) => node.url), signers: nodes.map((node) => node.signer), quorum: 2 },
      onError: (error) => expect.fail(error.message),
    });
    const opened = [await sold(300n * UNIT), await sold(UNIT), await sold(400n * UNIT)];
    const before = await chain.token.balanceOf(chain.payee.address);
    const round = await redeemerBy(asked).round();
    expect([round.queued, round.left]).to.deep.equal([[], []]);
    expect(round.paid.map(({ channel }) => channel)).to.have.members(opened.map((terms) => channelId(terms, site)));
    expect((await chain.token.balanceOf(chain.payee.address)) - before).to.equal(701n * UNIT);
  });

  it("queues on chain what no node attests, and tells the seller why", async () => {
    const told: NodeError[] = [];
    const alone = nodesAttest({
      ...{ site, nodes: nodes[1]?.url ?? "", attempts: 1 }, // has no peers, so no quorum
      onError: (error) => told.push(error),
    });
    const terms = await sold(500n * UNIT);
    const row = { channel: channelId(terms, site), cumulative: 500n * UNIT };
    expect(await redeemerBy(alone).round()).to.deep.equal({ paid: [], queued: [row], left: [] });
    expect(told.map(({ details }) => details.nodeCode)).to.deep.equal(["QUORUM_NOT_REACHED"]);
    const contract = await chain.ethers.getContractAt("IPaymentChannels", site.channels);
    expect((await contract.queueOf(row.channel)).cumulative).to.equal(row.cumulative);
  });

  it("believes no node that signers the seller does not know have signed for", async () => {
    const told: NodeError[] = [];
    const terms = await sold(600n * UNIT);
    const stranger = chain.other.address;
    const strict = nodesAttest({
      ...{ site, nodes: nodes[0]?.url ?? "", signers: [stranger], quorum: 2, attempts: 1 },
      onError: (error) => told.push(error),
    });
    const { paid, queued } = await redeemerBy(strict).round();
    expect(paid).to.deep.equal([]);
    expect(queued).to.deep.include({ channel: channelId(terms, site), cumulative: 600n * UNIT });
    expect(told.map(({ code }) => code)).to.deep.equal(["NODE_ANSWER_INVALID"]);
  });
});
