import { compactSignature } from "@sluice/sdk";
import { expect } from "chai";
import { concat, Wallet } from "ethers";

import { at, setPolicy } from "../shared/moves.ts";
import { ethers, key, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  CAP,
  channelOf,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  opened,
  openedGasless,
  queueOf,
  redeem,
  SCORE,
  stateOf,
  termsOf,
  voucher,
} from "./world.ts";

describe("PaymentChannels.redeem", () => {
  for (const who of ["payee", "payer", "stranger"] as const) {
    it(`pays the payee when the ${who} submits, each time what is new`, async () => {
      const world = await fixture();
      const channel = await opened(world);
      const before = await holdings(world);
      await expect(redeem(world, channel, 10n * UNIT, { by: world[who] }))
        .to.emit(world.channels, "Redeemed")
        .withArgs(channel.id, 10n * UNIT);
      await redeem(world, channel, 25n * UNIT, { by: world[who] });
      const paid = { payee: before.payee + 25n * UNIT, channels: before.channels - 25n * UNIT };
      expect(await holdings(world)).to.deep.equal({ ...before, ...paid });
      expect((await stateOf(world, channel)).claimed).to.equal(25n * UNIT);
    });
  }

  it("takes signatures of 64 and of 65 bytes", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const compact = compactSignature(await voucher(world, channel, UNIT));
    expect(ethers.getBytes(compact).length).to.equal(64);
    await redeem(world, channel, UNIT, { signature: compact });
    const plain = await voucher(world, channel, 2n * UNIT);
    expect(ethers.getBytes(plain).length).to.equal(65);
    await redeem(world, channel, 2n * UNIT, { signature: plain });
    expect((await stateOf(world, channel)).claimed).to.equal(2n * UNIT);
  });

  it("takes vouchers of a contract that signs by EIP-1271, and of a session key", async () => {
    const world = await fixture();
    const owner = new Wallet(key("owner"));
    const account = await ethers.deployContract("ActorAccount", [owner.address]);
    const terms = await termsOf(world, { signer: await account.getAddress() });
    for (const channel of [
      channelOf(world, terms, owner),
      channelOf(world, { ...terms, signer: owner.address }, owner),
    ]) {
      await world.channels.connect(world.payer).open(channel.packed, DEPOSIT);
      await redeem(world, channel, UNIT);
      expect((await stateOf(world, channel)).claimed).to.equal(UNIT);
    }
  });

  it("reverts on a signature by another, over another amount, of another length, or of no key", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const good = await voucher(world, channel, UNIT);
    const byAnother = await voucher(world, { ...channel, signer: world.stranger }, UNIT);
    const wrong = [
      byAnother,
      await voucher(world, channel, UNIT + 1n),
      concat([good, "0x0000"]),
      "0x",
      `0x${"00".repeat(65)}`,
    ];
    for (const signature of wrong) {
      const act = () => redeem(world, channel, UNIT, { signature });
      await expectRefused(world, channel, act, "VoucherSignatureInvalid", [channel.id, world.payer.address]);
    }
  });

  it("reverts on more than the deposit, and on a channel that is not open", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const tooMuch = () => redeem(world, channel, DEPOSIT + 1n);
    await expectRefused(world, channel, tooMuch, "VoucherExceedsDeposit", [DEPOSIT + 1n, DEPOSIT]);
    const unopened = channelOf(world, await termsOf(world, { salt: 9n }));
    await expectRefused(world, unopened, () => redeem(world, unopened, 1n), "ChannelNotOpen", [unopened.id]);
  });

  it("is possible in the exit window's last second and not in the next", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    const [first, second] = [await voucher(world, channel, 1n), await voucher(world, channel, 2n)];
    await at(closeAt - 1n);
    await redeem(world, channel, 1n, { signature: first });
    await at(closeAt);
    const late = () => redeem(world, channel, 2n, { signature: second });
    await expectRefused(world, channel, late, "ExitWindowClosed", [closeAt, closeAt]);
  });
});

