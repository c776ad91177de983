import { compactSignature, signClose, signOpen, signOpenPermit2 } from "@sluice/sdk";
import { expect } from "chai";
import { Signature, Wallet } from "ethers";

import { installPermit2, permit2Address } from "../../scripts/stack/permit2.ts";
import { setPolicy } from "../shared/moves.ts";
import { epochConfig, ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  channelOf,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  HOUR,
  opened,
  redeem,
  signedOpening,
  stateOf,
  termsOf,
  type Channels,
} from "./world.ts";

const MAX = 2n ** 256n - 1n;
const FUNDING = { Allowance: 0, Credit: 1 } as const;

async function unopened(world: Channels, signer: Wallet | undefined = undefined) {
  const who = signer ?? world.payer;
  return channelOf(world, await termsOf(world, { payer: who.address }), who);
}

async function later(seconds = HOUR): Promise<number> {
  return (await networkHelpers.time.latest()) + seconds;
}

describe("PaymentChannels.openGasless", () => {
  it("opens by a key's ERC-3009 signature in two words, as openWithAuthorization does by its bytes", async () => {
    const world = await fixture();
    const wallet = new Wallet(key("gasless"));
    await world.token.mint(wallet.address, DEPOSIT);
    const channel = await unopened(world, wallet);
    const { validBefore, signature } = await signedOpening(world, channel, DEPOSIT);
    const { r, yParityAndS } = Signature.from(signature);
    const byAnybody = world.channels.connect(world.stranger);
    await byAnybody.openGasless(channel.packed, DEPOSIT, validBefore, r, yParityAndS);
    expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT);
    expect(await world.token.balanceOf(wallet.address)).to.equal(0n);
  });

  it("passes on why the token refuses: another deposit, another signer, a signature that was used", async () => {
    const world = await fixture();
    const wallet = new Wallet(key("gasless"));
    await world.token.mint(wallet.address, 3n * DEPOSIT);
    const channel = await unopened(world, wallet);
    const { validBefore, signature } = await signedOpening(world, channel, DEPOSIT);
    const { r, yParityAndS } = Signature.from(signature);
    const open =
      (deposit: bigint, half = r) =>
      () =>
        world.channels.openGasless(channel.packed, deposit, validBefore, half, yParityAndS);
    for (const act of [open(DEPOSIT + 1n), open(DEPOSIT, `0x${"11".repeat(32)}`)]) {
      const { token } = world;
      await expectRefused(world, channel, act, "AuthorizationSignatureInvalid", [wallet.address], token);
    }
    await open(DEPOSIT)();
    await expectRefused(world, channel, open(DEPOSIT), "ChannelExists", [channel.id]);
  });

  it("counts what a token really brings", async () => {
    const world = await fixture();
    const phantom = await ethers.deployContract("PhantomToken");
    const channel = channelOf(world, await termsOf(world, { token: await phantom.getAddress() }));
    const act = () =>
      world.channels.openGasless(channel.packed, 5n, 2 ** 40 - 1, `0x${"11".repeat(32)}`, `0x${"11".repeat(32)}`);
    await expectRefused(world, channel, act, "AmountReceived", [5n, 0n]);
  });
});

describe("PaymentChannels.openWithPermit2", () => {
  async function scene() {
    const world = await fixture();
    await installPermit2(world.deployer, (address, code) => networkHelpers.setCode(address, code));
    const wallet = new Wallet(key("permit2"), ethers.provider);
    await networkHelpers.setBalance(wallet.address, 10n ** 20n);
    await world.token.mint(wallet.address, 2n * DEPOSIT);
    await world.token.connect(wallet).approve(permit2Address, MAX);
    return { world, wallet, channel: await unopened(world, wallet) };
  }

  it("opens by one signature under Permit2's standing allowance", async () => {
    const { world, wallet, channel } = await scene();
    const deadline = await later();
    const signature = await signOpenPermit2(wallet, channel.terms, DEPOSIT, 7n, deadline, world.channelSite);
    await world.channels.connect(world.stranger).openWithPermit2(channel.packed, DEPOSIT, deadline, signature);
    expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT);
  });

  it("binds deposit and terms: a relayer who changes either gets Permit2's refusal", async () => {
    const { world, wallet, channel } = await scene();
    const deadline = await later();
    const signature = await signOpenPermit2(wallet, channel.terms, DEPOSIT, 7n, deadline, world.channelSite);
    const other = channelOf(world, { ...channel.terms, payee: world.stranger.address }, wallet);
    const byStranger = world.channels.connect(world.stranger);
    await expect(byStranger.openWithPermit2(other.packed, DEPOSIT, deadline, signature)).to.be.revert(ethers);
    await expect(byStranger.openWithPermit2(channel.packed, DEPOSIT - 1n, deadline, signature)).to.be.revert(ethers);
    const act = () => byStranger.openWithPermit2(channel.packed, DEPOSIT, deadline, "0x11");
    await expectRefused(world, channel, act, "SignatureLength", [1, 32]);
  });
});

