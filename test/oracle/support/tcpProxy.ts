import { createServer, connect, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { mulberry32 } from "../../../oracle/src/train/random.ts";

export interface LinkOptions {
  /** Time that bytes take one way. */
  readonly delayMs: number;
  /** Share of connections that are reset when their first bytes come, 0 to 1. */
  readonly resets: number;
  /** Of the resets. */
  readonly seed: number;
}

/** A link between two nodes: bytes take their time, connections break now and then, and it can be cut. */
export class TcpProxy {
  readonly #options: LinkOptions;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 };
  #cut = false;
  resets = 0;
  url = "";

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#random = mulberry32(options.seed);
    this.#server = createServer((client) => this.#join(client));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // a TCP address is an object
    return this;
  }

  /** Where bytes go. Known later than the proxy's own address: nodes name each other. */
  to(url: string): void {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  /** Cuts the link, or joins it again. What is open breaks. */
  set cut(cut: boolean) {
    this.#cut = cut;
    if (cut) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#cut) return void client.destroy();
    const server = connect(this.#target);
    this.#pipe(client, server, true);
    this.#pipe(server, client, false);
  }

  #pipe(from: Socket, to: Socket, outward: boolean): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    // A broken link is what this is for; the close that follows tells the other side.
    from.on("error", () => undefined);
    from.on("data", (bytes: Buffer) => {
      if (outward && this.#random() < this.#options.resets) {
        this.resets += 1;
        return void from.resetAndDestroy();
      }
      setTimeout(() => {
        if (!to.destroyed) to.write(bytes);
      }, this.#options.delayMs);
    });
  }
}
