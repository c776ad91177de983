import type { Signer, TypedDataDomain } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { checkUrl } from "./nodeFailures.ts";
import type { CallAnswer } from "./oracleCalls.ts";
import { oracleClient, type OracleClientOptions } from "./oracleClient.ts";

/** An account's word that its stake stands behind a key of one node's API. */
export type ApiKeyProof = {
  /** URL by which the node goes, without a slash at the end: at another node the signature says nothing. */
  node: string;
  /** The key's public part, such as `slk_0123456789ab`. */
  key: string;
  /** Whose stake it is. */
  account: string;
  /** It counts before this second since the Unix epoch, once. */
  deadline: number;
};

export type TieApiKeyOptions = Omit<OracleClientOptions, "urls" | "apiKey"> & {
  /** The node's URL, as it names itself. */
  url: string;
  /** What `oracle apikeys new` printed. */
  apiKey: string;
  /** Seconds for which the signature counts, at most 3,600; 600 when absent. */
  validSeconds?: number;
  /** Milliseconds since the Unix epoch; `Date.now` when absent. */
  clock?: () => number;
};

const types = {
  ApiKeyAccount: [
    { name: "node", type: "string" },
    { name: "key", type: "string" },
    { name: "account", type: "address" },
    { name: "deadline", type: "uint40" },
  ],
};

/**
 * What an account signs whose stake is to raise the limit of an API key.
 * @throws SluiceError `ADDRESS_INVALID` or `NUMBER_OUT_OF_RANGE`, naming the field
 */
export function apiKeyTypedData({ node, key, account, deadline }: ApiKeyProof, chainId: number | bigint) {
  const domain: TypedDataDomain = { name: "Sluice API key", version: "1", chainId: checkUint("chainId", chainId, 256) };
  const message = {
    ...{ node, key, account: checkAddress("account", account) },
    deadline: checkUint("deadline", deadline, 40),
  };
  return { domain, types: { ApiKeyAccount: [...types.ApiKeyAccount] }, message };
}

/**
 * Ties an API key to the account that signs, so that its stake raises the key's limit at this node. A key has one account and
 * an account one key: the last signature counts.
 * @returns The key as the node sees it now: stake, factor, requests a second.
 * @throws NodeError `ACCOUNT_PROOF_INVALID` in `details.nodeCode`; SluiceError `URL_INVALID` where the node goes by another URL than the one
 * that was asked, so that nothing is signed that another node could use
 * @example
 * const { factor, requestsPerSecond } = await tieApiKey(wallet, { url: "https://node-1.example", apiKey });
 */
export async function tieApiKey(signer: Signer, options: TieApiKeyOptions): Promise<CallAnswer<"tieKey">> {
  const { url: asked, validSeconds = 600, clock = Date.now, ...rest } = options;
  const url = checkUrl(asked);
  const client = oracleClient({ ...rest, urls: url });
  const { node, id, chainId } = await client.readKey({});
  if (node !== url) {
    throw new SluiceError(
      "URL_INVALID",
      `url: the node at ${url} goes by ${node}; ask it there, and sign for that`,
      "url",
    );
  }
  const account = await signer.getAddress();
  const deadline = Math.floor(clock() / 1_000) + validSeconds;
  const { domain, types: fields, message } = apiKeyTypedData({ node, key: id, account, deadline }, chainId);
  const signature = await signer.signTypedData(domain, fields, message);
  return client.tieKey({ body: { account, deadline, signature } });
}
