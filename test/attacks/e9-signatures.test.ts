import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { packOrder, packTerms, payments, recoverAttesters, termsTypedData } from "@sluice/sdk";
import { expect } from "chai";
import { Signature, toBeHex } from "ethers";

import { capture, unpaid, walletPayer } from "../shared/moves.ts";
import { unborn } from "../shared/payers.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, COLLECTION, ethers, fixture, key, sign3009, termsFor, UNIT } from "../shared/suite.ts";

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The other signature of the same message by the same key: s mirrored, parity turned. */
function malleated(signature: string): string {
  const { r, s, v } = Signature.from(signature);
  return ethers.concat([r, toBeHex(N - BigInt(s), 32), toBeHex(v === 27 ? 28 : 27, 1)]);
}

describe("E9: signatures are no identities, and every kind of signer is heard", () => {
  it("refuses the mirrored signature of terms", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const { domain, types, message } = termsTypedData(payment.terms, suite.site);
    const signature = await wallet.signTypedData(domain, types, message);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Allowance, malleated(signature));
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
    await suite.escrow.authorize(payment.packed, COLLECTION.Allowance, signature);
  });

  it("takes the money once, whichever of two collections and signatures come", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const pull = await sign3009(suite, wallet, payment.terms);
    const { domain, types, message } = termsTypedData(payment.terms, suite.site);
    const allowance = await wallet.signTypedData(domain, types, message);
    await suite.escrow.authorize(payment.packed, COLLECTION.Erc3009, pull);
    for (const [collection, signature] of [
      [COLLECTION.Allowance, allowance],
      [COLLECTION.Erc3009, pull],
    ] as const) {
      const act = () => suite.escrow.authorize(payment.packed, collection, signature);
      await expectRefused(suite, payment, act, suite.escrow, "PaymentExists", [payment.id]);
    }
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
  });

  it("hears no signature of an attester twice, its mirror image included, which has no room in 64 bytes", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const one = await attest(suite, payment, { keys: suite.keys.slice(0, 1) });
    const { r, s, v } = Signature.from(`0x${one.slice(2 + 144)}`);
    const parity = v === 27 ? 1n : 0n;
    const mirror = toBeHex((N - BigInt(s)) | (parity << 255n), 32);
    const doubled = ethers.concat([one, r, mirror]);
    const site = { chainId: suite.chainId, epoch: await suite.epoch.getAddress() };
    await expect(capture(suite, payment, { attestation: doubled }))
      .to.be.revertedWithCustomError(suite.epoch, "NotASigner")
      .withArgs(anyValue);
    const [signer] = recoverAttesters(one, payment.id, site);
    await expect(
      capture(suite, payment, { attestation: ethers.concat([one, r, Signature.from({ r, s, v }).yParityAndS]) }),
    )
      .to.be.revertedWithCustomError(suite.epoch, "SignersNotSorted")
      .withArgs(signer, signer);
  });

  it("refuses signatures of wrong lengths and of nobody", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const { domain, types, message } = termsTypedData(payment.terms, suite.site);
    const signature = await wallet.signTypedData(domain, types, message);
    for (const wrong of [
      "0x",
      signature.slice(0, -2),
      `${signature}00`,
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(65)}`,
    ]) {
      const act = () => suite.escrow.authorize(packTerms(payment.terms), COLLECTION.Allowance, wrong);
      await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
    }
  });

  it("refuses the mirrored signature of an order, and takes the order itself once", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite, "operator");
    const payment = await authorized(suite, { operator: wallet.address });
    const state = { capturable: 100n * UNIT, refundable: 0n, deadline: 2 ** 40 - 1 };
    const order = { action: "Void", amount: UNIT, feeBps: 0, ...state } as const;
    const signature = await payments.signOrder(wallet, suite.site, payment.terms, order);
    const act = () => suite.escrow.execute(payment.packed, packOrder(order), malleated(signature), "0x");
    const args = [payment.id, wallet.address, suite.payee.address];
    await expectRefused(suite, payment, act, suite.escrow, "OrderSignatureInvalid", args);
    await suite.escrow.execute(payment.packed, packOrder(order), signature, "0x");
  });

  for (const born of [false, true]) {
    it(`hears an account ${born ? "that somebody deployed meanwhile" : "not deployed yet"} by EIP-6492`, async () => {
      const suite = await fixture();
      const owner = new ethers.Wallet(key("owner"));
      const account = await unborn(suite, owner.address);
      const terms = await termsFor(suite, { payer: account.address });
      const signature = payments.wrapSignature(await sign3009(suite, owner, terms), account.factory, account.data);
      if (born) await suite.stranger.sendTransaction({ to: account.factory, data: account.data });
      await suite.escrow.authorize(packTerms(terms), COLLECTION.Erc3009, signature);
      expect(await suite.token.balanceOf(account.address)).to.equal(900n * UNIT);
    });
  }

  it("takes no signature of an account for itself because its code answers yes to another's hash", async () => {
    const suite = await fixture();
    const owner = new ethers.Wallet(key("owner"));
    const account = await ethers.deployContract("ActorAccount", [owner.address]);
    const payer = await account.getAddress();
    await suite.token.mint(payer, 100n * UNIT);
    const approve = suite.token.interface.encodeFunctionData("approve", [suite.site.escrow, 2n ** 256n - 1n]);
    await account.execute(await suite.token.getAddress(), approve);
    const signed = await termsFor(suite, { payer });
    const payment = unpaid(suite, { ...signed, payee: suite.stranger.address });
    const signature = await payments.signTerms(owner, suite.site, signed);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Allowance, signature);
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, payer]);
  });
});
