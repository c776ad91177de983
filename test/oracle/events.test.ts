import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";

import { openService } from "../../oracle/src/store/dataDir.ts";
import type { Node } from "../../oracle/src/index.ts";
import type { NodeSettings } from "../../oracle/src/config.ts";
import { NodeError, oracleClient, oracleEvents, verifyWebhook, type NodeEvent } from "../../sdk/src/index.ts";
import { apiKey } from "./support/apiKeys.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { get, ready, settingsFor } from "./support/nodes.ts";
import { Receiver } from "./support/receiver.ts";
import { Scratch } from "./support/scratch.ts";

/** Ends once the slow reader's stream is open: the node then has no place for another. */
async function untilRefused(url: string): Promise<void> {
  for (;;) {
    const abort = new AbortController();
    const { status } = await fetch(`${url}/v1/events`, { signal: abort.signal });
    abort.abort();
    if (status === 429) return;
  }
}

describe("oracle: events", () => {
  let chain: TestChain;
  let node: Node;
  let settings: NodeSettings;
  const scratch = new Scratch();
  const quick = { eventsHeartbeatMs: 100, webhookPrivateTargets: true, webhookRetryMs: 10, webhookAttempts: 3 };
  const start = async (changes: Record<string, unknown> = {}): Promise<void> => {
    settings = settingsFor(chain, scratch.dir(), chain.attester(0), { ...quick, ...changes });
    node = await ready(settings);
  };
  beforeEach(async () => {
    chain = await startChain();
    await start();
  });
  afterEach(async () => {
    await node.stop();
    await chain.close();
  });
  after(() => scratch.clean());

  /** Reads so many events from a number on. */
  const read = async (count: number, after?: number, kinds: string[] = []): Promise<NodeEvent[]> => {
    const abort = new AbortController();
    const options = { url: node.url, kinds, signal: abort.signal, pauseMs: 10 };
    const events: NodeEvent[] = [];
    for await (const event of oracleEvents(after === undefined ? options : { ...options, after })) {
      events.push(event);
      if (events.length === count) break;
    }
    abort.abort();
    return events;
  };
  const capture = async (paid: Awaited<ReturnType<TestChain["pay"]>>): Promise<void> => {
    await chain.escrow.connect(chain.payee).getFunction("void")(paid.packed, paid.terms.amount, 0);
  };

  describe("as a stream", () => {
    it("come while they happen, in the order of the chain, and again from any number on", async () => {
      const live = read(3);
      const first = await chain.pay();
      await node.catchUp();
      await capture(first);
      const second = await chain.pay();
      await node.catchUp();
      const events = await live;
      expect(events.map(({ kind, subject }) => [kind, subject])).to.deep.equal([
        ["authorized", first.id],
        ["voided", first.id],
        ["authorized", second.id],
      ]);
      expect(events[0]).to.deep.include({ block: first.block, seq: 2 });
      expect(events[0]?.data).to.include({ payer: first.terms.payer.toLowerCase() });
      expect(await read(2, 2)).to.deep.equal(events.slice(1));
      expect(await read(1, 1, ["voided"])).to.deep.equal([events[1]]);
    });

    it("say from which block on a reorganisation made them void, and tell the new fork", async () => {
      const kept = await chain.pay();
      await node.catchUp();
      const snapshot = await chain.rpc("evm_snapshot");
      const gone = await chain.pay();
      await node.catchUp();
      await chain.rpc("evm_revert", [snapshot]);
      await chain.pay({ amount: 5n });
      const stays = await chain.pay({ amount: 6n });
      await node.catchUp();
      const events = await read(5, 1);
      expect(events.map(({ kind }) => kind)).to.deep.equal([
        ...["authorized", "authorized", "rolledBack", "authorized", "authorized"],
      ]);
      expect(events[1]).to.include({ subject: gone.id });
      expect(events[2]?.data).to.deep.equal({ toBlock: kept.block });
      expect(events[4]).to.include({ subject: stays.id, block: stays.block });
    });

    it("are the same after a restart, and what happened meanwhile follows", async () => {
      const first = await chain.pay();
      await node.catchUp();
      await read(1, 1);
      await node.stop();
      const second = await chain.pay();
      node = await ready(settings);
      const events = await read(2, 1);
      expect(events.map(({ subject }) => subject)).to.deep.equal([first.id, second.id]);
    });

    it("are refused where some of them are gone, and to readers beyond the limit", async () => {
      await node.stop();
      await start({ eventsKept: 100, maxEventStreams: 1 });
      const ahead: unknown = await read(1, 999).catch((error: unknown) => error);
      expect(ahead).to.be.instanceOf(NodeError);
      expect((ahead as NodeError).details).to.include({ nodeCode: "EVENTS_GONE", status: 410 });
      const abort = new AbortController();
      const open = await fetch(`${node.url}/v1/events`, { signal: abort.signal });
      expect(open.headers.get("content-type")).to.match(/^text\/event-stream/);
      const { status, body } = await get(node.url, "/v1/events");
      expect(status).to.equal(429);
      expect(body.error).to.deep.include({ code: "TOO_MANY_STREAMS", retriable: true });
      abort.abort();
    });

    it("do not wait for a reader who takes nothing", async () => {
      await node.stop();
      await start({ slowReaderMs: 200, maxEventStreams: 1 });
      const paid = await chain.pay();
      await node.catchUp();
      const [first] = await read(1, 1);
      // More than every buffer between the two holds.
      const database = await openService(join(settings.dataDir, "service.sqlite"), "process");
      const { hash } = (await chain.ethers.provider.getBlock(paid.block)) ?? { hash: "" };
      const place = { block: paid.block, block_hash: hash ?? "", log_index: first?.logIndex ?? 0, at: 0 };
      for (let seq = 3; seq < 20_000; seq += 500) {
        const rows = Array.from({ length: 500 }, (_, index) => ({
          ...{ seq: seq + index, kind: "authorized", subject: paid.id, transaction_hash: "", ...place },
          body: JSON.stringify({ filler: "x".repeat(1_000) }),
        }));
        await database.insertInto("feed").values(rows).execute();
      }
      await database.destroy();
      const socket = connect(Number(new URL(node.url).port), "127.0.0.1").on("error", () => undefined);
      await once(socket, "connect");
      socket.pause();
      socket.write("GET /v1/events?after=1 HTTP/1.1\r\nhost: x\r\n\r\n");
      await untilRefused(node.url);
      // The one place for a reader is free again once the slow one is cut.
      expect(await read(3, 1)).to.have.length(3);
      socket.destroy();
    });

    it("end at once when the node stops", async () => {
      const response = await fetch(`${node.url}/v1/events`);
      const began = performance.now();
      await Promise.all([node.stop(), response.text().catch(() => "")]);
      expect(performance.now() - began).to.be.lessThan(settings.shutdownTimeoutMs);
    });
  });

  describe("by webhook", () => {
    let receiver: Receiver;
    beforeEach(async () => {
      receiver = await new Receiver().listen();
    });
    afterEach(() => receiver.close());

    it("are signed, sent again until they are taken, and dead after so many tries until somebody sends them anew", async () => {
      const oracle = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "admin") });
      const { id, secret } = await oracle.createWebhook({
        body: { url: `${receiver.url}/hook`, kinds: ["authorized"] },
      });
      expect((await oracle.listWebhooks({})).items).to.deep.equal([
        {
          id,
          url: `${receiver.url}/hook`,
          kinds: ["authorized"],
          createdAt: (await oracle.listWebhooks({})).items[0]?.createdAt,
        },
      ]);
      receiver.status = 500;
      const paid = await chain.pay();
      await node.catchUp();
      await receiver.until(3);
      const dead = async (): Promise<number> => {
        for (;;) {
          const { items } = await oracle.listDeliveries({ id, state: "dead" });
          if (items.length > 0) return items[0]?.lastStatus ?? 0;
        }
      };
      expect(await dead()).to.equal(500);
      expect(receiver.received).to.have.length(3);
      receiver.status = 204;
      expect(await oracle.redeliver({ id, body: {} })).to.deep.equal({ queued: 1 });
      await receiver.until(4);
      const last = receiver.received[3];
      const event = verifyWebhook({
        body: last?.body ?? "",
        signature: String(last?.headers["sluice-signature"]),
        secret,
      });
      expect(event).to.include({ kind: "authorized", subject: paid.id, chainId: chain.site.chainId });
      await oracle.deleteWebhook({ id });
      await chain.pay();
      await node.catchUp();
      await read(2, 1);
      expect(receiver.received).to.have.length(4);
    });

    it("survive a restart of the node", async () => {
      const oracle = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "admin") });
      await oracle.createWebhook({ body: { url: receiver.url, kinds: [] } });
      await node.stop();
      const paid = await chain.pay();
      node = await ready(settings);
      await receiver.until(1);
      expect(JSON.parse(receiver.received[0]?.body ?? "")).to.include({ kind: "authorized", subject: paid.id });
    });

    it("need a key with the scope admin, on the local chain, too", async () => {
      expect((await get(node.url, "/v1/webhooks")).body.error).to.include({ code: "API_KEY_MISSING" });
      const reader = oracleClient({ urls: node.url, apiKey: await apiKey(settings, "read,attest,review") });
      const thrown: unknown = await reader.listWebhooks({}).catch((error: unknown) => error);
      expect((thrown as NodeError).details.nodeCode).to.equal("SCOPE_MISSING");
    });
  });
});
