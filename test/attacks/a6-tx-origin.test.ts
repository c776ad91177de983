import { expect } from "chai";

import { post } from "../shared/moves.ts";
import { authorized, ethers, fixture, UNIT, type Authorized, type Suite } from "../shared/suite.ts";

/** A contract account of the stranger, and the call that captures a payment. */
async function contractAccount(suite: Suite) {
  const account = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
  const call = ({ packed }: Authorized, feeBps: number) =>
    suite.escrow.interface.encodeFunctionData("capture", [packed, 100n * UNIT, feeBps, 0, "0x"]);
  return { account, address: await account.getAddress(), call };
}

describe("A6: the caller counts, never the sender of the transaction", () => {
  for (const [role, feeBps] of [
    ["operator", 0],
    ["payee", 500],
  ] as const) {
    it(`lets a contract account be the ${role}, whoever relays its call`, async () => {
      const suite = await fixture();
      const { account, address, call } = await contractAccount(suite);
      const payment = await authorized(suite, { [role]: address });
      await post(suite, payment);
      await account.connect(suite.deployer).execute(suite.site.escrow, call(payment, feeBps));
      const payee = role === "payee" ? address : suite.payee.address;
      expect(await suite.token.balanceOf(payee)).to.equal((100n * UNIT * BigInt(10_000 - feeBps)) / 10_000n);
    });
  }

  it("gives a contract that the operator happens to call none of his rights", async () => {
    const suite = await fixture();
    const { account, address, call } = await contractAccount(suite);
    const payment = await authorized(suite);
    await post(suite, payment);
    await expect(account.connect(suite.operator).execute(suite.site.escrow, call(payment, 0)))
      .to.be.revertedWithCustomError(suite.escrow, "NotOperatorOrPayee")
      .withArgs(address, suite.operator.address, suite.payee.address);
  });
});
