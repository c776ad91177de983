import { packOrder, payments, settlementTypes, escrowDomain } from "@sluice/sdk";
import { expect } from "chai";

import { arbitrated } from "../shared/cases.ts";
import { post } from "../shared/moves.ts";
import { stateOf } from "../shared/state.ts";
import { authorized, ethers, fixture, UNIT } from "../shared/suite.ts";
import { captureMany, SCORE, skipped } from "./doors.ts";

describe("A6: contract accounts and relayers at the doors of orders, settlements, disputes and routers", () => {
  it("hears a contract account's order by its owner's signature, whoever relays it", async () => {
    const suite = await fixture();
    const account = await (await ethers.deployContract("ActorAccount", [suite.arbiter.address])).getAddress();
    const payment = await authorized(suite, { operator: account });
    await post(suite, payment);
    const order = { action: "Capture", amount: UNIT, feeBps: 0, capturable: 100n * UNIT, refundable: 0n } as const;
    const fields = { ...order, deadline: 2 ** 40 - 1 };
    const signature = await payments.signOrder(suite.arbiter, suite.site, payment.terms, fields);
    await suite.escrow.connect(suite.stranger).execute(payment.packed, packOrder(fields), signature, "0x");
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(UNIT);
  });

  it("gives a router that the operator calls none of his rights, and a batch of it captures nothing", async () => {
    const suite = await fixture();
    const router = await ethers.deployContract("LaneRouter", [[suite.site.escrow]]);
    const payment = await authorized(suite);
    await post(suite, payment);
    const { interface: abi } = suite.escrow;
    const calls = [
      abi.encodeFunctionData("capture", [payment.packed, UNIT, 0, 0, "0x"]),
      abi.encodeFunctionData("captureMany", [[{ terms: payment.packed, amount: UNIT, feeBps: 0 }], "0x"]),
      abi.encodeFunctionData("void", [payment.packed, UNIT, 0]),
      abi.encodeFunctionData("refund", [payment.packed, UNIT, 0]),
      abi.encodeFunctionData("request", [payment.packed]),
      abi.encodeFunctionData("dispute", [payment.packed]),
      abi.encodeFunctionData("resolve", [payment.packed, 0]),
    ];
    const tx = await router.connect(suite.operator).route(calls.map((data) => ({ lane: 0, data })));
    const reason = suite.escrow.interface.getError("NotOperatorOrPayee")?.selector;
    expect(await skipped(suite, tx)).to.deep.equal([[payment.id, reason]]);
    expect(await stateOf(suite, payment.id)).to.include({ capturable: 100n * UNIT, refundable: 0n, requested: false });
  });

  it("lets a contract be arbiter and party: its own call counts, and nobody's who happens to send it", async () => {
    const suite = await fixture();
    const arbiter = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    const terms = { ...arbitrated(suite), arbiter: await arbiter.getAddress(), disputeBond: 0n };
    const payment = await authorized(suite, terms);
    await post(suite, payment, { score: SCORE.Hold });
    await suite.escrow.connect(suite.payee).dispute(payment.packed);
    const call = suite.escrow.interface.encodeFunctionData("resolve", [payment.packed, 3_000]);
    const other = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    await expect(other.connect(suite.payee).execute(suite.site.escrow, call))
      .to.be.revertedWithCustomError(suite.escrow, "NotArbiter")
      .withArgs(await other.getAddress(), terms.arbiter);
    await arbiter.connect(suite.deployer).execute(suite.site.escrow, call);
    expect((await stateOf(suite, payment.id)).refundable).to.equal(30n * UNIT);
  });

  it("settles with a contract payee by its owner's signature, and not by its owner's call", async () => {
    const suite = await fixture();
    const payee = await (await ethers.deployContract("ActorAccount", [suite.arbiter.address])).getAddress();
    const payment = await authorized(suite, { payee });
    const agreed = {
      payment: payment.id,
      toPayee: 100n * UNIT,
      toPayer: 0n,
      capturable: 100n * UNIT,
      deadline: 2n ** 39n,
    };
    const domain = { ...escrowDomain, chainId: suite.chainId, verifyingContract: suite.site.escrow };
    const signature = await suite.arbiter.signTypedData(
      domain,
      { Settlement: [...settlementTypes.Settlement] },
      agreed,
    );
    const args = [payment.packed, agreed.toPayee, 0n, agreed.deadline, "0x"] as const;
    await expect(suite.escrow.connect(suite.arbiter).settle(...args, signature)).to.be.revertedWithCustomError(
      suite.escrow,
      "PartySignatureInvalid",
    );
    await suite.escrow.connect(suite.payer).settle(...args, signature);
    expect(await suite.token.balanceOf(payee)).to.equal(95n * UNIT);
  });

  it("skips in a stranger's batch what is not his, though operator and payee pay his gas", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const tx = await captureMany(suite, [{ payment }], "0x", suite.stranger);
    expect((await skipped(suite, tx)).length).to.equal(1);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(0n);
  });
});
