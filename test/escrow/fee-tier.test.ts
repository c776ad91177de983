import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { capture, post, setPolicy } from "../shared/moves.ts";
import { ledgerOf } from "../shared/state.ts";
import { authorized, DAY, deployEscrow, ethers, fixture, networkHelpers, UNIT, type Suite } from "../shared/suite.ts";

const MANNER = { Answer: 0, Revert: 1, Burn: 2 } as const;
const TIERS = [1_000n * UNIT, 10_000n * UNIT, 100_000n * UNIT] as const;

/** The suite with an escrow that looks stake up in `stake`, and a protocol fee of 40 bps. */
async function withStake(suite: Suite, stake: string): Promise<Suite> {
  await setPolicy(suite, { protocolFeeBps: 40 });
  const escrow = await deployEscrow(await suite.gate.getAddress(), suite.treasury.address, stake);
  const site = { ...suite.site, escrow: await escrow.getAddress() };
  await suite.token.connect(suite.payer).approve(site.escrow, 2n ** 256n - 1n);
  return { ...suite, escrow, site };
}

/** The real stake, in which each of three parties holds the least of another tier, old enough. */
async function staked(suite: Suite): Promise<Suite> {
  const { deployer, payer, payee, operator } = suite;
  const token = await ethers.deployContract("SluiceToken", [deployer.address, 1_000_000n * UNIT]);
  const stake = await ethers.deployContract("SluiceStake", [await token.getAddress(), 7 * DAY, 7 * DAY, [...TIERS]]);
  for (const [holder, amount] of [
    [payer, TIERS[0]],
    [payee, TIERS[1]],
    [operator, TIERS[2]],
  ] as const) {
    await token.connect(deployer).transfer(holder.address, amount);
    await token.connect(holder).approve(await stake.getAddress(), amount);
    await stake.connect(holder).stake(amount);
  }
  return withStake(suite, await stake.getAddress());
}

/** The protocol's part of a captured 100, in hundredths of a token. */
async function protocolFee(suite: Suite, feeTier: "Nobody" | "Payer" | "Payee" | "Operator", salt = 1n) {
  const [, before] = await ledgerOf(suite, suite.feeReceiver.address);
  const payment = await authorized(suite, { feeTier, salt });
  await post(suite, payment);
  await capture(suite, payment, { feeBps: 100 });
  const [, after] = await ledgerOf(suite, suite.feeReceiver.address);
  return (after - before) / (UNIT / 100n);
}

describe("PaymentEscrow: fee tiers", () => {
  it("take 25, 50 or 75 % off the protocol's part by the stake of the party that the terms name", async () => {
    const suite = await staked(await fixture());
    await networkHelpers.time.increase(7 * DAY);
    expect(await suite.escrow.stake()).not.to.equal(ZeroAddress);
    expect(await protocolFee(suite, "Nobody", 1n)).to.equal(40n);
    expect(await protocolFee(suite, "Payer", 2n)).to.equal(30n);
    expect(await protocolFee(suite, "Payee", 3n)).to.equal(20n);
    expect(await protocolFee(suite, "Operator", 4n)).to.equal(10n);
  });

  it("leave the operator's part alone and give the difference to the payee", async () => {
    const suite = await staked(await fixture());
    await networkHelpers.time.increase(7 * DAY);
    await protocolFee(suite, "Payee");
    const [operatorPart] = await ledgerOf(suite, suite.feeReceiver.address);
    expect(operatorPart).to.equal(UNIT);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(99n * UNIT - UNIT / 5n);
  });

  it("count stake that is old enough, at release and not before", async () => {
    const suite = await staked(await fixture());
    const payment = await authorized(suite, {
      feeTier: "Operator",
      captureBy: (await networkHelpers.time.latest()) + 30 * DAY,
      refundBy: (await networkHelpers.time.latest()) + 60 * DAY,
    });
    await post(suite, payment);
    await capture(suite, payment, { amount: 50n * UNIT });
    expect((await ledgerOf(suite, suite.feeReceiver.address))[1]).to.equal(UNIT / 5n);
    await networkHelpers.time.increase(7 * DAY);
    await capture(suite, payment, { amount: 50n * UNIT });
    expect((await ledgerOf(suite, suite.feeReceiver.address))[1]).to.equal(UNIT / 5n + UNIT / 20n);
  });

  it("hold for each payment of a batch, and for a charge's parts alike", async () => {
    const suite = await staked(await fixture());
    await networkHelpers.time.increase(7 * DAY);
    const payments = [
      await authorized(suite, { feeTier: "Payee", salt: 1n }),
      await authorized(suite, { feeTier: "Nobody", salt: 2n }),
    ];
    for (const payment of payments) await post(suite, payment);
    const items = payments.map(({ packed, terms }) => ({ terms: packed, amount: terms.amount, feeBps: 0 }));
    await suite.escrow.connect(suite.operator).captureMany(items, "0x");
    expect((await ledgerOf(suite, suite.feeReceiver.address))[1]).to.equal((60n * UNIT) / 100n);
  });

  for (const [what, manner, tier] of [
    ["reverts", MANNER.Revert, 0n],
    ["burns all gas", MANNER.Burn, 0n],
    ["answers a fourth tier", MANNER.Answer, 4n],
    ["answers the largest number", MANNER.Answer, 2n ** 256n - 1n],
  ] as const) {
    it(`give no discount and stop no payment when the stake ${what}`, async () => {
      const stake = await ethers.deployContract("OddStake");
      await stake.set(manner, tier);
      const suite = await withStake(await fixture(), await stake.getAddress());
      expect(await protocolFee(suite, "Payee")).to.equal(40n);
    });
  }

  it("give no discount without a stake, and with an address that holds none", async () => {
    for (const stake of [ZeroAddress, "0x00000000000000000000000000000000000000ff"]) {
      const suite = await withStake(await fixture(), stake);
      expect(await protocolFee(suite, "Payer")).to.equal(40n);
    }
  });
});
