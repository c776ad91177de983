import { readFile, stat } from "node:fs/promises";

import { network } from "hardhat";

import { DeployError } from "../../deploy/parameters.ts";

/** Bits that let group or others read, write or execute. */
const othersMode = 0o077;

/**
 * A private key out of a file that only its owner may read; its text is in no message.
 *
 * @throws DeployError
 */
async function readKey(path: string): Promise<string> {
  const { mode } = await stat(path).catch((error: unknown) => {
    throw new DeployError([`the key file cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  });
  if ((mode & othersMode) !== 0) throw new DeployError([`the key file ${path} is readable by others: chmod 600 it`]);
  const text = (await readFile(path, "utf8")).trim();
  const key = text.startsWith("0x") ? text : `0x${text}`;
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new DeployError([`the key file ${path} does not hold 32 bytes of hex`]);
  return key;
}

/**
 * Connects to any chain.
 *
 * @param keyFile Holds the private key whose account sends; the endpoint's own accounts do, when absent.
 * @throws DeployError where the key file cannot be used
 */
export async function connectTo(url: string, keyFile?: string) {
  const accounts = keyFile === undefined ? {} : { accounts: [await readKey(keyFile)] };
  return network.create({ network: "local", override: { url, ...accounts } });
}
