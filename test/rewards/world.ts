import { rebateRootDigest, rebateTree, type RebateLeaf, type RebateRoot } from "@sluice/sdk";
import { Signature, toBeHex, type SigningKey } from "ethers";

import { DAY, deploySuite, ethers, networkHelpers, UNIT } from "../shared/suite.ts";

export const BOND = 100n * UNIT;
export const CHALLENGE_WINDOW = 2 * DAY;
export const RULING_WINDOW = 7 * DAY;
export const TIER_TABLE = toBeHex(77, 32);

export type Rewards = Awaited<ReturnType<typeof deployPool>>;

/** A pool over the suite's gate, funded with 1,000; the deployer stands for the timelock, the stranger has bond tokens. */
async function deployPool() {
  const suite = await deploySuite();
  const bondToken = await ethers.deployContract("SluiceToken", [suite.stranger.address, 1_000_000n * UNIT]);
  const pool = await ethers.deployContract("RebatePool", [
    await suite.gate.getAddress(),
    suite.deployer.address,
    await bondToken.getAddress(),
    BOND,
    CHALLENGE_WINDOW,
    RULING_WINDOW,
    suite.treasury.address,
  ]);
  const site = { chainId: suite.chainId, pool: await pool.getAddress() };
  const address = await suite.token.getAddress();
  await suite.token.mint(suite.operator.address, 10_000n * UNIT);
  await suite.token.connect(suite.operator).approve(site.pool, 2n ** 255n);
  await bondToken.connect(suite.stranger).approve(site.pool, 2n ** 255n);
  await pool.connect(suite.deployer).setTierTable(TIER_TABLE);
  await pool.connect(suite.operator).fund(address, 1_000n * UNIT);
  await networkHelpers.mine(2);
  return { ...suite, pool, poolSite: site, bondToken, address };
}

export function fixture(): Promise<Rewards> {
  return networkHelpers.loadFixture(deployPool);
}

export function leavesOf(world: Rewards, ...amounts: bigint[]): RebateLeaf[] {
  const accounts = [world.payee.address, world.feeReceiver.address, world.arbiter.address, world.treasury.address];
  return amounts.map((cumulative, index) => ({ account: accounts[index] ?? "", cumulative }));
}

export async function rootOf(
  world: Rewards,
  leaves: readonly RebateLeaf[],
  changes: Partial<RebateRoot> = {},
): Promise<RebateRoot> {
  const asOf = (await ethers.provider.getBlockNumber()) - 1;
  const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? toBeHex(0, 32);
  const { root, total } = rebateTree(leaves);
  return { token: world.address, period: 1n, asOf, asOfHash, tierTable: TIER_TABLE, total, root, ...changes };
}

/** Signatures of attesters, in the order the suite lists their keys: ascending by address. */
export function signRoot(
  world: Rewards,
  root: RebateRoot,
  keys: readonly SigningKey[] = world.keys.slice(0, 2),
): string {
  const digest = rebateRootDigest(root, world.poolSite);
  const parts = keys.map((key) => Signature.from(key.sign(digest).serialized).compactSerialized.slice(2));
  return `0x${parts.join("")}`;
}

export async function post(world: Rewards, root: RebateRoot, keys?: readonly SigningKey[]) {
  return world.pool.connect(world.stranger).post(root, signRoot(world, root, keys));
}

/** A root over the leaves, in force. */
export async function inForce(world: Rewards, leaves: readonly RebateLeaf[], changes: Partial<RebateRoot> = {}) {
  await post(world, await rootOf(world, leaves, changes));
  await networkHelpers.time.increase(CHALLENGE_WINDOW);
  return rebateTree(leaves);
}
