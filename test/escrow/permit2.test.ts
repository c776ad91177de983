import { freePermit2Nonce, packTerms, payments, permit2Address, permit2TypedData } from "@sluice/sdk";
import { expect } from "chai";
import { Contract, TypedDataEncoder, id } from "ethers";

import { unpaid } from "../shared/moves.ts";
import { permit2Payer } from "../shared/payers.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { COLLECTION, ethers, fixture, key, termsFor, UNIT } from "../shared/suite.ts";

const permit2 = new Contract(
  permit2Address,
  [
    "error InvalidNonce()",
    "error InvalidSigner()",
    "function DOMAIN_SEPARATOR() view returns (bytes32)",
    "function invalidateUnorderedNonces(uint256 word, uint256 mask)",
  ],
  ethers.provider,
);

describe("PaymentEscrow.authorize by Permit2", () => {
  it("takes 100 tokens on one signature, whoever submits it, without an allowance to the escrow", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const signature = await payments.signPermit2(wallet, suite.site, payment.terms, 7n);
    await expect(suite.escrow.connect(suite.stranger).authorize(payment.packed, COLLECTION.Permit2, signature))
      .to.emit(suite.escrow, "Authorized")
      .withArgs(payment.id, suite.payee.address, Object.values(payment.packed));
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(100n * UNIT);
  });

  it("is signed under the types and the domain that Permit2 itself computes", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const transfer = { token: permit2Address, amount: 1n, spender: wallet.address, nonce: 0n, deadline: 1 };
    const typed = permit2TypedData({ ...transfer, chainId: suite.chainId, payment: id("payment") });
    expect(TypedDataEncoder.hashDomain(typed.domain)).to.equal(await permit2.getFunction("DOMAIN_SEPARATOR")());
    expect(TypedDataEncoder.from(typed.types).encodeType("PermitWitnessTransferFrom")).to.equal(
      "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,bytes32 payment)TokenPermissions(address token,uint256 amount)",
    );
  });

  it("reverts in Permit2 when the signature is for other terms", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const other = await termsFor(suite, { payer: wallet.address, payee: suite.stranger.address });
    const signature = await payments.signPermit2(wallet, suite.site, other, 7n);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Permit2, signature);
    await expectRefused(suite, payment, act, permit2, "InvalidSigner");
  });

  it("reverts in Permit2 when the nonce was used, and takes the next free one", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    await new Contract(permit2Address, permit2.interface, wallet).getFunction("invalidateUnorderedNonces")(0n, 0b1011n);
    const used = await payments.signPermit2(wallet, suite.site, payment.terms, 3n);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Permit2, used);
    await expectRefused(suite, payment, act, permit2, "InvalidNonce");
    expect(await freePermit2Nonce(ethers.provider, wallet.address)).to.equal(2n);
    expect(await freePermit2Nonce(ethers.provider, wallet.address, 1)).to.equal(4n);
    await payments.authorizeByPermit2(suite.operator, suite.site, payment.terms, wallet, 2n);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(100n * UNIT);
  });

  it("takes a contract account's money when it accepts the signature by EIP-1271", async () => {
    const suite = await fixture();
    const owner = await permit2Payer(suite);
    const account = await ethers.deployContract("ActorAccount", [owner.address]);
    const payer = await account.getAddress();
    await suite.token.mint(payer, 100n * UNIT);
    const approve = suite.token.interface.encodeFunctionData("approve", [permit2Address, 2n ** 256n - 1n]);
    await account.execute(await suite.token.getAddress(), approve);
    const terms = await termsFor(suite, { payer });
    await payments.authorizeByPermit2(suite.stranger, suite.site, terms, owner, 0n);
    expect(await suite.token.balanceOf(payer)).to.equal(0n);
  });

  it("reverts when the signature has no room for a nonce", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const act = () => suite.escrow.authorize(packTerms(payment.terms), COLLECTION.Permit2, `0x${"00".repeat(31)}`);
    await expectRefused(suite, payment, act, suite.escrow, "SignatureShort", [31, 32]);
  });

  it("reverts when another key signed", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
    const thief = new ethers.Wallet(key("thief"));
    const signature = await payments.signPermit2(thief, suite.site, payment.terms, 0n);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Permit2, signature);
    await expectRefused(suite, payment, act, permit2, "InvalidSigner");
  });
});
