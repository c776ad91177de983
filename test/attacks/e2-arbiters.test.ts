import { expect } from "chai";

import { at } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { ethers, fixture, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { disputedFor } from "./doors.ts";

describe("E2: an arbiter is the terms' own, and no change elsewhere strands or confuses a dispute", () => {
  it("keeps the arbiter of the terms through a new policy, a new governor and a named reviewer", async () => {
    const suite = await fixture();
    const payment = await disputedFor(suite);
    await suite.gate.setReviewer(suite.stranger.address, true);
    await suite.gate.setPolicy(POLICY, await suite.epoch.getAddress());
    await suite.gate.setGovernor(suite.stranger.address);
    for (const who of [suite.stranger, suite.deployer, suite.operator, suite.treasury]) {
      const act = () => suite.escrow.connect(who).resolve(payment.packed, 5_000);
      const args = [who.address, suite.arbiter.address];
      await expectRefused(suite, payment, act, suite.escrow, "NotArbiter", args);
    }
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 5_000);
    expect(await stateOf(suite, payment.id)).to.include({ capturable: 0n, refundable: 50n * UNIT });
  });

  it("is ruled, or parted by default, with the gate gone", async () => {
    const suite = await fixture();
    const ruled = await disputedFor(suite, { salt: 1n });
    const left = await disputedFor(suite, { salt: 2n });
    await networkHelpers.setCode(await suite.gate.getAddress(), "0xfe");
    await suite.escrow.connect(suite.arbiter).resolve(ruled.packed, 10_000);
    const { ruleBy } = await suite.escrow.timer(left.id);
    await at(ruleBy);
    await suite.escrow.connect(suite.stranger).resolveByDefault(left.packed);
    expect(await stateOf(suite, ruled.id)).to.include({ capturable: 0n, refundable: 100n * UNIT });
    expect(await stateOf(suite, left.id)).to.include({ capturable: 0n, refundable: 60n * UNIT });
  });

  it("is parted by default when its arbiter can never act", async () => {
    const suite = await fixture();
    const payment = await disputedFor(suite, { arbiter: await suite.token.getAddress() });
    const { ruleBy } = await suite.escrow.timer(payment.id);
    await at(ruleBy);
    await suite.escrow.connect(suite.stranger).resolveByDefault(payment.packed);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
  });

  it("is told by the payment's id: disputes of two arbiters, and of one, rule each other nothing", async () => {
    const suite = await fixture();
    const first = await disputedFor(suite, { salt: 1n });
    const same = await disputedFor(suite, { salt: 2n });
    const other = await disputedFor(suite, { salt: 1n, arbiter: suite.stranger.address });
    expect(new Set([first.id, same.id, other.id]).size).to.equal(3);
    const foreign = () => suite.escrow.connect(suite.arbiter).resolve(other.packed, 0);
    const args = [suite.arbiter.address, suite.stranger.address];
    await expectRefused(suite, other, foreign, suite.escrow, "NotArbiter", args);
    await suite.escrow.connect(suite.arbiter).resolve(first.packed, 0);
    for (const { id } of [same, other]) expect((await stateOf(suite, id)).capturable).to.equal(100n * UNIT);
    const again = () => suite.escrow.connect(suite.arbiter).resolve(first.packed, 10_000);
    await expectRefused(suite, first, again, suite.escrow, "AmountZero");
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(210n * UNIT);
  });

  it("pays a bond once, out of its own payment, however many disputes are open", async () => {
    const suite = await fixture();
    const payments = [];
    for (const salt of [1n, 2n, 3n]) payments.push(await disputedFor(suite, { salt }));
    for (const { packed } of payments) await suite.escrow.connect(suite.arbiter).resolve(packed, 10_000);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(15n * UNIT); // the operator's 5 % of each
    await expect(suite.escrow.connect(suite.arbiter).resolveByDefault(payments[0]!.packed)).to.be.revert(ethers);
  });
});
