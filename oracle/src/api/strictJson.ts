import { OracleError } from "../errors.ts";

/** No request needs more than terms inside a body inside nothing. */
const DEEPEST = 8;

function malformed(message: string): OracleError {
  return new OracleError("MALFORMED_JSON", message);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("the body is not UTF-8");
  }
}

/** Index after the string that starts at a quote. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index += 1;
    else if (character === '"') return index + 1;
  }
  throw malformed("a string does not end");
}

/** Index of the first character from here on that is no white space. */
function skipSpace(text: string, from: number): number {
  let index = from;
  while (index < text.length && " \t\n\r".includes(text.charAt(index))) index += 1;
  return index;
}

/** Walks valid JSON for what JSON.parse lets pass: a key that stands twice in one object. */
function checkKeys(text: string): void {
  // Keys of each open object; undefined for an open list.
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length;) {
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      const keys = open.at(-1);
      if (keys !== undefined && text[skipSpace(text, end)] === ":") addKey(keys, text.slice(index, end));
      index = end;
      continue;
    }
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    index += 1;
  }
}

function addKey(keys: Set<string>, quoted: string): void {
  // Decoded, so that "a" and "\u0061" are the same key.
  const key = String(JSON.parse(quoted));
  if (keys.has(key)) throw malformed(`the key ${JSON.stringify(key.slice(0, 64))} stands twice in one object`);
  keys.add(key);
}

/** Depth is checked before JSON.parse sees the text, so that its recursion stays bounded. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length;) {
    const character = text[index];
    if (character === '"') {
      index = endOfString(text, index);
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    if (depth > DEEPEST) throw new OracleError("TOO_DEEP", `the body nests deeper than ${DEEPEST}`);
    index += 1;
  }
}

/**
 * JSON as two honest parties would read it alike: UTF-8, bounded depth, no key twice.
 *
 * @throws OracleError MALFORMED_JSON or TOO_DEEP.
 */
export function parseStrict(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("the body is not JSON");
  }
  checkKeys(text);
  return value;
}
