import { expect } from "chai";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { computeAddress } from "ethers";

import {
  attestationDigest,
  attestations,
  NodeError,
  packAttestation,
  paymentId,
  SluiceError,
} from "../../sdk/src/index.ts";
import { attesterKeys } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { sensibleTerms } from "./samples.ts";

type Reply = { status: number; body: unknown; headers?: Record<string, string> } | "hang up" | "hang";

const terms = sensibleTerms();
const site = { chainId: 31_337, escrow: `0x${"22".repeat(20)}` };
const id = paymentId(terms, site);
const epoch = `0x${"33".repeat(20)}`;
const keys = attesterKeys(3, "sdk node");
const signers = keys.map((one) => computeAddress(one));
const facts = Array.from({ length: 32 }, (_, index) => index * 8 - 128);
const word = `0x${facts.map((fact) => (fact & 0xff).toString(16).padStart(2, "0")).join("")}`;
const asOfHash = `0x${"44".repeat(32)}`;

/** A node's answer about `subject`, signed by some of the keys. */
function answer({ by = [0, 1], subject = id, changes = {} } = {}): Record<string, unknown> {
  const statement = { subject, asOf: 17, asOfHash, facts: word };
  const digest = attestationDigest(statement, { chainId: site.chainId, epoch });
  const signatures = by.map((index) => ({ signer: signers[index]!, signature: keys[index]!.sign(digest).serialized }));
  const reason = {
    code: "PAYEE_NEW_PAYERS_7D_HIGH",
    fact: "payeeNewPayers7d",
    index: 3,
    value: 90,
    usual: 2,
    weight: 7,
    sentence: "Many.",
  };
  return {
    ...{
      id: subject,
      epoch,
      asOf: 17,
      asOfHash,
      facts,
      packedFacts: word,
      completedFacts: word,
      score: 9_800,
      band: 2,
    },
    ...{ scoreReasons: [reason], quorum: 2, signatures, differed: [] },
    attestation: packAttestation(statement, signatures),
    ...changes,
  };
}

/** The same attestation with its two signatures exchanged. */
function reversed(): string {
  const packed = answer()["attestation"] as string;
  const head = 2 + 2 * 72;
  return packed.slice(0, head) + packed.slice(head + 128) + packed.slice(head, head + 128);
}

const good = (): Reply => ({ status: 200, body: answer() });
const refused = (status: number, code: string, retriable: boolean, details?: unknown): Reply => {
  return { status, body: { error: { code, message: `because ${code}`, retriable, details } } };
};

const servers: Server[] = [];
const requests: { url: string; type: string | undefined; key: unknown; body: unknown }[] = [];

/** A node that gives one reply after the other, the last for ever. */
async function nodeSaying(...replies: Reply[]): Promise<{ url: string; asked: () => number; heard: Promise<void> }> {
  let count = 0;
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      requests.push({
        url: request.url ?? "",
        type: request.headers["content-type"],
        key: request.headers["x-key"],
        body,
      });
      const reply = replies[Math.min(count, replies.length - 1)]!;
      count += 1;
      hear();
      if (reply === "hang up") return void request.socket.destroy();
      if (reply === "hang") return;
      response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => count, heard };
}

const quick = { pauseMs: 1 };

async function failureOf(promise: Promise<unknown>): Promise<NodeError> {
  const thrown = await thrownBy(promise);
  if (!(thrown instanceof NodeError)) throw thrown;
  return thrown;
}

