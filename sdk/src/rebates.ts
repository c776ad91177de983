import { AbiCoder, concat, keccak256, TypedDataEncoder, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { rebateRootTypes, rebatesDomain } from "./generated/eip712.ts";

/** What a quorum signs about commissions and rebates in one token. Amounts in the token's smallest unit. */
export type RebateRoot = {
  token: string;
  period: bigint;
  asOf: number;
  asOfHash: string;
  tierTable: string;
  /** Sum of all leaves, cumulative. */
  total: bigint;
  root: string;
};

/** Where the rebate pool is. */
export type RebateSite = { chainId: number | bigint; pool: string };

/** The digest attesters sign. */
export function rebateRootDigest(root: RebateRoot, site: RebateSite): string {
  const domain: TypedDataDomain = {
    ...rebatesDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("pool", site.pool),
  };
  const message = {
    token: checkAddress("token", root.token),
    period: checkUint("period", root.period, 64),
    asOf: checkUint("asOf", root.asOf, 64),
    asOfHash: checkBytes("asOfHash", root.asOfHash, 32),
    tierTable: checkBytes("tierTable", root.tierTable, 32),
    total: checkUint("total", root.total, 256),
    root: checkBytes("root", root.root, 32),
  };
  return TypedDataEncoder.hash(domain, { RebateRoot: [...rebateRootTypes.RebateRoot] }, message);
}

/** What an account has earned in all, in the token's smallest unit. */
export type RebateLeaf = { account: string; cumulative: bigint };

/** A leaf as the pool hashes it: twice, so that no inner node is taken for one. */
export function rebateLeaf({ account, cumulative }: RebateLeaf): string {
  const values = [checkAddress("account", account), checkUint("cumulative", cumulative, 256)];
  return keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], values)));
}

function parent(a: string, b: string): string {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}

/** A tree over all leaves, from which roots and proofs are read. */
export type RebateTree = { readonly root: string; readonly total: bigint; proof(account: string): string[] };

/**
 * The Merkle tree of a period. Leaves are put in the order of their accounts, so that the same leaves have the same root
 * whoever builds it; a node without a neighbour goes up as it is.
 * @throws SluiceError `BYTES_INVALID` for no leaves or an account that stands there twice
 */
export function rebateTree(leaves: readonly RebateLeaf[]): RebateTree {
  if (leaves.length === 0) throw new SluiceError("BYTES_INVALID", "leaves: there is none", "leaves");
  const sorted = leaves
    .map((leaf) => ({ ...leaf, key: checkAddress("account", leaf.account).toLowerCase() }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const place = new Map(sorted.map(({ key }, index) => [key, index]));
  if (place.size !== sorted.length)
    throw new SluiceError("BYTES_INVALID", "leaves: an account stands there twice", "leaves");
  const levels: string[][] = [sorted.map(rebateLeaf)];
  for (let level = levels[0] ?? []; level.length > 1;) {
    const above: string[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left = "", right] = [level[index], level[index + 1]];
      above.push(right === undefined ? left : parent(left, right));
    }
    levels.push(above);
    level = above;
  }
  return {
    root: levels.at(-1)?.[0] ?? "",
    total: sorted.reduce((sum, { cumulative }) => sum + cumulative, 0n),
    proof: (account) => {
      let index = place.get(checkAddress("account", account).toLowerCase());
      if (index === undefined) throw new SluiceError("ADDRESS_INVALID", `account: ${account} has no leaf`, "account");
      const path: string[] = [];
      for (const level of levels.slice(0, -1)) {
        const neighbour = level[index ^ 1];
        if (neighbour !== undefined) path.push(neighbour);
        index >>= 1;
      }
      return path;
    },
  };
}
