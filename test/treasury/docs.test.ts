import { answeredList, answersHash, attesterPeriodDigest } from "@sluice/sdk";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatUnits, Signature } from "ethers";

import { DAY, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { holds, money, type Money } from "./world.ts";

type Values = Record<string, string>;

function whole(value: bigint, decimals = 18): string {
  return BigInt(formatUnits(value, decimals).split(".")[0] ?? "0").toLocaleString("en");
}

async function tableOf(page: string): Promise<{ name: string; was: string; is: string }[]> {
  const text = await readFile(`docs/operations/${page}.md`, "utf8");
  const section = text.split("\n## State\n")[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const [, name = "", was = "", is = ""] = line.split("|").map((cell) => cell.trim());
    return { name, was, is };
  });
}

/** Does what a page describes and compares its table with the chain, row by row. */
async function play(page: string, values: () => Promise<Values>, act: () => Promise<unknown>): Promise<void> {
  const rows = await tableOf(page);
  expect(rows.length, `${page}: rows`).to.be.greaterThan(2);
  const before = await values();
  await act();
  const after = await values();
  for (const { name, was, is } of rows) expect([name, before[name], after[name]], page).to.deep.equal([name, was, is]);
}

async function inUnits(world: Money, who: string, decimals = 18): Promise<string> {
  return whole(await holds(world.address, who), decimals);
}

describe("docs: treasury pages", () => {
  it("are right about a spend", async () => {
    const world = await money();
    const { vault, address, token, treasuryAt, payee } = world;
    await token.mint(treasuryAt, 1_000_000n * UNIT);
    const values = async (): Promise<Values> => ({
      "treasury holds": await inUnits(world, treasuryAt),
      "payee holds": await inUnits(world, payee.address),
      "spent in thirty days": whole(await vault.spentOf(address)),
      spendable: whole(await vault.spendable(address)),
    });
    await play("treasury-spend", values, () => vault.spend(address, payee.address, 60_000n * UNIT));
  });

  it("are right about a grant", async () => {
    const world = await money();
    const { grants, address, token, payee } = world;
    await token.mint(await grants.getAddress(), 1_000n * UNIT);
    const start = (await networkHelpers.time.latest()) + 10;
    await grants.open(address, payee.address, 1_000n * UNIT, start, start + 10 * DAY, start + 100 * DAY);
    await networkHelpers.time.increaseTo(start + 25 * DAY);
    const values = async (): Promise<Values> => ({
      vested: whole(await grants.vestedOf(1n)),
      withdrawn: whole((await grants.grant(1n)).withdrawn),
      "recipient holds": await inUnits(world, payee.address),
      committed: whole(await grants.committedOf(address)),
    });
    await networkHelpers.time.setNextBlockTimestamp(start + 25 * DAY);
    await play("treasury-grants", values, () => grants.withdraw(1n));
  });

  it("are right about a split", async () => {
    const world = await money();
    const { splitter, address, token, rewards, buyBack, pool, treasuryAt } = world;
    const at = await Promise.all([splitter, rewards, buyBack, pool].map((one) => one.getAddress()));
    const [splitterAt = "", rewardsAt = "", buyBackAt = "", poolAt = ""] = at;
    await token.mint(splitterAt, 10_000n * UNIT);
    const values = async (): Promise<Values> => ({
      "splitter holds": await inUnits(world, splitterAt),
      "attesters' rewards hold": await inUnits(world, rewardsAt),
      "buy-back holds": await inUnits(world, buyBackAt),
      "rebate pool holds": await inUnits(world, poolAt),
      "treasury holds": await inUnits(world, treasuryAt),
    });
    await play("treasury-split", values, () => splitter.split(address));
  });

  it("are right about a purchase", async () => {
    const world = await money();
    const { buyBack, address, token, stranger, stream } = world;
    await buyBack.list(address, 2n * UNIT, UNIT * 100n);
    await token.mint(await buyBack.getAddress(), 1_000n * UNIT);
    await buyBack.start(address);
    const { startedAt } = await buyBack.auction(address);
    await networkHelpers.time.increaseTo(startedAt + BigInt(DAY / 2));
    await networkHelpers.time.setNextBlockTimestamp(startedAt + BigInt(DAY / 2));
    const values = async (): Promise<Values> => ({
      "left of the lot": whole((await buyBack.auction(address)).left),
      "buyer holds of the token": await inUnits(world, stranger.address),
      "paid to the reward stream": whole(await stream.received()),
      price: whole(await buyBack.priceOf(address)),
    });
    await play("treasury-buy-back", values, () =>
      buyBack.connect(stranger).buy(address, 400n * UNIT, 2n ** 200n, stranger.address),
    );
  });

  it("are right about the attesters' part", async () => {
    const world = await money();
    const { rewards, address, token, payee, operator, arbiter, treasuryAt } = world;
    await token.mint(await rewards.getAddress(), 1_000n);
    const people = [payee, operator, arbiter];
    const list = answeredList(people.map(({ address: account }, index) => ({ account, count: index === 0 ? 3n : 2n })));
    const toBlock = (await ethers.provider.getBlockNumber()) - 1;
    const toBlockHash = (await ethers.provider.getBlock(toBlock))?.hash ?? "";
    const period = { period: 1n, fromBlock: 1, toBlock, toBlockHash, answers: answersHash(list) };
    const site = { chainId: world.chainId, attesterRewards: await rewards.getAddress() };
    const digest = attesterPeriodDigest(period, site);
    const parts = world.keys.slice(0, 2).map((key) => Signature.from(key.sign(digest).serialized).compactSerialized);
    await rewards.post(period, list, `0x${parts.map((part) => part.slice(2)).join("")}`);
    const values = async (): Promise<Values> => ({
      "credited to the first": String(await rewards.owed(address, payee.address)),
      "credited to the second": String(await rewards.owed(address, operator.address)),
      "credited to the third": String(await rewards.owed(address, arbiter.address)),
      "treasury holds": await inUnits(world, treasuryAt, 0),
    });
    await play("treasury-attesters", values, () => rewards.distribute(address, list));
  });

  it("show the prices of an auction as the contract has them", async () => {
    const { buyBack, address, token } = await money();
    await buyBack.list(address, 100n * UNIT, 1n);
    await token.mint(await buyBack.getAddress(), 1_000n);
    await buyBack.start(address);
    const begun = (await buyBack.auction(address)).startedAt;
    const text = await readFile("docs/operations/treasury-buy-back.md", "utf8");
    const rows = [...text.matchAll(/^\| (\d+) h\s+\| (\d+)/gm)].map(([, hour, price]) => [Number(hour), price]);
    expect(rows.length).to.equal(6);
    for (const [hour, price] of rows) {
      const second = begun + BigInt(Number(hour) * 3_600) - (hour === 24 ? 1n : 0n);
      if (hour !== 0) await networkHelpers.time.increaseTo(second);
      expect(whole(await buyBack.priceOf(address)), `${hour} h`).to.equal(price);
    }
  });
});
