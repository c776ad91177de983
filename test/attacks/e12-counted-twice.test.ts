import { expect } from "chai";
import { getAddress, toBeHex } from "ethers";

import { unpaid, withToken } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { COLLECTION, ethers, fixture, termsFor, UNIT } from "../shared/suite.ts";

/** A payer contract on a hook token, and two payments of 100 it could authorize. */
async function scene() {
  const plain = await fixture();
  const token = await ethers.deployContract("HookToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  const actor = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
  const self = await actor.getAddress();
  await token.mint(self, 1_000n * UNIT);
  await actor.execute(address, token.interface.encodeFunctionData("register"));
  await actor.execute(address, token.interface.encodeFunctionData("approve", [suite.site.escrow, 2n ** 255n]));
  const terms = await termsFor(suite, { token: address, payer: self });
  const first = unpaid(suite, terms);
  const second = unpaid(suite, { ...terms, salt: 2n });
  const call = (payment: typeof first) =>
    suite.escrow.interface.encodeFunctionData("authorize", [payment.packed, COLLECTION.Allowance, "0x"]);
  return { suite, token, address, actor, first, second, call };
}

describe("E12: one balance difference is counted once", () => {
  it("refuses an authorize inside another authorize of the same token", async () => {
    const { suite, token, actor, first, second, call } = await scene();
    await actor.prepare(true, suite.site.escrow, call(second));
    await actor.execute(suite.site.escrow, call(first));
    expect((await suite.escrow.payment(first.id)).capturable).to.equal(100n * UNIT);
    expect((await suite.escrow.payment(second.id)).authorizedBlock).to.equal(0n);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });

  it("refuses money that arrives beside the payment in the same call", async () => {
    const { suite, token, address, actor, first, call } = await scene();
    const gift = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    await token.mint(await gift.getAddress(), UNIT);
    const transfer = token.interface.encodeFunctionData("transfer", [suite.site.escrow, UNIT]);
    const execute = gift.interface.encodeFunctionData("execute", [address, transfer]);
    await actor.prepare(true, await gift.getAddress(), execute);
    const act = () => actor.execute(suite.site.escrow, call(first));
    await expectRefused(suite, first, act, suite.escrow, "AmountReceived", [100n * UNIT, 101n * UNIT]);
  });

  it("counts nothing for a token whose fallback swallows receiveWithAuthorization", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("PhantomToken");
    const suite = await withToken(plain, await token.getAddress());
    const payment = unpaid(suite, await termsFor(suite, { token: await token.getAddress() }));
    await token.mint(suite.site.escrow, 500n * UNIT);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Erc3009, "0x");
    await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", [100n * UNIT, 0n]);
  });

  it("refuses a token that is no contract or has no balances, the escrow and the gate among them", async () => {
    const suite = await fixture();
    const addresses = [ethers.ZeroAddress, suite.stranger.address, suite.site.escrow, await suite.gate.getAddress()];
    for (const token of [...addresses, toBeHex(1, 20)]) {
      const payment = unpaid(suite, await termsFor(suite, { token }));
      await expect(suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x"))
        .to.be.revertedWithCustomError(suite.escrow, "TokenUnreadable")
        .withArgs(getAddress(token));
    }
  });

  it("counts nothing for a precompile that answers like a token", async () => {
    const suite = await fixture();
    for (const token of [toBeHex(2, 20), toBeHex(3, 20), toBeHex(4, 20)]) {
      const payment = unpaid(suite, await termsFor(suite, { token }));
      const authorize = suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
      await expect(authorize)
        .to.be.revertedWithCustomError(suite.escrow, "TransferFailed")
        .withArgs(getAddress(token), suite.payer.address, suite.site.escrow, 100n * UNIT);
      await expect(suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Erc3009, "0x")).to.be.revert(
        ethers,
      );
    }
  });
});