describe("PaymentChannels.redeem: the risk cap", () => {
  it("is loaded at the first payout, lets just as much go, and then asks for an attestation", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 200n * UNIT);
    expect((await stateOf(world, channel)).capped).to.equal(false);
    const tooMuch = () => redeem(world, channel, CAP + 1n);
    await expectRefused(world, channel, tooMuch, "AttestationNeeded", [channel.id, CAP + 1n, CAP]);
    await redeem(world, channel, CAP);
    expect((await world.channels.channel(channel.id)).riskCap).to.equal(0n);
    expect((await stateOf(world, channel)).capped).to.equal(true);
    await expectRefused(world, channel, () => redeem(world, channel, CAP + 1n), "AttestationNeeded", [
      channel.id,
      1n,
      0n,
    ]);
  });

  it("is used up in steps rounded up, so that it never lets more go than it had", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 1n);
    const unit = 2n ** 51n; // 100 tokens have 67 bits
    expect((await world.channels.channel(channel.id)).riskCap).to.equal(CAP - unit);
  });

  it("is that of the policy at the first payout, and later policies do not raise it", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 900n * UNIT);
    await redeem(world, channel, UNIT);
    await setPolicy(world, { channelCap: 800_000_000n });
    const act = () => redeem(world, channel, 500n * UNIT);
    const left = (await world.channels.channel(channel.id)).riskCap;
    await expectRefused(world, channel, act, "AttestationNeeded", [channel.id, 499n * UNIT, left]);
  });

  it("is nothing for a token the epoch does not list: not a unit goes out unattested", async () => {
    const world = await fixture();
    const token = await ethers.deployContract("LocalToken");
    await token.mint(world.payer.address, DEPOSIT);
    await token.connect(world.payer).approve(world.channelSite.channels, DEPOSIT);
    const channel = await opened(world, { token: await token.getAddress() });
    await expectRefused(world, channel, () => redeem(world, channel, 1n), "AttestationNeeded", [channel.id, 1n, 0n]);
  });
});

describe("PaymentChannels.redeem: with an attestation", () => {
  it("pays on Allow above the cap and resets it", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    await redeem(world, channel, 90n * UNIT);
    const attestation = await attestOne(world, channel, 300n * UNIT, SCORE.Allow);
    await redeem(world, channel, 300n * UNIT, { attestation });
    expect(await stateOf(world, channel)).to.include({ claimed: 300n * UNIT, capped: false });
    await redeem(world, channel, 300n * UNIT + CAP);
    expect((await stateOf(world, channel)).claimed).to.equal(300n * UNIT + CAP);
  });

  it("queues on Hold until the policy's delay is over", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const attestation = await attestOne(world, channel, 5n * UNIT, SCORE.Hold);
    const before = await holdings(world);
    await expect(redeem(world, channel, 5n * UNIT, { attestation })).to.emit(world.channels, "VoucherQueued");
    const { cumulative, releaseAt } = await queueOf(world, channel);
    expect(cumulative).to.equal(5n * UNIT);
    expect(await holdings(world)).to.deep.equal(before);
    await at(releaseAt - 1n);
    const early = () => world.channels.release(channel.packed);
    await expectRefused(world, channel, early, "ReleaseTooEarly", [releaseAt - 1n, releaseAt]);
    await at(releaseAt);
    await world.channels.connect(world.stranger).release(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(before.payee + 5n * UNIT);
  });

  it("blocks on Block: nothing more goes out and the payer leaves at once", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, UNIT);
    const attestation = await attestOne(world, channel, 5n * UNIT, SCORE.Block);
    await expect(redeem(world, channel, 5n * UNIT, { attestation }))
      .to.emit(world.channels, "ChannelBlocked")
      .withArgs(channel.id);
    await expectRefused(world, channel, () => redeem(world, channel, 2n * UNIT), "PayoutBlocked", [channel.id]);
    await expect(world.channels.connect(world.payer).finalizeExit(channel.packed))
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, UNIT, DEPOSIT - UNIT);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT - UNIT);
  });

  it("reverts when the attestation is about another amount, channel or payee's token", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const other = await openedGasless(world, "other payer");
    const wrong = [
      await attestOne(world, channel, 6n * UNIT, SCORE.Allow),
      await attestOne(world, other, 5n * UNIT, SCORE.Allow),
    ];
    for (const attestation of wrong) {
      await expect(redeem(world, channel, 5n * UNIT, { attestation })).to.be.revertedWithCustomError(
        world.epoch,
        "NotASigner",
      );
    }
    expect((await stateOf(world, channel)).claimed).to.equal(0n);
  });
});
