import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  channelOf,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  HOUR,
  opened,
  openedGasless,
  signedOpening,
  stateOf,
  termsOf,
} from "./world.ts";

const NEW = { claimed: 0n, closeAt: 0n, open: true, closed: false, blocked: false, queued: false, capped: false };

describe("PaymentChannels.open", () => {
  it("takes the deposit out of the payer's allowance", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const before = await holdings(world);
    const { payer, payee, token, signer, exitDelay, salt } = channel.terms;
    await expect(world.channels.connect(world.payer).open(channel.packed, DEPOSIT))
      .to.emit(world.channels, "Opened")
      .withArgs(channel.id, payer, payee, token, signer, exitDelay, salt, DEPOSIT);
    expect(await stateOf(world, channel)).to.deep.equal({ ...NEW, deposit: DEPOSIT });
    expect(await holdings(world)).to.deep.equal({ ...before, payer: before.payer - DEPOSIT, channels: DEPOSIT });
  });

  it("reverts when somebody else opens out of the payer's allowance", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    for (const who of [world.payee, world.stranger]) {
      const act = () => world.channels.connect(who).open(channel.packed, DEPOSIT);
      await expectRefused(world, channel, act, "NotPayer", [who.address, world.payer.address]);
    }
  });

  it("reverts on a deposit of nothing and on an id that is taken", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const open = (deposit: bigint) => () => world.channels.connect(world.payer).open(channel.packed, deposit);
    await expectRefused(world, channel, open(0n), "DepositZero");
    await open(1n)();
    await expectRefused(world, channel, open(1n), "ChannelExists", [channel.id]);
  });

  it("reverts when payee or signer is nobody or the contract itself", async () => {
    const world = await fixture();
    for (const party of ["payee", "signer"] as const) {
      for (const address of [ZeroAddress, world.channelSite.channels]) {
        const channel = channelOf(world, await termsOf(world, { [party]: address }));
        const act = () => world.channels.connect(world.payer).open(channel.packed, DEPOSIT);
        await expectRefused(world, channel, act, "ChannelPartyInvalid", [address]);
      }
    }
  });

  it("takes exit delays of an hour to thirty days and no other", async () => {
    const world = await fixture();
    const [lowest, highest] = [HOUR, 30 * 24 * HOUR];
    for (const exitDelay of [0, lowest - 1, highest + 1, 2 ** 32 - 1]) {
      const channel = channelOf(world, await termsOf(world, { exitDelay }));
      const act = () => world.channels.connect(world.payer).open(channel.packed, DEPOSIT);
      await expectRefused(world, channel, act, "ExitDelayOutOfRange", [exitDelay, lowest, highest]);
    }
    for (const exitDelay of [lowest, highest])
      expect((await stateOf(world, await opened(world, { exitDelay }))).open).to.equal(true);
  });

  it("reverts where the token is no contract, and where the payer's tokens do not suffice", async () => {
    const world = await fixture();
    const nowhere = channelOf(world, await termsOf(world, { token: world.stranger.address }));
    const open = (channel: typeof nowhere, deposit: bigint) => () =>
      world.channels.connect(world.payer).open(channel.packed, deposit);
    await expectRefused(world, nowhere, open(nowhere, 1n), "TokenUnreadable", [world.stranger.address]);
    const channel = channelOf(world, await termsOf(world));
    const tooMuch = 2_000_000n * UNIT;
    const args = [channel.terms.token, world.payer.address, world.channelSite.channels, tooMuch];
    await expectRefused(world, channel, open(channel, tooMuch), "TransferFailed", args);
  });

  it("reverts when a token keeps a tax, so that the books never exceed the balance", async () => {
    const world = await fixture();
    const tax = await ethers.deployContract("TaxToken");
    await tax.setTax(100, false);
    await tax.mint(world.payer.address, 1_000n * UNIT);
    await tax.connect(world.payer).approve(world.channelSite.channels, 1_000n * UNIT);
    const channel = channelOf(world, await termsOf(world, { token: await tax.getAddress() }));
    await expect(world.channels.connect(world.payer).open(channel.packed, 100n * UNIT))
      .to.be.revertedWithCustomError(world.channels, "AmountReceived")
      .withArgs(100n * UNIT, 99n * UNIT);
    expect((await stateOf(world, channel)).open).to.equal(false);
  });
});

describe("PaymentChannels.openWithAuthorization", () => {
  it("lets anybody open for a payer who has no gas", async () => {
    const world = await fixture();
    const channel = await openedGasless(world, "payer without gas");
    expect(await stateOf(world, channel)).to.deep.equal({ ...NEW, deposit: DEPOSIT });
    expect(await world.token.balanceOf(channel.terms.payer)).to.equal(0n);
  });

  it("reverts when terms or deposit are not the ones that were signed", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const { validBefore, signature } = await signedOpening(world, channel, DEPOSIT);
    const others = [
      { payee: world.stranger.address },
      { signer: world.stranger.address },
      { exitDelay: HOUR },
      { salt: 2n },
    ];
    const error = "AuthorizationSignatureInvalid";
    for (const change of others) {
      const other = channelOf(world, { ...channel.terms, ...change });
      const act = () => world.channels.openWithAuthorization(other.packed, DEPOSIT, validBefore, signature);
      await expectRefused(world, other, act, error, [world.payer.address], world.token);
    }
    for (const [deposit, before] of [
      [DEPOSIT - 1n, validBefore],
      [DEPOSIT, validBefore + 1],
    ] as const) {
      const act = () => world.channels.openWithAuthorization(channel.packed, deposit, before, signature);
      await expectRefused(world, channel, act, error, [world.payer.address], world.token);
    }
  });

  it("reverts from validBefore on", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const { validBefore, signature } = await signedOpening(world, channel, DEPOSIT);
    await networkHelpers.time.setNextBlockTimestamp(validBefore);
    const act = () => world.channels.openWithAuthorization(channel.packed, DEPOSIT, validBefore, signature);
    const args = [validBefore, 0, validBefore];
    await expectRefused(world, channel, act, "AuthorizationOutsideWindow", args, world.token);
  });
});
