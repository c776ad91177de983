import { Column } from "./column.ts";
import type { Port } from "./port.ts";

/** Places of the smallest table. */
const FEWEST = 32;

const TEXT_TAG = 0;
const HEX_TAG = 1;

const ZERO = "0".charCodeAt(0);
const X = "x".charCodeAt(0);

/** By character code: the value of a lower-case hexadecimal digit, 255 for anything else. */
const DIGITS = new Uint8Array(65_536).fill(255);
for (let value = 0; value < 16; value++) DIGITS[value.toString(16).charCodeAt(0)] = value;

/** Writes the bytes of lower-case hexadecimal text from place 1 on; answers whether it was such text. */
function writeHex(text: string, into: Uint8Array): boolean {
  const length = text.length;
  if (length < 4 || length % 2 === 1 || text.charCodeAt(0) !== ZERO || text.charCodeAt(1) !== X) return false;
  for (let at = 2; at < length; at += 2) {
    const high = DIGITS[text.charCodeAt(at)] ?? 255;
    const low = DIGITS[text.charCodeAt(at + 1)] ?? 255;
    if ((high | low) > 15) return false;
    into[at >> 1] = (high << 4) | low;
  }
  return true;
}

/** A hash of some words. */
function hashOf(words: Uint32Array, length: number): number {
  let hash = length;
  for (let at = 0; at < length; at++) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x2c1b3c6d);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Gives every string a small number, in order of appearance. Lower-case hexadecimal is kept at half its length and without
 * the overhead of a string; numbers are never given back.
 */
export class Interner {
  /** Not persisted: it has no state. */
  readonly #encoder = new TextEncoder();
  /** Not persisted: it has no state. */
  readonly #decoder = new TextDecoder();
  /** Not persisted: room for one string's bytes, as words. */
  #words = new Uint32Array(32);
  /** Not persisted: the same room as bytes. */
  #scratch = new Uint8Array(this.#words.buffer);
  /** Not persisted: how much of the room is used. */
  #length = 0;
  #bytes = new Uint8Array(1024);
  #end = 0;
  /** Where each string ends in the bytes. */
  readonly #ends = new Column("f64");
  readonly #hashes = new Column("u32");
  /** Open addressing: number + 1 of the string, 0 for an empty place. At most half full. */
  #table = new Uint32Array(FEWEST);

  get size(): number {
    return this.#ends.length;
  }

  /** The string's number, -1 for a string never added. */
  find(text: string): number {
    return (this.#table[this.#placeOf(this.#encode(text))] ?? 0) - 1;
  }

  /** The string's number, a new one where it has none. */
  add(text: string): number {
    const hash = this.#encode(text);
    const place = this.#placeOf(hash);
    const known = this.#table[place] ?? 0;
    if (known > 0) return known - 1;
    const number = this.size;
    this.#store();
    this.#ends.push(this.#end);
    this.#hashes.push(hash);
    this.#table[place] = number + 1;
    if (2 * (number + 1) > this.#table.length) this.#rehash(2 * this.#table.length);
    return number;
  }

  persist(port: Port): void {
    this.#end = port.number(this.#end);
    if (port.reading) this.#bytes = new Uint8Array(Math.max(this.#bytes.length, this.#end));
    // What lies below the end is never written again, so nobody has to heed the hold.
    port.held(this.#bytes.subarray(0, this.#end));
    this.#ends.persist(port);
    this.#hashes.persist(port);
    // Only strings and hashes lie in a snapshot: where each has its place in the table follows from them.
    if (port.reading) this.#rehash(tableFor(this.size, this.#table.length));
  }

  text(number: number): string {
    const bytes = this.#bytes.subarray(this.#startOf(number), this.#ends.get(number));
    if (bytes[0] === HEX_TAG)
      return `0x${Array.from(bytes.subarray(1), (b) => b.toString(16).padStart(2, "0")).join("")}`;
    return this.#decoder.decode(bytes.subarray(1));
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : this.#ends.get(number - 1);
  }

  /** Writes the string's bytes into the scratch space and answers their hash. */
  #encode(text: string): number {
    if (text.length * 3 + 4 > this.#scratch.length) this.#widen(text.length);
    const scratch = this.#scratch;
    const isHex = writeHex(text, scratch);
    scratch[0] = isHex ? HEX_TAG : TEXT_TAG;
    this.#length = isHex ? text.length / 2 : 1 + this.#encoder.encodeInto(text, scratch.subarray(1)).written;
    // The hash reads whole words.
    for (let at = this.#length; at % 4 !== 0; at++) scratch[at] = 0;
    return hashOf(this.#words, (this.#length + 3) >> 2);
  }

  #widen(characters: number): void {
    this.#words = new Uint32Array(characters + 1);
    this.#scratch = new Uint8Array(this.#words.buffer);
  }

  /** Where the string in the scratch space is or would be in the table. */
  #placeOf(hash: number): number {
    const mask = this.#table.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const known = this.#table[place] ?? 0;
      if (known === 0 || (this.#hashes.get(known - 1) === hash && this.#equals(known - 1))) return place;
    }
  }

  #equals(number: number): boolean {
    const start = this.#startOf(number);
    if (this.#ends.get(number) - start !== this.#length) return false;
    for (let at = 0; at < this.#length; at++) {
      if (this.#bytes[start + at] !== this.#scratch[at]) return false;
    }
    return true;
  }

  #store(): void {
    const end = this.#end + this.#length;
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes.set(this.#scratch.subarray(0, this.#length), this.#end);
    this.#end = end;
  }

  #rehash(places: number): void {
    this.#table = new Uint32Array(places);
    const mask = this.#table.length - 1;
    for (let number = 0; number < this.size; number++) {
      let place = this.#hashes.get(number) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = number + 1;
    }
  }
}

/** Places of a table for so many strings, at least so many. */
function tableFor(size: number, least: number): number {
  let places = least;
  while (2 * size > places) places *= 2;
  return places;
}

/** Gives every pair of small numbers a small number, in order of appearance. */
export class PairInterner {
  readonly #left = new Column("u32");
  readonly #right = new Column("u32");
  #table = new Uint32Array(FEWEST);

  get size(): number {
    return this.#left.length;
  }

  find(left: number, right: number): number {
    return (this.#table[this.#placeOf(left, right)] ?? 0) - 1;
  }

  add(left: number, right: number): number {
    const place = this.#placeOf(left, right);
    const known = this.#table[place] ?? 0;
    if (known > 0) return known - 1;
    const number = this.size;
    this.#left.push(left);
    this.#right.push(right);
    this.#table[place] = number + 1;
    if (2 * (number + 1) > this.#table.length) this.#rehash(2 * this.#table.length);
    return number;
  }

  persist(port: Port): void {
    this.#left.persist(port);
    this.#right.persist(port);
    if (port.reading) this.#rehash(tableFor(this.size, this.#table.length));
  }

  #placeOf(left: number, right: number): number {
    const mask = this.#table.length - 1;
    let hash = Math.imul(left + 1, 0x9e3779b1) ^ Math.imul(right + 1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    for (let place = (hash ^ (hash >>> 13)) & mask; ; place = (place + 1) & mask) {
      const known = this.#table[place] ?? 0;
      if (known === 0 || (this.#left.get(known - 1) === left && this.#right.get(known - 1) === right)) return place;
    }
  }

  #rehash(places: number): void {
    this.#table = new Uint32Array(places);
    for (let number = 0; number < this.size; number++) {
      this.#table[this.#placeOf(this.#left.get(number), this.#right.get(number))] = number + 1;
    }
  }
}
