import { concat, toBeHex } from "ethers";

import { checkBytes } from "./checks.ts";

/** Order of the P-256 group, FIPS 186-5. */
const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * A P-256 signature as contracts take it: of s and its negation the lower one.
 * @param raw r and s, 64 bytes, as WebCrypto signs
 * @example
 * await channels.redeemBySession(terms, cumulative, packSession(session), p256Signature(raw), "0x");
 */
export function p256Signature(raw: string): string {
  const bytes = checkBytes("raw", raw, 64);
  const s = BigInt(`0x${bytes.slice(66)}`);
  const low = s > p256Order / 2n ? p256Order - s : s;
  return concat([bytes.slice(0, 66), toBeHex(low, 32)]);
}
