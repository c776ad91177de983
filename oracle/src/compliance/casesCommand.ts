import { writeFileSync } from "node:fs";

import type { NodeSettings } from "../config.ts";
import { messageOf, OracleError } from "../errors.ts";
import { casesCsv } from "./caseCsv.ts";
import { readCases, type CaseExport, type CaseQuestion } from "./cases.ts";

/** How the command line is asked for its options. */
export interface CaseOptions {
  readonly settings: NodeSettings;
  /** Throws where the option is missing. */
  readonly needed: (name: string) => string;
  readonly optional: (name: string) => string | undefined;
  readonly signal: AbortSignal;
}

const ID = /^0x[0-9a-f]{64}$/;
const BLOCK = /^\d{1,15}$/;

/** Cases tell about people: only the file's owner reads them. */
const OWNER_ONLY = 0o600;

const FORMATS: Readonly<Record<string, (all: CaseExport) => string>> = {
  json: (all) => `${JSON.stringify(all, null, 2)}\n`,
  csv: casesCsv,
};

function refuse(message: string): OracleError {
  return new OracleError("INVALID_REQUEST", message);
}

function blockOf(name: string, text: string): number {
  if (BLOCK.test(text)) return Number(text);
  throw refuse(`--${name}: a block number, got ${text}`);
}

function questionOf({ needed, optional }: CaseOptions): CaseQuestion {
  const payment = optional("payment")?.toLowerCase();
  if (payment === undefined) {
    const [from, to] = [blockOf("from", needed("from")), blockOf("to", needed("to"))];
    if (from <= to) return { from, to };
    throw refuse(`--from ${from} lies after --to ${to}`);
  }
  if (optional("from") !== undefined || optional("to") !== undefined) {
    throw refuse("--payment, or --from and --to: not both");
  }
  if (ID.test(payment)) return { payment };
  throw refuse(`--payment: a payment id of 64 hex digits, got ${payment}`);
}

function write(path: string, content: string): void {
  try {
    writeFileSync(path, content, { flag: "wx", mode: OWNER_ONLY });
  } catch (error) {
    throw refuse(`--out: ${path} cannot be written: ${messageOf(error)}`);
  }
}

/**
 * Runs `oracle cases VERB`; answers what to print, undefined for a verb there is not.
 *
 * @throws OracleError INVALID_REQUEST, or what `readCases` throws.
 */
export async function casesCommand(verb: string, options: CaseOptions): Promise<string | undefined> {
  if (verb !== "export") return undefined;
  const format = options.needed("format");
  const render = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (render === undefined) throw refuse(`--format: json or csv, got ${format}`);
  const all = await readCases(options.settings, questionOf(options), options.signal);
  const content = render(all);
  const out = options.optional("out");
  if (out === undefined) return content;
  write(out, content);
  return `${all.cases.length} cases as of block ${all.asOf.block}, written to ${out}\n`;
}
