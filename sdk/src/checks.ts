import { getAddress, isHexString } from "ethers";

import { SluiceError } from "./failure.ts";

/** Lowercase or correctly checksummed address in, checksummed address out. */
export function checkAddress(field: string, value: unknown): string {
  try {
    if (typeof value === "string" && value.startsWith("0x")) return getAddress(value);
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