describe("PaymentChannels.openSigned", () => {
  async function withPermits() {
    const plain = await fixture();
    const token = await ethers.deployContract("PermitToken");
    const address = await token.getAddress();
    const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(plain.keys, 2, address)]);
    await setPolicy(plain, {}, epoch);
    const wallet = new Wallet(key("permits"));
    await token.mint(wallet.address, 2n * DEPOSIT);
    // the tests below read balances of this token only
    const world = { ...plain, epoch, token: token as unknown as Channels["token"] };
    return { world, token, wallet, channel: await unopened(world, wallet) };
  }

  async function permitOf(world: Channels, wallet: Wallet, deadline: number): Promise<string> {
    const verifyingContract = await world.token.getAddress();
    const domain = { name: "Permit Token", version: "1", chainId: world.chainId, verifyingContract };
    const fields = ["owner", "spender", "value", "nonce", "deadline"];
    const Permit = fields.map((name, index) => ({ name, type: index < 2 ? "address" : "uint256" }));
    const message = { owner: wallet.address, spender: world.channelSite.channels, value: DEPOSIT, nonce: 0n, deadline };
    return wallet.signTypedData(domain, { Permit }, message);
  }

  it("gives the allowance by a permit in the same call, also when a stranger used the permit first", async () => {
    for (const usedBefore of [false, true]) {
      const { world, token, wallet, channel } = await withPermits();
      const deadline = await later();
      const permit = await permitOf(world, wallet, deadline);
      const signature = await signOpen(wallet, channel.terms, DEPOSIT, "Allowance", deadline, world.channelSite);
      if (usedBefore) {
        const { v, r, s } = Signature.from(permit);
        await token.permit(wallet.address, world.channelSite.channels, DEPOSIT, deadline, v, r, s);
      }
      const open = [channel.packed, DEPOSIT, FUNDING.Allowance, deadline, signature, permit] as const;
      await world.channels.connect(world.stranger).openSigned(...open);
      expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT);
    }
  });

  it("turns credit into a deposit without a transfer", async () => {
    const world = await fixture();
    const channel = await unopened(world);
    const token = await world.token.getAddress();
    await world.channels.connect(world.stranger).fund(token, world.payer.address, DEPOSIT);
    const before = await holdings(world);
    const deadline = await later();
    const signature = await signOpen(world.payer, channel.terms, DEPOSIT, "Credit", deadline, world.channelSite);
    const byAnybody = world.channels.connect(world.stranger);
    await expect(byAnybody.openSigned(channel.packed, DEPOSIT, FUNDING.Credit, deadline, signature, "0x"))
      .to.emit(world.channels, "CreditSpent")
      .withArgs(token, world.payer.address, channel.id, DEPOSIT);
    expect(await world.channels.credit(token, world.payer.address)).to.equal(0n);
    expect(await holdings(world)).to.deep.equal(before);
    await redeem(world, channel, DEPOSIT);
    expect((await holdings(world)).payee - before.payee).to.equal(DEPOSIT);
  });

  it("needs no signature of a payer who calls himself, and one of him from everybody else", async () => {
    const world = await fixture();
    const channel = await unopened(world);
    const deadline = await later();
    const args = (funding: number, until: number, signature: string) =>
      [channel.packed, DEPOSIT, funding, until, signature, "0x"] as const;
    const { site, signed } = {
      site: world.channelSite,
      signed: await signOpen(world.payer, channel.terms, DEPOSIT, "Allowance", deadline, world.channelSite),
    };
    const byStranger = world.channels.connect(world.stranger);
    const refused: [number, number, string][] = [
      [FUNDING.Credit, deadline, signed],
      [FUNDING.Allowance, deadline + 1, signed],
      [
        FUNDING.Allowance,
        deadline,
        await signOpen(world.stranger, channel.terms, DEPOSIT, "Allowance", deadline, site),
      ],
    ];
    for (const [funding, until, signature] of refused) {
      const act = () => byStranger.openSigned(...args(funding, until, signature));
      await expectRefused(world, channel, act, "OpenSignatureInvalid", [channel.id, world.payer.address]);
    }
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await expect(byStranger.openSigned(...args(FUNDING.Allowance, deadline, signed)))
      .to.be.revertedWithCustomError(world.channels, "OpenExpired")
      .withArgs(deadline, deadline);
    await world.channels.connect(world.payer).openSigned(...args(FUNDING.Allowance, 0, "0x"));
    expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT);
  });

  it("reverts where the credit is too low, and where a permit has another length", async () => {
    const world = await fixture();
    const channel = await unopened(world);
    const token = await world.token.getAddress();
    await world.channels.connect(world.stranger).fund(token, world.payer.address, DEPOSIT - 1n);
    const byPayer = world.channels.connect(world.payer);
    const fromCredit = () => byPayer.openSigned(channel.packed, DEPOSIT, FUNDING.Credit, 0, "0x", "0x");
    const lack = [token, world.payer.address, DEPOSIT - 1n, DEPOSIT];
    await expectRefused(world, channel, fromCredit, "CreditTooLow", lack);
    const permitted = () => byPayer.openSigned(channel.packed, DEPOSIT, FUNDING.Allowance, 0, "0x", "0x1122");
    await expectRefused(world, channel, permitted, "SignatureLength", [2, 65]);
  });
});

