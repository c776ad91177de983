import { packListSignatures, rebatePoolAbi } from "@sluice/sdk";
import { getAddress, Interface } from "ethers";

import { curve } from "../attest/curve.ts";
import type { Keyring } from "../attest/keyring.ts";
import { minedBlock, sendOnce } from "../compliance/sendOnce.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { endpointsOf } from "../ops/follow.ts";
import { buildWith, poolOf } from "./buildWith.ts";
import { invalid, rootFileOf, rootOfFile, type RootFile, type RootSignature } from "./files.ts";

const poolInterface = new Interface(rebatePoolAbi);

/**
 * Computes a root from this node's own store and signs it where it comes out the same.
 *
 * @param tables As for `buildWith`.
 * @throws OracleError REBATES_DIFFER, with the names of what differs; nothing is signed.
 */
export async function signRoot(
  settings: NodeSettings,
  keys: Keyring,
  file: RootFile,
  tables: readonly string[],
): Promise<RootSignature> {
  const own = rootFileOf(await buildWith(settings, tables, file));
  const names = Object.keys(own) as (keyof RootFile)[]; // keys() widens to string
  const differing = names.filter((name) => own[name] !== file[name]);
  if (differing.length > 0) {
    const shown = differing.map((name) => `${name} ${own[name]}, not ${file[name]}`).join("; ");
    throw new OracleError("REBATES_DIFFER", `this node computes ${shown}: nothing was signed`, { differing });
  }
  const signer = keys.among([]);
  return { signer: signer.address, digest: own.digest, signature: await signer.sign(own.digest) };
}

/** Signatures of a root as the pool takes them, each checked to be its signer's. */
function packed(digest: string, signatures: readonly RootSignature[]): string {
  for (const { signer, digest: signed, signature } of signatures) {
    if (signed === digest && curve.recover(digest, signature) === getAddress(signer)) continue;
    throw invalid(`${signer} has not signed ${digest}`, { signer, digest });
  }
  return packListSignatures(signatures);
}

/** A root on chain. */
export interface PostedRootAt {
  readonly hash: string;
  readonly block: number;
}

/**
 * Posts a root that a quorum has signed.
 *
 * @throws OracleError REBATES_INVALID where a signature does not fit or the pool refuses.
 */
export async function submitRoot(
  settings: NodeSettings,
  keys: Keyring,
  file: RootFile,
  signatures: readonly RootSignature[],
): Promise<PostedRootAt> {
  const { chainId, pool } = poolOf(settings);
  if (file.pool !== pool || file.chainId !== chainId) {
    throw invalid(`the root is for pool ${file.pool} on chain ${file.chainId}, not for this node's`);
  }
  const data = poolInterface.encodeFunctionData("post", [rootOfFile(file), packed(file.digest, signatures)]);
  const abort = new AbortController();
  try {
    const rpc = endpointsOf(settings, abort.signal);
    const outcome = await sendOnce(rpc, keys.among([]), chainId, { to: pool, data });
    if (outcome.kind === "refused") {
      const { error, args } = outcome;
      throw invalid(`the pool refuses the root: ${error}`, { error, args });
    }
    const { hash } = outcome;
    const block = await minedBlock(rpc, hash);
    if (block === "reverted") throw invalid(`transaction ${hash} was reverted`, { hash });
    return { hash, block };
  } finally {
    abort.abort();
  }
}

/** The call that claims an account's leaf. */
export function claimData(token: string, account: string, cumulative: bigint, proof: readonly string[]): string {
  return poolInterface.encodeFunctionData("claim", [token, account, cumulative, proof]);
}
