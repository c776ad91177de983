import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A child process that belongs to the stack. */
export type Managed = {
  readonly name: string;
  readonly child: ChildProcess;
  /** First line of standard output that is a JSON object, where the process announces itself with one. */
  readonly announced: Promise<Record<string, unknown>>;
};

const stopPatienceMs = 10_000;

/**
 * Starts `node FILE ...args` with the running Node, its output in `logFile`.
 * @throws through `announced` when the process ends before it announced itself, with the log file's name
 */
export function startNode(name: string, file: string, args: readonly string[], logFile: string): Managed {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(logFile, { flags: "a" });
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  const announced = new Promise<Record<string, unknown>>((resolve, reject) => {
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith("{")) resolve(JSON.parse(line) as Record<string, unknown>); // a JSON line that starts with {
      });
    }
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`${name} ended (${signal ?? code}); its log is ${logFile}`)));
  });
  announced.catch(() => undefined); // whoever waits for it gets the error; without a waiter an exit is no failure
  return { name, child, announced };
}

/** Asks a process to stop and waits; after ten seconds it is ended. Returns its exit code, or the signal's name. */
export async function stop(managed: Managed): Promise<number | string> {
  const { child } = managed;
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode ?? "";
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), stopPatienceMs);
  await exited;
  clearTimeout(impatient);
  return child.exitCode ?? child.signalCode ?? "";
}
