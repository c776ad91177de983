import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { recoverAttesters } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { SEAL_HEADERS } from "../../oracle/src/attest/peerSeal.ts";
import type { Node } from "../../oracle/src/index.ts";
import { startChain, type TestChain } from "../oracle/support/chain.ts";
import { post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { answerSignature } from "../oracle/support/peers.ts";
import { Scratch } from "../oracle/support/scratch.ts";

interface Asked {
  readonly asOf: number;
  readonly asOfHash: string;
  readonly epoch: string;
}

type Reply = (asked: Asked, request: IncomingMessage, response: ServerResponse) => void;

const TIMEOUT_MS = 1_500;

describe("S7: a peer that answers late, with garbage, about something else, or without end", () => {
  let chain: TestChain;
  let node: Node;
  let honest: Node;
  let peer: Server;
  let reply: Reply = () => undefined;
  let subject = "";
  let separator = "";
  const timers = new Set<NodeJS.Timeout>();
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain();
    separator = await chain.epoch.domainSeparator();
    peer = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        reply(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Asked, request, response); // the node wrote it
      });
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`; // a TCP address is an object
    honest = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [
      { url, signer: computeAddress(chain.attester(2)) },
      { url: honest.url, signer: honest.signer },
    ];
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: TIMEOUT_MS }));
  });
  after(async () => {
    for (const timer of timers) clearInterval(timer);
    peer.closeAllConnections();
    peer.close();
    await node.stop();
    await honest.stop();
    await chain.close();
    scratch.clean();
  });

  /** Sealed by the peer's true key, so that what is wrong with it is its content alone. */
  const sealed = (request: IncomingMessage, response: ServerResponse, status: number, text: string): void => {
    const site = { chainId: chain.site.chainId, gate: chain.addresses.gate };
    const nonce = String(request.headers[SEAL_HEADERS.nonce]);
    const seal = answerSignature(site, chain.attester(2), nonce, status, text);
    response.writeHead(status, { [SEAL_HEADERS.answer]: seal }).end(text);
  };
  const statement = (asked: Asked, changes: object = {}, signer = 2): string => {
    const said = { id: subject, ...asked, facts: `0x${"00".repeat(32)}`, ...changes };
    const digest = statementDigest({ ...said, subject: said.id }, separator);
    return JSON.stringify({ ...said, signature: chain.attester(signer).sign(digest).compactSerialized });
  };
  const drip = (response: ServerResponse, bytes: string): void => {
    const timer = setInterval(() => response.write(bytes), 20);
    timers.add(timer);
    response.on("close", () => clearInterval(timer));
  };

  const replies: Record<string, Reply> = {
    "nothing at all": () => undefined,
    "after everybody has stopped waiting": (asked, request, response) => {
      timers.add(setTimeout(() => sealed(request, response, 200, statement(asked)), 2 * TIMEOUT_MS));
    },
    "a byte at a time": (_asked, _request, response) => {
      response.writeHead(200);
      drip(response, " ");
    },
    "headers and then silence": (_asked, _request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{");
    },
    "without end": (_asked, _request, response) => {
      response.writeHead(200);
      drip(response, "x".repeat(100_000));
    },
    "with a redirect": (_asked, _request, response) => {
      response.writeHead(307, { location: `${honest.url}/v1/peer/attestations` }).end();
    },
    "with a broken connection": (_asked, request) => {
      request.socket.resetAndDestroy();
    },
    "with half an answer": (asked, _request, response) => {
      response.writeHead(200, { "content-length": "5000" }).write(statement(asked), () => response.destroy());
    },
    "with garbage under its own seal": (_asked, request, response) => sealed(request, response, 200, "\u0000\u0001{"),
    "with a list instead of an object": (_asked, request, response) => sealed(request, response, 200, "[[[]]]"),
    "with 600 statements": (asked, request, response) => {
      const { asOf, asOfHash } = asked;
      const items = Array.from({ length: 600 }, () => ({ id: subject, asOf, asOfHash, facts: `0x${"00".repeat(32)}` }));
      sealed(request, response, 200, JSON.stringify({ epoch: asked.epoch, items, signature: `0x${"11".repeat(64)}` }));
    },
    "about another payment": (asked, request, response) => {
      sealed(request, response, 200, statement(asked, { id: `0x${"12".repeat(32)}` }));
    },
    "about another block": (asked, request, response) => {
      sealed(request, response, 200, statement(asked, { asOf: asked.asOf + 1 }));
    },
    "about another epoch": (asked, request, response) => {
      sealed(request, response, 200, statement(asked, { epoch: `0x${"13".repeat(20)}` }));
    },
    "with another signer's signature": (asked, request, response) => {
      sealed(request, response, 200, statement(asked, {}, 1));
    },
    "with other facts": (asked, request, response) => sealed(request, response, 200, statement(asked)),
  };

  for (const [name, how] of Object.entries(replies)) {
    it(`costs nothing but its answer when it answers ${name}`, async () => {
      reply = how;
      const paid = await chain.pay();
      subject = paid.id;
      const { status, body } = await post(node.url, "/v1/attestations", { terms: paid.terms });
      expect(status, JSON.stringify(body)).to.equal(200);
      const epoch = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
      const signers = [node.signer, honest.signer].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
      expect(recoverAttesters(String(body.attestation), paid.id, epoch)).to.deep.equal(signers);
    });
  }

  it("is named with what was wrong when the others do not suffice, within the time a peer has", async () => {
    await honest.stop();
    const codes: Record<string, string> = {
      "without end": "TOO_LARGE",
      "a byte at a time": "TIMEOUT",
      "with garbage under its own seal": "GARBAGE",
      "with 600 statements": "GARBAGE",
      "about another block": "OTHER_SUBJECT",
      "with another signer's signature": "WRONG_SIGNER",
      "with a redirect": "UNSIGNED",
    };
    for (const [name, code] of Object.entries(codes)) {
      reply = replies[name] ?? reply;
      const paid = await chain.pay();
      subject = paid.id;
      const { body } = await post(node.url, "/v1/attestations", { terms: paid.terms });
      const { failures } = (body.error as { details: { failures: { signer: string; code: string }[] } }).details; // the API's answer
      const own = failures.find(({ signer }) => signer === computeAddress(chain.attester(2)));
      expect(own?.code, name).to.equal(code);
    }
  });
});
