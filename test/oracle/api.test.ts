import { connect } from "node:net";
import { once } from "node:events";
import { ZeroAddress } from "ethers";
import { expect } from "chai";

import { ERRORS } from "../../oracle/src/errors.ts";
import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, post, ready, send, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const JSON_TYPE = { "content-type": "application/json" };
const PATHS = ["/v1/attestations", "/v1/peer/attestations"] as const;

describe("oracle: the HTTP API", () => {
  let chain: TestChain;
  let node: Node;
  let peer: Node;
  let paid: Paid;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    // What peers' requests look like is refused or answered here without their signatures.
    const settings = { peers, peersOnly: false, requestTimeoutMs: 300, maxConnections: 20, peerTimeoutMs: 2_000 };
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), settings));
    paid = await chain.pay();
  });
  after(async () => {
    await node.stop();
    await peer.stop();
    await chain.close();
    scratch.clean();
  });

  const wire = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...paid.terms,
    amount: paid.terms.amount.toString(),
    disputeBond: paid.terms.disputeBond.toString(),
    salt: paid.terms.salt.toString(),
    ...changes,
  });
  const code = (answer: Answer): unknown => (answer.body.error as { code?: string } | undefined)?.code; // every error has it

  describe("answers", () => {
    it("an attestation with facts, score, band, reasons and signatures", async () => {
      const { status, body } = await post(node.url, "/v1/attestations", { terms: wire() });
      expect(status).to.equal(200);
      expect(body).to.include({
        id: paid.id,
        epoch: chain.addresses.epoch.toLowerCase(),
        asOf: paid.block,
        band: 1,
        quorum: 2,
      });
      expect(body.facts).to.have.length(32);
      expect(body.completedFacts).to.match(/^0x[0-9a-f]{64}$/);
      expect(body.signatures).to.have.length(2);
      expect(body.scoreReasons).to.be.an("array");
      expect(body.differed).to.deep.equal([]);
      expect(body.score).to.equal(Number(await chain.epoch.score(String(body.completedFacts))));
    });

    it("the same bytes to the same question, by terms or by id", async () => {
      const byTerms = await post(node.url, "/v1/attestations", { terms: wire() });
      const byId = await post(node.url, "/v1/attestations", { id: paid.id });
      expect(byId.body).to.deep.equal(byTerms.body);
    });

    it("what was authorized and what became of it", async () => {
      const { body } = await get(node.url, `/v1/payments/${paid.id}`);
      expect(body).to.deep.include({ id: paid.id, terms: wire(), authorizedBlock: paid.block, events: [] });
      expect(body.capturable).to.equal(paid.terms.amount.toString());
    });

    it("metrics in the text format of Prometheus", async () => {
      const response = await fetch(`${node.url}/metrics`);
      const text = await response.text();
      expect(response.headers.get("content-type")).to.match(/^text\/plain/);
      expect(text)
        .to.match(/sluice_attestations_signed_total [1-9]/)
        .and.to.match(/sluice_blocks_behind 0/);
      expect(text).to.not.contain(paid.id);
    });
  });

  describe("refuses, and names the reason", () => {
    for (const path of PATHS) {
      it(`bodies that are no JSON at ${path} (S5)`, async () => {
        const long = `${'{"a":['.repeat(20)}1${"]}".repeat(20)}`;
        const bodies: [string | Uint8Array<ArrayBuffer>, string][] = [
          ["", "MALFORMED_JSON"],
          ["{", "MALFORMED_JSON"],
          ["{'id':1}", "MALFORMED_JSON"],
          ['{"id":"a","id":"b"}', "MALFORMED_JSON"],
          ['{"terms":{"salt":"1","s\\u0061lt":"2"}}', "MALFORMED_JSON"],
          [new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), "MALFORMED_JSON"],
          [long, "TOO_DEEP"],
          ["[".repeat(30_000), "TOO_DEEP"],
          [`{"x":"${"y".repeat(40_000)}"}`, "PAYLOAD_TOO_LARGE"],
          ["null", "INVALID_REQUEST"],
          ["[]", "INVALID_REQUEST"],
          ['"text"', "INVALID_REQUEST"],
          ['{"__proto__":{"id":1}}', "INVALID_REQUEST"],
        ];
        for (const [body, expected] of bodies) {
          const answer = await send(node.url, path, body, JSON_TYPE);
          expect(code(answer), String(body).slice(0, 40)).to.equal(expected);
          expect(answer.status).to.equal(ERRORS[expected as keyof typeof ERRORS].status);
        }
      });
    }

    it("terms field by field", async () => {
      const wrong: [string, unknown][] = [
        ["payer", "0x12"],
        ["payer", undefined],
        ["payee", 5],
        ["amount", "-1"],
        ["amount", 100],
        ["amount", "1e18"],
        ["amount", "007"],
        ["amount", (2n ** 96n).toString()],
        ["salt", (2n ** 256n).toString()],
        ["salt", "9".repeat(79)],
        ["authorizeBy", -1],
        ["authorizeBy", 1.5],
        ["captureBy", 2 ** 53],
        ["captureBy", 2 ** 40],
        ["maxFeeBps", "500"],
        ["silenceRule", "Keep"],
        ["feeTier", "Treasury"],
        ["referral", "0x00"],
        ["unheardOf", 1],
      ];
      for (const [field, value] of wrong) {
        const answer = await post(node.url, "/v1/attestations", { terms: wire({ [field]: value }) });
        expect(code(answer), `${field} ${String(value)}`).to.equal("INVALID_TERMS");
        const { details } = answer.body.error as { details: { fields: { field: string }[] } }; // as the catalogue says
        expect(details.fields[0]?.field, `${field} ${String(value)}`).to.equal(field);
      }
    });

    it("requests that fit nothing", async () => {
      const table: [unknown, string, number][] = [
        [{}, "INVALID_REQUEST", 400],
        [{ id: "0x12" }, "INVALID_REQUEST", 400],
        [{ id: paid.id, extra: 1 }, "INVALID_REQUEST", 400],
        [{ id: `0x${"12".repeat(32)}` }, "UNKNOWN_PAYMENT", 404],
        [{ id: `0x${"12".repeat(32)}`, terms: wire() }, "TERMS_ID_MISMATCH", 400],
        [{ terms: wire(), chainId: 1 }, "WRONG_CHAIN", 400],
        [{ terms: wire(), escrow: ZeroAddress }, "WRONG_CHAIN", 400],
        [{ terms: wire({ salt: "999999" }) }, "NOT_AUTHORIZED_YET", 409],
      ];
      for (const [body, expected, status] of table) {
        const answer = await post(node.url, "/v1/attestations", body);
        expect(code(answer), JSON.stringify(body).slice(0, 60)).to.equal(expected);
        expect(answer.status).to.equal(status);
      }
    });

    it("a peer's request for another block, epoch or payment", async () => {
      const block = await chain.ethers.provider.getBlock(paid.block);
      const base = { terms: wire(), asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
      const table: [unknown, string][] = [
        [{ ...base, asOf: paid.block - 1 }, "WRONG_AS_OF"],
        [{ ...base, asOf: paid.block + 256 }, "BEHIND"],
        [{ ...base, asOfHash: `0x${"34".repeat(32)}` }, "OTHER_FORK"],
        [{ ...base, epoch: chain.addresses.gate }, "EPOCH_UNKNOWN"],
        [{ ...base, terms: wire({ salt: "999999" }) }, "NOT_AUTHORIZED_YET"],
        [{ ...base, terms: undefined }, "INVALID_REQUEST"],
        [{ ...base, terms: {} }, "INVALID_TERMS"],
        [{ ...base, asOf: -1 }, "INVALID_REQUEST"],
      ];
      for (const [body, expected] of table) {
        expect(code(await post(node.url, "/v1/peer/attestations", body)), expected).to.equal(expected);
      }
    });

    it("other methods, media types, encodings and paths", async () => {
      expect(code(await get(node.url, "/v1/attestations"))).to.equal("METHOD_NOT_ALLOWED");
      expect(code(await post(node.url, `/v1/payments/${paid.id}`, {}))).to.equal("METHOD_NOT_ALLOWED");
      expect(code(await send(node.url, "/v1/attestations", "{}", { "content-type": "text/plain" }))).to.equal(
        "UNSUPPORTED_MEDIA_TYPE",
      );
      const packed = { ...JSON_TYPE, "content-encoding": "gzip" };
      expect(code(await send(node.url, "/v1/attestations", "{}", packed))).to.equal("UNSUPPORTED_MEDIA_TYPE");
      expect(code(await get(node.url, "/nothing"))).to.equal("NOT_FOUND");
      expect(code(await get(node.url, "/v1/payments/%ff"))).to.equal("INVALID_REQUEST");
      expect(code(await get(node.url, "/v1/payments/0x12"))).to.equal("INVALID_REQUEST");
      expect(code(await get(node.url, `/v1/decisions/0x${"12".repeat(32)}`))).to.equal("UNKNOWN_PAYMENT");
    });

    it("says with every error whether asking again can help, and shows no stack", async () => {
      const { body } = await post(node.url, "/v1/attestations", { terms: wire({ salt: "999999" }) });
      expect(body.error).to.have.all.keys("code", "message", "retriable", "details");
      expect(body.error).to.include({ retriable: true });
      expect(JSON.stringify(body)).to.not.match(/node_modules|\.ts:/);
    });
  });

  describe("is not held up", () => {
    it("by clients who never finish their request (S5)", async () => {
      const port = Number(new URL(node.url).port);
      const sockets = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
      for (const socket of sockets) {
        socket.on("error", () => undefined).resume();
        socket.write(
          "POST /v1/attestations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        );
      }
      await Promise.all(sockets.map((socket) => once(socket, "close")));
      expect((await get(node.url, "/readyz")).status).to.equal(200);
    });

    it("by more connections than it keeps", async () => {
      const port = Number(new URL(node.url).port);
      const sockets = Array.from({ length: 40 }, () => connect(port, "127.0.0.1"));
      const closed = sockets.map((socket) => once(socket.on("error", () => undefined).resume(), "close"));
      await Promise.race(closed);
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      expect((await get(node.url, "/livez")).status).to.equal(200);
    });
  });
});
