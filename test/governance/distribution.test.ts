import { expect } from "chai";
import { network } from "hardhat";

import { deployDistribution } from "../../deploy/deployDistribution.ts";
import { checkGrants, GrantsError, readGrants, type Grant } from "../../deploy/grants.ts";
import treasuryModule from "../../deploy/treasury.ts";
import { localGovernance } from "../../deploy/localGovernance.ts";

const UNIT = 10n ** 18n;
const MILLION = 1_000_000n * UNIT;
const DAY = 86_400;
const START = Date.UTC(2040, 0, 1) / 1_000;

/** A chain of its own on which the deployer holds the whole supply of a hundred million. */
async function site() {
  const connection = await network.create("hardhat");
  const { ethers } = connection;
  const signers = await ethers.getSigners();
  const [deployer, team, investor, treasury] = signers;
  const p = localGovernance(deployer!.address);
  const { token } = await connection.ignition.deploy(treasuryModule, {
    parameters: { Treasury: { ...p, tiers: [...p.tiers] } },
  });
  const address = await token.getAddress();
  const sluice = await ethers.getContractAt("SluiceToken", address);
  return { connection, sluice, address, deployer: deployer!, team: team!, investor: investor!, treasury: treasury! };
}

function grantsFor({ team, investor, treasury }: Awaited<ReturnType<typeof site>>): Grant[] {
  const schedule = { startSeconds: START, durationSeconds: 1_000 * DAY };
  return [
    { name: "treasury", recipient: treasury.address, amount: 70n * MILLION },
    { name: "team", recipient: team.address, amount: 20n * MILLION, vesting: { ...schedule, cliffSeconds: 365 * DAY } },
    { name: "investor", recipient: investor.address, amount: 10n * MILLION, vesting: { ...schedule, cliffSeconds: 0 } },
  ];
}

function findingsOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof GrantsError) return error.findings;
    throw error;
  }
}

describe("deploy: distribution", () => {
  it("gives the whole supply to its receivers, and what vests is paid by its schedule", async () => {
    const made = await site();
    const { connection, sluice, address, deployer, team, investor, treasury } = made;
    const funded = await deployDistribution(connection, address, grantsFor(made));
    expect(await sluice.balanceOf(deployer.address)).to.equal(0);
    expect(await sluice.balanceOf(treasury.address)).to.equal(70n * MILLION);
    const wallets = await Promise.all(
      funded.slice(1).map(({ wallet }) => connection.ethers.getContractAt("SluiceVesting", wallet)),
    );
    const [teams, investors] = wallets;
    const { time } = connection.networkHelpers;
    await time.increaseTo(START + 365 * DAY - 1);
    expect([await teams!["releasable(address)"](address), await teams!.cliff()]).to.deep.equal([
      0n,
      BigInt(START + 365 * DAY),
    ]);
    await time.increaseTo(START + 500 * DAY);
    expect(await teams!["releasable(address)"](address)).to.equal(10n * MILLION);
    expect(await investors!["releasable(address)"](address)).to.equal(5n * MILLION);
    await time.increaseTo(START + 1_000 * DAY);
    await teams!["release(address)"](address);
    await investors!["release(address)"](address);
    expect([await sluice.balanceOf(team.address), await sluice.balanceOf(investor.address)]).to.deep.equal([
      20n * MILLION,
      10n * MILLION,
    ]);
  });

  it("sends nothing when the grants do not add up to the supply", async () => {
    const made = await site();
    const { connection, sluice, address, deployer } = made;
    const block = await connection.ethers.provider.getBlockNumber();
    const grants = grantsFor(made).map((grant) => ({ ...grant, amount: grant.amount - 1n }));
    const refused: unknown = await deployDistribution(connection, address, grants).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(GrantsError);
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(block);
    expect(await sluice.balanceOf(deployer.address)).to.equal(100n * MILLION);
  });

  it("sends everything or nothing: without the whole supply at the deployer nobody gets anything", async () => {
    const made = await site();
    const { connection, sluice, address, investor, treasury } = made;
    await sluice.transfer(investor.address, 1n);
    const refused: unknown = await deployDistribution(connection, address, grantsFor(made)).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(Error);
    expect([await sluice.balanceOf(treasury.address), await sluice.balanceOf(investor.address)]).to.deep.equal([
      0n,
      1n,
    ]);
  });

  it("finds no token where there is none", async () => {
    const made = await site();
    const refused: unknown = await deployDistribution(made.connection, made.team.address, grantsFor(made)).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(GrantsError);
  });
});

