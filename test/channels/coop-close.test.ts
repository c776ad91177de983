import { signClose } from "@sluice/sdk";
import { expect } from "chai";
import type { Signer } from "ethers";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  CAP,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  HOUR,
  opened,
  queue,
  redeem,
  SCORE,
  stateOf,
  voucher,
  type Channel,
  type Channels,
} from "./world.ts";

type Options = {
  by?: Signer;
  attestation?: string;
  deadline?: number;
  signer?: Signer;
  payee?: Signer;
  signed?: bigint;
};

async function coopClose(world: Channels, channel: Channel, cumulative: bigint, options: Options = {}) {
  const {
    by = world.stranger,
    attestation = "0x",
    signer = channel.signer,
    payee = world.payee,
    signed = cumulative,
  } = options;
  const deadline = options.deadline ?? (await networkHelpers.time.latest()) + HOUR;
  const signatures = [
    await signClose(signer, channel.id, signed, deadline, world.channelSite),
    await signClose(payee, channel.id, signed, deadline, world.channelSite),
  ] as const;
  return world.channels.connect(by).coopClose(channel.packed, cumulative, deadline, ...signatures, attestation);
}

describe("PaymentChannels.coopClose", () => {
  it("settles at once at the amount both signed, whoever submits", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 10n * UNIT);
    const before = await holdings(world);
    await expect(coopClose(world, channel, 30n * UNIT))
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, 30n * UNIT, 50n * UNIT);
    const after = { payee: before.payee + 20n * UNIT, payer: before.payer + 50n * UNIT, channels: 0n };
    expect(await holdings(world)).to.deep.equal({ ...before, ...after });
    expect(await stateOf(world, channel)).to.include({ open: false, closed: true, deposit: 0n });
  });

  it("needs no signature of a payee who calls, and pays nothing where nothing is new", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 10n * UNIT);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const signature = await signClose(world.payer, channel.id, 10n * UNIT, deadline, world.channelSite);
    const call = (by: Signer) =>
      world.channels.connect(by).coopClose(channel.packed, 10n * UNIT, deadline, signature, "0x", "0x");
    const args = [channel.id, world.payee.address];
    await expectRefused(world, channel, () => call(world.payer), "CloseSignatureInvalid", args);
    await call(world.payee);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(10n * UNIT);
  });

  it("reverts when either signature is another's or over another amount, or is a voucher's", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const [byPayer, byPayee] = [world.payer.address, world.payee.address];
    const cases: [Options, string][] = [
      [{ signer: world.payee }, byPayer],
      [{ payee: world.payer }, byPayee],
      [{ signed: 6n * UNIT }, byPayer],
    ];
    for (const [options, blamed] of cases) {
      const act = () => coopClose(world, channel, 5n * UNIT, options);
      await expectRefused(world, channel, act, "CloseSignatureInvalid", [channel.id, blamed]);
    }
    const asVoucher = await voucher(world, channel, 5n * UNIT);
    const late = (await networkHelpers.time.latest()) + HOUR;
    const act = () =>
      world.channels.connect(world.payee).coopClose(channel.packed, 5n * UNIT, late, asVoucher, "0x", "0x");
    await expectRefused(world, channel, act, "CloseSignatureInvalid", [channel.id, byPayer]);
  });

  it("reverts from the deadline on, and outside of what was paid and what is there", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 10n * UNIT);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    for (const amount of [10n * UNIT - 1n, DEPOSIT + 1n]) {
      const act = () => coopClose(world, channel, amount);
      await expectRefused(world, channel, act, "CloseAmountOutOfRange", [amount, 10n * UNIT, DEPOSIT]);
    }
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await expectRefused(world, channel, () => coopClose(world, channel, DEPOSIT, { deadline }), "CloseExpired", [
      deadline,
      deadline,
    ]);
  });

  it("obeys the risk cap, which an Allow lifts and a Hold or Block does not", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 200n * UNIT);
    const act = () => coopClose(world, channel, 150n * UNIT);
    await expectRefused(world, channel, act, "AttestationNeeded", [channel.id, 150n * UNIT, CAP]);
    for (const [band, number] of [
      ["Hold", 2],
      ["Block", 3],
    ] as const) {
      const attestation = await attestOne(world, channel, 150n * UNIT, SCORE[band]);
      const refused = () => coopClose(world, channel, 150n * UNIT, { attestation });
      await expectRefused(world, channel, refused, "CloseNotAllowed", [channel.id, number, SCORE[band]]);
    }
    const attestation = await attestOne(world, channel, 150n * UNIT, SCORE.Allow);
    await coopClose(world, channel, 150n * UNIT, { attestation });
    expect(await world.token.balanceOf(world.payee.address)).to.equal(150n * UNIT);
  });

  it("pays a blocked channel's payee nothing, and ends it where nothing is asked", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 1n, { attestation: await attestOne(world, channel, 1n, SCORE.Block) });
    await expectRefused(world, channel, () => coopClose(world, channel, 1n), "PayoutBlocked", [channel.id]);
    await coopClose(world, channel, 0n);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT);
  });

  it("drops what is queued, since the payee signed, and works in and after the exit window", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await queue(world, channel, 40n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increase(25 * HOUR);
    await coopClose(world, channel, 20n * UNIT);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(20n * UNIT);
    expect(await world.token.balanceOf(world.channelSite.channels)).to.equal(0n);
    await expect(world.channels.release(channel.packed)).to.be.revertedWithCustomError(
      world.channels,
      "ChannelNotOpen",
    );
  });
});
