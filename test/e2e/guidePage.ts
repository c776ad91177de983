import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** A command block of a page, and what the page says that it prints. */
export interface Block {
  readonly commands: string;
  readonly staysUp: boolean;
  readonly prints: readonly string[];
}

/** The command blocks of a page in order: ```sh, with the lines of a ```text block right after it. */
export function blocksOf(page: string): Block[] {
  const fences = [...page.matchAll(/^```(sh|sh stays-up|text)\n([^]*?)^```$/gm)];
  const blocks: Block[] = [];
  for (const [, kind = "", text = ""] of fences) {
    const last = blocks.at(-1);
    if (kind === "text" && last !== undefined) {
      blocks[blocks.length - 1] = { ...last, prints: text.trim().split("\n") };
    } else if (kind !== "text") {
      blocks.push({ commands: text, staysUp: kind === "sh stays-up", prints: [] });
    }
  }
  return blocks;
}

export function readPage(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}

const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 50;

/** A shell in the project's folder that runs the blocks of a page. */
export class PageShell {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #up: { readonly child: ChildProcess; readonly output: () => string }[] = [];

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = { ...process.env, ...environment };
  }

  /** Runs one block and answers what it printed. One that stays up goes on once it has printed what the page says. */
  async run({ commands, staysUp, prints }: Block): Promise<string> {
    // A group of its own, so that npm and the process below it are stopped together.
    const child = spawn("bash", ["-euo", "pipefail", "-c", commands], { env: this.#environment, detached: true });
    const closed = once(child, "close");
    let output = "";
    this.#up.push({ child, output: () => output });
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const complete = prints.every((line) => output.includes(line));
      if (staysUp && complete) return output;
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (performance.now() > until) throw new Error(`too long:\n${commands}\nprinted:\n${output}`);
      await pause(LOOK_EVERY_MS);
    }
    await closed;
    this.#up.pop();
    if (child.exitCode !== 0 || staysUp)
      throw new Error(`ended with ${child.exitCode}:\n${commands}\nprinted:\n${output}`);
    for (const line of prints) if (!output.includes(line)) throw new Error(`not printed: ${line}\n${output}`);
    return output;
  }

  /** Stops what stays up, the newest first, as Ctrl-C does. Answers what each of them printed in its life. */
  async stop(): Promise<string[]> {
    const outputs: string[] = [];
    for (const { child, output } of this.#up.splice(0).toReversed()) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        const closed = once(child, "close");
        process.kill(-child.pid, "SIGINT");
        await closed;
      }
      outputs.push(output());
    }
    return outputs;
  }
}
