import { rebateRootDigest, rebateTree } from "@sluice/sdk";
import { computeAddress, keccak256, Signature, toUtf8Bytes, ZeroHash } from "ethers";

import type { Rows } from "./escrowRows.ts";
import { authorize3009, gasOf, UNIT, type World } from "./world.ts";

const ACCOUNTS = 1_000;
const DAY = 86_400;

/** What a referral in the terms adds to an authorization: bytes that are not zero, and nothing stored. */
async function attribution(world: World): Promise<number> {
  const { gas: without } = await authorize3009(world);
  const { gas } = await authorize3009(world, { referral: `0x${"ab".repeat(12)}` });
  return gas - without;
}

/** A claim of an account that has claimed before, out of a tree of a thousand accounts. */
export async function rebateRows(world: World): Promise<Rows> {
  const { ethers, networkHelpers, gate, deployer, operator, stranger, token } = world;
  const address = await token.getAddress();
  const pool = await ethers.deployContract("RebatePool", [
    await gate.getAddress(),
    deployer.address,
    address,
    UNIT,
    DAY,
    DAY,
    deployer.address,
  ]);
  const site = { chainId: world.site.chainId, pool: await pool.getAddress() };
  await token.connect(operator).approve(site.pool, 2n ** 255n);
  await pool.connect(operator).fund(address, 100_000n * UNIT);
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) =>
    index === 0 ? world.payee.address : computeAddress(keccak256(toUtf8Bytes(`sluice bench affiliate ${index}`))),
  );
  const claim = async (period: bigint): Promise<number> => {
    const tree = rebateTree(
      accounts.map((account, index) => ({ account, cumulative: period * BigInt(index + 7) * 10n ** 15n })),
    );
    const asOf = (await ethers.provider.getBlockNumber()) - 1;
    const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? ZeroHash;
    const { root, total } = tree;
    const posted = { token: address, period, asOf, asOfHash, tierTable: ZeroHash, total, root };
    const digest = rebateRootDigest(posted, site);
    const signatures = world.keys.map((key) => Signature.from(key.sign(digest).serialized).compactSerialized.slice(2));
    await pool.post(posted, `0x${signatures.join("")}`);
    await networkHelpers.time.increase(DAY);
    const account = world.payee.address;
    // Somebody else's claim brings the root into force first.
    const other = accounts[1] ?? "";
    await pool.claim(address, other, period * 8n * 10n ** 15n, tree.proof(other));
    return gasOf(pool.connect(stranger).claim(address, account, period * 7n * 10n ** 15n, tree.proof(account)));
  };
  return {
    "rebates.attributionExtra": await attribution(world),
    "firstUse.rebates.claim": await claim(1n),
    "rebates.claim": await claim(2n),
  };
}
