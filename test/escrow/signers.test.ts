import { packTerms, payments, permit2Address } from "@sluice/sdk";
import { expect } from "chai";
import type { Wallet } from "ethers";

import { unpaid, walletPayer } from "../shared/moves.ts";
import { permit2Payer, unborn } from "../shared/payers.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { COLLECTION, ethers, fixture, key, sign3009, termsFor, UNIT } from "../shared/suite.ts";

/** The wallet delegates to code that knows nothing of signatures, by a transaction of type 4 (EIP-7702). */
async function delegate(wallet: Wallet): Promise<void> {
  const code = await ethers.deployContract("CoinReceiver");
  const nonce = await wallet.getNonce();
  const authorization = await wallet.authorize({ address: await code.getAddress(), nonce: nonce + 1 });
  await wallet.sendTransaction({ type: 4, to: wallet.address, nonce, authorizationList: [authorization] });
  const address = (await code.getAddress()).toLowerCase().slice(2);
  expect(await ethers.provider.getCode(wallet.address)).to.equal(`0xef0100${address}`);
}

describe("PaymentEscrow.authorize for an account that delegates to code (EIP-7702)", () => {
  it("takes an allowance on the key's signature of the terms, though the code knows no EIP-1271", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    await delegate(wallet);
    const terms = await termsFor(suite, { payer: wallet.address });
    await payments.authorizeByAllowance(suite.stranger, suite.site, terms, wallet);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
  });

  it("takes money by ERC-3009 on the key's signature", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    await delegate(wallet);
    const terms = await termsFor(suite, { payer: wallet.address });
    const signature = await sign3009(suite, wallet, terms);
    await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION.Erc3009, signature);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
  });

  it("reverts on another key's signature", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    await delegate(wallet);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const signature = await payments.signTerms(new ethers.Wallet(key("thief")), suite.site, payment.terms);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Allowance, signature);
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
  });
});

describe("PaymentEscrow.authorize for an account that is not deployed yet (EIP-6492)", () => {
  it("deploys it and takes money by ERC-3009", async () => {
    const suite = await fixture();
    const owner = new ethers.Wallet(key("owner"));
    const account = await unborn(suite, owner.address);
    const terms = await termsFor(suite, { payer: account.address });
    const signature = payments.wrapSignature(await sign3009(suite, owner, terms), account.factory, account.data);
    await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION.Erc3009, signature);
    expect(await suite.token.balanceOf(account.address)).to.equal(900n * UNIT);
    expect((await stateOf(suite, unpaid(suite, terms).id)).capturable).to.equal(100n * UNIT);
    expect(await ethers.provider.getCode(account.address)).not.to.equal("0x");
  });

  it("takes the same signature when somebody has deployed the account before", async () => {
    const suite = await fixture();
    const owner = new ethers.Wallet(key("owner"));
    const account = await unborn(suite, owner.address);
    const terms = await termsFor(suite, { payer: account.address });
    const signature = payments.wrapSignature(await sign3009(suite, owner, terms), account.factory, account.data);
    await suite.stranger.sendTransaction({ to: account.factory, data: account.data });
    await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION.Erc3009, signature);
    expect(await suite.token.balanceOf(account.address)).to.equal(900n * UNIT);
  });

  it("takes native coin of a stranger who pays for it", async () => {
    const suite = await fixture();
    const owner = new ethers.Wallet(key("owner"));
    const account = await unborn(suite, owner.address);
    const terms = await termsFor(suite, { payer: account.address, token: ethers.ZeroAddress, amount: UNIT });
    const signed = await payments.signTerms(owner, suite.site, terms);
    const signature = payments.wrapSignature(signed, account.factory, account.data);
    await payments.authorize(suite.stranger, suite.site, terms, "Native", signature);
    expect((await stateOf(suite, unpaid(suite, terms).id)).capturable).to.equal(UNIT);
  });

  it("takes money by Permit2 when the account's allowance is there already", async () => {
    const suite = await fixture();
    const owner = await permit2Payer(suite);
    const account = await unborn(suite, owner.address);
    const terms = await termsFor(suite, { payer: account.address });
    const packed = await payments.signPermit2(owner, suite.site, terms, 0n);
    const signature = payments.wrapSignature(packed, account.factory, account.data);
    await suite.stranger.sendTransaction({ to: account.factory, data: account.data });
    const deployed = await ethers.getContractAt("ActorAccount", account.address);
    const approve = suite.token.interface.encodeFunctionData("approve", [permit2Address, 2n ** 256n - 1n]);
    await deployed.execute(await suite.token.getAddress(), approve);
    await suite.escrow.authorize(packTerms(terms), COLLECTION.Permit2, signature);
    expect(await suite.token.balanceOf(account.address)).to.equal(900n * UNIT);
  });

  it("reverts when the signature inside is another key's, and leaves the account undeployed", async () => {
    const suite = await fixture();
    const owner = new ethers.Wallet(key("owner"));
    const account = await unborn(suite, owner.address);
    const payment = unpaid(suite, await termsFor(suite, { payer: account.address }));
    const signed = await payments.signTerms(new ethers.Wallet(key("thief")), suite.site, payment.terms);
    const signature = payments.wrapSignature(signed, account.factory, account.data);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Allowance, signature);
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, account.address]);
    expect(await ethers.provider.getCode(account.address)).to.equal("0x");
  });
});
