import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { EvaluateError } from "./errors.ts";

/** What is kept of each run. */
interface Kept {
  readonly protocol: string;
  readonly evaluate: unknown;
}

/** The file: the newest run's figures under `evaluate`, and every protocol's newest result. */
interface ResultFile {
  readonly evaluate: unknown;
  readonly protocols: Readonly<Record<string, unknown>>;
}

async function existing(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  try {
    // Written by mergeResult; anything else has no protocols or does not parse.
    return (JSON.parse(text) as Partial<ResultFile>).protocols ?? {};
  } catch {
    throw new EvaluateError(`${path} is not JSON: move it away, or choose another file with --results`);
  }
}

/** Puts a result into the file under its protocol's name, beside those of the others. */
export async function mergeResult(path: string, result: Kept): Promise<void> {
  const protocols = { ...(await existing(path)), [result.protocol]: result };
  const sorted = Object.fromEntries(Object.entries(protocols).sort(([a], [b]) => (a < b ? -1 : 1)));
  const file: ResultFile = { evaluate: result.evaluate, protocols: sorted };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
}
