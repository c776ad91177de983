import { keccak256 } from "ethers";

import { checkAddress } from "../checks.ts";
import type { VoucherCurve } from "./curve.ts";
import { bytesOf } from "./hex.ts";

/** Whether `signer`'s key signed a digest. False for anything malformed, a high s included. */
export type SignatureCheck = (digest: () => Uint8Array, signature: string, signer: string) => boolean;

const rsBytes = 64;
const HALF_ORDER = bytesOf("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
/** Public keys of signers that were seen, so that an address is hashed once a signer and not once a signature. */
const signersKept = 10_000;

/** Checks signatures of keys, 64 bytes (EIP-2098) or 65 (r, s, v) of hex, and remembers whose keys they were. */
export function signatureCheck(curve: VoucherCurve): SignatureCheck {
  const keys = new Map<string, Uint8Array>();
  const remember = (signer: string, key: Uint8Array): void => {
    if (keys.size >= signersKept) keys.clear();
    keys.set(signer, Uint8Array.from(key));
  };
  return (digest, signature, signer) => {
    const key = recovered(curve, digest, signature);
    if (key === undefined) return false;
    const known = keys.get(signer);
    if (known !== undefined) return same(known, key);
    if (addressOf(key) !== checkAddress("signer", signer)) return false;
    remember(signer, key);
    return true;
  };
}

/** Address of the key that made a signature, lower-case; undefined for anything malformed. */
export function signatureKey(curve: VoucherCurve, digest: () => Uint8Array, signature: string): string | undefined {
  const key = recovered(curve, digest, signature);
  return key && `0x${keccak256(key).slice(-40)}`;
}

function recovered(curve: VoucherCurve, digest: () => Uint8Array, signature: string): Uint8Array | undefined {
  try {
    const parts = partsOf(signature);
    return parts && curve.recover(digest(), parts.rs, parts.recovery);
  } catch {
    return undefined; // not hex, or a point that is on no curve: nobody signed this
  }
}

/** r and s, and the recovery bit; undefined where the length, v or a high s rules it out. */
function partsOf(signature: string): { rs: Uint8Array; recovery: 0 | 1 } | undefined {
  const bytes = bytesOf(signature);
  const rs = bytes.subarray(0, rsBytes);
  let recovery: 0 | 1;
  if (bytes.length === rsBytes) {
    recovery = (rs[32] ?? 0) >= 0x80 ? 1 : 0;
    rs[32] = (rs[32] ?? 0) & 0x7f;
  } else if (bytes.length === rsBytes + 1 && (bytes[rsBytes] === 27 || bytes[rsBytes] === 28)) {
    recovery = bytes[rsBytes] === 28 ? 1 : 0;
  } else {
    return undefined;
  }
  return isLow(rs) ? { rs, recovery } : undefined;
}

function isLow(rs: Uint8Array): boolean {
  for (let index = 0; index < 32; index += 1) {
    const difference = (rs[32 + index] ?? 0) - (HALF_ORDER[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < rsBytes; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

function addressOf(key: Uint8Array): string {
  return checkAddress("signer", `0x${keccak256(key).slice(-40)}`);
}
