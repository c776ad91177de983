import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { get, post, ready, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { RpcProxy, type RpcMessage } from "../oracle/support/proxy.ts";
import { Scratch } from "../oracle/support/scratch.ts";

/** A way to misbehave, put upon an endpoint; answers how often it did. */
type Misbehaviour = (proxy: RpcProxy, chain: TestChain) => Promise<() => number>;

const isHead = ({ method, params }: RpcMessage): boolean => method === "eth_getBlockByNumber" && params[0] === "latest";
const isLogs = ({ method }: RpcMessage): boolean => method === "eth_getLogs";

function tampering(change: (message: RpcMessage, result: unknown) => unknown): Misbehaviour {
  return (proxy) => {
    let count = 0;
    proxy.tamper = (message, result) => {
      const changed = change(message, result);
      if (changed !== undefined) count += 1;
      return changed;
    };
    return Promise.resolve(() => count);
  };
}

function rewriting(status: number, rewritten: (text: string) => string | undefined): Misbehaviour {
  return (proxy) => {
    let count = 0;
    proxy.rewrite = (text) => {
      count += 1;
      return { status, body: rewritten(text) };
    };
    return Promise.resolve(() => count);
  };
}

function errorOf(text: string, code: number, message: string): string {
  const requests = JSON.parse(text) as { id: number } | { id: number }[]; // what JSON-RPC answers
  const one = ({ id }: { id: number }): object => ({ jsonrpc: "2.0", id, error: { code, message } });
  return JSON.stringify(Array.isArray(requests) ? requests.map(one) : one(requests));
}

/** The last hex digit of a log's data, another one: another amount, or other terms. */
function changedData(log: object): object {
  const data = String(Reflect.get(log, "data"));
  return { ...log, data: `${data.slice(0, -1)}${data.endsWith("1") ? "2" : "1"}` };
}

const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  "lags behind": async (proxy, chain) => {
    const head = await chain.ethers.provider.getBlockNumber();
    const old = await chain.rpc("eth_getBlockByNumber", [`0x${head.toString(16)}`, false]);
    return tampering((message) => {
      if (isHead(message)) return old;
      return message.method === "eth_getBlockByNumber" && Number(message.params[0]) > head ? null : undefined;
    })(proxy, chain);
  },
  "drops logs": tampering((message, result) => (isLogs(message) && Array.isArray(result) ? [] : undefined)),
  "repeats logs": tampering((message, result) => {
    if (!isLogs(message) || !Array.isArray(result)) return undefined;
    return [...(result as unknown[]), ...(result as unknown[])];
  }),
  "changes what a log says": tampering((message, result) =>
    isLogs(message) && Array.isArray(result) ? result.map((log: object) => changedData(log)) : undefined,
  ),
  "invents logs of an event that was not there": tampering((message, result) => {
    if (!isLogs(message) || !Array.isArray(result)) return undefined;
    return result.map((log: object) => ({ ...log, address: `0x${"99".repeat(20)}` }));
  }),
  "lies about a block's hash": tampering((message, result) => {
    if (message.method !== "eth_getBlockByNumber" || typeof result !== "object") return undefined;
    return { ...result, hash: `0x${"cd".repeat(32)}` };
  }),
  "names a head far above the chain": tampering((message, result) =>
    isHead(message) && typeof result === "object" ? { ...result, number: "0xfffffff" } : undefined,
  ),
  "goes away": (proxy) => {
    proxy.down = true;
    return Promise.resolve(() => 1);
  },
  "limits the rate by HTTP 429": rewriting(429, () => "slow down"),
  "limits the rate by an error -32005": rewriting(200, (text) => errorOf(text, -32_005, "rate limit exceeded")),
  "cuts its JSON off": rewriting(200, (text) => text.slice(0, text.length / 2)),
  "never answers": rewriting(200, () => undefined),
};

/** What an honest endpoint alone cannot be told apart from: only another endpoint tells. */
const PLAUSIBLE = new Set(["changes what a log says", "lies about a block's hash"]);

async function attested(chain: TestChain, node: Node, paid: Paid): Promise<Answer> {
  const block = await chain.ethers.provider.getBlock(paid.block);
  const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
  return post(node.url, "/v1/peer/attestations", request);
}

