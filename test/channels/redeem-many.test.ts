import { encodeRows } from "@sluice/sdk";
import { expect } from "chai";
import { concat, dataSlice, Wallet } from "ethers";

import { key, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { channelsOf, claimedOf, eventsOf } from "./batches.ts";
import {
  attestOne,
  attestRows,
  batchOf,
  CAP,
  channelOf,
  DEPOSIT,
  fixture,
  holdings,
  opened,
  queue,
  queueOf,
  redeem,
  SCORE,
  stateOf,
  termsOf,
  type Channel,
} from "./world.ts";

describe("PaymentChannels.redeemMany", () => {
  it("pays many channels of distinct payers by one transfer and one event", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 12);
    const batch = await batchOf(
      world,
      channels.map((channel, index) => [channel, BigInt(index + 1) * UNIT] as const),
    );
    const before = await holdings(world);
    const tx = await world.channels.connect(world.payee).redeemMany(batch.header, batch.rows, "0x");
    const sum = 78n * UNIT;
    await expect(tx)
      .to.emit(world.channels, "BatchRedeemed")
      .withArgs(world.payee.address, await world.token.getAddress(), sum, encodeRows(batch.list));
    expect(await eventsOf(world, tx, "BatchRedeemed")).to.deep.equal({ rows: batch.list, report: [] });
    const transfers = await world.channels.runner?.provider?.getTransactionReceipt(tx.hash);
    expect(transfers?.logs.length).to.equal(2);
    expect(await holdings(world)).to.deep.equal({
      ...before,
      payee: before.payee + sum,
      channels: before.channels - sum,
    });
    expect(await claimedOf(world, channels)).to.deep.equal(channels.map((_, index) => BigInt(index + 1) * UNIT));
  });

  it("takes vouchers of signers who are not the payers, beside those of payers who are", async () => {
    const world = await fixture();
    const session = new Wallet(key("session"));
    const terms = await termsOf(world, { signer: session.address });
    const delegated = channelOf(world, terms, session);
    await world.channels.connect(world.payer).open(delegated.packed, DEPOSIT);
    const plain = await opened(world);
    const batch = await batchOf(world, [
      [plain, UNIT],
      [delegated, 2n * UNIT],
    ]);
    expect(batch.header.withSigners).to.equal(true);
    await world.channels.redeemMany(batch.header, batch.rows, "0x");
    expect(await claimedOf(world, [plain, delegated])).to.deep.equal([UNIT, 2n * UNIT]);
  });

  it("reverts on rows that are not whole and pays nothing for none", async () => {
    const world = await fixture();
    const batch = await batchOf(world, [[await opened(world), UNIT]]);
    const call = (rows: string, withSigners = false) =>
      world.channels.redeemMany({ ...batch.header, withSigners }, rows, "0x");
    for (const length of [1, 127]) {
      await expect(call(dataSlice(batch.rows, 0, length)))
        .to.be.revertedWithCustomError(world.channels, "RowsLength")
        .withArgs(length, 128);
    }
    await expect(call(batch.rows, true)).to.be.revertedWithCustomError(world.channels, "RowsLength").withArgs(128, 148);
    const tx = await call("0x");
    expect((await tx.wait())?.logs).to.deep.equal([]);
  });

  for (const [where, bad] of [
    ["first", 0],
    ["in the middle", 2],
    ["last", 3],
  ] as const) {
    it(`names the paid rows exactly where the bad one is ${where}`, async () => {
      const world = await fixture();
      const channels = (await channelsOf(world, 4)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const batch = await batchOf(
        world,
        channels.map((channel, index) => [channel, index === bad ? DEPOSIT + 1n : UNIT] as const),
      );
      const tx = await world.channels.redeemMany(batch.header, batch.rows, "0x");
      expect(await eventsOf(world, tx, "BatchRedeemed")).to.deep.equal({
        rows: batch.list.filter((_, index) => index !== bad),
        report: [{ index: bad, problem: "ExceedsDeposit" }],
      });
    });
  }

  it("pays a channel that appears twice for each higher voucher once", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const one = await batchOf(world, [[channel, 3n * UNIT]]);
    const two = await batchOf(world, [[channel, 5n * UNIT]]);
    const tx = await world.channels.redeemMany(one.header, concat([one.rows, two.rows, one.rows, two.rows]), "0x");
    const { rows, report } = await eventsOf(world, tx, "BatchRedeemed");
    expect(rows.map(({ cumulative }) => cumulative)).to.deep.equal([3n * UNIT, 5n * UNIT]);
    expect(report).to.deep.equal([2, 3].map((index) => ({ index, problem: "NotHigher" })));
    expect(await world.token.balanceOf(world.payee.address)).to.equal(5n * UNIT);
  });

  it("loads the cap once for all channels that have none, also after rows that have one", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 6, 300n * UNIT);
    const some = await batchOf(
      world,
      channels.slice(0, 3).map((channel) => [channel, UNIT] as const),
    );
    await world.channels.redeemMany(some.header, some.rows, "0x");
    const amounts = channels.map((_, index) => (index % 2 === 0 ? CAP : CAP + 1n));
    const all = await batchOf(
      world,
      channels.map((channel, index) => [channel, amounts[index] ?? 0n] as const),
    );
    const tx = await world.channels.redeemMany(all.header, all.rows, "0x");
    const { rows, report } = await eventsOf(world, tx, "BatchRedeemed");
    // those with a cap have used a unit of 2^51 or more, so only fresh ones let the whole cap go
    const paid = new Set([channels[4]?.id]);
    expect(rows.map(({ channel }) => channel)).to.deep.equal([...paid]);
    expect(report.map(({ problem }) => problem)).to.deep.equal(Array(5).fill("NeedsAttestation"));
  });
});

