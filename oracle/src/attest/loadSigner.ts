import { Wallet } from "ethers";

import { OracleError } from "../errors.ts";
import { readSecret } from "./keyFiles.ts";
import { remoteSigner, type RemoteOptions } from "./remoteSigner.ts";
import { localSigner, type Signer } from "./signer.ts";

/** Where one key is: in an encrypted keystore, in a plain file, or behind a remote signer. Exactly one of them. */
export interface KeySettings {
  readonly keyFile?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  /** Address of a key that the remote signer holds. */
  readonly signerAddress?: string | undefined;
  readonly remote?: RemoteOptions | undefined;
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

/**
 * Opens the key the settings name: an encrypted keystore, plain hex on a local chain, or a key that a remote signer holds.
 *
 * @throws OracleError SETTINGS_INVALID, KEY_UNREADABLE, SIGNER_UNAVAILABLE or SIGNER_WRONG.
 */
export async function loadSigner(settings: KeySettings): Promise<Signer> {
  const { keyFile, passwordFile, privateKeyFile, signerAddress, remote } = settings;
  const named = [keyFile, privateKeyFile, signerAddress].filter((source) => source !== undefined);
  if (named.length !== 1) {
    throw new OracleError("SETTINGS_INVALID", "keyFile, privateKeyFile, signerAddress: exactly one of them is needed");
  }
  if (privateKeyFile !== undefined) return fromHex(privateKeyFile);
  if (signerAddress !== undefined) {
    if (remote === undefined) throw new OracleError("SETTINGS_INVALID", "signerUrl: needed beside signerAddress");
    return remoteSigner(signerAddress, remote);
  }
  if (keyFile === undefined || passwordFile === undefined) {
    throw new OracleError("SETTINGS_INVALID", "passwordFile: needed beside keyFile");
  }
  return fromKeystore(keyFile, passwordFile);
}
