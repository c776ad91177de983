import { readSync } from "node:fs";

import type { Hold, Port, Values } from "../facts/port.ts";

/** Bytes of small values that are gathered in one part. */
const GATHERED = 65_536;
/** Arrays of at least so many bytes are written from where they lie. */
const LARGE = 4_096;
const NUMBER_BYTES = 8;

function bytesOf(values: Values): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * Takes the state of a moment without copying what is large, so that the moment is short; the parts are written afterwards.
 * Whoever changes a held array meanwhile changes a copy.
 */
export class CapturePort implements Port {
  readonly reading = false;
  readonly parts: Uint8Array[] = [];
  readonly #hold: Hold;
  #gathered = new Uint8Array(GATHERED);
  #view = new DataView(this.#gathered.buffer);
  #from = 0;
  #to = 0;
  #bytes = 0;

  /** @param hold Active for as long as the parts are needed. */
  constructor(hold: Hold) {
    this.#hold = hold;
  }

  /** Length of all parts. */
  get bytes(): number {
    return this.#bytes;
  }

  number(value: number): number {
    if (this.#to + NUMBER_BYTES > GATHERED) this.#startPart();
    this.#view.setFloat64(this.#to, value, true);
    this.#to += NUMBER_BYTES;
    this.#bytes += NUMBER_BYTES;
    return value;
  }

  text(value: string): string {
    const bytes = new TextEncoder().encode(value);
    this.number(bytes.length);
    this.#append(bytes);
    return value;
  }

  copied(values: Values): void {
    this.#append(values.byteLength < LARGE ? bytesOf(values) : bytesOf(values.slice()));
  }

  held(values: Values): Hold {
    this.#append(bytesOf(values));
    return this.#hold;
  }

  /** Ends the last part: nothing is captured afterwards. */
  end(): void {
    this.#endPart();
  }

  #append(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (bytes.length >= LARGE) {
      this.#endPart();
      this.parts.push(bytes);
      return;
    }
    if (this.#to + bytes.length > GATHERED) this.#startPart();
    this.#gathered.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #endPart(): void {
    if (this.#to > this.#from) this.parts.push(this.#gathered.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #startPart(): void {
    this.#endPart();
    this.#gathered = new Uint8Array(GATHERED);
    this.#view = new DataView(this.#gathered.buffer);
    this.#from = 0;
    this.#to = 0;
  }
}

/** Gives back what was captured, out of an open file. */
export class FilePort implements Port {
  readonly reading = true;
  readonly #descriptor: number;
  readonly #end: number;
  readonly #buffer = new Uint8Array(GATHERED);
  readonly #view = new DataView(this.#buffer.buffer);
  /** Where in the file the buffer's unread bytes begin. */
  #position: number;
  #from = 0;
  #to = 0;

  /** @param end Where in the file the state ends. */
  constructor(descriptor: number, begin: number, end: number) {
    this.#descriptor = descriptor;
    this.#position = begin;
    this.#end = end;
  }

  /** Bytes that were not read. */
  get left(): number {
    return this.#end - this.#position;
  }

  number(): number {
    if (this.#to - this.#from < NUMBER_BYTES) this.#refill();
    this.#take(NUMBER_BYTES);
    return this.#view.getFloat64(this.#from - NUMBER_BYTES, true);
  }

  text(): string {
    const bytes = new Uint8Array(this.number());
    this.#fill(bytes);
    return new TextDecoder().decode(bytes);
  }

  copied(values: Values): void {
    this.#fill(bytesOf(values));
  }

  held(values: Values): undefined {
    this.#fill(bytesOf(values));
  }

  #take(bytes: number): void {
    if (bytes > this.left) throw new RangeError("the snapshot ends too early");
    this.#from += bytes;
    this.#position += bytes;
  }

  #fill(bytes: Uint8Array): void {
    if (bytes.length > this.left) throw new RangeError("the snapshot ends too early");
    const known = Math.min(bytes.length, this.#to - this.#from);
    bytes.set(this.#buffer.subarray(this.#from, this.#from + known));
    this.#take(known);
    if (known === bytes.length) return;
    const rest = bytes.subarray(known);
    if (rest.length >= GATHERED) {
      this.#read(rest);
      this.#position += rest.length;
      return;
    }
    this.#refill();
    rest.set(this.#buffer.subarray(this.#from, this.#from + rest.length));
    this.#take(rest.length);
  }

  /** Reads ahead, keeping what was not taken yet. */
  #refill(): void {
    const kept = this.#to - this.#from;
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#from = 0;
    this.#to = Math.min(GATHERED, this.left);
    this.#read(this.#buffer.subarray(kept, this.#to), kept);
  }

  /** Fills the bytes from the file, `ahead` bytes behind the position. */
  #read(bytes: Uint8Array, ahead = 0): void {
    for (let done = 0; done < bytes.length;) {
      const place = this.#position + ahead + done;
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, place);
      if (read === 0) throw new RangeError("the snapshot ends too early");
      done += read;
    }
  }
}
