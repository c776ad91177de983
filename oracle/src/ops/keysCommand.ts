import { attestersAbi, hotKeyDigest } from "@sluice/sdk";
import { getAddress, Interface, isAddress } from "ethers";

import { createKeystore, importKeystore } from "../attest/keys.ts";
import { loadSigner } from "../attest/loadSigner.ts";
import { loadKeyring, nextKey, type NodeKeySettings } from "../attest/nodeKeys.ts";
import { expanded } from "../attest/signer.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";

/** What an attester's account sends to name the next key as its hot key. */
export interface HotKeyChange {
  readonly hotKey: string;
  readonly account: string;
  readonly attesters: string;
  /** 65 bytes, the hot key's consent. */
  readonly signature: string;
  /** Calldata of `Attesters.setHotKey`, for the account's own wallet. */
  readonly data: string;
}

const attestersInterface = new Interface(attestersAbi);

function checkedAddress(name: string, value: string): string {
  if (!isAddress(value)) throw new OracleError("SETTINGS_INVALID", `${name}: not an address: ${String(value)}`);
  return getAddress(value);
}

/**
 * The next key's consent to sign for an attester's account. The account's own key is not needed here and stays cold.
 *
 * @param url Where the account's node answers; empty to leave it unsaid.
 * @throws OracleError SETTINGS_INVALID where the settings name no next key, and those of `loadSigner`.
 */
export async function hotKeyChange(
  settings: NodeKeySettings & { readonly chainId: number },
  names: { readonly account: string; readonly attesters: string; readonly url: string },
): Promise<HotKeyChange> {
  const next = nextKey(settings);
  if (next === undefined) {
    throw new OracleError("SETTINGS_INVALID", "nextKeyFile: name the next key in the settings first");
  }
  const account = checkedAddress("--account", names.account);
  const attesters = checkedAddress("--attesters", names.attesters);
  const signer = await loadSigner(next);
  try {
    const digest = hotKeyDigest(account, { chainId: settings.chainId, contract: attesters });
    const signature = expanded(await signer.sign(digest)).serialized;
    const data = attestersInterface.encodeFunctionData("setHotKey", [signer.address, signature, names.url]);
    return { hotKey: signer.address, account, attesters, signature, data };
  } finally {
    await signer.close();
  }
}

/** Addresses of the keys the settings name, each opened to see that it can be: the current one, then the next. */
export async function keyAddresses(settings: NodeKeySettings): Promise<string[]> {
  const keys = await loadKeyring(settings);
  try {
    return keys.addresses;
  } finally {
    await keys.close();
  }
}

/** One of `oracle keys new|import|address|rotate`. Answers what to print; undefined for a verb that does not exist. */
export async function keysCommand(
  verb: string,
  option: (name: string) => string,
  settings: () => NodeSettings,
  optional: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (verb === "new") return createKeystore(option("out"), option("password-file"));
  if (verb === "import") {
    return importKeystore(option("private-key-file"), option("out"), option("password-file"));
  }
  if (verb === "address") return (await keyAddresses(settings())).join("\n");
  if (verb !== "rotate") return undefined;
  const names = { account: option("account"), attesters: option("attesters"), url: optional("url") ?? "" };
  return JSON.stringify(await hotKeyChange(settings(), names), null, 2);
}
