import { OracleError } from "../errors.ts";

/** No request needs more than terms inside a body inside nothing. */
const DEEPEST = 8;

function malformed(message: string): OracleError {
  return new OracleError("MALFORMED_JSON", message);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed("the body is not UTF-8");
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Whether an odd number of backslashes stands before an index, down to the string's first character. */
function isEscaped(text: string, index: number, first: number): boolean {
  let at = index - 1;
  while (at >= first && text.charCodeAt(at) === BACKSLASH) at -= 1;
  return (index - 1 - at) % 2 === 1;
}

/** Index after the string that starts at a quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    if (!isEscaped(text, end, start + 1)) return end + 1;
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
    const character = text.charCodeAt(index);
    if (character === QUOTE) {
      const end = endOfString(text, index);
      const keys = open.at(-1);
      if (keys !== undefined && text.charCodeAt(skipSpace(text, end)) === COLON) addKey(keys, text.slice(index, end));
      index = end;
      continue;
    }
    if (character === OPEN_OBJECT) open.push(new Set());
    else if (character === OPEN_LIST) open.push(undefined);
    else if (character === CLOSE_OBJECT || character === CLOSE_LIST) open.pop();
    index += 1;
  }
}

function addKey(keys: Set<string>, quoted: string): void {
  // Decoded, so that "a" and "\u0061" are the same key.
  const key = quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  if (keys.has(key)) throw malformed(`the key ${JSON.stringify(key.slice(0, 64))} stands twice in one object`);
  keys.add(key);
}

/** Depth is checked before JSON.parse sees the text, so that its recursion stays bounded. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length;) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) {
      index = endOfString(text, index);
      continue;
    }
    if (character === OPEN_OBJECT || character === OPEN_LIST) depth += 1;
    if (character === CLOSE_OBJECT || character === CLOSE_LIST) depth -= 1;
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
