import { Signature, SigningKey } from "ethers";

import { fastKeccak } from "./fastKeccak.ts";
import { bytesOf, hexOf } from "./hex.ts";
import type { Keccak } from "./keccak.ts";

/**
 * ECDSA on secp256k1: the two things that vouchers need. Every implementation gives the same bytes; a test holds them
 * together.
 */
export interface VoucherCurve {
  readonly name: string;
  /** Hashes what is signed; JavaScript's own arithmetic when absent. */
  readonly keccak?: Keccak;
  /**
   * Signs deterministically (RFC 6979) with a low s.
   * @param digest 32 bytes
   * @param privateKey 32 bytes
   * @returns 64 bytes, EIP-2098: r, then s with the recovery bit on top
   */
  sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array;
  /**
   * The public key that made a signature over a digest; throws where the signature recovers to nobody.
   * @param rs 64 bytes: r, then s without any bit on top
   * @returns 64 bytes: x, then y
   */
  recover(digest: Uint8Array, rs: Uint8Array, recovery: 0 | 1): Uint8Array;
}

/** What is used of the npm package `secp256k1` (libsecp256k1, prebuilt): some twenty times as fast as ethers. */
export type NativeSecp256k1 = {
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(rs: Uint8Array, recovery: number, digest: Uint8Array, compressed: boolean): Uint8Array;
};

/** What is used of `secp256k1` of the npm package `@noble/curves`, version 1. */
export type NobleSecp256k1 = {
  sign(digest: Uint8Array, privateKey: Uint8Array): NobleSignature;
  Signature: { fromCompact(rs: Uint8Array): Pick<NobleSignature, "addRecoveryBit"> };
};
type NobleSignature = {
  recovery: number;
  toCompactRawBytes(): Uint8Array;
  addRecoveryBit(recovery: number): {
    recoverPublicKey(digest: Uint8Array): { toRawBytes(compressed: boolean): Uint8Array };
  };
};

/** ethers' own arithmetic: everywhere, and slow. */
export const ethersCurve: VoucherCurve = {
  name: "ethers",
  sign: (digest, privateKey) => bytesOf(new SigningKey(privateKey).sign(digest).compactSerialized),
  recover: (digest, rs, recovery) => {
    const signature = Signature.from({
      r: hexOf(rs.subarray(0, 32)),
      s: hexOf(rs.subarray(32)),
      yParity: recovery,
    });
    return bytesOf(SigningKey.recoverPublicKey(digest, signature)).subarray(1);
  },
};

/**
 * libsecp256k1, by the npm package of that name, which the caller installs and passes: this package depends on nothing
 * but ethers.
 * @param native `secp256k1/bindings`; the package's main file falls back to slow JavaScript without a word
 * @example
 * import { createRequire } from "node:module";
 * const curve = nativeCurve(createRequire(import.meta.url)("secp256k1/bindings"));
 */
export function nativeCurve(native: NativeSecp256k1): VoucherCurve {
  return {
    name: "native",
    keccak: fastKeccak(),
    sign: (digest, privateKey) => {
      const { signature, recid } = native.ecdsaSign(digest, privateKey);
      return withRecovery(signature, recid);
    },
    recover: (digest, rs, recovery) => native.ecdsaRecover(rs, recovery, digest, false).subarray(1),
  };
}

/**
 * The curve of `@noble/curves` 1, which the caller installs and passes: plain JavaScript, a little faster than ethers.
 * @example
 * import { secp256k1 } from "@noble/curves/secp256k1";
 * const curve = nobleCurve(secp256k1);
 */
export function nobleCurve(noble: NobleSecp256k1): VoucherCurve {
  return {
    name: "noble",
    sign: (digest, privateKey) => {
      const signature = noble.sign(digest, privateKey);
      return withRecovery(signature.toCompactRawBytes(), signature.recovery);
    },
    recover: (digest, rs, recovery) => {
      const signature = noble.Signature.fromCompact(rs).addRecoveryBit(recovery);
      return signature.recoverPublicKey(digest).toRawBytes(false).subarray(1);
    },
  };
}

function withRecovery(rs: Uint8Array, recovery: number): Uint8Array {
  const compact = Uint8Array.from(rs);
  compact[32] = (compact[32] ?? 0) | ((recovery & 1) << 7);
  return compact;
}
