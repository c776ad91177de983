import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface RpcMessage {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

interface RpcAnswer {
  readonly id: number;
  result?: unknown;
  error?: unknown;
}

/** Changes the result of a call; undefined leaves it as it is. */
export type Tamper = (message: RpcMessage, result: unknown) => unknown;

/** An RPC endpoint between a node and the chain that can lie, lag and fall silent. */
export class RpcProxy {
  readonly #target: string;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.#answer(Buffer.concat(chunks).toString("utf8")).then(
        (text) => {
          const { status, body } = this.rewrite(text);
          // Without a body the client waits until its own patience ends.
          if (body === undefined) return;
          response.writeHead(status, { "content-type": "application/json" }).end(body);
        },
        () => response.destroy(),
      );
    });
  });
  tamper: Tamper = () => undefined;
  /** Changes the whole answer; no body: none is ever sent. */
  rewrite: (text: string) => { status: number; body: string | undefined } = (body) => ({ status: 200, body });
  /** Awaited before a request's answer goes back, after the chain has given it. */
  held: (messages: readonly RpcMessage[]) => Promise<void> = () => Promise.resolve();
  /** True: every call fails as if the endpoint were gone. */
  down = false;
  calls = 0;
  url = "";

  constructor(target: string) {
    this.#target = target;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // a TCP address is an object
    return this;
  }

  /** Honest again. */
  reform(): void {
    this.tamper = () => undefined;
    this.rewrite = (body) => ({ status: 200, body });
    this.held = () => Promise.resolve();
    this.down = false;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(body: string): Promise<string> {
    if (this.down) throw new Error("down");
    const answer = await fetch(this.#target, { method: "POST", headers: { "content-type": "application/json" }, body });
    const requests = JSON.parse(body) as RpcMessage | RpcMessage[]; // the node under test wrote it
    const answers = (await answer.json()) as RpcAnswer | RpcAnswer[]; // what JSON-RPC answers
    const list = Array.isArray(answers) ? answers : [answers];
    const messages = Array.isArray(requests) ? requests : [requests];
    await this.held(messages);
    for (const message of messages) {
      this.calls += 1;
      const own = list.find((one) => one.id === message.id);
      const changed = own === undefined ? undefined : this.tamper(message, own.result);
      if (own === undefined || changed === undefined) continue;
      own.result = changed;
      delete own.error;
    }
    return JSON.stringify(answers);
  }
}