describe("sdk: asking nodes for an attestation", () => {
  beforeEach(() => void requests.splice(0));
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  it("answers band, score, reasons, facts, and who signed", async () => {
    const node = await nodeSaying(good());
    const trust = { signers, quorum: 2, epoch };
    const attested = await attestations.requestAttestation(node.url, site, terms, trust);
    expect(attested).to.deep.include({ id, url: node.url, band: "Hold", score: 9_800, facts, asOf: 17, asOfHash });
    expect(attested.signers).to.deep.equal(signers.slice(0, 2));
    expect(attested.attestation).to.equal(answer()["attestation"]);
    expect(attested.reasons).to.deep.equal([
      { code: "PAYEE_NEW_PAYERS_7D_HIGH", fact: "payeeNewPayers7d", value: 90, usual: 2, sentence: "Many." },
    ]);
  });

  it("sends id and terms as the node reads them, and the headers it is given", async () => {
    const node = await nodeSaying(good());
    await attestations.requestAttestation(`${node.url}/`, site, terms, { headers: { "x-key": "abc" } });
    const sent = {
      ...terms,
      amount: String(terms.amount),
      disputeBond: String(terms.disputeBond),
      salt: String(terms.salt),
    };
    const expected = { url: "/v1/attestations", type: "application/json", key: "abc", body: { id, terms: sent } };
    expect(requests).to.deep.equal([expected]);
  });

  const passing: [what: string, reply: Reply][] = [
    ["NOT_AUTHORIZED_YET", refused(409, "NOT_AUTHORIZED_YET", true)],
    ["BEHIND", refused(409, "BEHIND", true)],
    ["OTHER_FORK", refused(409, "OTHER_FORK", true)],
    ["EPOCH_REVOKED", refused(409, "EPOCH_REVOKED", true)],
    ["INTERNAL", refused(500, "INTERNAL", true)],
    ["NOT_READY", refused(503, "NOT_READY", true)],
    ["QUORUM_NOT_REACHED", refused(503, "QUORUM_NOT_REACHED", true)],
    ["RPC_UNAVAILABLE", refused(503, "RPC_UNAVAILABLE", true)],
    ["a proxy's 502", { status: 502, body: "<html>bad gateway</html>" }],
    ["too many requests", { status: 429, body: "slow down" }],
    ["a broken connection", "hang up"],
  ];
  for (const [what, reply] of passing) {
    it(`asks the same node again after ${what}`, async () => {
      const node = await nodeSaying(reply, reply, good());
      const attested = await attestations.requestAttestation(node.url, site, terms, quick);
      expect(attested.score).to.equal(9_800);
      expect(node.asked()).to.equal(3);
    });
  }

  const final: [what: string, reply: Reply][] = [
    ["INVALID_TERMS", refused(400, "INVALID_TERMS", false, { fields: [] })],
    ["WRONG_CHAIN", refused(400, "WRONG_CHAIN", false)],
    ["TERMS_ID_MISMATCH", refused(400, "TERMS_ID_MISMATCH", false)],
    ["GUARD_CONFLICT", refused(409, "GUARD_CONFLICT", false)],
    ["EPOCH_UNKNOWN", refused(409, "EPOCH_UNKNOWN", false)],
    ["MODEL_UNKNOWN", refused(503, "MODEL_UNKNOWN", false)],
  ];
  for (const [code, reply] of final) {
    it(`does not ask a node again that says ${code}, and says so in the error`, async () => {
      const node = await nodeSaying(reply, good());
      const error = await failureOf(attestations.requestAttestation(node.url, site, terms, quick));
      expect(error.code).to.equal("NODE_REFUSED");
      expect(error.details).to.deep.include({ url: node.url, nodeCode: code, retriable: false, gaveUp: false });
      expect(error.details.message).to.equal(`because ${code}`);
      expect(node.asked()).to.equal(1);
    });
  }

  it("hands the node's details on", async () => {
    const node = await nodeSaying(refused(400, "INVALID_TERMS", false, { fields: [{ field: "salt" }] }));
    const error = await failureOf(attestations.requestAttestation(node.url, site, terms));
    expect(error.details.status).to.equal(400);
    expect(error.details.nodeDetails).to.deep.equal({ fields: [{ field: "salt" }] });
  });

  it("takes an address where no node is for a final answer", async () => {
    const node = await nodeSaying({ status: 404, body: "not here" }, good());
    const error = await failureOf(attestations.requestAttestation(node.url, site, terms, quick));
    expect(error.code).to.equal("NODE_ANSWER_INVALID");
    expect(error.details).to.include({ nodeCode: undefined, status: 404, retriable: false });
  });

  it("falls over to the next node, whatever is wrong with the first", async () => {
    for (const reply of [...passing, ...final].map(([, one]) => one)) {
      const [first, second] = [await nodeSaying(reply), await nodeSaying(good())];
      const attested = await attestations.requestAttestation([first.url, second.url], site, terms, quick);
      expect(attested.url).to.equal(second.url);
      expect([first.asked(), second.asked()]).to.deep.equal([1, 1]);
    }
  });

  it("goes on asking the nodes that may still answer, and only them", async () => {
    const broken = await nodeSaying(refused(503, "MODEL_UNKNOWN", false));
    const late = await nodeSaying(refused(409, "BEHIND", true), refused(409, "BEHIND", true), good());
    const attested = await attestations.requestAttestation([broken.url, late.url], site, terms, quick);
    expect(attested.url).to.equal(late.url);
    expect([broken.asked(), late.asked()]).to.deep.equal([1, 3]);
  });

  it("gives up after as many attempts as it is given, with the code that tells most", async () => {
    const silent = await nodeSaying("hang up");
    const alone = await nodeSaying(refused(503, "QUORUM_NOT_REACHED", true));
    const asked = attestations.requestAttestation([alone.url, silent.url], site, terms, { ...quick, attempts: 3 });
    const error = await failureOf(asked);
    expect(error.code).to.equal("NODE_REFUSED");
    expect(error.details).to.deep.include({ nodeCode: "QUORUM_NOT_REACHED", retriable: true, gaveUp: true });
    expect(error.details.failures.map(({ url }) => url)).to.deep.equal([alone.url, silent.url]);
    expect(error.message).to.include("QUORUM_NOT_REACHED");
    expect([alone.asked(), silent.asked()]).to.deep.equal([3, 3]);
  });

  it("gives up when time is over, with what the node said last", async () => {
    const node = await nodeSaying(refused(409, "BEHIND", true));
    const options = { timeoutMs: 1_000, pauseMs: 60_000 };
    const error = await failureOf(attestations.requestAttestation(node.url, site, terms, options));
    expect(error.details).to.deep.include({ nodeCode: "BEHIND", gaveUp: true });
  });

  it("gives up when time is over and the node says nothing", async () => {
    const node = await nodeSaying("hang");
    const error = await failureOf(attestations.requestAttestation(node.url, site, terms, { timeoutMs: 30 }));
    expect(error.code).to.equal("NODE_UNREACHABLE");
    expect(error.details).to.include({ nodeCode: undefined, status: undefined, gaveUp: true });
  });

  it("does not let one node that says nothing use up the others' time", async () => {
    const [hanging, second] = [await nodeSaying("hang"), await nodeSaying(good())];
    const options = { requestTimeoutMs: 100 };
    const attested = await attestations.requestAttestation([hanging.url, second.url], site, terms, options);
    expect(attested.url).to.equal(second.url);
  });

  it("ends with the signal's reason, while asking, while pausing and before", async () => {
    const reason = new Error("the customer went away");
    const hanging = await nodeSaying("hang");
    for (const node of [hanging, await nodeSaying(refused(409, "BEHIND", true))]) {
      const controller = new AbortController();
      const options = { signal: controller.signal, pauseMs: 60_000 };
      const asked = thrownBy(attestations.requestAttestation(node.url, site, terms, options));
      await node.heard;
      controller.abort(reason);
      expect(await asked).to.equal(reason);
    }
    const signal = AbortSignal.abort(reason);
    const count = hanging.asked();
    expect(await thrownBy(attestations.requestAttestation(hanging.url, site, terms, { signal }))).to.equal(reason);
    expect(hanging.asked()).to.equal(count);
  });

  const lies: [what: string, body: () => unknown, field: string, trust?: attestations.Trust][] = [
    ["is no object", () => [], "epoch"],
    ["is no JSON", () => "<html>", "epoch"],
    ["is about another payment", () => answer({ subject: asOfHash }), "id"],
    [
      "says it is about this payment while another was signed",
      () => answer({ subject: asOfHash, changes: { id } }),
      "attestation",
    ],
    ["names another block than was signed", () => answer({ changes: { asOf: 18 } }), "asOf"],
    ["names another block hash than was signed", () => answer({ changes: { asOfHash: id } }), "asOfHash"],
    ["shows other facts than were signed", () => answer({ changes: { facts: facts.with(5, 0) } }), "facts"],
    ["shows 31 facts", () => answer({ changes: { facts: facts.slice(1) } }), "facts"],
    ["has fewer signatures than it says are needed", () => answer({ by: [0] }), "attestation"],
    ["has fewer signatures than are wanted", () => answer(), "attestation", { quorum: 3 }],
    ["is signed by a stranger", () => answer(), "attestation", { signers: [signers[0]!, signers[2]!] }],
    ["is of another epoch", () => answer(), "epoch", { epoch: site.escrow }],
    ["has its signatures out of order", () => answer({ changes: { attestation: reversed() } }), "attestation"],
    ["names other signers", () => answer({ changes: { signatures: [] } }), "attestation"],
    ["has a score out of range", () => answer({ changes: { score: 10_001 } }), "score"],
    ["has no band", () => answer({ changes: { band: 0 } }), "band"],
    ["has an unknown band", () => answer({ changes: { band: 4 } }), "band"],
    ["has no reasons", () => answer({ changes: { scoreReasons: undefined } }), "scoreReasons"],
  ];
  for (const [what, body, field, trust] of lies) {
    it(`believes no answer that ${what}`, async () => {
      const [liar, second] = [await nodeSaying({ status: 200, body: body() }), await nodeSaying(good())];
      const error = await failureOf(attestations.requestAttestation(liar.url, site, terms, { ...quick, ...trust }));
      expect(error.code).to.equal("NODE_ANSWER_INVALID");
      expect(error.cause).to.be.instanceOf(SluiceError).and.have.property("field", field);
      expect(liar.asked()).to.equal(1);
      if (trust !== undefined) return;
      const attested = await attestations.requestAttestation([liar.url, second.url], site, terms, quick);
      expect(attested.url).to.equal(second.url);
    });
  }

  it("refuses impossible terms and addresses without asking anybody", async () => {
    const node = await nodeSaying(good());
    const bad = await thrownBy(attestations.requestAttestation(node.url, site, { ...terms, amount: 0n }));
    expect(bad).to.be.instanceOf(SluiceError).and.include({ code: "TERMS_INVALID", field: "amount" });
    for (const nodes of [[], "", "node.example", "ftp://node.example", "http://", `${node.url}?x=1`]) {
      const thrown = await thrownBy(attestations.requestAttestation(nodes, site, terms));
      expect(thrown, String(nodes)).to.be.instanceOf(SluiceError).and.include({ code: "URL_INVALID" });
    }
    expect(node.asked()).to.equal(0);
  });
});
