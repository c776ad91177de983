import { payments } from "@sluice/sdk";
import { expect } from "chai";

import { unpaid } from "../shared/moves.ts";
import { permitPayer } from "../shared/payers.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { COLLECTION, fixture, termsFor, UNIT } from "../shared/suite.ts";

describe("PaymentEscrow.authorize by EIP-2612", () => {
  it("takes 100 tokens in one transaction of a payer who has approved nobody", async () => {
    const { suite, token, address, wallet, domain } = await permitPayer(await fixture());
    const terms = await termsFor(suite, { payer: wallet.address, token: address });
    const signature = await payments.signPermit(wallet, suite.site, terms, await domain(), true);
    await suite.escrow.connect(wallet).authorize(unpaid(suite, terms).packed, COLLECTION.Eip2612, signature);
    expect(await token.balanceOf(wallet.address)).to.equal(900n * UNIT);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    expect(await token.allowance(wallet.address, suite.site.escrow)).to.equal(0n);
  });

  it("takes 100 tokens of a payer without coins who signed permit and terms", async () => {
    const { suite, token, address, wallet, domain } = await permitPayer(await fixture());
    const terms = await termsFor(suite, { payer: wallet.address, token: address });
    const { event } = await payments.authorizeByPermit(suite.stranger, suite.site, terms, wallet, await domain());
    expect((await stateOf(suite, event.id)).capturable).to.equal(100n * UNIT);
    expect(await token.balanceOf(wallet.address)).to.equal(900n * UNIT);
  });

  it("reverts for a stranger who has the permit and no signature of the terms", async () => {
    const { suite, address, wallet, domain } = await permitPayer(await fixture());
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address, token: address }));
    const permit = await payments.signPermit(wallet, suite.site, payment.terms, await domain(), true);
    const act = () => suite.escrow.connect(suite.stranger).authorize(payment.packed, COLLECTION.Eip2612, permit);
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
  });

  it("reverts when the permit is for less than the amount", async () => {
    const { suite, address, wallet, domain } = await permitPayer(await fixture());
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address, token: address }));
    const less = { ...payment.terms, amount: 99n * UNIT };
    const permit = await payments.signPermit(wallet, suite.site, less, await domain(), true);
    const act = () => suite.escrow.connect(wallet).authorize(payment.packed, COLLECTION.Eip2612, permit);
    const args = [address, wallet.address, suite.site.escrow, 100n * UNIT];
    await expectRefused(suite, payment, act, suite.escrow, "TransferFailed", args);
  });

  it("reverts when there is less than a permit", async () => {
    const { suite, address, wallet } = await permitPayer(await fixture());
    const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address, token: address }));
    const act = () => suite.escrow.connect(wallet).authorize(payment.packed, COLLECTION.Eip2612, "0x0102");
    await expectRefused(suite, payment, act, suite.escrow, "SignatureShort", [2, 65]);
  });
});
