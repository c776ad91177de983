import { readFileSync, writeFileSync } from "node:fs";
import { Wallet } from "ethers";

import { messageOf, OracleError } from "../errors.ts";

const SHORTEST_PASSWORD = 12;

/**
 * Makes a signing key and writes it as an encrypted keystore that only its owner can read. An existing file is kept.
 *
 * @returns The key's address, to be listed among the signers of an epoch.
 */
export async function createKeystore(out: string, passwordFile: string): Promise<string> {
  const password = readFileSync(passwordFile, "utf8").trim();
  if (password.length < SHORTEST_PASSWORD) {
    throw new OracleError("KEY_UNREADABLE", `the password has fewer than ${SHORTEST_PASSWORD} characters`, {
      passwordFile,
    });
  }
  const wallet = Wallet.createRandom();
  const keystore = await wallet.encrypt(password);
  try {
    writeFileSync(out, `${keystore}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new OracleError("KEY_UNREADABLE", `${out} cannot be written: ${messageOf(error)}`, { out });
  }
  return wallet.address;
}
