import { readFileSync } from "node:fs";

import { SETTING_NOTES, type SettingName } from "./settings.ts";

/** Shorter words stand in ordinary log lines by chance. */
const SHORTEST = 6;
const MARK = "[redacted]";

/** The parts of a secret URL that are secret: everything but scheme, host, port and user. */
function partsOfUrl(url: URL): string[] {
  const path = url.pathname.split("/").slice(1);
  return [url.password, ...path, ...url.searchParams.values()].flatMap((part) => [part, decodeURIComponent(part)]);
}

function readable(path: string): string[] {
  try {
    return [readFileSync(path, "utf8").trim()];
  } catch {
    return []; // whoever needs the file says what is wrong with it
  }
}

/** The text as a pattern that matches itself. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Everything in the settings, and in the files of keys and passwords they name, that no log line may show. */
export function secretsOf(settings: object): string[] {
  const found: string[] = [];
  const single = Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    [value].flat().map((one): [string, unknown] => [name, one]),
  );
  for (const [name, value] of single) {
    const note = SETTING_NOTES[name as SettingName]; // a name outside the table has no note and is public
    if (typeof value !== "string") continue;
    if (note?.needs === "secret") found.push(...readable(value));
    if (note?.secret !== true) continue;
    found.push(value, ...(URL.canParse(value) ? partsOfUrl(new URL(value)) : []));
  }
  const bare = found.map((text) => text.replace(/^0x/, ""));
  return [...new Set([...found, ...bare])]
    .filter((text) => text.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

/**
 * Takes secrets out of a line of log, wherever they stand: in a message, an error's stack, a library's words.
 *
 * @param secrets From `secretsOf`, the longest first.
 */
export function redactor(secrets: readonly string[]): (line: string) => string {
  // In JSON a secret with quotes or line breaks is written with backslashes.
  const written = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  if (written.length === 0) return (line) => line;
  const pattern = new RegExp(written.map((text) => literal(text)).join("|"), "g");
  return (line) => line.replace(pattern, MARK);
}
