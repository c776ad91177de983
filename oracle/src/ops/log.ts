import pino, { type DestinationStream, type Logger } from "pino";

import { redactor } from "./redact.ts";
import { requestId } from "./requestContext.ts";
import { SETTING_NOTES, type SettingName } from "./settings.ts";
import { traceparent } from "./trace.ts";

export type { Logger } from "pino";

/** A secret as far as it may be seen: of a URL the host, of anything else nothing. */
function censoredValue(value: unknown): string {
  if (typeof value === "string" && URL.canParse(value)) {
    const { protocol, host } = new URL(value);
    return `${protocol}//${host}/…`;
  }
  return Array.isArray(value) ? value.map(censoredValue).join(" ") : "…";
}

/** Settings as they may be logged. */
export function censored(settings: object): Record<string, unknown> {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]): [string, unknown] => {
    // A name outside the table has no note; it is derived from the deployment and public.
    const secret = SETTING_NOTES[name as SettingName]?.secret === true;
    return [name, secret && value !== undefined ? censoredValue(value) : value];
  });
  return Object.fromEntries(entries);
}

/** What ties a line to a request and a trace, where there is one. */
function ties(): Record<string, string> {
  const id = requestId();
  const parent = traceparent();
  return {
    ...(id === undefined ? {} : { requestId: id }),
    ...(parent === undefined ? {} : { traceId: parent.slice(3, 35) }),
  };
}

export interface LogOptions {
  readonly level: string;
  /** Stand in every line. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Texts that no line may show, from `secretsOf`. */
  readonly secrets: readonly string[];
  /** Where lines go; standard output, when absent. */
  readonly to?: DestinationStream;
}

/** One JSON line an event. Lines made while a request is answered carry its id, and no line shows a secret. */
export function createLog({ level, bindings, secrets, to }: LogOptions): Logger {
  const options = {
    level,
    base: { ...bindings },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: ties,
    hooks: { streamWrite: redactor(secrets) },
  };
  return to === undefined ? pino(options) : pino(options, to);
}
