import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

const CLI = new URL("../../../oracle/src/cli.ts", import.meta.url).pathname;

/** A node as a process of its own, with what its log has said so far. */
export interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  readonly log: readonly Record<string, unknown>[];
}

/** Processes of one test file, ended together. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /** Starts `oracle serve` and waits until it has read the chain. */
  async serve(settingsFile: string): Promise<Served> {
    const child = spawn(process.execPath, [CLI, "serve", "--settings", settingsFile], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    const log: Record<string, unknown>[] = [];
    const port = await new Promise<number>((resolve, reject) => {
      let listening = 0;
      child.once("exit", () => reject(new Error("the node ended before it had started")));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const entry = JSON.parse(line) as Record<string, unknown>; // the log is JSON lines
        log.push(entry);
        if (entry.msg === "listening") listening = Number(entry.port);
        if (entry.msg === "started") resolve(listening);
      });
    });
    return { child, url: `http://127.0.0.1:${port}`, log };
  }

  /** Ends what still runs. */
  kill(): void {
    for (const child of this.#children.splice(0)) child.kill("SIGKILL");
  }
}
