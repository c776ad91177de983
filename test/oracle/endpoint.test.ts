import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { startNode } from "../../oracle/src/index.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { get, ready, settingsFor } from "./support/nodes.ts";
import { RpcProxy } from "./support/proxy.ts";
import { Scratch } from "./support/scratch.ts";

describe("oracle: an RPC endpoint that cannot be trusted (S1)", () => {
  let chain: TestChain;
  let proxy: RpcProxy;
  let node: Node;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    proxy = await new RpcProxy(chain.url).listen();
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { rpcUrl: proxy.url }));
  });
  afterEach(() => {
    proxy.tamper = () => undefined;
    proxy.down = false;
  });
  after(async () => {
    await node.stop();
    await proxy.close();
    await chain.close();
    scratch.clean();
  });

  const known = async (id: string): Promise<boolean> => (await get(node.url, `/v1/payments/${id}`)).status === 200;

  it("repeats logs: each counts once", async () => {
    proxy.tamper = ({ method }, result) =>
      method === "eth_getLogs" && Array.isArray(result)
        ? [...(result as unknown[]), ...(result as unknown[])]
        : undefined;
    const paid = await chain.pay();
    await node.catchUp();
    expect(await known(paid.id)).to.equal(true);
  });

  it("drops logs once: the block's bloom filter tells and they are asked for again", async () => {
    let dropped = 0;
    proxy.tamper = ({ method }) => {
      if (method !== "eth_getLogs" || dropped > 0) return undefined;
      dropped += 1;
      return [];
    };
    const paid = await chain.pay();
    await node.catchUp();
    expect(dropped).to.equal(1);
    expect(await known(paid.id)).to.equal(true);
  });

  it("mixes in a log of another fork: nothing is read until it stops", async () => {
    proxy.tamper = ({ method }, result) => {
      if (method !== "eth_getLogs" || !Array.isArray(result)) return undefined;
      return result.map((log: object) => ({ ...log, blockHash: `0x${"ab".repeat(32)}` }));
    };
    const paid = await chain.pay();
    await refused(node.catchUp(), "RPC_UNAVAILABLE");
    expect(await known(paid.id)).to.equal(false);
    proxy.tamper = () => undefined;
    await node.catchUp();
    expect(await known(paid.id)).to.equal(true);
  });

  it("lies about one block: the next one does not follow it, and the true one is read", async () => {
    const paid = await chain.pay();
    proxy.tamper = ({ method, params }, result) => {
      const isLast =
        method === "eth_getBlockByNumber" && (params[0] === `0x${paid.block.toString(16)}` || params[0] === "latest");
      if (isLast && typeof result === "object") return { ...result, hash: `0x${"cd".repeat(32)}` };
      return method === "eth_getLogs" ? [] : undefined;
    };
    await node.catchUp();
    expect(await known(paid.id)).to.equal(false);
    proxy.tamper = () => undefined;
    await chain.rpc("evm_mine");
    await node.catchUp();
    expect(await known(paid.id)).to.equal(true);
  });

  it("lags behind what it said before: nothing is taken back", async () => {
    const paid = await chain.pay();
    await node.catchUp();
    proxy.tamper = ({ method, params }, result) => {
      if (method !== "eth_getBlockByNumber" || params[0] !== "latest" || typeof result !== "object") return undefined;
      return lagging;
    };
    const lagging = await chain.rpc("eth_getBlockByNumber", [`0x${(paid.block - 2).toString(16)}`, false]);
    await node.catchUp();
    expect(await known(paid.id)).to.equal(true);
  });

  it("names a parent that is not there: the node waits instead of running in circles", async () => {
    await chain.rpc("evm_mine");
    proxy.tamper = ({ method, params }, result) => {
      const isNext = method === "eth_getBlockByNumber" && (params[0] === "latest" || params[0] === head);
      return isNext && typeof result === "object" ? { ...result, parentHash: `0x${"ef".repeat(32)}` } : undefined;
    };
    const head = `0x${(await chain.ethers.provider.getBlockNumber()).toString(16)}`;
    await refused(node.catchUp(), "RPC_UNAVAILABLE");
    proxy.tamper = () => undefined;
    await node.catchUp();
    expect(node.readiness().blocksBehind).to.equal(0);
  });

  it("answers garbage: the node waits", async () => {
    proxy.tamper = ({ method }) => (method === "eth_getBlockByNumber" ? { number: "-1", hash: 7 } : undefined);
    await refused(node.catchUp(), "RPC_UNAVAILABLE");
    proxy.tamper = () => undefined;
    await node.catchUp();
  });

  it("goes away: the node says so after three looks, and catches up when it is back", async () => {
    expect((await get(node.url, "/readyz")).status).to.equal(200);
    proxy.down = true;
    const paid = await chain.pay();
    for (let look = 0; look < 3; look++) await refused(node.catchUp(), "RPC_UNAVAILABLE");
    const away = await get(node.url, "/readyz");
    expect(away.status).to.equal(503);
    expect(away.body.reason).to.equal("the RPC endpoint does not answer");
    expect((await get(node.url, "/livez")).status).to.equal(200);
    proxy.down = false;
    await node.catchUp();
    expect((await get(node.url, "/readyz")).status).to.equal(200);
    expect(await known(paid.id)).to.equal(true);
  });

  it("serves another chain: the node does not start", async () => {
    const settings = settingsFor(chain, scratch.dir(), chain.attester(1), { chainId: 1 });
    const other = await startNode(settings, { processMetrics: false });
    const error = await refused(other.started, "CHAIN_MISMATCH");
    expect(error.message).to.contain("31337").and.to.contain(" 1");
    await other.stop();
  });

  it("has no gate at the address: the node does not start", async () => {
    const settings = settingsFor(chain, scratch.dir(), chain.attester(1), { gate: chain.addresses.token });
    const other = await startNode(settings, { processMetrics: false });
    expect((await refused(other.started, "SETTINGS_INVALID")).message).to.match(/^gate: /);
    await other.stop();
  });

  it("is not there at the start: the node waits for it, alive and not ready", async () => {
    proxy.down = true;
    const settings = settingsFor(chain, scratch.dir(), chain.attester(1), { rpcUrl: proxy.url });
    const waiting = await startNode(settings, { processMetrics: false });
    expect((await get(waiting.url, "/livez")).status).to.equal(200);
    expect((await get(waiting.url, "/readyz")).body.reason).to.equal("starting");
    expect((await get(waiting.url, `/v1/payments/0x${"00".repeat(32)}`)).body.error).to.deep.include({
      code: "NOT_READY",
    });
    proxy.down = false;
    await waiting.started;
    expect((await get(waiting.url, "/readyz")).status).to.equal(200);
    await waiting.stop();
  });

  it("has a long chain: ranges far below the head and single blocks near it read the same", async () => {
    for (let index = 0; index < 30; index++) await chain.pay();
    for (let index = 0; index < 20; index++) await chain.rpc("evm_mine");
    const last = await chain.pay();
    const calls = proxy.calls;
    const ranges = { rpcUrl: proxy.url, reorgMarginBlocks: 8, backfillRangeBlocks: 7 };
    const byRanges = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), ranges));
    expect(proxy.calls).to.be.greaterThan(calls);
    const byBlocks = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), { reorgMarginBlocks: 8_192 }));
    const answers = await Promise.all([byRanges, byBlocks].map((one) => get(one.url, `/v1/payments/${last.id}`)));
    const facts = await Promise.all([byRanges, byBlocks].map((one) => factsOf(one, last.id)));
    expect(answers[0]?.body).to.deep.equal(answers[1]?.body);
    expect(facts[0])
      .to.match(/^0x[0-9a-f]{64}$/)
      .and.to.equal(facts[1]);
    await byRanges.stop();
    await byBlocks.stop();
  });
});

/** Facts out of what the node has decided by itself, which it does soon after its start. */
async function factsOf(node: Node, id: string): Promise<string> {
  for (let look = 0; look < 200; look++) {
    const { body } = await get(node.url, `/v1/decisions/${id}`);
    const own = body.own as { packedFacts: string }[]; // the API's answer
    if (own[0] !== undefined) return own[0].packedFacts;
    await node.catchUp();
  }
  throw new Error(`the node never decided about ${id}`);
}
