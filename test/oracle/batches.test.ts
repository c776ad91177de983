import {
  attestationBatchDigest,
  batchSubject,
  packAttestationBatch,
  packRows,
  packChannelTerms,
  channelId,
  recoverAttesters,
  recoverSigner,
  signVoucher,
  type ChannelTerms,
  type SignedVoucher,
} from "@sluice/sdk";
import { expect } from "chai";
import { hexlify, randomBytes, TypedDataEncoder } from "ethers";

import { batchDigest, type Statement } from "../../oracle/src/attest/digest.ts";
import type { Node } from "../../oracle/src/index.ts";
import { ALWAYS, UNIT, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const HOUR = 3_600;

interface Item {
  readonly id: string;
  readonly asOf: number;
  readonly asOfHash: string;
  readonly packedFacts: string;
  readonly capturable: string;
  readonly fits: boolean;
  readonly band: number;
}

const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");

describe("oracle: many at once under one quorum", () => {
  let chain: TestChain;
  let channels: Awaited<ReturnType<typeof deployChannels>>;
  const nodes: Node[] = [];
  const scratch = new Scratch();

  const deployChannels = async () => {
    const deployed = await chain.ethers.deployContract("PaymentChannels", [chain.addresses.gate]);
    await chain.token.connect(chain.payer).approve(await deployed.getAddress(), 2n ** 256n - 1n);
    return deployed;
  };

  before(async () => {
    chain = await startChain(ALWAYS.allow);
    channels = await deployChannels();
    const address = await channels.getAddress();
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), { channels: address }));
    const changes = { peers: [{ url: peer.url, signer: peer.signer }], peerTimeoutMs: 5_000, channels: address };
    nodes.push(await ready(settingsFor(chain, scratch.dir(), chain.attester(0), changes)), peer);
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  const ask = (body: object): Promise<Answer> => post(nodes[0]?.url ?? "", "/v1/batches", body);
  const site = () => ({ chainId: chain.site.chainId, epoch: chain.addresses.epoch });
  const attesters = (): string[] => nodes.map((node) => node.signer).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const captureMany = (paid: readonly Paid[], attestation: unknown) => {
    const items = paid.map(({ packed, terms }) => ({ terms: packed, amount: terms.amount, feeBps: 0 }));
    return chain.escrow.connect(chain.operator).captureMany(items, String(attestation));
  };

  it("signs the digest that the SDK computes by the general encoder", () => {
    const statements = Array.from({ length: 7 }, (_, asOf): Statement => {
      const [subject, asOfHash, facts] = [0, 1, 2].map(() => hexlify(randomBytes(32)));
      return { subject: subject ?? "", asOf, asOfHash: asOfHash ?? "", facts: facts ?? "" };
    });
    const epoch = chain.addresses.epoch;
    const separator = TypedDataEncoder.hashDomain({
      ...{ name: "Sluice Epoch", version: "1", chainId: chain.site.chainId, verifyingContract: epoch },
    });
    expect(batchDigest(statements, separator)).to.equal(attestationBatchDigest(statements, site()));
  });

  it("captures a day's payments with one quorum's signatures", async () => {
    const paid: Paid[] = [];
    for (let index = 0; index < 5; index++) paid.push(await chain.pay());
    const { status, body } = await ask({ items: paid.map(({ id, terms }) => ({ id, amount: terms.amount })) });
    expect(status, JSON.stringify(body)).to.equal(200);
    const items = body.items as Item[]; // the API's answer
    expect(items.map((item) => item.id)).to.deep.equal(paid.map((one) => one.id));
    expect(items.map((item) => item.asOf)).to.deep.equal(paid.map((one) => one.block));
    expect(items.every((item) => item.fits && item.band === 1)).to.equal(true);
    const signatures = body.signatures as { signer: string; signature: string }[]; // see above
    const statements = items.map((item) => ({ ...item, subject: item.id, facts: item.packedFacts }));
    const digest = attestationBatchDigest(statements, site());
    expect(signatures.map((one) => recoverSigner(digest, one.signature)).sort()).to.deep.equal(attesters().sort());
    expect(body.attestation).to.equal(packAttestationBatch(statements, signatures));
    await (await captureMany(paid, body.attestation)).wait();
    for (const { id } of paid) expect((await chain.escrow.payment(id)).capturable).to.equal(0n);
  });

  it("is refused by the chain when an item is left out", async () => {
    const paid = [await chain.pay(), await chain.pay(), await chain.pay()];
    const { body } = await ask({ items: paid.map(({ id }) => ({ id })) });
    const attestation = `0x${String(body.attestation).slice(2 + 144)}`;
    await expect(captureMany(paid.slice(1), attestation)).to.be.revertedWithCustomError(chain.epoch, "NotASigner");
  });

  it("says of each payment whether so much of it is left", async () => {
    const paid = await chain.pay();
    const more = await ask({ items: [{ id: paid.id, amount: paid.terms.amount + 1n }] });
    expect((more.body.items as Item[])[0]).to.include({ fits: false, capturable: paid.terms.amount.toString() });
  });

  it("names the payments that no node has seen, and refuses one that stands twice", async () => {
    const paid = await chain.pay();
    const stranger = hexlify(randomBytes(32));
    const unknown = await ask({ items: [{ id: paid.id }, { id: stranger }] });
    expect(codeOf(unknown)).to.equal("NOT_AUTHORIZED_YET");
    expect(unknown.body.error).to.have.deep.nested.property("details.ids", [stranger]);
    expect(codeOf(await ask({ items: [{ id: paid.id }, { id: paid.id }] }))).to.equal("INVALID_REQUEST");
    expect(codeOf(await ask({ items: [] }))).to.equal("INVALID_REQUEST");
  });

  it("is signed in other batches and alone with the same facts: the guard works per payment", async () => {
    const paid = [await chain.pay(), await chain.pay()];
    const both = await ask({ items: paid.map(({ id }) => ({ id })) });
    const turned = await ask({ items: [...paid].reverse().map(({ id }) => ({ id })) });
    const alone = await post(nodes[0]?.url ?? "", "/v1/attestations", { id: paid[0]?.id });
    expect([both.status, turned.status, alone.status]).to.deep.equal([200, 200, 200]);
    expect((both.body.items as Item[])[0]?.packedFacts).to.equal(alone.body.packedFacts);
    const again = await ask({ items: paid.map(({ id }) => ({ id })) });
    expect(again.body.attestation).to.equal(both.body.attestation);
  });

  describe("vouchers of channels", () => {
    const channelSite = async () => ({ chainId: chain.site.chainId, channels: await channels.getAddress() });
    const open = async (salt: bigint): Promise<ChannelTerms> => {
      const { payer, payee } = chain;
      const token = chain.addresses.token;
      const parties = { payer: payer.address, payee: payee.address, signer: payer.address };
      const terms = { ...parties, token, exitDelay: 24 * HOUR, salt };
      await (await channels.connect(payer).open(packChannelTerms(terms), 1_000n * UNIT)).wait();
      return terms;
    };
    const voucher = async (terms: ChannelTerms, cumulative: bigint): Promise<SignedVoucher> => {
      const at = await channelSite();
      return { terms, cumulative, signature: await signVoucher(chain.payer, channelId(terms, at), cumulative, at) };
    };
    const asked = (batch: { vouchers: readonly SignedVoucher[] }): Promise<Answer> =>
      ask({ for: "channels", rows: batch.vouchers.map(({ terms, cumulative }) => ({ ...terms, cumulative })) });

    it("are redeemed above their caps with one quorum's signatures", async () => {
      const cap = 100n * UNIT;
      const opened = [await open(1n), await open(2n), await open(3n)];
      const vouchers = await Promise.all(opened.map((terms, index) => voucher(terms, 200n * UNIT + BigInt(index))));
      const batch = packRows(vouchers, await channelSite());
      const without = await channels.redeemMany.staticCall(batch.header, batch.rows, "0x");
      expect(without.paid < cap).to.equal(true);
      const { status, body } = await asked(batch);
      expect(status, JSON.stringify(body)).to.equal(200);
      const subject = batchSubject(chain.payee.address, chain.addresses.token, batch.list, await channelSite());
      expect(body).to.include({ id: subject, amount: (600n * UNIT + 3n).toString(), band: 1 });
      expect(recoverAttesters(String(body.attestation), subject, site())).to.deep.equal(attesters());
      const before = await chain.token.balanceOf(chain.payee.address);
      await (await channels.redeemMany(batch.header, batch.rows, String(body.attestation))).wait();
      expect(await chain.token.balanceOf(chain.payee.address)).to.equal(before + 600n * UNIT + 3n);
    });

    it("are judged by what the channel had not paid as of the block, the same on every node", async () => {
      const terms = await open(4n);
      const first = packRows([await voucher(terms, 50n * UNIT)], await channelSite());
      await chain.mine(chain.policy.stride);
      await (await channels.redeemMany(first.header, first.rows, "0x")).wait();
      const second = packRows([await voucher(terms, 60n * UNIT)], await channelSite());
      const early = await asked(second);
      expect(early.body.amount).to.equal((60n * UNIT).toString());
      await chain.mine(chain.policy.stride);
      const late = await asked(second);
      expect(late.body.amount).to.equal((10n * UNIT).toString());
      expect(codeOf(await asked(first))).to.equal("ROW_NOT_DUE");
    });

    it("are refused where a channel is not there, or the rows are of two payees", async () => {
      const terms = await open(5n);
      const absent = await voucher({ ...terms, salt: 99n }, UNIT);
      expect(codeOf(await asked({ vouchers: [absent] }))).to.equal("CHANNEL_NOT_OPEN");
      const here = await voucher(terms, UNIT);
      const stranger = { ...here, terms: { ...terms, payee: chain.other.address } };
      expect(codeOf(await asked({ vouchers: [here, stranger] }))).to.equal("INVALID_REQUEST");
    });

    it("are refused by a node whose settings name no channels", async () => {
      const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(2)));
      const rows = [{ ...(await open(6n)), cumulative: UNIT }];
      const answer = await post(node.url, "/v1/batches", { for: "channels", rows });
      await node.stop();
      expect([answer.status, codeOf(answer)]).to.deep.equal([404, "NO_CHANNELS"]);
    });
  });
});
