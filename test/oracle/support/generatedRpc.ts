import { riskEpochAbi } from "@sluice/sdk";
import { Interface } from "ethers";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { PAYMENT_SCHEMA } from "../../../oracle/src/facts/schema.ts";
import { TOKEN, type GeneratedChain } from "./generatedChain.ts";

export const CHAIN_ID = 77_777;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What the endpoint allows, and what it was asked. */
export interface Served {
  readonly url: string;
  /** Milliseconds spent answering, and answers. */
  readonly spent: { milliseconds: number; requests: number; events: number };
  close(): Promise<void>;
}

const quantity = (value: number): string => `0x${value.toString(16)}`;
const epoch = new Interface(riskEpochAbi);

/** The views of an epoch contract, for one model. */
function epochAnswers(modelHash: string): ReadonlyMap<string, string> {
  const signers = ["11", "22", "33"].map((pair) => `0x${pair.repeat(20)}`);
  const values: Readonly<Record<string, unknown>> = {
    signers,
    tiers: [[2n ** 48n - 2n, 2n]],
    tokens: [[TOKEN, 12n, 0n]],
    schemaHash: PAYMENT_SCHEMA.hash,
    modelHash,
  };
  return new Map(
    Object.entries(values).map(([name, value]) => [
      epoch.getFunction(name)?.selector ?? "",
      epoch.encodeFunctionResult(name, [value]),
    ]),
  );
}

class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** Answers JSON-RPC about a generated chain, as text: the server must not be what is measured. */
class Answerer {
  readonly #chain: GeneratedChain;
  readonly #mostLogs: number;
  readonly #epoch: ReadonlyMap<string, string>;
  events = 0;

  constructor(chain: GeneratedChain, mostLogs: number, modelHash: string) {
    this.#chain = chain;
    this.#mostLogs = mostLogs;
    this.#epoch = epochAnswers(modelHash);
  }

  answer({ id, method, params }: Call): string {
    try {
      return `{"jsonrpc":"2.0","id":${id},"result":${this.#result(method, params)}}`;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_005, message: error.message } });
    }
  }

  #result(method: string, params: readonly unknown[]): string {
    const [first] = params;
    if (method === "eth_chainId") return `"${quantity(CHAIN_ID)}"`;
    if (method === "eth_getBlockByNumber") return this.#header(first === "latest" ? this.#chain.head : Number(first));
    if (method === "eth_getLogs") return this.#logs(first as Record<string, unknown>); // a filter is an object
    if (method === "eth_call") {
      const data = String((first as Record<string, unknown>)["data"]); // a call is an object
      return `"${this.#epoch.get(data.slice(0, 10)) ?? "0x"}"`;
    }
    throw new RefusedError(`no method ${method}`);
  }

  #header(number: number): string {
    const chain = this.#chain;
    if (number > chain.head) return "null";
    const bloom = chain.bloom(chain.logs(number));
    const parent = number === 0 ? `0x${"00".repeat(32)}` : chain.hash(number - 1);
    const time = quantity(chain.timestamp(number));
    return `{"number":"${quantity(number)}","hash":"${chain.hash(number)}","parentHash":"${parent}","timestamp":"${time}","logsBloom":"${bloom}","transactions":[]}`;
  }

  #logs(filter: Record<string, unknown>): string {
    const { head } = this.#chain;
    const texts: string[] = [];
    if (typeof filter["blockHash"] === "string") {
      const number = this.#chain.numberOf(filter["blockHash"]);
      if (number === undefined) throw new RefusedError("unknown block");
      this.#push(texts, number);
      return `[${texts.join(",")}]`;
    }
    const to = Math.min(head, Number(filter["toBlock"]));
    for (let number = Number(filter["fromBlock"]); number <= to; number++) {
      this.#push(texts, number);
      if (texts.length > this.#mostLogs) throw new RefusedError(`query returned more than ${this.#mostLogs} results`);
    }
    return `[${texts.join(",")}]`;
  }

  #push(texts: string[], number: number): void {
    const logs = this.#chain.logs(number);
    if (logs.length === 0) return;
    const hash = this.#chain.hash(number);
    const place = `"blockNumber":"${quantity(number)}","blockHash":"${hash}","transactionHash":"${hash}"`;
    this.events += logs.length;
    for (const [index, { address, topics, data }] of logs.entries()) {
      const list = topics.map((topic) => `"${topic}"`).join(",");
      texts.push(
        `{"address":"${address}","topics":[${list}],"data":"${data}",${place},"logIndex":"${quantity(index)}","removed":false}`,
      );
    }
  }
}

/** Serves a generated chain over HTTP. */
export async function serveChain(chain: GeneratedChain, modelHash: string, mostLogs = 10_000): Promise<Served> {
  const answerer = new Answerer(chain, mostLogs, modelHash);
  const spent = { milliseconds: 0, requests: 0, events: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const start = performance.now();
      const calls = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Call | Call[]; // the follower wrote it
      const text = Array.isArray(calls)
        ? `[${calls.map((call) => answerer.answer(call)).join(",")}]`
        : answerer.answer(calls);
      response.setHeader("content-type", "application/json").end(text);
      spent.milliseconds += performance.now() - start;
      spent.requests += 1;
      spent.events = answerer.events;
    });
  });
  // A client that is busy writing must not find its connection closed.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP address is an object
  return {
    url: `http://127.0.0.1:${port}`,
    spent,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
