const WORD = 32;

/**
 * An EIP-712 encoding whose members are one word each, written over and over into the same bytes. Members are set by their place;
 * what a value leaves of its word is zero.
 */
export class WordWriter {
  readonly bytes: Buffer;

  /** @param typehash 32 bytes as 0x text, the first word. */
  constructor(typehash: string, members: number) {
    this.bytes = Buffer.alloc(WORD * (1 + members));
    this.text(0, typehash, WORD);
  }

  /** 0x text of so many bytes, right-aligned as numbers and addresses are. */
  text(place: number, value: string, length: number): void {
    const end = WORD * (place + 1);
    this.bytes.fill(0, end - WORD, end - length);
    this.#hex(value, end - length, length);
  }

  /** 0x text of so many bytes, left-aligned as bytesN is. */
  bytesN(place: number, value: string, length: number): void {
    const start = WORD * place;
    this.#hex(value, start, length);
    this.bytes.fill(0, start + length, start + WORD);
  }

  /** A whole number below 2^48. */
  small(place: number, value: number): void {
    const end = WORD * (place + 1);
    this.bytes.fill(0, end - WORD, end - 6);
    this.bytes.writeUIntBE(value, end - 6, 6);
  }

  /** A whole number below 2^256. */
  big(place: number, value: bigint): void {
    if (value < 0x1_0000_0000_0000n) return this.small(place, Number(value));
    this.bytes.write(value.toString(16).padStart(2 * WORD, "0"), WORD * place, WORD, "hex");
  }

  /** What is not written would be left from the encoding before: it must not pass. */
  #hex(value: string, at: number, length: number): void {
    const written = value.length === 2 + 2 * length ? this.bytes.write(value.slice(2), at, length, "hex") : 0;
    if (written !== length) throw new RangeError(`not ${length} bytes of 0x text: ${value.slice(0, 80)}`);
  }
}
