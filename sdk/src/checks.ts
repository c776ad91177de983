import { getAddress, isHexString } from "ethers";

import { SluiceError } from "./failure.ts";

/** Texts that were checked, with their checksums: a checksum costs a hash, and the same few parties come again and again. */
const checked = new Map<string, string>();
const mostChecked = 4_096;

function checksummed(text: string): string {
  const known = checked.get(text);
  if (known !== undefined) return known;
  const address = getAddress(text);
  if (checked.size >= mostChecked) checked.clear();
  checked.set(text, address);
  return address;
}

/** Lowercase or correctly checksummed address in, checksummed address out. */
export function checkAddress(field: string, value: unknown): string {
  try {
    if (typeof value === "string" && value.startsWith("0x")) return checksummed(value);
  } catch {
    // falls through to the error that names the field
  }
  throw new SluiceError(
    "ADDRESS_INVALID",
    `${field}: not an address (20 bytes, checksum if mixed case): ${show(value)}`,
    field,
  );
}

/** Unsigned integer of at most `bits` bits; `number` must be a safe integer. */
export function checkUint(field: string, value: unknown, bits: number): bigint {
  const whole = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  if (!whole) throw new SluiceError("NUMBER_OUT_OF_RANGE", `${field}: not a whole number: ${show(value)}`, field);
  const big = BigInt(value);
  if (big < 0n || big >= 1n << BigInt(bits)) {
    throw new SluiceError("NUMBER_OUT_OF_RANGE", `${field}: ${big} does not fit uint${bits}`, field);
  }
  return big;
}

/** 0x-prefixed hex of exactly `length` bytes, in lower case. */
export function checkBytes(field: string, value: unknown, length: number): string {
  if (!isHexString(value, length)) {
    throw new SluiceError("BYTES_INVALID", `${field}: not ${length} bytes of 0x-prefixed hex: ${show(value)}`, field);
  }
  return value.toLowerCase();
}

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
