import type { Settings } from "../config.ts";
import { Keyring } from "./keyring.ts";
import type { RemoteOptions } from "./remoteSigner.ts";
import { loadSigner, type KeySettings } from "./loadSigner.ts";
import type { Signer } from "./signer.ts";

/** The settings keys are read from. */
export type NodeKeySettings = Pick<
  Settings,
  | "keyFile"
  | "passwordFile"
  | "privateKeyFile"
  | "signerUrl"
  | "signerAddress"
  | "signerTokenFile"
  | "signerCertFile"
  | "signerCertKeyFile"
  | "signerCaFile"
  | "signerTimeoutMs"
  | "nextKeyFile"
  | "nextPasswordFile"
  | "nextPrivateKeyFile"
  | "nextSignerAddress"
  | "keeperKeyFile"
  | "keeperPasswordFile"
  | "keeperPrivateKeyFile"
  | "keeperSignerAddress"
  | "reviewKeyFile"
  | "reviewPasswordFile"
  | "reviewPrivateKeyFile"
>;

function remoteOf(settings: NodeKeySettings): { remote: RemoteOptions } | undefined {
  const { signerUrl, signerTimeoutMs, signerTokenFile, signerCertFile, signerCertKeyFile, signerCaFile } = settings;
  if (signerUrl === undefined) return undefined;
  return {
    remote: {
      url: signerUrl,
      timeoutMs: signerTimeoutMs,
      tokenFile: signerTokenFile,
      certFile: signerCertFile,
      certKeyFile: signerCertKeyFile,
      caFile: signerCaFile,
    },
  };
}

/** Where the next key is, undefined outside a rotation. */
export function nextKey(settings: NodeKeySettings): KeySettings | undefined {
  const { nextKeyFile, nextPasswordFile, nextPrivateKeyFile, nextSignerAddress } = settings;
  if (nextKeyFile === undefined && nextPrivateKeyFile === undefined && nextSignerAddress === undefined)
    return undefined;
  return {
    keyFile: nextKeyFile,
    passwordFile: nextPasswordFile,
    privateKeyFile: nextPrivateKeyFile,
    signerAddress: nextSignerAddress,
    ...remoteOf(settings),
  };
}

/** Opens the key that pays for transactions, undefined where the signing key does. */
async function loadKeeperKey(settings: NodeKeySettings): Promise<Signer | undefined> {
  const { keeperKeyFile, keeperPasswordFile, keeperPrivateKeyFile, keeperSignerAddress } = settings;
  const named = [keeperKeyFile, keeperPrivateKeyFile, keeperSignerAddress].some((source) => source !== undefined);
  if (!named) return undefined;
  return loadSigner({
    keyFile: keeperKeyFile,
    passwordFile: keeperPasswordFile,
    privateKeyFile: keeperPrivateKeyFile,
    signerAddress: keeperSignerAddress,
    ...remoteOf(settings),
  });
}

/** Opens the operator's reviewer key, undefined where the settings name none. */
export async function loadReviewer(settings: NodeKeySettings): Promise<Signer | undefined> {
  const { reviewKeyFile, reviewPasswordFile, reviewPrivateKeyFile } = settings;
  if (reviewKeyFile === undefined && reviewPrivateKeyFile === undefined) return undefined;
  return loadSigner({
    keyFile: reviewKeyFile,
    passwordFile: reviewPasswordFile,
    privateKeyFile: reviewPrivateKeyFile,
  });
}

/** Opens the node's current key, during a rotation the next one, and the one that pays for transactions. */
export async function loadKeyring(settings: NodeKeySettings): Promise<Keyring> {
  const { keyFile, passwordFile, privateKeyFile, signerAddress } = settings;
  const payer = await loadKeeperKey(settings);
  const none = [keyFile, privateKeyFile, signerAddress].every((source) => source === undefined);
  // A process that only keeps has no signing key.
  if (none && payer !== undefined) return new Keyring(payer);
  const current = await loadSigner({ keyFile, passwordFile, privateKeyFile, signerAddress, ...remoteOf(settings) });
  const next = nextKey(settings);
  return new Keyring(current, next === undefined ? undefined : await loadSigner(next), payer);
}
