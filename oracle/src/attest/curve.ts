import { createRequire } from "node:module";
import { getAddress, getBytes, keccak256, recoverAddress, Signature, SigningKey } from "ethers";
import type * as Secp256k1 from "secp256k1";

/** ECDSA on secp256k1, the two things a node does with it. Every implementation gives the same bytes. */
export interface Curve {
  readonly name: "native" | "ethers";
  /**
   * Signs deterministically (RFC 6979) with a low s.
   * @param digest 32 bytes as 0x text.
   * @param privateKey 32 bytes as 0x text.
   * @returns 64 bytes as 0x text, EIP-2098: r, then s with the recovery bit on top.
   */
  sign(digest: string, privateKey: string): string;
  /**
   * The address that made a signature over a digest.
   * @param signature 64 bytes (EIP-2098) or 65 bytes (r, s, v) as 0x text.
   * @returns A checksummed address; throws where the signature recovers to nobody.
   */
  recover(digest: string, signature: string): string;
}

/** ethers' own arithmetic: everywhere, and slow. */
export const ethersCurve: Curve = {
  name: "ethers",
  sign: (digest, privateKey) => new SigningKey(privateKey).sign(digest).compactSerialized,
  recover: (digest, signature) => recoverAddress(digest, Signature.from(signature)),
};

type Native = Pick<typeof Secp256k1, "ecdsaSign" | "ecdsaRecover">;

const COMPACT = 64;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/** r and s as 64 bytes, and the recovery bit, of a signature in either form. The high s of an old signature is refused. */
function parts(signature: string): { rs: Uint8Array; recovery: number } {
  const bytes = getBytes(signature);
  if (bytes.length !== COMPACT && bytes.length !== COMPACT + 1) {
    throw new RangeError(`a signature has 64 or 65 bytes, not ${bytes.length}`);
  }
  const rs = bytes.slice(0, COMPACT);
  if (bytes.length === COMPACT) {
    const top = rs[32] ?? 0;
    rs[32] = top & 0x7f;
    return { rs, recovery: top >>> 7 };
  }
  const v = bytes[COMPACT] ?? 0;
  if (v !== 27 && v !== 28) throw new RangeError(`v of a signature is 27 or 28, not ${v}`);
  return { rs, recovery: v - 27 };
}

/** libsecp256k1 as prebuilt by the npm package of that name; some twenty times as fast. */
function nativeCurve(native: Native): Curve {
  return {
    name: "native",
    sign: (digest, privateKey) => {
      const { signature, recid } = native.ecdsaSign(getBytes(digest), getBytes(privateKey));
      const compact = Uint8Array.from(signature);
      compact[32] = (compact[32] ?? 0) | ((recid & 1) << 7);
      return hex(compact);
    },
    recover: (digest, signature) => {
      const { rs, recovery } = parts(signature);
      if (BigInt(hex(rs.subarray(32))) > HALF_ORDER) throw new RangeError("the signature's s is above half the order");
      const point = native.ecdsaRecover(rs, recovery, getBytes(digest), false);
      return getAddress(`0x${keccak256(point.subarray(1)).slice(-40)}`);
    },
  };
}

function loadNative(): Curve | undefined {
  try {
    // The package's main file falls back to slow JavaScript without a word; its bindings do not.
    const native: Native = createRequire(import.meta.url)("secp256k1/bindings") as Native; // typed by @types/secp256k1
    return nativeCurve(native);
  } catch {
    return undefined;
  }
}

/** The native curve where the platform has a prebuilt library. */
export const nativeSecp256k1: Curve | undefined = loadNative();

/** The fastest curve there is. */
export const curve: Curve = nativeSecp256k1 ?? ethersCurve;
