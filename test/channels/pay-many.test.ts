import { packPayManyRows, payManyDigest, signPayMany, type PayManyHeader } from "@sluice/sdk";
import { attestationDigest, packAttestation } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, toBeHex, ZeroAddress, type Signer } from "ethers";

import { ethers, factsScoring, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { CAP, fixture, HOUR, QUEUE_DELAY, SCORE, type Channels } from "./world.ts";

const SHARE = 3n * UNIT;

/** An account of the payer with 300 tokens in it, and rows for three. */
async function funded(amount = 300n * UNIT) {
  const world = await fixture();
  const token = await world.token.getAddress();
  await world.channels.connect(world.stranger).fund(token, world.payer.address, amount);
  const payees = [1, 2, 3].map((index) => toBeHex(0xabcdef00 + index, 20));
  const rows = (each = SHARE) => packPayManyRows(payees.map((payee) => ({ payee, amount: each })));
  return { world, token, payees: payees.map((payee) => ethers.getAddress(payee)), rows };
}

async function headerOf(world: Channels, sequence: bigint, seconds = HOUR): Promise<PayManyHeader> {
  const deadline = (await networkHelpers.time.latest()) + seconds;
  return { account: world.payer.address, token: await world.token.getAddress(), sequence, deadline };
}

async function pay(
  world: Channels,
  rows: string,
  sequence = 1n,
  options: { signer?: Signer; attestation?: string } = {},
) {
  const header = await headerOf(world, sequence);
  const signature = await signPayMany(options.signer ?? world.payer, header, rows, world.channelSite);
  return world.channels.connect(world.stranger).payMany(header, rows, signature, options.attestation ?? "0x");
}

async function attest(world: Channels, header: PayManyHeader, rows: string, score: number): Promise<string> {
  const head = await ethers.provider.getBlockNumber();
  const asOf = Math.floor(head / POLICY.stride) * POLICY.stride;
  const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? toBeHex(0, 32);
  const subject = payManyDigest(header, rows, world.channelSite);
  const statement = { subject, asOf, asOfHash, facts: factsScoring(score) };
  const digest = attestationDigest(statement, { chainId: world.chainId, epoch: await world.epoch.getAddress() });
  const keys = world.keys.slice(0, 2);
  const signatures = keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized }));
  return packAttestation(statement, signatures);
}

describe("PaymentChannels.fund", () => {
  it("adds to anybody's account out of the caller's allowance, and the account takes it back by sweep", async () => {
    const { world, token } = await funded();
    expect(await world.channels.credit(token, world.payer.address)).to.equal(300n * UNIT);
    const before = await world.token.balanceOf(world.payer.address);
    await world.channels.connect(world.stranger).sweep(token, world.payer.address);
    expect((await world.token.balanceOf(world.payer.address)) - before).to.equal(300n * UNIT);
    await expect(world.channels.fund(token, world.payer.address, 0n)).to.be.revertedWithCustomError(
      world.channels,
      "DepositZero",
    );
    await expect(world.channels.fund(token, ZeroAddress, 1n))
      .to.be.revertedWithCustomError(world.channels, "ChannelPartyInvalid")
      .withArgs(ZeroAddress);
  });
});

