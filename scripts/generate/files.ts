import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { format, resolveConfig } from "prettier";

export type GeneratedFile = { path: string; text: string };

/** Writes what differs; answers how many files that were. */
export async function writeFiles(files: GeneratedFile[]): Promise<number> {
  let written = 0;
  for (const file of files) {
    const text = await formatted(file);
    if (text === (await current(file.path))) continue;
    await mkdir(dirname(file.path), { recursive: true });
    await writeFile(file.path, text);
    written += 1;
  }
  return written;
}

/** Paths whose content is not what would be written. */
export async function compareFiles(files: GeneratedFile[]): Promise<string[]> {
  const stale: string[] = [];
  for (const file of files) {
    if ((await formatted(file)) !== (await current(file.path))) stale.push(file.path);
  }
  return stale;
}

async function formatted({ path, text }: GeneratedFile): Promise<string> {
  if (!path.endsWith(".ts")) return `${text.replace(/\n{3,}/g, "\n\n").trimEnd()}\n`;
  return format(text, { ...(await resolveConfig(path)), filepath: path, objectWrap: "collapse" });
}

async function current(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
