import { expect } from "chai";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { EndpointHealth } from "../../oracle/src/chain/health.ts";
import { RangeSizer, readAhead } from "../../oracle/src/chain/readAhead.ts";
import { RpcRefusal } from "../../oracle/src/chain/refusal.ts";
import { HttpRpcClient } from "../../oracle/src/chain/rpc.ts";
import type { StoredBlock } from "../../oracle/src/store/chainStore.ts";
import { refused } from "./support/errors.ts";

/** Blocks of a chain with so many events in each. */
function blocksOf(from: number, to: number, events: number): StoredBlock[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const row = { log_index: 0, kind: "captured", subject: "", body: "{}", transaction_hash: "" };
    const block = { number: from + index, hash: "", parent: "", timestamp: 0, eventful: 1 };
    return { block, payments: [], events: Array.from({ length: events }, () => ({ ...row, block: from + index })) };
  });
}

async function numbersOf(ranges: AsyncIterable<readonly StoredBlock[]>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const blocks of ranges) numbers.push(...blocks.map(({ block }) => block.number));
  return numbers;
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, number) => number);

describe("oracle: reading ranges ahead", () => {
  it("gives every block once and in order, however few the endpoint gives at a time", async () => {
    let requests = 0;
    const read = (from: number, to: number): Promise<StoredBlock[]> => {
      requests += 1;
      if (to - from + 1 > 37)
        throw new RpcRefusal("eth_getLogs", -32_005, "query returned more than 10000 results", null);
      return Promise.resolve(blocksOf(from, to, 1));
    };
    const sizer = new RangeSizer(2_000);
    expect(await numbersOf(readAhead(async (from, to) => read(from, to), 0, 4_999, sizer))).to.deep.equal(upTo(4_999));
    expect(sizer.span).to.be.within(16, 48);
    // Having learnt, it does not ask too much again and again.
    expect(requests).to.be.lessThan((2 * 5_000) / 16);
  });

  it("asks for fewer blocks where the chain is busy, and for more where it is quiet", async () => {
    const spans: number[] = [];
    const read = (from: number, to: number): Promise<StoredBlock[]> => {
      spans.push(to - from + 1);
      return Promise.resolve(blocksOf(from, to, from < 40_000 ? 100 : 1));
    };
    await numbersOf(readAhead(read, 0, 80_000, new RangeSizer(2_000)));
    expect(Math.min(...spans)).to.equal(25);
    expect(spans.at(-2)).to.equal(2_000);
  });

  it("holds a few ranges and no more, whatever the writer's pace", async () => {
    let open = 0;
    let most = 0;
    const read = async (from: number, to: number): Promise<StoredBlock[]> => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      return blocksOf(from, to, 0);
    };
    for await (const blocks of readAhead(read, 0, 999, new RangeSizer(10))) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(blocks).to.have.length(10);
      open -= 1;
    }
    expect(most).to.be.within(2, 4);
  });

  it("leaves no request behind when one fails", async () => {
    const open = new Set<number>();
    const read = async (from: number, to: number): Promise<StoredBlock[]> => {
      open.add(from);
      await new Promise((resolve) => setImmediate(resolve));
      open.delete(from);
      if (from >= 20) throw new RpcRefusal("eth_getLogs", -32_000, "no", null);
      return blocksOf(from, to, 0);
    };
    const failed = await numbersOf(readAhead(read, 0, 999, new RangeSizer(10))).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(RpcRefusal);
    expect(open.size).to.equal(0);
  });

  it("says so where the endpoint refuses even a single block", async () => {
    const read = (): Promise<StoredBlock[]> =>
      Promise.reject(new RpcRefusal("eth_getLogs", -32_005, "response size exceeded", null));
    await refused(numbersOf(readAhead(read, 0, 9, new RangeSizer(10))), "RPC_UNAVAILABLE");
  });
});

describe("oracle: an endpoint's health", () => {
  it("rests after three failures in a row, longer each time, and is tried once in between", () => {
    const health = new EndpointHealth();
    health.failed(0, false);
    health.failed(0, false);
    expect(health.mayBeAsked(0)).to.equal(true);
    health.failed(0, false);
    expect([health.mayBeAsked(999), health.mayBeAsked(1_000)]).to.deep.equal([false, true]);
    health.failed(1_000, false);
    expect([health.mayBeAsked(2_999), health.mayBeAsked(3_000)]).to.deep.equal([false, true]);
    health.answered();
    expect(health.resting).to.equal(false);
  });

  it("remembers who fails every other time until it has answered for a while", () => {
    const health = new EndpointHealth();
    health.failed(0, true);
    health.answered();
    health.failed(1_000, true);
    expect(health.mayBeAsked(2_999)).to.equal(false);
    for (let answer = 0; answer < 16; answer++) health.answered();
    health.failed(10_000, true);
    expect(health.mayBeAsked(11_000)).to.equal(true);
  });
});

describe("oracle: an endpoint that takes few calls at once", () => {
  let server: Server;
  let url: string;
  const sizes: number[] = [];
  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      request.on("end", () => {
        const calls = [JSON.parse(text)].flat() as { id: number }[]; // the client under test wrote it
        sizes.push(calls.length);
        const error = { code: -32_600, message: "batch too large" };
        const answers = calls.map(({ id }) => ({ jsonrpc: "2.0", id, result: `0x${id.toString(16)}` }));
        response.end(JSON.stringify(calls.length > 10 ? { jsonrpc: "2.0", id: null, error } : answers));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP address is an object
  });
  after(() => server.close());

  it("is asked in smaller batches from then on", async () => {
    const rpc = new HttpRpcClient(url, { timeoutMs: 5_000 });
    const calls = Array.from({ length: 64 }, () => ({ method: "eth_blockNumber", params: [] }));
    expect(new Set(await rpc.batch(calls)).size).to.equal(64);
    expect(sizes.slice(0, 4)).to.deep.equal([64, 32, 16, 8]);
    sizes.length = 0;
    await rpc.batch(calls);
    expect(Math.max(...sizes)).to.equal(8);
  });
});
