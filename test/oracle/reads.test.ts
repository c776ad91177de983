import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";

import { openApiDocument } from "../../oracle/src/api/openapi.ts";
import { OPERATIONS } from "../../oracle/src/api/operations.ts";
import type { Node } from "../../oracle/src/index.ts";
import { NodeError, oracleClient, SluiceError, type OracleClient } from "../../sdk/src/index.ts";
import { startChain, UNIT, type Paid, type TestChain } from "./support/chain.ts";
import { get, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

/** What a read cannot do without. */
const QUERIES: Readonly<Record<string, string>> = { readQuorumReport: "?from=0&to=1" };

async function nodeError(promise: Promise<unknown>): Promise<NodeError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).to.be.instanceOf(NodeError);
  return thrown as NodeError;
}

describe("oracle: reads through the SDK's client", () => {
  let chain: TestChain;
  let node: Node;
  let oracle: OracleClient;
  const paid: Paid[] = [];
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { postBands: true }));
    oracle = oracleClient({ urls: node.url, pauseMs: 1 });
    for (let index = 0; index < 5; index++) {
      paid.push(await chain.pay(index === 3 ? { payer: chain.other.address, amount: 7n * UNIT } : {}));
    }
    await node.catchUp();
    await node.catchUp();
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });
  const newestFirst = (): string[] => paid.map(({ id }) => id).reverse();

  it("answers what the OpenAPI document says, for every read of it", async () => {
    for (const operation of OPERATIONS.filter(({ method, scope }) => method === "get" && scope === "read")) {
      // Affiliates are known once a period was built: test/rebates asks for them.
      if (operation.stream !== undefined || operation.id === "readAffiliate") continue;
      const path = operation.path.replace(":id", paid[0]?.id ?? "").replace(/:(address|account)/, chain.payer.address);
      const { status, body } = await get(node.url, `${path}${QUERIES[operation.id] ?? ""}`);
      expect(status, path).to.equal(200);
      const parsed = operation.answer.safeParse(body);
      expect(parsed.error, path).to.equal(undefined);
    }
  });

  it("serves the document, and every path of it", async () => {
    const served = (await get(node.url, "/v1/openapi.json")).body;
    expect(served).to.deep.equal(JSON.parse(JSON.stringify(openApiDocument(OPERATIONS))));
    for (const path of Object.keys(served.paths as object)) {
      // One of them is a stream that does not end by itself.
      const response = await fetch(`${node.url}${path.replace(/\{[a-z]+\}/gi, "x")}`);
      expect(response.status, path).to.not.equal(404);
      await response.body?.cancel();
    }
  });

  describe("pages of payments", () => {
    it("come newest first, each payment once, also while new ones come", async () => {
      const first = await oracle.listPayments({ limit: 2 });
      expect(first.items.map(({ id }) => id)).to.deep.equal(newestFirst().slice(0, 2));
      const before = newestFirst();
      paid.push(await chain.pay());
      await node.catchUp();
      const rest: string[] = [];
      for (let after = first.next; after !== null;) {
        const page = await oracle.listPayments({ after, limit: 2 });
        rest.push(...page.items.map(({ id }) => id));
        after = page.next;
      }
      expect(rest).to.deep.equal(before.slice(2));
    });

    it("are by payer, payee and band", async () => {
      const of = async (filter: Parameters<OracleClient["listPayments"]>[0]): Promise<string[]> =>
        (await oracle.listPayments(filter)).items.map(({ id }) => id);
      expect(await of({ payer: chain.other.address })).to.deep.equal([paid[3]?.id]);
      expect(await of({ payee: chain.payee.address })).to.deep.equal(newestFirst());
      expect(await of({ payee: chain.payer.address })).to.deep.equal([]);
      expect(await of({ band: 1 })).to.have.length.greaterThan(3);
      expect(await of({ band: 3 })).to.deep.equal([]);
    });

    it("refuse limits out of bounds, unknown filters and cursors of other lists", async () => {
      const { next } = await oracle.listDecisions({ limit: 1 });
      const queries = ["limit=0", "limit=201", "limit=1e1", "limit=%201", "limit=1&limit=2", "band=4", "payer=0x12"];
      for (const query of [...queries, "unheard=1", "after=x", "after=", `after=${next}`, `after=${"A".repeat(300)}`]) {
        const { status, body } = await get(node.url, `/v1/payments?${query}`);
        expect(status, query).to.equal(400);
        expect(body.error, query).to.include({ code: "INVALID_REQUEST", retriable: false });
      }
    });
  });

  it("shows decisions by page and by payment", async () => {
    const all = await oracle.listDecisions({});
    const ids = new Set(all.items.map(({ id }) => id));
    for (const { id } of paid.slice(0, 5)) expect(ids.has(id)).to.equal(true);
    const first = await oracle.listDecisions({ limit: 1 });
    const second = await oracle.listDecisions({ limit: 1, after: first.next ?? "" });
    expect([...first.items, ...second.items]).to.deep.equal(all.items.slice(0, 2));
    const { own } = await oracle.readDecisions({ id: paid[0]?.id ?? "" });
    expect(own[0]).to.include({ band: 1, asOf: paid[0]?.block });
  });

  it("sums up an account on both sides, and knows nothing of a stranger", async () => {
    const account = await oracle.readAccount({ address: chain.other.address });
    const token = chain.addresses.token.toLowerCase();
    expect(account.paid).to.deep.include({ payments: 1, summed: 1 });
    expect(account.paid.totals).to.deep.equal([{ token, amount: (7n * UNIT).toString() }]);
    expect(account.paid.bands).to.deep.equal({ allow: 1, hold: 0, block: 0, open: 0 });
    expect(account.last.map(({ id }) => id)).to.deep.equal([paid[3]?.id]);
    const payee = await oracle.readAccount({ address: chain.payee.address });
    expect(payee.received.payments).to.equal(paid.length);
    const stranger = await oracle.readAccount({ address: chain.addresses.gate });
    expect([stranger.paid.payments, stranger.received.payments, stranger.last.length]).to.deep.equal([0, 0, 0]);
  });

  it("names epochs with their signers and policies, and the models that run in them", async () => {
    const { items: epochs } = await oracle.listEpochs({});
    expect(epochs).to.have.length(1);
    expect(epochs[0]).to.deep.include({ signers: chain.signers, installed: true, current: true, revoked: false });
    expect(epochs[0]?.rules[0]?.policy.holdAt).to.equal(chain.policy.holdAt);
    const { items: models } = await oracle.listModels({});
    const running = models.filter((model) => model.epochs.includes(chain.addresses.epoch.toLowerCase()));
    expect(running.map(({ hash }) => hash)).to.deep.equal([await chain.epoch.modelHash()]);
  });

  describe("the client", () => {
    it("asks the next node where one is gone, and again where that may help", async () => {
      const both = oracleClient({ urls: ["http://127.0.0.1:1", node.url], pauseMs: 1 });
      expect((await both.readPayment({ id: paid[0]?.id ?? "" })).id).to.equal(paid[0]?.id);
      let asked = 0;
      const server = createServer((_request, response) => {
        asked += 1;
        const error = { code: "NOT_READY", message: "starting", retriable: true };
        if (asked < 3) response.writeHead(503).end(JSON.stringify({ error }));
        else response.writeHead(200).end(JSON.stringify({ items: [], next: null }));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await oracleClient({ urls: url, pauseMs: 1 }).listPayments({})).items).to.deep.equal([]);
      expect(asked).to.equal(3);
      asked = 0;
      const gaveUp = await nodeError(oracleClient({ urls: url, pauseMs: 1, attempts: 2 }).listPayments({}));
      expect(gaveUp.details).to.include({ nodeCode: "NOT_READY", gaveUp: true, status: 503 });
      server.close();
    });

    it("takes a refusal for good as final, with the node's code and where it is explained", async () => {
      let asked = 0;
      const counting: typeof fetch = (...request) => {
        asked += 1;
        return fetch(...request);
      };
      const strict = oracleClient({ urls: [node.url, node.url], fetch: counting });
      const error = await nodeError(strict.readPayment({ id: `0x${"12".repeat(32)}` }));
      expect(error).to.include({ code: "NODE_REFUSED" });
      expect(error.details).to.include({ nodeCode: "UNKNOWN_PAYMENT", status: 404, retriable: false });
      expect(error.details.docs).to.match(/^docs\/runbooks\/README\.md#/);
      expect(asked).to.equal(1);
    });

    it("refuses calls without a part of the path, and URLs that are none", () => {
      expect(() => oracleClient({ urls: [] })).to.throw(SluiceError);
      expect(() => oracleClient({ urls: "ftp://x" })).to.throw(SluiceError);
      return oracle.readPayment({ id: "" }).then(
        () => expect.fail("must be refused"),
        (error: unknown) => expect(error).to.include({ code: "NODE_CALL_INVALID", field: "id" }),
      );
    });
  });
});