describe("SupplyDistributor", () => {
  it("checks the sum and the lengths itself, whoever calls it", async () => {
    const { connection, sluice, address, team } = await site();
    const distributor = await connection.ethers.deployContract("SupplyDistributor");
    await sluice.approve(await distributor.getAddress(), 100n * MILLION);
    await expect(distributor.distribute(address, [team.address], [100n * MILLION - 1n]))
      .to.be.revertedWithCustomError(distributor, "SumIsNotSupply")
      .withArgs(100n * MILLION - 1n, 100n * MILLION);
    await expect(distributor.distribute(address, [team.address], [1n, 2n]))
      .to.be.revertedWithCustomError(distributor, "LengthsDiffer")
      .withArgs(1, 2);
    const tx = distributor.distribute(address, [team.address, team.address], [MILLION, 99n * MILLION]);
    await expect(tx).to.emit(distributor, "Distributed");
    expect(await sluice.balanceOf(team.address)).to.equal(100n * MILLION);
  });
});

describe("deploy: grants", () => {
  const recipient = "0x00000000000000000000000000000000000000A1";
  const vesting = { startSeconds: START, durationSeconds: 100, cliffSeconds: 10 };
  const good: Grant = { name: "team", recipient, amount: 5n, vesting };

  it("are refused with every problem at once", () => {
    const bad: Grant[] = [
      { ...good, name: "two words" },
      { ...good, recipient: "0x0000000000000000000000000000000000000000" },
      { ...good, name: "none", amount: 0n },
      { ...good, name: "early", vesting: { ...vesting, startSeconds: 5 } },
      { ...good, name: "cliff", vesting: { ...vesting, cliffSeconds: 101 } },
      { ...good, name: "cliff", vesting: { ...vesting, durationSeconds: 0, cliffSeconds: 0 } },
      { ...good, name: "broken", vesting: { ...vesting, durationSeconds: 0.5 } },
    ];
    expect(findingsOf(() => checkGrants(bad, 1n)).length).to.equal(9);
    expect(findingsOf(() => checkGrants([good], 5n))).to.deep.equal([]);
    expect(findingsOf(() => checkGrants([good], 6n)).length).to.equal(1);
  });

  it("come from a file: tokens as decimal text, the start a date, days for the rest", () => {
    const rows = [
      { name: "treasury", recipient, tokens: "12.5" },
      { name: "team", recipient, tokens: "1", vesting: { start: "2040-01-01", days: 1_460, cliffDays: 365 } },
    ];
    expect(readGrants(JSON.stringify({ grants: rows }))).to.deep.equal([
      { name: "treasury", recipient, amount: (25n * UNIT) / 2n },
      {
        name: "team",
        recipient,
        amount: UNIT,
        vesting: { startSeconds: START, durationSeconds: 1_460 * DAY, cliffSeconds: 365 * DAY },
      },
    ]);
  });

  it("are refused where the file is no such file, row by row", () => {
    const files: [string, number][] = [
      ["{", 1],
      ["[]", 1],
      ['{"grants": []}', 1],
      [
        JSON.stringify({
          grants: [
            { name: "a", recipient, tokens: 5 },
            { name: "b", recipient: "x", tokens: "1" },
          ],
        }),
        2,
      ],
      [JSON.stringify({ grants: [{ name: "a", recipient, tokens: "1e18" }] }), 1],
      [JSON.stringify({ grants: [{ name: "a", recipient, tokens: "1", cliff: 5 }] }), 1],
      [
        JSON.stringify({
          grants: [{ name: "a", recipient, tokens: "1", vesting: { start: "soon", days: 1, cliffDays: 0 } }],
        }),
        1,
      ],
    ];
    for (const [text, findings] of files) expect(findingsOf(() => readGrants(text)).length, text).to.equal(findings);
  });
});
