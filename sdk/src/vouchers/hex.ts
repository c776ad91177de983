import { SluiceError } from "../failure.ts";

const digits = "0123456789abcdef";
const none = 0xff;
/** Value of a hex digit by its character code. */
const valueOf = new Uint8Array(128).fill(none);
for (let value = 0; value < 16; value += 1) {
  const digit = digits.charAt(value);
  valueOf[digit.charCodeAt(0)] = value;
  valueOf[digit.toUpperCase().charCodeAt(0)] = value;
}
const pairs = Array.from({ length: 256 }, (_, byte) => digits.charAt(byte >> 4) + digits.charAt(byte & 15));

/**
 * Bytes of 0x-prefixed hex, written into `into` where it is given. Some ten times as fast as the general one of ethers.
 * @throws SluiceError `BYTES_INVALID` when it is not hex, or not as long as `into`
 */
export function bytesOf(text: string, into?: Uint8Array): Uint8Array {
  const length = (text.length - 2) / 2;
  const bytes = into ?? new Uint8Array(Math.max(0, Math.floor(length)));
  let wrong = text.charCodeAt(0) !== 48 || text.charCodeAt(1) !== 120 || length !== bytes.length ? none : 0;
  for (let index = 0; index < bytes.length && wrong === 0; index += 1) {
    const high = valueOf[text.charCodeAt(2 + index * 2)] ?? none;
    const low = valueOf[text.charCodeAt(3 + index * 2)] ?? none;
    wrong = (high | low) & 0xf0;
    bytes[index] = (high << 4) | low;
  }
  if (wrong !== 0) throw new SluiceError("BYTES_INVALID", `not ${into?.length ?? "whole"} bytes of 0x-prefixed hex`);
  return bytes;
}

/** 0x-prefixed hex of bytes, in lower case. */
export function hexOf(bytes: Uint8Array): string {
  let text = "0x";
  for (const byte of bytes) text += pairs[byte] ?? "";
  return text;
}
