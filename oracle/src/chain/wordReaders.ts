import type { EventFragment, ParamType } from "ethers";

import { OracleError } from "../errors.ts";

/** One 32-byte word as 64 lower-case hex digits, without 0x. */
type Word = string;

/** Writes words as JSON text, and says how many of them it takes. */
export interface WordReader {
  readonly words: number;
  readonly json: (words: readonly Word[], from: number) => string;
}

/** Numbers of so many hex digits are exact in a JavaScript number. */
const EXACT_DIGITS = 13;

/** A number in hex digits as decimal text. */
export function decimalText(digits: string): string {
  let start = 0;
  while (start < digits.length - 1 && digits.charCodeAt(start) === 48) start++;
  const rest = start === 0 ? digits : digits.slice(start);
  return rest.length <= EXACT_DIGITS ? Number.parseInt(rest, 16).toString() : BigInt(`0x${rest}`).toString();
}

function misfit(what: string): OracleError {
  return new OracleError("RPC_UNAVAILABLE", `the RPC endpoint gave a log that does not fit its event: ${what}`);
}

const ADDRESS_PADDING = "0".repeat(24);

function addressText(word: Word): string {
  if (!word.startsWith(ADDRESS_PADDING)) throw misfit("an address has more than 20 bytes");
  return `0x${word.slice(24)}`;
}

function wordReader(type: string): WordReader["json"] | undefined {
  if (type === "address") return (words, from) => `"${addressText(words[from] ?? "")}"`;
  if (type === "bool") return (words, from) => (/[^0]/.test(words[from] ?? "") ? "true" : "false");
  const [, kind, size] = /^(uint|bytes)([0-9]+)$/.exec(type) ?? [];
  if (kind === "uint") {
    const skip = 64 - Number(size) / 4;
    return (words, from) => `"${decimalText((words[from] ?? "").slice(skip))}"`;
  }
  if (kind === "bytes") return (words, from) => `"0x${(words[from] ?? "").slice(0, 2 * Number(size))}"`;
  return undefined;
}

/** Fields by name as a JSON object; undefined where one of them has no fixed size. */
function objectReader(fields: readonly ParamType[]): WordReader | undefined {
  const readers = fields.map(readerOf);
  if (!readers.every((reader) => reader !== undefined)) return undefined;
  const heads = fields.map(({ name }, index) => `${index === 0 ? "" : ","}${JSON.stringify(name)}:`);
  return {
    words: readers.reduce((sum, reader) => sum + reader.words, 0),
    json: (words, from) => {
      let text = "{";
      let at = from;
      for (const [index, reader] of readers.entries()) {
        text += `${heads[index] ?? ""}${reader.json(words, at)}`;
        at += reader.words;
      }
      return `${text}}`;
    },
  };
}

function readerOf(field: ParamType): WordReader | undefined {
  if (field.isTuple()) return objectReader(field.components);
  const json = wordReader(field.type);
  return json === undefined ? undefined : { words: 1, json };
}

/** A log's words: of every argument in the order of the event's declaration, wherever the log keeps it. */
export type EventWords = (topics: readonly string[], data: string) => Word[];

/** An event whose arguments all have a fixed size, read word by word. */
export interface FixedEvent {
  readonly words: EventWords;
  /** All arguments by name, as JSON text: numbers as decimal text, bytes and addresses as lower-case 0x text. */
  readonly body: (words: readonly Word[]) => string;
  /** Place of an argument's first word, -1 where there is no such argument. */
  readonly place: (name: string) => number;
}

function pushData(words: Word[], data: string, from: number, count: number): void {
  for (let word = from; word < from + count; word++) words.push(data.slice(2 + 64 * word, 66 + 64 * word));
}

/**
 * A reader of one event made from its declaration, about ten times as fast as a general decoder.
 *
 * @returns undefined for an event with arguments of variable size.
 */
export function fixedEvent(fragment: EventFragment): FixedEvent | undefined {
  const readers = fragment.inputs.map((field) => ({ reader: readerOf(field), indexed: field.indexed === true }));
  const all = objectReader(fragment.inputs);
  // An indexed struct stands in its topic as a hash.
  if (all === undefined || readers.some(({ reader, indexed }) => indexed && reader?.words !== 1)) return undefined;
  const sizes = readers.map(({ reader, indexed }) => ({ size: reader?.words ?? 1, indexed }));
  const topicCount = 1 + sizes.filter(({ indexed }) => indexed).length;
  const dataWords = sizes.reduce((sum, { size, indexed }) => sum + (indexed ? 0 : size), 0);
  const places = new Map(
    fragment.inputs.map((field, index) => [field.name, sizes.slice(0, index).reduce((sum, { size }) => sum + size, 0)]),
  );
  return {
    words: (topics, data) => {
      if (topics.length !== topicCount || data.length !== 2 + 64 * dataWords) throw misfit(fragment.name);
      const words: Word[] = [];
      let [topic, word] = [1, 0];
      for (const { size, indexed } of sizes) {
        if (indexed) words.push((topics[topic++] ?? "").slice(2));
        else {
          pushData(words, data, word, size);
          word += size;
        }
      }
      return words;
    },
    body: (words) => all.json(words, 0),
    place: (name) => places.get(name) ?? -1,
  };
}