describe("PaymentChannels.payMany", () => {
  it("pays three by one signature that a stranger submits; each sweeps his credit", async () => {
    const { world, token, payees, rows } = await funded();
    const sent = await pay(world, rows());
    await expect(sent)
      .to.emit(world.channels, "PaidMany")
      .withArgs(world.payer.address, token, 1n, 3n * SHARE, rows());
    expect(await world.channels.credit(token, world.payer.address)).to.equal(300n * UNIT - 3n * SHARE);
    for (const payee of payees) {
      expect(await world.channels.credit(token, payee)).to.equal(SHARE);
      await world.channels.sweep(token, payee);
      expect(await world.token.balanceOf(payee)).to.equal(SHARE);
    }
  });

  it("pays the same payee twice in a list, and the account itself", async () => {
    const { world, token } = await funded();
    const payee = ethers.getAddress(toBeHex(0xabcdef09, 20));
    const rows = packPayManyRows([
      { payee, amount: UNIT },
      { payee, amount: 2n * UNIT },
      { payee: world.payer.address, amount: UNIT },
    ]);
    await pay(world, rows);
    expect(await world.channels.credit(token, payee)).to.equal(3n * UNIT);
    expect(await world.channels.credit(token, world.payer.address)).to.equal(297n * UNIT);
  });

  it("pays each list once, in rising order, so that a higher one cancels", async () => {
    const { world, rows } = await funded();
    await pay(world, rows(), 5n);
    for (const sequence of [5n, 4n, 0n]) {
      await expect(pay(world, rows(), sequence))
        .to.be.revertedWithCustomError(world.channels, "PayManySequence")
        .withArgs(sequence, 5n);
    }
    await pay(world, rows(), 6n);
  });

  it("reverts whole for another signer, changed rows, a late list and a credit too low", async () => {
    const { world, token, rows } = await funded(10n * UNIT);
    const { channels, payer } = world;
    await expect(pay(world, rows(), 1n, { signer: world.stranger }))
      .to.be.revertedWithCustomError(channels, "PayManySignatureInvalid")
      .withArgs(payer.address);
    const header = await headerOf(world, 1n);
    const signature = await signPayMany(payer, header, rows(), world.channelSite);
    await expect(channels.payMany(header, rows(UNIT), signature, "0x"))
      .to.be.revertedWithCustomError(channels, "PayManySignatureInvalid")
      .withArgs(payer.address);
    const dear = rows(4n * UNIT);
    await expect(pay(world, dear))
      .to.be.revertedWithCustomError(channels, "CreditTooLow")
      .withArgs(token, payer.address, 10n * UNIT, 12n * UNIT);
    await networkHelpers.time.setNextBlockTimestamp(header.deadline);
    await expect(channels.payMany(header, rows(), signature, "0x"))
      .to.be.revertedWithCustomError(channels, "PayManyExpired")
      .withArgs(header.deadline, header.deadline);
  });

  it("reverts for rows of another length, none, and for nobody among the payees", async () => {
    const { world } = await funded();
    for (const rows of ["0x", `0x${"11".repeat(33)}`]) {
      const header = await headerOf(world, 1n);
      await expect(world.channels.connect(world.payer).payMany(header, rows, "0x", "0x"))
        .to.be.revertedWithCustomError(world.channels, "PayManyRowsLength")
        .withArgs((rows.length - 2) / 2);
    }
    const rows = packPayManyRows([{ payee: ZeroAddress, amount: UNIT }]);
    await expect(pay(world, rows)).to.be.revertedWithCustomError(world.channels, "ChannelPartyInvalid");
  });

  it("lets out what the risk cap allows, more after an Allow, and nothing on Hold or Block", async () => {
    const { world, rows } = await funded();
    const { channels, payer, token } = world;
    await pay(world, rows(30n * UNIT), 1n);
    const room = CAP - 90n * UNIT;
    const [left] = [await channels.accountUse(await token.getAddress(), payer.address)];
    expect(left.capped).to.equal(true);
    await expect(pay(world, rows(30n * UNIT), 2n)).to.be.revertedWithCustomError(channels, "AccountCapReached");
    expect(room > 0n).to.equal(true);
    for (const [score, allowed] of [
      [SCORE.Hold, false],
      [SCORE.Block, false],
      [SCORE.Allow, true],
    ] as const) {
      const header = await headerOf(world, 2n);
      const signature = await signPayMany(payer, header, rows(30n * UNIT), world.channelSite);
      const attestation = await attest(world, header, rows(30n * UNIT), score);
      const sent = channels.connect(world.stranger).payMany(header, rows(30n * UNIT), signature, attestation);
      if (allowed) await (await sent).wait();
      else await expect(sent).to.be.revertedWithCustomError(channels, "PayManyNotAllowed");
    }
    expect((await channels.accountUse(await token.getAddress(), payer.address)).capped).to.equal(false);
    await pay(world, rows(30n * UNIT), 3n);
  });

  it("goes on with every attester gone: whoever asks, the cap is loaded anew after silence and hold", async () => {
    const { world, token, rows } = await funded();
    const { channels, payer } = world;
    const ask = () => channels.connect(world.stranger).requestRefill(token, payer.address);
    await expect(ask()).to.be.revertedWithCustomError(channels, "RefillNotNeeded").withArgs(token, payer.address);
    await pay(world, rows(30n * UNIT), 1n);
    const asked = await ask();
    const refillAt = ((await asked.getBlock())?.timestamp ?? 0) + QUEUE_DELAY;
    await expect(asked).to.emit(channels, "RefillRequested").withArgs(token, payer.address, refillAt);
    await expect(ask())
      .to.be.revertedWithCustomError(channels, "RefillRequestedBefore")
      .withArgs(token, payer.address, refillAt);
    await networkHelpers.time.increaseTo(refillAt - 2);
    await expect(pay(world, rows(30n * UNIT), 2n)).to.be.revertedWithCustomError(channels, "AccountCapReached");
    await networkHelpers.time.increaseTo(refillAt);
    await pay(world, rows(30n * UNIT), 2n);
    expect((await channels.accountUse(token, payer.address)).refillAt).to.equal(0n);
  });
});