describe("PaymentChannels.topUpFromCredit", () => {
  it("adds the caller's credit to any channel, and touches nobody else's", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const token = await world.token.getAddress();
    await world.channels.connect(world.stranger).fund(token, world.stranger.address, 5n * UNIT);
    await world.channels.connect(world.stranger).topUpFromCredit(channel.packed, 5n * UNIT);
    expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT + 5n * UNIT);
    const act = () => world.channels.connect(world.payer).topUpFromCredit(channel.packed, 1n);
    await expectRefused(world, channel, act, "CreditTooLow", [token, world.payer.address, 0n, 1n]);
  });
});

describe("PaymentChannels.closeAgreed", () => {
  it("pays both sides at the amount the signer agreed to, as coopClose does", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const before = await holdings(world);
    const deadline = await later();
    const { r, yParityAndS } = Signature.from(
      await signClose(world.payer, channel.id, 30n * UNIT, deadline, world.channelSite),
    );
    await world.channels.connect(world.payee).closeAgreed(channel.packed, 30n * UNIT, deadline, r, yParityAndS);
    expect(await holdings(world)).to.deep.equal({
      ...before,
      payee: before.payee + 30n * UNIT,
      payer: before.payer + DEPOSIT - 30n * UNIT,
      channels: 0n,
    });
    expect((await stateOf(world, channel)).closed).to.equal(true);
  });

  it("is the payee's, in time, at the amount signed", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const deadline = await later();
    const signed = await signClose(world.payer, channel.id, 30n * UNIT, deadline, world.channelSite);
    const { r, yParityAndS } = Signature.from(compactSignature(signed));
    const close = (by: typeof world.payee, amount: bigint) => () =>
      world.channels.connect(by).closeAgreed(channel.packed, amount, deadline, r, yParityAndS);
    const { payer, payee } = world;
    await expectRefused(world, channel, close(payer, 30n * UNIT), "NotPayee", [payer.address, payee.address]);
    await expectRefused(world, channel, close(payee, 31n * UNIT), "CloseSignatureInvalid", [channel.id, payer.address]);
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await expect(close(payee, 30n * UNIT)())
      .to.be.revertedWithCustomError(world.channels, "CloseExpired")
      .withArgs(deadline, deadline);
  });

  it("obeys the risk cap like every other payout", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    const deadline = await later();
    const signed = await signClose(world.payer, channel.id, 200n * UNIT, deadline, world.channelSite);
    const { r, yParityAndS } = Signature.from(signed);
    await expect(
      world.channels.connect(world.payee).closeAgreed(channel.packed, 200n * UNIT, deadline, r, yParityAndS),
    ).to.be.revertedWithCustomError(world.channels, "AttestationNeeded");
  });
});
