import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { PeerHealth } from "../../oracle/src/attest/peerHealth.ts";
import { SEAL_HEADERS } from "../../oracle/src/attest/peerSeal.ts";
import { bucketOf, latencyOf, merged, percentile } from "../../oracle/src/attest/records/latencies.ts";
import type { Node } from "../../oracle/src/index.ts";
import { openService } from "../../oracle/src/store/dataDir.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { answerSignature } from "./support/peers.ts";
import { Scratch } from "./support/scratch.ts";

const A = { url: "http://a", signer: "a" };
const B = { url: "http://b", signer: "b" };

describe("oracle: what peers' answers say of them", () => {
  it("asks a peer last that failed five times in a row, tries it again after a pause, and doubles the pause", () => {
    let now = 0;
    const health = new PeerHealth(() => now);
    for (let failure = 0; failure < 4; failure++) health.failed("a", "TIMEOUT");
    expect(health.order([A, B])).to.deep.equal({ first: [A, B], last: [] });
    health.failed("a", "TIMEOUT");
    expect(health.order([A, B])).to.deep.equal({ first: [B], last: [A] });
    now += 2_000;
    expect(health.circuit("a")).to.equal("half-open");
    health.failed("a", "GARBAGE");
    now += 3_999;
    expect(health.circuit("a")).to.equal("open");
    now += 1;
    expect(health.circuit("a")).to.equal("half-open");
    health.answered("a", 5);
    expect(health.order([A, B]).last).to.deep.equal([]);
  });

  it("does not hold an honest refusal against a peer", () => {
    const health = new PeerHealth(() => 0);
    for (let refusal = 0; refusal < 50; refusal++) health.failed("a", "BEHIND");
    expect(health.circuit("a")).to.equal("closed");
  });

  it("asks a slow peer again after twice the time in which it mostly answers", () => {
    const health = new PeerHealth(() => 0);
    expect(health.hedgeAfterMs("a", 400)).to.equal(100);
    for (let answer = 0; answer < 20; answer++) health.answered("a", 40);
    expect(health.hedgeAfterMs("a", 400)).to.equal(80);
    for (let answer = 0; answer < 64; answer++) health.answered("a", 900);
    expect(health.hedgeAfterMs("a", 400)).to.equal(200);
    for (let answer = 0; answer < 64; answer++) health.answered("a", 1);
    expect(health.hedgeAfterMs("a", 400)).to.equal(25);
  });

  it("tells percentiles of latencies within a tenth", () => {
    const buckets: Record<string, number> = {};
    for (let ms = 1; ms <= 1_000; ms++) buckets[bucketOf(ms)] = (buckets[bucketOf(ms)] ?? 0) + 1;
    const histogram = merged([buckets]);
    for (const share of [0.5, 0.9, 0.99]) {
      const told = percentile(histogram, share) ?? 0;
      expect(Math.abs(told / (1_000 * share) - 1) < 0.1, `${share}: ${told}`).to.equal(true);
    }
    expect(percentile(new Map(), 0.5)).to.equal(null);
    expect(Math.abs(latencyOf(bucketOf(80)) / 80 - 1) < 0.05).to.equal(true);
  });
});

describe("oracle: a quorum with a peer that is slow, breaks off or lies", () => {
  let chain: TestChain;
  let node: Node;
  let peer: Server;
  let subject = "";
  let home = "";
  let asked = 0;
  /** What the second attester does with its n-th request: answers these facts, breaks the connection, or nothing. */
  let behave: (count: number) => string;
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain();
    const separator = await chain.epoch.domainSeparator();
    const site = { chainId: chain.site.chainId, gate: chain.addresses.gate };
    const key = chain.attester(1);
    peer = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        asked += 1;
        const facts = behave(asked);
        if (facts === "nothing") return;
        if (facts === "break") return request.socket.resetAndDestroy();
        const question = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
          asOf: number;
          asOfHash: string;
          epoch: string;
        }; // the node under test wrote it
        const statement = { subject, asOf: question.asOf, asOfHash: question.asOfHash, facts };
        const signature = key.sign(statementDigest(statement, separator)).compactSerialized;
        const text = JSON.stringify({ ...question, id: subject, facts, signature });
        const seal = answerSignature(site, key, String(request.headers[SEAL_HEADERS.nonce]), 200, text);
        response.writeHead(200, { [SEAL_HEADERS.answer]: seal }).end(text);
      });
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`; // a TCP address is an object
    home = scratch.dir();
    const peers = [{ url, signer: computeAddress(key) }];
    node = await ready(settingsFor(chain, home, chain.attester(0), { peers, peerTimeoutMs: 2_000 }));
  });
  after(async () => {
    peer.closeAllConnections();
    peer.close();
    await node.stop();
    await chain.close();
    scratch.clean();
  });

  const ask = async (paid?: Paid) => {
    const payment = paid ?? (await chain.pay());
    subject = payment.id;
    asked = 0;
    return post(node.url, "/v1/attestations", { terms: payment.terms });
  };
  it("is asked once more on a fresh connection where the first one breaks", async () => {
    const honest = await ready(settingsFor(chain, scratch.dir(), chain.attester(2)));
    const paid = await chain.pay();
    const block = await chain.ethers.provider.getBlock(paid.block);
    const question = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    const { body } = await post(honest.url, "/v1/peer/attestations", question);
    behave = (count) => (count === 1 ? "break" : String(body.facts));
    const { status } = await ask(paid);
    expect([status, asked]).to.deep.equal([200, 2]);
    const slow = await chain.pay();
    const later = await chain.ethers.provider.getBlock(slow.block);
    const next = { ...question, terms: slow.terms, asOf: slow.block, asOfHash: later?.hash };
    const answer = await post(honest.url, "/v1/peer/attestations", next);
    behave = (count) => (count === 1 ? "nothing" : String(answer.body.facts));
    expect((await ask(slow)).status).to.equal(200);
    expect(asked).to.equal(2);
    await honest.stop();
  });

  it("leaves evidence of other facts, and of two statements that contradict each other, in the node's store", async () => {
    const paid = await chain.pay();
    const [first, second] = [`0x000000${"01".repeat(29)}`, `0x000000${"02".repeat(29)}`];
    for (const facts of [first, second]) {
      behave = () => facts;
      const { body } = await ask(paid);
      const differed = (body.error as { details: { differed: { packed: string; subject: string }[] } }).details
        .differed;
      expect(differed.map((one) => [one.subject, one.packed])).to.deep.equal([[paid.id, facts]]);
    }
    await node.stop();
    const service = await openService(join(home, "data", "service.sqlite"), "power");
    const evidence = await service.selectFrom("peer_evidence").selectAll().where("subject", "=", paid.id).execute();
    const outcomes = await service.selectFrom("peer_outcomes").selectAll().execute();
    await service.destroy();
    const theirs = computeAddress(chain.attester(1)).toLowerCase();
    expect(
      evidence
        .filter((row) => row.signer === theirs)
        .map((row) => row.facts)
        .sort(),
    ).to.deep.equal([first, second]);
    expect(evidence.filter((row) => row.signer === node.signer.toLowerCase())).to.have.length(1);
    const counts = outcomes.map((row) => JSON.parse(row.counts) as Record<string, number>); // as it was written
    expect(counts.reduce((sum, one) => sum + (one["differed"] ?? 0), 0)).to.equal(2);
    expect(counts.reduce((sum, one) => sum + (one["signed"] ?? 0), 0)).to.equal(2);
  });
});
