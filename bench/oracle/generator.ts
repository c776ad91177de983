import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import type { Load, Measured } from "./load.ts";

const loadFile = new URL("load.ts", import.meta.url).pathname;

type Message = { ready: number } | { measured: Measured } | { failed: string };

/** The load generator's process. */
export class Generator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param file Request bodies, one a line. */
  static async start(file: string): Promise<Generator> {
    const generator = new Generator(fork(loadFile, [file]));
    await generator.#message();
    return generator;
  }

  /** @throws when an answer is anything but 200, or a connection breaks. */
  async run(load: Load): Promise<Measured> {
    const answered = this.#message();
    this.#child.send(load);
    const message = await answered;
    if ("measured" in message) return message.measured;
    throw new Error(`load on ${load.url} failed: ${"failed" in message ? message.failed : "no measurement"}`);
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill();
    await exited;
  }

  async #message(): Promise<Message> {
    const over = new AbortController();
    const { signal } = over;
    try {
      const ended = once(this.#child, "exit", { signal }).then((): never => {
        throw new Error("the load generator ended");
      });
      const [message] = (await Promise.race([once(this.#child, "message", { signal }), ended])) as [Message]; // load.ts sends nothing else
      ended.catch(() => undefined); // from here on it only ends by being called off
      return message;
    } finally {
      over.abort();
    }
  }
}