describe("S1: an RPC endpoint that lags, lies, drops, repeats or goes away", () => {
  let chain: TestChain;
  let bad: RpcProxy;
  let good: RpcProxy[];
  let honest: Node;
  const scratch = new Scratch();
  const running: Node[] = [];
  const start = async (changes: Readonly<Record<string, unknown>>): Promise<Node> => {
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { rpcTimeoutMs: 300, ...changes }));
    running.push(node);
    return node;
  };

  before(async () => {
    chain = await startChain();
    bad = await new RpcProxy(chain.url).listen();
    good = await Promise.all([new RpcProxy(chain.url).listen(), new RpcProxy(chain.url).listen()]);
    honest = await ready(settingsFor(chain, scratch.dir(), chain.attester(0)));
  });
  afterEach(async () => {
    bad.reform();
    await Promise.all(running.splice(0).map((node) => node.stop()));
  });
  after(async () => {
    await honest.stop();
    for (const proxy of [bad, ...good]) await proxy.close();
    await chain.close();
    scratch.clean();
  });

  /** Two payments and an empty block while the endpoint misbehaves. */
  const traffic = async (): Promise<Paid> => {
    await chain.pay({ amount: 7n * UNIT });
    const paid = await chain.pay({ payee: chain.other.address });
    await chain.rpc("evm_mine");
    return paid;
  };
  const sameAsHonest = async (node: Node, paid: Paid): Promise<void> => {
    await honest.catchUp();
    const [own, theirs] = [await attested(chain, node, paid), await attested(chain, honest, paid)];
    expect(theirs.status).to.equal(200);
    expect(own.body).to.deep.equal(theirs.body);
  };

  for (const [name, misbehave] of Object.entries(MISBEHAVIOURS)) {
    it(`${name}: two of three others agree, and facts are those of an honest one`, async () => {
      const node = await start({ rpcUrl: bad.url, rpcUrls: good.map(({ url }) => url), rpcAgreement: 2 });
      const count = await misbehave(bad, chain);
      const paid = await traffic();
      await node.catchUp();
      await sameAsHonest(node, paid);
      expect(count()).to.be.greaterThan(0);
    });

    if (PLAUSIBLE.has(name)) continue;
    it(`${name}: without agreement, too, another endpoint helps out`, async () => {
      const node = await start({ rpcUrl: bad.url, rpcUrls: good.map(({ url }) => url) });
      const count = await misbehave(bad, chain);
      const paid = await traffic();
      // A look may fail while the endpoint is still trusted; what counts is that the node finds out by itself.
      for (let look = 0; look < 8 && (await get(node.url, `/v1/payments/${paid.id}`)).status !== 200; look++) {
        await node.catchUp().catch(() => undefined);
      }
      await sameAsHonest(node, paid);
      expect(count()).to.be.greaterThan(0);
    });
  }

  it("serves another chain beside two good ones: it is never asked about a block", async () => {
    let asked = 0;
    bad.tamper = ({ method }) => {
      if (method !== "eth_chainId") asked += 1;
      return method === "eth_chainId" ? "0x1" : undefined;
    };
    const node = await start({ rpcUrl: bad.url, rpcUrls: good.map(({ url }) => url), rpcAgreement: 2 });
    const paid = await traffic();
    await node.catchUp();
    await sameAsHonest(node, paid);
    expect(asked).to.equal(0);
  });

  it("is one of two that must agree: nothing is believed until they do", async () => {
    const [other] = good;
    const node = await start({ rpcUrl: bad.url, rpcUrls: [other?.url], rpcAgreement: 2 });
    await MISBEHAVIOURS["changes what a log says"]?.(bad, chain);
    const paid = await traffic();
    expect(
      await node.catchUp().then(
        () => "believed",
        (error: unknown) => Reflect.get(Object(error), "code"),
      ),
    ).to.equal("RPC_UNAVAILABLE");
    expect((await get(node.url, `/v1/payments/${paid.id}`)).status).to.equal(404);
    bad.reform();
    await node.catchUp();
    await sameAsHonest(node, paid);
  });

  it("drops the logs of a block for as long as it is asked, and its receipts have them: they are found", async () => {
    const node = await start({ rpcUrl: bad.url });
    await MISBEHAVIOURS["drops logs"]?.(bad, chain);
    const paid = await chain.pay();
    const drop = bad.tamper;
    const receipt = await chain.provider
      .send("eth_getBlockByNumber", [`0x${paid.block.toString(16)}`, false])
      .then(async (block: { transactions: string[] }) => {
        return chain.provider.send("eth_getTransactionReceipt", [block.transactions[0]]) as Promise<unknown>;
      });
    // Hardhat's node has no eth_getBlockReceipts: this one has, for the payment's block.
    bad.tamper = (message, result) => (message.method === "eth_getBlockReceipts" ? [receipt] : drop(message, result));
    await node.catchUp();
    await sameAsHonest(node, paid);
  });

  it("is on a chain that is reorganised three blocks deep while a decision is in flight: old or new, never a mix", async () => {
    const node = await start({ rpcUrl: bad.url });
    const snapshot = await chain.rpc("evm_snapshot");
    await chain.pay({ amount: 900n * UNIT });
    await chain.pay({ amount: 800n * UNIT });
    const first = await chain.pay();
    await honest.catchUp();
    const onOldFork = await attested(chain, honest, first);
    const oldHash = (await chain.ethers.provider.getBlock(first.block))?.hash;
    let reorganised = false;
    bad.held = async (messages) => {
      if (reorganised || !messages.some(isHead)) return;
      reorganised = true;
      await chain.rpc("evm_revert", [snapshot]);
      for (let index = 0; index < 3; index++) await chain.pay({ amount: 3n * UNIT });
      await chain.pay(first.terms);
    };
    const request = { terms: first.terms, asOf: first.block, asOfHash: oldHash, epoch: chain.addresses.epoch };
    const inFlight = await post(node.url, "/v1/peer/attestations", request);
    expect(reorganised).to.equal(true);
    if (inFlight.status === 200) expect(inFlight.body).to.deep.equal(onOldFork.body);
    else expect(inFlight.body.error).to.have.property("retriable", true);
    await node.catchUp();
    const again = { ...first, block: first.block + 1 };
    await sameAsHonest(node, again);
    const now = await attested(chain, node, again);
    expect(now.body.facts).to.not.equal(onOldFork.body.facts);
  });
});
