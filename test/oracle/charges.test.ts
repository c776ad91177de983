import { paymentId, packTerms, payments, recoverAttesters, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { ALWAYS, DAY, UNIT, startChain, type TestChain } from "./support/chain.ts";
import { keyOf } from "./support/keys.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const TOKEN = { tokenName: "Local Token", tokenVersion: "1" };

interface Sale {
  readonly terms: Terms;
  readonly id: string;
  readonly signature: string;
}

describe("oracle: a charge is screened before it exists", () => {
  let chain: TestChain;
  const nodes: Node[] = [];
  const scratch = new Scratch();
  const payer = new Wallet(keyOf("charged payer").privateKey);
  let salt = 1_000n;

  before(async () => {
    chain = await startChain(ALWAYS.allow);
    await chain.token.mint(payer.address, 1_000_000n * UNIT);
    for (let index = 0; index < 5; index++) await chain.pay();
    // The third node stays away: two of three are enough.
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    nodes.push(
      await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 5_000 })),
      peer,
    );
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  /** Terms of a payer with a key of his own, and his one signature for money and terms. */
  const sale = async (changes: Partial<Terms> = {}): Promise<Sale> => {
    const latest = await chain.ethers.provider.getBlock("latest");
    const now = latest?.timestamp ?? 0;
    salt += 1n;
    const { terms: usual } = await chain.pay();
    const times = { authorizeBy: now + DAY, captureBy: now + 7 * DAY, refundBy: now + 30 * DAY };
    const terms = { ...usual, ...times, payer: payer.address, salt, ...changes };
    const signature = await payments.signAuthorization(payer, chain.site, terms, TOKEN);
    return { terms, id: paymentId(terms, chain.site), signature };
  };
  const ask = async ({ terms, signature }: Sale, changes: object = {}): Promise<Answer> => {
    const body = { for: "charge", terms, collection: "Erc3009", payerSignature: signature, ...changes };
    return post(nodes[0]?.url ?? "", "/v1/attestations", body);
  };
  const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");
  const charge = (sold: Sale, attestation: unknown) =>
    chain.escrow.connect(chain.operator).charge(packTerms(sold.terms), 1, sold.signature, 0, String(attestation));

  it("is attested by two of three nodes, and the escrow takes and pays at once", async () => {
    const sold = await sale();
    const { status, body } = await ask(sold);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.include({ id: sold.id, band: 1, quorum: 2 });
    const site = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
    const signers = nodes.map((node) => node.signer).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    expect(recoverAttesters(String(body.attestation), sold.id, site)).to.deep.equal(signers);
    await (await charge(sold, body.attestation)).wait();
    const state = await chain.escrow.payment(sold.id);
    expect([state.capturable, state.refundable]).to.deep.equal([0n, sold.terms.amount]);
  });

  it("has facts as of the last multiple of the stride, and says until which block they count", async () => {
    const sold = await sale();
    const { body } = await ask(sold);
    const head = await chain.ethers.provider.getBlockNumber();
    const { stride } = chain.policy;
    expect(body.asOf).to.equal(Math.floor(head / stride) * stride);
    expect(body.lastBlock).to.equal(Number(body.asOf) + stride);
    await chain.mine(Number(body.lastBlock) - head - 1);
    await (await charge(sold, body.attestation)).wait();
    expect(await chain.ethers.provider.getBlockNumber()).to.equal(body.lastBlock);
    const late = await sale();
    const old = await ask(late);
    await chain.mine(stride);
    await expect(charge(late, old.body.attestation)).to.be.revertedWithCustomError(chain.gate, "WrongAsOf");
  });

  it("is refused where the payer did not sign these terms, and says what the escrow would say", async () => {
    const sold = await sale();
    const answer = await ask({ ...sold, terms: { ...sold.terms, payee: chain.other.address } });
    expect([answer.status, codeOf(answer)]).to.deep.equal([409, "CHARGE_REFUSED"]);
  });

  it("is refused where the payer has not got the money", async () => {
    const answer = await ask(await sale({ amount: 2_000_000n * UNIT }));
    expect([answer.status, codeOf(answer)]).to.deep.equal([409, "CHARGE_REFUSED"]);
  });

  it("is refused above the policy's cap", async () => {
    const answer = await ask(await sale({ amount: 999_000n * UNIT }));
    expect([answer.status, codeOf(answer)]).to.deep.equal([409, "CHARGE_ABOVE_CAP"]);
  });

  it("is refused where the payment exists already", async () => {
    const paid = await chain.pay();
    const body = { collection: "Allowance", payerSignature: "0x" };
    const answer = await ask({ terms: paid.terms, id: paid.id, signature: "0x" }, body);
    expect([answer.status, codeOf(answer)]).to.deep.equal([409, "CHARGE_REFUSED"]);
    expect(answer.body.error).to.have.nested.property("details.error", "PaymentExists");
  });

  it("is signed for a coordinator one stride behind, and for no older block", async () => {
    const sold = await sale();
    await chain.mine(32);
    await nodes[1]?.catchUp();
    const head = await chain.ethers.provider.getBlockNumber();
    const { stride } = chain.policy;
    const newest = Math.floor(head / stride) * stride;
    const statuses: unknown[] = [];
    for (const asOf of [newest, newest - stride, newest - 2 * stride, newest - 1, newest + stride]) {
      const block = await chain.ethers.provider.getBlock(Math.min(asOf, head));
      const request = { asOf, asOfHash: block?.hash, epoch: chain.addresses.epoch };
      const asked = {
        for: "charge",
        terms: sold.terms,
        collection: "Erc3009",
        payerSignature: sold.signature,
        ...request,
      };
      const answer = await post(nodes[1]?.url ?? "", "/v1/peer/attestations", asked);
      statuses.push(answer.status === 200 ? 200 : codeOf(answer));
    }
    expect(statuses).to.deep.equal([200, 200, "WRONG_AS_OF", "WRONG_AS_OF", "BEHIND"]);
  });
});
