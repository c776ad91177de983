import { packTerms, termsTypedData, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { at, unpaid, walletPayer } from "../shared/moves.ts";
import { expectRefused, holdings, stateOf } from "../shared/state.ts";
import { BAND, COLLECTION, ethers, fixture, key, sign3009, termsFor, UNIT, type Suite } from "../shared/suite.ts";

/** A contract account of `owner` that holds 1,000 tokens and has approved the escrow. */
async function contractPayer(suite: Suite, owner: string) {
  const account = await ethers.deployContract("ActorAccount", [owner]);
  const address = await account.getAddress();
  await suite.token.mint(address, 1_000n * UNIT);
  const approve = suite.token.interface.encodeFunctionData("approve", [suite.site.escrow, 2n ** 256n - 1n]);
  await account.execute(await suite.token.getAddress(), approve);
  return { account, address };
}

async function signTerms(suite: Suite, name: string, terms: Terms): Promise<string> {
  const { domain, types, message } = termsTypedData(terms, suite.site);
  return new ethers.Wallet(key(name)).signTypedData(domain, types, message);
}

describe("PaymentEscrow.authorize", () => {
  it("takes 100 tokens on the payer's own call and stores them as capturable", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    const before = await holdings(suite);
    const tx = suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    await expect(tx)
      .to.emit(suite.escrow, "Authorized")
      .withArgs(payment.id, suite.payee.address, Object.values(payment.packed));
    const after = await holdings(suite);
    expect(after).to.deep.equal({ ...before, payer: 999_900n * UNIT, escrow: 100n * UNIT });
    expect(await stateOf(suite, payment.id)).to.deep.equal({
      capturable: 100n * UNIT,
      refundable: 0n,
      score: 0n,
      band: BAND.None,
      requested: false,
      protocolFeeBps: 0n,
    });
    const { authorizedBlock } = await suite.escrow.payment(payment.id);
    expect(authorizedBlock).to.equal(await ethers.provider.getBlockNumber());
  });

  it("takes money by ERC-3009 on one signature, whoever submits it", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    await suite.token.connect(wallet).approve(suite.site.escrow, 0n);
    const terms = await termsFor(suite, { payer: wallet.address });
    const signature = await sign3009(suite, wallet, terms);
    await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION.Erc3009, signature);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });

  it("takes an allowance on the payer's signature of the terms, whoever submits it", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const terms = await termsFor(suite, { payer: wallet.address });
    const signature = await signTerms(suite, "payer", terms);
    await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION.Allowance, signature);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
    expect((await stateOf(suite, unpaid(suite, terms).id)).capturable).to.equal(100n * UNIT);
  });

  for (const collection of ["Allowance", "Erc3009"] as const) {
    it(`takes a contract account's money by ${collection} when it accepts the signature by EIP-1271`, async () => {
      const suite = await fixture();
      const owner = await walletPayer(suite, "owner");
      const { address } = await contractPayer(suite, owner.address);
      const terms = await termsFor(suite, { payer: address });
      const signature =
        collection === "Erc3009" ? await sign3009(suite, owner, terms) : await signTerms(suite, "owner", terms);
      await suite.escrow.connect(suite.stranger).authorize(packTerms(terms), COLLECTION[collection], signature);
      expect(await suite.token.balanceOf(address)).to.equal(900n * UNIT);
    });
  }

  it("reverts when a contract account's owner did not sign", async () => {
    const suite = await fixture();
    const owner = await walletPayer(suite, "owner");
    const { address } = await contractPayer(suite, owner.address);
    const payment = unpaid(suite, await termsFor(suite, { payer: address }));
    const signature = await signTerms(suite, "another", payment.terms);
    const authorize = () => suite.escrow.authorize(payment.packed, COLLECTION.Allowance, signature);
    await expectRefused(suite, payment, authorize, suite.escrow, "PayerSignatureInvalid", [payment.id, address]);
  });

  it("reverts without a signature when the caller is not the payer", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    const authorize = () => suite.escrow.connect(suite.stranger).authorize(payment.packed, COLLECTION.Allowance, "0x");
    const args = [payment.id, suite.payer.address];
    await expectRefused(suite, payment, authorize, suite.escrow, "PayerSignatureInvalid", args);
  });

  it("reverts when an ERC-3009 signature is by another key, in the token", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const thief = new ethers.Wallet(key("thief"));
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const signature = await sign3009(suite, thief, payment.terms);
    const authorize = () => suite.escrow.authorize(payment.packed, COLLECTION.Erc3009, signature);
    await expectRefused(suite, payment, authorize, suite.token, "AuthorizationSignatureInvalid", [wallet.address]);
  });

  it("reverts when the same terms were authorized before, even after all their money has left", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    const authorize = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    await authorize();
    await expectRefused(suite, payment, authorize, suite.escrow, "PaymentExists", [payment.id]);
    await suite.escrow.connect(suite.payee).void(payment.packed, 100n * UNIT, 0);
    await expectRefused(suite, payment, authorize, suite.escrow, "PaymentExists", [payment.id]);
  });

  it("reverts when the payer has not approved the escrow", async () => {
    const suite = await fixture();
    await suite.token.connect(suite.payer).approve(suite.site.escrow, 100n * UNIT - 1n);
    const payment = unpaid(suite, await termsFor(suite));
    const authorize = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    const args = [payment.terms.token, suite.payer.address, suite.site.escrow, 100n * UNIT];
    await expectRefused(suite, payment, authorize, suite.escrow, "TransferFailed", args);
  });

  it("takes the largest amount and the end of time", async () => {
    const suite = await fixture();
    const amount = 2n ** 96n - 1n;
    await suite.token.mint(suite.payer.address, amount);
    const last = 2 ** 40 - 1;
    const changes = { amount, authorizeBy: last, captureBy: last, refundBy: last, maxHold: 2 ** 32 - 1 };
    const payment = unpaid(suite, await termsFor(suite, changes));
    await suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    expect((await stateOf(suite, payment.id)).capturable).to.equal(amount);
    expect(await suite.escrow.exitBy(payment.packed)).to.equal(last);
  });

  it("makes the id as ethers hashes the typed data, and a different one for another arbiter", async () => {
    const suite = await fixture();
    const terms = await termsFor(suite, { arbiter: suite.arbiter.address, referral: "0x0102030405060708090a0b0c" });
    const payment = unpaid(suite, terms);
    expect(await suite.escrow.idOf(payment.packed)).to.equal(payment.id);
    const other = unpaid(suite, { ...terms, arbiter: ZeroAddress });
    expect(await suite.escrow.idOf(other.packed)).to.equal(other.id);
    expect(other.id).not.to.equal(payment.id);
  });

  it("is possible until one second before authorizeBy", async () => {
    const suite = await fixture();
    const terms = await termsFor(suite);
    await at(terms.authorizeBy - 1);
    await suite.escrow.connect(suite.payer).authorize(packTerms(terms), COLLECTION.Allowance, "0x");
    const late = unpaid(suite, { ...terms, salt: 2n });
    await at(terms.authorizeBy);
    const authorize = () => suite.escrow.connect(suite.payer).authorize(late.packed, COLLECTION.Allowance, "0x");
    const args = [terms.authorizeBy, terms.authorizeBy];
    await expectRefused(suite, late, authorize, suite.escrow, "AuthorizationExpired", args);
  });
});
