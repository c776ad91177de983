import { expect } from "chai";
import { hexlify, randomBytes, TypedDataEncoder } from "ethers";

import { NonceMemory } from "../../oracle/src/attest/nonceMemory.ts";
import { PEER_TYPES, peerDomain, PeerDigests, SEAL_HEADERS } from "../../oracle/src/attest/peerSeal.ts";
import type { Node } from "../../oracle/src/index.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { keyOf } from "./support/keys.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { answerSignature, askAsPeer, jsonOf, type SealChanges } from "./support/peers.ts";
import { Scratch } from "./support/scratch.ts";

const PATH = "/v1/peer/attestations";
const NOBODY = { url: "http://127.0.0.1:9", signer: "0x00000000000000000000000000000000000000aa" };
const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");

describe("oracle: requests between nodes", () => {
  let chain: TestChain;
  let node: Node;
  let question: object;
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain();
    const paid = await chain.pay();
    const block = await chain.ethers.provider.getBlock(paid.block);
    question = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers: [NOBODY] }));
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });

  const site = () => ({ chainId: chain.site.chainId, gate: chain.addresses.gate });
  const ask = (changes: SealChanges = {}, key = chain.attester(1)) =>
    askAsPeer(site(), key, node, PATH, question, changes);

  it("are signed under digests that the general encoder computes, too", () => {
    const digests = new PeerDigests(site());
    for (let time = 1; time < 2 ** 48; time *= 977) {
      const [bodyHash, nonce] = [hexlify(randomBytes(32)), hexlify(randomBytes(32))];
      const request = { method: "POST", path: PATH, bodyHash, time, nonce, to: node.signer };
      const { PeerRequest, PeerAnswer } = PEER_TYPES;
      const domain = peerDomain(site());
      expect(digests.request(request)).to.equal(TypedDataEncoder.hash(domain, { PeerRequest }, request));
      const answer = { nonce, status: time % 600, bodyHash };
      expect(digests.answer(answer)).to.equal(TypedDataEncoder.hash(domain, { PeerAnswer }, answer));
    }
  });

  it("are answered with a signature over nonce, status and body; so are refusals", async () => {
    const nonce = hexlify(randomBytes(32));
    const answer = await ask({ nonce });
    expect(answer.status).to.equal(200);
    const expected = answerSignature(site(), chain.attester(0), nonce, 200, answer.text);
    expect(answer.headers.get(SEAL_HEADERS.answer)).to.equal(expected);
    const refusalNonce = hexlify(randomBytes(32));
    const refused = await askAsPeer(site(), chain.attester(1), node, PATH, { x: 1 }, { nonce: refusalNonce });
    expect(codeOf(refused)).to.equal("INVALID_REQUEST");
    const signed = answerSignature(site(), chain.attester(0), refusalNonce, 400, refused.text);
    expect(refused.headers.get(SEAL_HEADERS.answer)).to.equal(signed);
  });

  it("are refused without a signature where peers are named, and answered where the setting says so", async () => {
    const unsigned = await post(node.url, PATH, question);
    expect([unsigned.status, codeOf(unsigned)]).to.deep.equal([401, "PEER_UNSIGNED"]);
    const changes = { peers: [NOBODY], peersOnly: false };
    const open = await ready(settingsFor(chain, scratch.dir(), chain.attester(2), changes));
    expect((await post(open.url, PATH, question)).status).to.equal(200);
    await open.stop();
  });

  it("count for the node, path and body that were signed, and for the key that signed", async () => {
    const wrong: SealChanges[] = [
      { to: chain.signers[2] ?? "" },
      { signedPath: "/v1/peer/batches" },
      { signedBody: jsonOf({ ...question, asOf: 1 }) },
      { claimed: chain.signers[2] ?? "" },
    ];
    for (const changes of wrong) {
      const answer = await ask(changes);
      expect([answer.status, codeOf(answer)], jsonOf(changes)).to.deep.equal([401, "PEER_SIGNATURE_INVALID"]);
    }
  });

  it("are refused from a key that is neither a peer's nor a signer's", async () => {
    const answer = await ask({}, keyOf("stranger"));
    expect([answer.status, codeOf(answer)]).to.deep.equal([403, "PEER_UNKNOWN"]);
  });

  it("are answered once", async () => {
    const changes = { nonce: hexlify(randomBytes(32)), time: Date.now() };
    expect((await ask(changes)).status).to.equal(200);
    const again = await ask(changes);
    expect([again.status, codeOf(again)]).to.deep.equal([409, "PEER_REPLAY"]);
  });

  it("are refused from a clock that is minutes off, naming both times", async () => {
    for (const minutes of [-3, 3]) {
      const time = Date.now() + minutes * 60_000;
      const answer = await ask({ time });
      expect([answer.status, codeOf(answer)]).to.deep.equal([401, "PEER_CLOCK"]);
      const details = Reflect.get(Object(answer.body.error), "details") as { sent: string; received: string };
      expect(details.sent).to.equal(new Date(time).toISOString());
      expect(Math.abs(Date.parse(details.received) - time + minutes * 60_000) < 30_000).to.equal(true);
    }
    expect((await ask({ time: Date.now() - 90_000 })).status).to.equal(200);
  });
});

describe("oracle: the memory of nonces", () => {
  it("takes each nonce once for each signer, and forgets what is too old to count", () => {
    const memory = new NonceMemory(1_000, 100);
    expect(memory.take("a", "n", 5_000, 5_000)).to.equal(true);
    expect(memory.take("a", "n", 5_001, 5_001)).to.equal(false);
    expect(memory.take("b", "n", 5_001, 5_001)).to.equal(true);
    expect(memory.take("a", "m", 9_000, 9_000)).to.equal(true);
    expect(memory.size).to.equal(2);
  });

  it("stays bounded, and takes nothing as old as what it had to forget", () => {
    const memory = new NonceMemory(1_000_000, 3);
    for (let time = 1; time <= 10; time++) expect(memory.take("a", `n${time}`, time, 10)).to.equal(true);
    expect(memory.size).to.equal(3);
    for (let time = 1; time <= 10; time++) expect(memory.take("a", `n${time}`, time, 10)).to.equal(false);
    expect(memory.take("a", "late", 7, 10)).to.equal(false);
    expect(memory.take("a", "new", 8, 10)).to.equal(true);
  });
});
