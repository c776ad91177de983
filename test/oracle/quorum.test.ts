import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { recoverAttesters, unpackAttestation } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, hexlify, randomBytes, type SigningKey } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import type { Node } from "../../oracle/src/index.ts";
import { SEAL_HEADERS } from "../../oracle/src/attest/peerSeal.ts";
import { answerSignature } from "./support/peers.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

interface Question {
  readonly asOf: number;
  readonly asOfHash: string;
  readonly epoch: string;
}

/** What a peer made for a test answers: status and text, later or never. */
type Behaviour = (question: Question, id: string) => Promise<[number, string] | undefined>;

describe("oracle: a quorum of three", () => {
  let chain: TestChain;
  let honest: Node;
  let node: Node;
  let peer: Server;
  let behave: Behaviour;
  let subject = "";
  /** Key that signs the third attester's answers; its own, unless somebody in between speaks for it. */
  let sealing: SigningKey;
  const scratch = new Scratch();

  /** A third attester whose answers the tests write. */
  const strangePeer = async (): Promise<string> => {
    peer = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const question = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Question; // the node under test wrote it
        void behave(question, subject).then((answer) => {
          if (answer === undefined) return;
          const [status, text] = answer;
          const nonce = String(request.headers[SEAL_HEADERS.nonce]);
          const site = { chainId: chain.site.chainId, gate: chain.addresses.gate };
          const signature = answerSignature(site, sealing, nonce, status, text);
          response.writeHead(status, { [SEAL_HEADERS.answer]: signature }).end(text);
        });
      });
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(peer.address() as AddressInfo).port}`; // a TCP address is an object
  };

  before(async () => {
    chain = await startChain();
    sealing = chain.attester(2);
    const strange = await strangePeer();
    honest = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [
      { url: strange, signer: computeAddress(chain.attester(2)) },
      { url: honest.url, signer: honest.signer },
    ];
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 300 }));
  });
  after(async () => {
    peer.closeAllConnections();
    peer.close();
    await node.stop();
    await honest.stop();
    await chain.close();
    scratch.clean();
  });

  /** A third attester's valid signature of some facts. */
  const signed = (question: Question, id: string, facts: string, key = chain.attester(2)): string => {
    const statement = { subject: id, asOf: question.asOf, asOfHash: question.asOfHash, facts };
    return key.sign(statementDigest(statement, separator)).compactSerialized;
  };
  let separator = "";
  before(async () => {
    separator = await chain.epoch.domainSeparator();
  });

  const asked = async (): Promise<{ paid: Paid; body: Record<string, unknown>; status: number }> => {
    const paid = await chain.pay();
    subject = paid.id;
    return { paid, ...(await post(node.url, "/v1/attestations", { terms: paid.terms })) };
  };

  const lies: Record<string, Behaviour> = {
    "that never answers": () => Promise.resolve(undefined),
    "that answers garbage": () => Promise.resolve([200, "<html>"]),
    "that answers more than anybody wants": () => Promise.resolve([200, `{"x":"${"y".repeat(200_000)}"}`]),
    "that answers an error of its own making": () => Promise.resolve([500, "{}"]),
    "that signs with a stranger's key": (question, id) => {
      const facts = `0x${"00".repeat(32)}`;
      const signature = signed(question, id, facts, chain.attester(0));
      return Promise.resolve([200, JSON.stringify({ ...question, id, facts, signature })]);
    },
    "that answers about another payment": (question) => {
      const id = `0x${"12".repeat(32)}`;
      const facts = `0x${"00".repeat(32)}`;
      return Promise.resolve([200, JSON.stringify({ ...question, id, facts, signature: signed(question, id, facts) })]);
    },
    "that answers about another epoch": (question, id) => {
      const facts = `0x${"00".repeat(32)}`;
      const answer = { ...question, epoch: `0x${"13".repeat(20)}`, id, facts, signature: signed(question, id, facts) };
      return Promise.resolve([200, JSON.stringify(answer)]);
    },
    "whose signature is random": (question, id) => {
      const answer = { ...question, id, facts: `0x${"00".repeat(32)}`, signature: hexlify(randomBytes(64)) };
      return Promise.resolve([200, JSON.stringify(answer)]);
    },
  };
  for (const [name, behaviour] of Object.entries(lies)) {
    it(`loses nothing by a peer ${name} (S7)`, async () => {
      behave = behaviour;
      const { paid, body, status } = await asked();
      expect(status).to.equal(200);
      const attesters = recoverAttesters(String(body.attestation), paid.id, {
        chainId: chain.site.chainId,
        epoch: chain.addresses.epoch,
      });
      expect(attesters).to.deep.equal([node.signer, honest.signer].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
    });
  }

  it("is accepted by the escrow as it is: captured in one transaction", async () => {
    behave = () => Promise.resolve(undefined);
    const { paid, body } = await asked();
    const captured = chain.escrow
      .connect(chain.operator)
      .capture(paid.packed, paid.terms.amount, 0, 0, String(body.attestation));
    await (await captured).wait();
    const state = await chain.escrow.payment(paid.id);
    expect(state.capturable).to.equal(0n);
    expect(unpackAttestation(String(body.attestation)).signatures).to.have.length(2);
  });

  it("is not reached when the other two fail, and says how many of how many", async () => {
    behave = () => Promise.resolve([200, "no"]);
    await honest.stop();
    const { status, body } = await asked();
    expect(status).to.equal(503);
    expect(body.error).to.deep.include({ code: "QUORUM_NOT_REACHED", retriable: true, message: "1 of 2 signatures" });
    const details = (body.error as { details: { failures: { code: string }[] } }).details; // the API's answer
    expect(details.failures.map((failure) => failure.code).sort()).to.deep.equal(["GARBAGE", "UNREACHABLE"]);
  });

  it("names a peer that signed other facts, and which facts they are", async () => {
    behave = (question, id) => {
      const facts = `0x00000000${"7f".repeat(28)}`;
      return Promise.resolve([200, JSON.stringify({ ...question, id, facts, signature: signed(question, id, facts) })]);
    };
    const { body } = await asked();
    const { differed } = (
      body.error as { details: { differed: { signer: string; facts: { fact: string; theirs: number }[] }[] } }
    ).details; // the API's answer
    expect(differed).to.have.length(1);
    expect(differed[0]?.signer).to.equal(computeAddress(chain.attester(2)));
    expect(differed[0]?.facts.find((row) => row.fact === "payeeAgeSlow")?.theirs).to.equal(127);
  });

  it("does not count an answer that somebody in between has signed, true as it may be", async () => {
    behave = (question, id) => Promise.resolve([200, JSON.stringify({ ...question, id })]);
    sealing = chain.attester(0);
    const { body } = await asked();
    sealing = chain.attester(2);
    const { failures } = (body.error as { details: { failures: { code: string }[] } }).details; // the API's answer
    expect(failures.map((failure) => failure.code).sort()).to.deep.equal(["UNREACHABLE", "UNSIGNED"]);
  });

  it("is made by one peer's true signature as soon as it comes", async () => {
    const restarted = await ready(settingsFor(chain, scratch.dir(), chain.attester(2)));
    behave = async (question) => {
      const terms = JSON.parse(JSON.stringify(question)) as Record<string, unknown>; // the question with its terms
      const answer = await post(restarted.url, "/v1/peer/attestations", terms);
      return [answer.status, JSON.stringify(answer.body)];
    };
    const { status, body } = await asked();
    expect(status).to.equal(200);
    expect(body.differed).to.deep.equal([]);
    await restarted.stop();
  });

  it("finishes what it has begun before it stops, and takes nothing new", async () => {
    let begun = (): void => undefined;
    const asking = new Promise<void>((resolve) => (begun = resolve));
    behave = () => {
      begun();
      return Promise.resolve(undefined);
    };
    const answer = asked();
    await asking;
    const stopped = node.stop();
    expect(node.readiness()).to.include({ ready: false, reason: "shutting down" });
    expect((await answer).status).to.equal(503);
    expect((await answer).body.error).to.include({ code: "QUORUM_NOT_REACHED" });
    await stopped;
    const late = await fetch(`${node.url}/livez`).catch((error: unknown) => error);
    expect(late).to.be.an("error");
  });
});
