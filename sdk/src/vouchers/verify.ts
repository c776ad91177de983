import { keccak256 } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { checkAddress } from "../checks.ts";
import { ethersCurve, type VoucherCurve } from "./curve.ts";
import { voucherDigestOf } from "./digest.ts";
import { bytesOf } from "./hex.ts";

/** A voucher with the key that should have signed it. */
export type VoucherToVerify = {
  /** The channel's id, 32 bytes of hex. */
  channel: string;
  /** In the token's smallest unit, below 2^96. */
  cumulative: bigint;
  /** 64 bytes (EIP-2098) or 65 bytes (r, s, v) of hex. */
  signature: string;
  /** Address of the terms' signer. */
  signer: string;
};

/** Checks vouchers of one site, quickly. */
export type VoucherVerifier = {
  readonly curve: string;
  /** Whether `signer`'s key signed the voucher. False for anything malformed, a high s included: such a row cannot be redeemed. */
  verify(voucher: VoucherToVerify): boolean;
};

const rsBytes = 64;
const highest = 1n << 96n;
const HALF_ORDER = bytesOf("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
/** Public keys of signers that were seen, so that an address is hashed once a signer and not once a voucher. */
const signersKept = 10_000;

/**
 * A verifier of the vouchers of one contract on one chain.
 * @param curve `ethersCurve` when absent; `nativeCurve(…)` verifies some 30 times as many
 * @throws SluiceError naming the field of the site that is wrong
 * @example
 * const verifier = voucherVerifier({ chainId: 8453, channels }, nativeCurve(native));
 * if (!verifier.verify({ channel, cumulative, signature, signer: terms.signer })) refuse();
 */
export function voucherVerifier(site: ChannelSite, curve: VoucherCurve = ethersCurve): VoucherVerifier {
  const digestOf = voucherDigestOf(site);
  const keys = new Map<string, Uint8Array>();
  const remember = (signer: string, key: Uint8Array): void => {
    if (keys.size >= signersKept) keys.clear();
    keys.set(signer, Uint8Array.from(key));
  };
  return {
    curve: curve.name,
    verify: ({ channel, cumulative, signature, signer }) => {
      if (cumulative < 0n || cumulative >= highest) return false;
      const key = recovered(curve, () => digestOf(channel, cumulative), signature);
      if (key === undefined) return false;
      const known = keys.get(signer);
      if (known !== undefined) return same(known, key);
      if (addressOf(key) !== checkAddress("signer", signer)) return false;
      remember(signer, key);
      return true;
    },
  };
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
