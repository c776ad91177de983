import { payments, permitTypedData } from "@sluice/sdk";
import { expect } from "chai";
import { Signature } from "ethers";

import { unpaid } from "../shared/moves.ts";
import { permit2Payer, permitPayer } from "../shared/payers.ts";
import { stateOf } from "../shared/state.ts";
import { COLLECTION, deployEscrow, ethers, fixture, sign3009, termsFor, UNIT } from "../shared/suite.ts";

describe("E10: a permit that a stranger uses up first fails nobody's payment", () => {
  for (const sender of ["payer", "stranger"] as const) {
    it(`takes the money when the ${sender} submits after the permit was used`, async () => {
      const { suite, token, address, wallet, domain } = await permitPayer(await fixture());
      const terms = await termsFor(suite, { payer: wallet.address, token: address });
      const signature = await payments.signPermit(wallet, suite.site, terms, await domain(), sender === "payer");
      const { r, s, v } = Signature.from(signature.slice(0, 2 + 130));
      const front = token.connect(suite.deployer);
      await front.permit(wallet.address, suite.site.escrow, terms.amount, terms.authorizeBy, v, r, s);
      const escrow = suite.escrow.connect(sender === "payer" ? wallet : suite.stranger);
      await escrow.authorize(unpaid(suite, terms).packed, COLLECTION.Eip2612, signature);
      expect((await stateOf(suite, unpaid(suite, terms).id)).capturable).to.equal(100n * UNIT);
      expect(await token.allowance(wallet.address, suite.site.escrow)).to.equal(0n);
    });
  }

  it("takes a batch whose permit was used", async () => {
    const { suite, token, address, wallet, domain } = await permitPayer(await fixture());
    const first = await termsFor(suite, { payer: wallet.address, token: address });
    const terms = [first, { ...first, salt: 2n }];
    const { nonce, ...names } = await domain();
    const permit = { owner: wallet.address, spender: suite.site.escrow, value: 200n * UNIT, nonce, token: address };
    const typed = permitTypedData({ ...permit, ...names, chainId: suite.chainId, deadline: first.authorizeBy });
    const { r, s, v } = Signature.from(await wallet.signTypedData(typed.domain, typed.types, typed.message));
    await token.permit(wallet.address, suite.site.escrow, 200n * UNIT, first.authorizeBy, v, r, s);
    const signature = await payments.signPermit(wallet, suite.site, terms, await domain());
    await payments.authorizeMany(suite.stranger, suite.site, terms, "Eip2612", signature);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(200n * UNIT);
  });

  it("gives a stranger no way to use up an ERC-3009 or a Permit2 signature: the receiver must be the caller", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const terms = await termsFor(suite, { payer: wallet.address });
    const { packed, id } = unpaid(suite, terms);
    const signature = await sign3009(suite, wallet, terms);
    const token = suite.token.connect(suite.stranger);
    const args = [wallet.address, suite.site.escrow, terms.amount, 0n, terms.authorizeBy, id, signature] as const;
    await expect(token.receiveWithAuthorization(...args))
      .to.be.revertedWithCustomError(token, "CallerNotReceiver")
      .withArgs(suite.stranger.address, suite.site.escrow);
    const second = await deployEscrow(await suite.gate.getAddress(), suite.treasury.address);
    const forFirst = await payments.signPermit2(wallet, suite.site, terms, 0n);
    await expect(second.authorize(packed, COLLECTION.Permit2, forFirst)).to.be.revert(ethers);
    await suite.escrow.authorize(packed, COLLECTION.Permit2, forFirst);
    expect((await stateOf(suite, id)).capturable).to.equal(100n * UNIT);
  });
});
