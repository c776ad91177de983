import { Signature, SigningKey, computeAddress } from "ethers";

import { curve, type Curve } from "./curve.ts";

/** Signs digests with one key. Shaped so that a key which never leaves its hardware fits: one digest in, 64 bytes out. */
export interface Signer {
  /** Checksummed address of the key. */
  readonly address: string;
  /**
   * Signs 32 bytes. May be called many times at once.
   *
   * @returns 64 bytes as 0x text, EIP-2098: r, then a low s with the recovery bit on top.
   */
  sign(digest: string): Promise<string>;
  /** Lets go of connections; nothing is signed afterwards. */
  close(): Promise<void>;
}

/** A signer with the key in memory. */
export function localSigner(privateKey: string, arithmetic: Curve = curve): Signer {
  const key = new SigningKey(privateKey);
  return {
    address: computeAddress(key.publicKey),
    sign: (digest) => Promise.resolve(arithmetic.sign(digest, privateKey)),
    close: () => Promise.resolve(),
  };
}

/** The same signature in the 65 bytes that transactions use. */
export function expanded(signature: string): Signature {
  return Signature.from(signature);
}
