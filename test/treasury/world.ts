import { ZeroAddress } from "ethers";

import { deploySuite, ethers, networkHelpers, UNIT } from "../shared/suite.ts";

export const THIRTY_DAYS = 30 * 86_400;
export const PARTS = { attesters: 3_000, stakers: 2_500, rebates: 2_500, treasury: 2_000 };
export const FIRST_CAP = 1_000n;
export const COIN = ZeroAddress;

export type Money = Awaited<ReturnType<typeof deployMoney>>;

/**
 * Everything protocol fees pass through, over the suite's gate; the deployer stands for the timelock, `sluice` is the
 * governance token, all of it the stranger's, and the escrow takes a fee of half a percent for the splitter.
 */
async function deployMoney() {
  const suite = await deploySuite();
  const { deployer, gate, stranger } = suite;
  const timelock = deployer.address;
  const sluice = await ethers.deployContract("SluiceToken", [stranger.address, 1_000_000_000n * UNIT]);
  const sluiceAt = await sluice.getAddress();
  const stream = await ethers.deployContract("RewardStreamMock", [sluiceAt]);
  const treasury = await ethers.deployContract("Treasury", [timelock, FIRST_CAP]);
  const treasuryAt = await treasury.getAddress();
  const buyBack = await ethers.deployContract("BuyBack", [sluiceAt, await stream.getAddress(), timelock, treasuryAt]);
  const splitter = await ethers.deployContract("FeeSplitter", [
    timelock,
    treasuryAt,
    await buyBack.getAddress(),
    PARTS,
  ]);
  const gateAt = await gate.getAddress();
  const rewards = await ethers.deployContract("AttesterRewards", [gateAt, treasuryAt]);
  const windows = [1n, 86_400, 86_400] as const;
  const pool = await ethers.deployContract("RebatePool", [gateAt, timelock, sluiceAt, ...windows, treasuryAt]);
  await splitter.setPools(await rewards.getAddress(), await pool.getAddress());
  const grants = await ethers.deployContract("GrantStreams", [timelock, treasuryAt]);
  const codes = await ethers.deployContract("ReferralCodes");
  await sluice.connect(stranger).approve(await buyBack.getAddress(), 2n ** 255n);
  const address = await suite.token.getAddress();
  return {
    ...suite,
    vault: treasury,
    treasuryAt,
    sluice,
    stream,
    buyBack,
    splitter,
    rewards,
    pool,
    grants,
    codes,
    address,
  };
}

export function money(): Promise<Money> {
  return networkHelpers.loadFixture(deployMoney);
}

/** What an account has of a token, the zero address being coins. */
export async function holds(token: string, account: string): Promise<bigint> {
  if (token === COIN) return ethers.provider.getBalance(account);
  return (await ethers.getContractAt("LocalToken", token)).balanceOf(account);
}
