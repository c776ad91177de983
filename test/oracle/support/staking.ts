import type { TestChain } from "./chain.ts";

const DAY = 86_400;

/** SLUICE and its stake beside the chain's own contracts. The account `boss` plays the attesters' contract: it does what it is told. */
export async function stakingOn(chain: TestChain) {
  const { ethers, deployer } = chain;
  const sluice = await ethers.deployContract("SluiceToken", [deployer.address, 10n ** 26n]);
  const tiers = [1n, 2n, 3n];
  const stake = await ethers.deployContract("SluiceStake", [await sluice.getAddress(), DAY, DAY, tiers]);
  const boss = await ethers.deployContract("ActorAccount", [deployer.address]);
  await stake.setAttesters(await boss.getAddress());
  const address = await stake.getAddress();

  /** Gives an account SLUICE that the stake may take. */
  const fund = async (account: Parameters<typeof sluice.connect>[0] & { address: string }, amount: bigint) => {
    await sluice.transfer(account.address, amount);
    await sluice.connect(account).approve(address, 2n ** 256n - 1n);
  };

  /** What only the attesters' contract may do. */
  const act = async (method: "bond" | "unbond" | "recall" | "slash", ...args: unknown[]): Promise<void> => {
    const { data } = await stake.getFunction(method).populateTransaction(...args);
    await boss.execute(address, data, { gasLimit: 1_000_000 });
  };

  return { sluice, stake, address, boss, fund, act };
}

export type Staking = Awaited<ReturnType<typeof stakingOn>>;
