import { readFileSync, writeFileSync } from "node:fs";
import { Wallet, type HDNodeWallet } from "ethers";

import { messageOf, OracleError } from "../errors.ts";
import { readSecret } from "./keyFiles.ts";

const SHORTEST_PASSWORD = 12;

function readPassword(passwordFile: string): string {
  const password = readFileSync(passwordFile, "utf8").trim();
  if (password.length >= SHORTEST_PASSWORD) return password;
  throw new OracleError("KEY_UNREADABLE", `the password has fewer than ${SHORTEST_PASSWORD} characters`, {
    passwordFile,
  });
}

async function writeKeystore(wallet: Wallet | HDNodeWallet, out: string, passwordFile: string): Promise<string> {
  const keystore = await wallet.encrypt(readPassword(passwordFile));
  try {
    writeFileSync(out, `${keystore}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new OracleError("KEY_UNREADABLE", `${out} cannot be written: ${messageOf(error)}`, { out });
  }
  return wallet.address;
}

/**
 * Makes a signing key and writes it as an encrypted keystore that only its owner can read. An existing file is kept.
 *
 * @returns The key's address, to be listed among the signers of an epoch.
 * @throws OracleError KEY_UNREADABLE.
 */
export async function createKeystore(out: string, passwordFile: string): Promise<string> {
  return writeKeystore(Wallet.createRandom(), out, passwordFile);
}

/**
 * Encrypts a key that exists as plain hex. The plain file stays: removing it is left to whoever made it.
 *
 * @returns The key's address.
 * @throws OracleError KEY_UNREADABLE; no message shows what stood in the file.
 */
export async function importKeystore(privateKeyFile: string, out: string, passwordFile: string): Promise<string> {
  const text = readSecret(privateKeyFile, "private key file");
  let wallet: Wallet;
  try {
    wallet = new Wallet(text.startsWith("0x") ? text : `0x${text}`);
  } catch {
    throw new OracleError("KEY_UNREADABLE", `${privateKeyFile} does not hold 32 bytes of hex`, { privateKeyFile });
  }
  return writeKeystore(wallet, out, passwordFile);
}
