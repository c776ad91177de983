import { readFileSync, statSync } from "node:fs";
import { Signature, SigningKey, Wallet, computeAddress } from "ethers";

import { messageOf, OracleError } from "../errors.ts";
import { curve, type Curve } from "./curve.ts";

/** Signs digests with one key. Shaped so that a key which never leaves its hardware fits: one digest in, 64 bytes out. */
export interface Signer {
  /** Checksummed address of the key. */
  readonly address: string;
  /** 64 bytes as 0x text, EIP-2098: r, then s with the recovery bit on top. */
  sign(digest: string): Promise<string>;
}

/** A signer with the key in memory. */
export function localSigner(privateKey: string, arithmetic: Curve = curve): Signer {
  const key = new SigningKey(privateKey);
  return {
    address: computeAddress(key.publicKey),
    sign: (digest) => Promise.resolve(arithmetic.sign(digest, privateKey)),
  };
}

/** The same signature in the 65 bytes that transactions use. */
export function expanded(signature: string): Signature {
  return Signature.from(signature);
}

export interface KeySettings {
  readonly keyFile?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly privateKeyFile?: string | undefined;
}

/** Bits that let group or others read, write or execute. */
const OTHERS = 0o077;

function readSecret(path: string, what: string): string {
  let text: string;
  let mode: number;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new OracleError("KEY_UNREADABLE", `${what} ${path} cannot be read: ${messageOf(error)}`, { path });
  }
  if ((mode & OTHERS) !== 0 && process.platform !== "win32") {
    throw new OracleError("KEY_UNREADABLE", `${what} ${path} is readable by others: chmod 600 it`, { path });
  }
  return text;
}

async function fromKeystore(keyFile: string, passwordFile: string): Promise<Signer> {
  const password = readSecret(passwordFile, "passwordFile");
  const keystore = readSecret(keyFile, "keyFile");
  try {
    const wallet = await Wallet.fromEncryptedJson(keystore, password);
    return localSigner(wallet.privateKey);
  } catch {
    throw new OracleError("KEY_UNREADABLE", `keyFile ${keyFile} is no keystore, or the password is wrong`, { keyFile });
  }
}

function fromHex(path: string): Signer {
  const text = readSecret(path, "privateKeyFile");
  const hex = text.startsWith("0x") ? text : `0x${text}`;
  // The message must not show what stood in the file.
  if (!/^0x[0-9a-fA-F]{64}$/.test(hex)) {
    throw new OracleError("KEY_UNREADABLE", `privateKeyFile ${path} does not hold 32 bytes of hex`, { path });
  }
  return localSigner(hex);
}

/** Reads the signing key the settings name: an encrypted keystore, or plain hex on a local chain. */
export async function loadSigner(settings: KeySettings): Promise<Signer> {
  const { keyFile, passwordFile, privateKeyFile } = settings;
  if ((keyFile === undefined) === (privateKeyFile === undefined)) {
    throw new OracleError("SETTINGS_INVALID", "keyFile, privateKeyFile: exactly one of them is needed");
  }
  if (privateKeyFile !== undefined) return fromHex(privateKeyFile);
  if (keyFile === undefined || passwordFile === undefined) {
    throw new OracleError("SETTINGS_INVALID", "passwordFile: needed beside keyFile");
  }
  return fromKeystore(keyFile, passwordFile);
}
