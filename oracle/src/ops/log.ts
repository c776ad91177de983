import pino, { type Logger } from "pino";

import { SETTING_NOTES, type SettingName } from "./settings.ts";

export type { Logger } from "pino";

/** A secret as far as it may be seen: of a URL the host, of anything else nothing. */
function censoredValue(value: unknown): string {
  if (typeof value === "string" && URL.canParse(value)) return `${new URL(value).origin}/…`;
  return "…";
}

/** Settings as they may be logged. */
export function censored(settings: object): Record<string, unknown> {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]): [string, unknown] => {
    // A name outside the table has no note; it is derived from the deployment and public.
    const secret = SETTING_NOTES[name as SettingName]?.secret === true;
    return [name, secret ? censoredValue(value) : value];
  });
  return Object.fromEntries(entries);
}

/** One JSON line an event on standard output. */
export function createLog(level: string, bindings: Readonly<Record<string, string>>): Logger {
  return pino({ level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime });
}
