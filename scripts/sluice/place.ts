import { existsSync, readFileSync, statSync } from "node:fs";

import { deployments, parseDeployment, type Deployment, type GovernanceAddresses } from "@sluice/sdk";
import { getAddress, isAddress, JsonRpcProvider, Wallet, type Signer } from "ethers";

import { CliError } from "./cliError.ts";

/** Where to look and who acts, as the command line names them. */
export interface PlaceOptions {
  readonly rpc?: string | undefined;
  readonly deployment?: string | undefined;
  readonly account?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keystore?: string | undefined;
  readonly passwordFile?: string | undefined;
}

const defaultRpc = "http://127.0.0.1:8545";
const deploymentsFolder = new URL("../../deployments/", import.meta.url).pathname;
const pollingMs = 250;
/** Bits that let group or others read a file. */
const others = 0o077;

/** The endpoint: the option, else the variable SLUICE_RPC, else the local chain's. */
export function rpcUrlOf(options: PlaceOptions, environment: Readonly<Record<string, string | undefined>>): string {
  return options.rpc ?? environment["SLUICE_RPC"] ?? defaultRpc;
}

/** Asks the endpoint for its chain once, so that a wrong URL is an answer and not a wait. */
async function chainIdAt(url: string): Promise<number> {
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
    const { result } = (await answer.json()) as { result?: unknown }; // checked on the next line
    if (typeof result === "string" && /^0x[0-9a-f]+$/i.test(result)) return Number(result);
  } catch {
    // said below, for every kind of failure alike
  }
  throw new CliError(
    "RPC_UNAVAILABLE",
    `no chain answers at ${url}: start one (npm start) or name another with --rpc URL`,
  );
}

/** A provider of the endpoint's chain. */
export async function providerAt(url: string): Promise<JsonRpcProvider> {
  const chainId = await chainIdAt(url);
  const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 20 });
  provider.pollingInterval = pollingMs;
  return provider;
}

/** The deployment: the file that is named, else deployments/<chainId>.json, else the one that the SDK knows. */
export function deploymentAt(chainId: number, file?: string): Deployment {
  const path = file ?? `${deploymentsFolder}${chainId}.json`;
  if (!existsSync(path)) {
    const known = file === undefined ? deployments[chainId] : undefined;
    if (known !== undefined) return known;
    throw new CliError(
      "DEPLOYMENT_MISSING",
      `${path} does not exist: name the deployment's file with --deployment FILE`,
    );
  }
  const deployment = parseDeployment(readFileSync(path, "utf8"));
  if (deployment.chainId === chainId) return deployment;
  const chains = { file: deployment.chainId, endpoint: chainId };
  throw new CliError(
    "DEPLOYMENT_MISSING",
    `${path} is of chain ${deployment.chainId}, the endpoint serves ${chainId}`,
    chains,
  );
}

/** The deployment's governance. */
export function governanceOf(deployment: Deployment): GovernanceAddresses {
  if (deployment.governance !== undefined) return deployment.governance;
  throw new CliError("DEPLOYMENT_MISSING", "this deployment has no governance");
}

/** What stands in a file that only its owner may read. */
export function secretText(path: string, what: string): string {
  if (!existsSync(path)) throw new CliError("KEY_UNREADABLE", `${what} ${path} does not exist`);
  if (process.platform !== "win32" && (statSync(path).mode & others) !== 0) {
    throw new CliError("KEY_UNREADABLE", `${what} ${path} is readable by others: chmod 600 ${path}`);
  }
  return readFileSync(path, "utf8").trim();
}

function walletOfKeyFile(path: string): Wallet {
  const text = secretText(path, "key file");
  try {
    return new Wallet(text.startsWith("0x") ? text : `0x${text}`);
  } catch {
    throw new CliError("KEY_UNREADABLE", `${path} does not hold 32 bytes of hex`);
  }
}

async function walletOfKeystore(path: string, passwordFile: string | undefined): Promise<Signer> {
  if (passwordFile === undefined) throw new CliError("USAGE", "--keystore needs --password-file FILE");
  const [json, password] = [secretText(path, "keystore"), secretText(passwordFile, "password file")];
  try {
    return await Wallet.fromEncryptedJson(json, password);
  } catch {
    throw new CliError("KEY_UNREADABLE", `${path} cannot be opened with the password in ${passwordFile}`);
  }
}

/** An account by its address, or by its place among those that the endpoint holds. */
async function unlocked(provider: JsonRpcProvider, account: string): Promise<Signer> {
  const isPlace = /^\d{1,3}$/.test(account);
  if (!isPlace && !isAddress(account)) throw new CliError("USAGE", `--account: not an address: ${String(account)}`);
  const held = await provider.listAccounts();
  const found = isPlace ? held[Number(account)] : held.find(({ address }) => address === getAddress(account));
  if (found !== undefined) return found;
  const message = `the endpoint does not sign for ${account}: give --key-file FILE, or --keystore FILE and --password-file FILE`;
  throw new CliError("ACCOUNT_MISSING", message, { account });
}

/** Who acts: a key file, a keystore, or an account that the endpoint holds unlocked, as local chains do. */
export async function signerOf(options: PlaceOptions, provider: JsonRpcProvider): Promise<Signer> {
  const { account, keyFile, keystore, passwordFile } = options;
  const named = [account, keyFile, keystore].filter((value) => value !== undefined);
  if (named.length !== 1) {
    const message =
      "say once who acts: --key-file FILE, --keystore FILE with --password-file FILE, or --account ADDRESS";
    throw new CliError(named.length === 0 ? "ACCOUNT_MISSING" : "USAGE", message);
  }
  if (account !== undefined) return unlocked(provider, account);
  if (keyFile !== undefined) return walletOfKeyFile(keyFile).connect(provider);
  return (await walletOfKeystore(keystore ?? "", passwordFile)).connect(provider);
}