describe("PaymentChannels.redeemMany: with an attestation", () => {
  it("pays every row above its cap on Allow and resets the caps", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 4, 400n * UNIT);
    const batch = await batchOf(
      world,
      channels.map((channel) => [channel, 300n * UNIT] as const),
    );
    const attestation = await attestRows(world, batch.list, SCORE.Allow);
    const tx = await world.channels.redeemMany(batch.header, batch.rows, attestation);
    expect(await eventsOf(world, tx, "BatchRedeemed")).to.deep.equal({ rows: batch.list, report: [] });
    for (const channel of channels)
      expect(await stateOf(world, channel)).to.include({ claimed: 300n * UNIT, capped: false });
  });

  it("names to the gate what the batch moves, and the subject that the SDK computes", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 3);
    await redeem(world, channels[0] as Channel, UNIT);
    const batch = await batchOf(
      world,
      channels.map((channel) => [channel, 5n * UNIT] as const),
    );
    const subject = await world.channels.batchSubject(batch.header.payee, batch.header.token, encodeRows(batch.list));
    const tx = await world.channels.redeemMany(
      batch.header,
      batch.rows,
      await attestRows(world, batch.list, SCORE.Allow),
    );
    const [decided] = await world.gate.queryFilter(world.gate.filters.Decided(), tx.blockNumber ?? 0);
    expect(decided?.args.subject).to.equal(subject);
    const { completed } = await world.epoch.completeFacts(`0x${"00".repeat(32)}`, batch.header.token, 14n * UNIT);
    expect(dataSlice(decided?.args.facts ?? "0x", 0, 3)).to.equal(dataSlice(completed, 0, 3));
  });

  it("queues every row on Hold and pays nothing", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 3);
    const batch = await batchOf(
      world,
      channels.map((channel) => [channel, 5n * UNIT] as const),
    );
    const before = await holdings(world);
    const attestation = await attestRows(world, batch.list, SCORE.Hold);
    const tx = await world.channels.connect(world.stranger).redeemMany(batch.header, batch.rows, attestation);
    expect(await eventsOf(world, tx, "BatchQueued")).to.deep.equal({ rows: batch.list, report: [] });
    expect(await holdings(world)).to.deep.equal(before);
    expect(await claimedOf(world, channels)).to.deep.equal([0n, 0n, 0n]);
    await networkHelpers.time.increase(POLICY.holdDelay);
    for (const channel of channels) await world.channels.release(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(15n * UNIT);
  });

  it("leaves on Hold what waits already with more, and says so", async () => {
    const world = await fixture();
    const [first, second] = (await channelsOf(world, 2)) as [Channel, Channel];
    await queue(world, first, 9n * UNIT);
    const batch = await batchOf(world, [
      [first, 5n * UNIT],
      [second, 5n * UNIT],
    ]);
    const tx = await world.channels.redeemMany(
      batch.header,
      batch.rows,
      await attestRows(world, batch.list, SCORE.Hold),
    );
    const index = batch.list.findIndex(({ channel }) => channel === first.id);
    const { rows, report } = await eventsOf(world, tx, "BatchQueued");
    expect(rows).to.deep.equal([{ channel: second.id, cumulative: 5n * UNIT }]);
    expect(report).to.deep.equal([{ index, problem: "AlreadyQueued" }]);
    expect((await queueOf(world, first)).cumulative).to.equal(9n * UNIT);
  });

  it("blocks every row on Block, and the payers leave at once", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 3);
    const batch = await batchOf(
      world,
      channels.map((channel) => [channel, 5n * UNIT] as const),
    );
    const tx = await world.channels.redeemMany(
      batch.header,
      batch.rows,
      await attestRows(world, batch.list, SCORE.Block),
    );
    expect(await eventsOf(world, tx, "BatchBlocked")).to.deep.equal({ rows: batch.list, report: [] });
    for (const channel of channels) {
      expect(await stateOf(world, channel)).to.include({ claimed: 0n, blocked: true });
      await world.channels.finalizeExit(channel.packed);
      expect(await world.token.balanceOf(channel.terms.payer)).to.equal(DEPOSIT);
    }
    expect(await world.token.balanceOf(world.channelSite.channels)).to.equal(0n);
  });

  for (const band of ["Hold", "Block"] as const) {
    it(`restores a channel that is in the batch twice before ${band}`, async () => {
      const world = await fixture();
      const channel = await opened(world);
      await redeem(world, channel, UNIT);
      const one = await batchOf(world, [[channel, 3n * UNIT]]);
      const two = await batchOf(world, [[channel, 5n * UNIT]]);
      const attestation = await attestRows(world, [...one.list, ...two.list], SCORE[band]);
      await world.channels.connect(world.payee).redeemMany(one.header, concat([one.rows, two.rows]), attestation);
      expect(await stateOf(world, channel)).to.include({ claimed: UNIT, capped: true, blocked: band === "Block" });
      expect((await queueOf(world, channel)).cumulative).to.equal(band === "Hold" ? 5n * UNIT : 0n);
    });
  }

  it("reverts, and pays nobody, when the attestation is about other rows", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 2);
    const batch = await batchOf(
      world,
      channels.map((channel) => [channel, 5n * UNIT] as const),
    );
    const attestation = await attestRows(world, batch.list.slice(0, 1), SCORE.Allow);
    await expect(world.channels.redeemMany(batch.header, batch.rows, attestation)).to.be.revertedWithCustomError(
      world.epoch,
      "NotASigner",
    );
    expect(await claimedOf(world, channels)).to.deep.equal([0n, 0n]);
  });

  it("asks the gate nothing where no row is good", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const batch = await batchOf(world, [[channel, DEPOSIT + 1n]]);
    const tx = await world.channels.redeemMany(batch.header, batch.rows, "0x1234");
    expect((await eventsOf(world, tx, "BatchRedeemed")).report).to.deep.equal([
      { index: 0, problem: "ExceedsDeposit" },
    ]);
  });

  it("pays what waits by redeem after the exit window, where a batch does not", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await queue(world, channel, 5n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increase(25 * 3_600);
    const batch = await batchOf(world, [[channel, 5n * UNIT]]);
    const tx = await world.channels.redeemMany(
      batch.header,
      batch.rows,
      await attestRows(world, batch.list, SCORE.Allow),
    );
    expect((await eventsOf(world, tx, "BatchRedeemed")).report).to.deep.equal([{ index: 0, problem: "WindowClosed" }]);
    const attestation = await attestOne(world, channel, 5n * UNIT, SCORE.Allow);
    await redeem(world, channel, 5n * UNIT, { attestation });
    expect((await stateOf(world, channel)).claimed).to.equal(5n * UNIT);
  });
});
