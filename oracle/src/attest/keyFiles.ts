import { readFileSync, statSync } from "node:fs";

import { messageOf, OracleError } from "../errors.ts";

/** Bits that let group or others read, write or execute. */
const OTHERS = 0o077;

/**
 * The text of a file that only its owner may read.
 *
 * @param what Name of the setting, for the message; what stands in the file is never in it.
 * @throws OracleError KEY_UNREADABLE.
 */
export function readSecret(path: string, what: string): string {
  let text: string;
  let mode: number;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new OracleError("KEY_UNREADABLE", `${what} ${path} cannot be read: ${messageOf(error)}`, { path });
  }
  if ((mode & OTHERS) !== 0 && process.platform !== "win32") {
    throw new OracleError("KEY_UNREADABLE", `${what} ${path} is readable by others: chmod 600 it`, { path });
  }
  return text;
}
