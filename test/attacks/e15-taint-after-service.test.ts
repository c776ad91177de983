import { expect } from "chai";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { at, capture, post, reclaim, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, charge, SCORE, skipped } from "./doors.ts";

const AGE = 2 ** POLICY.refreshLog2;

/** Two hundred and fifty-six blocks later: what the payer did since shows in the facts. */
async function tainted(suite: Suite, payment: Authorized, score: number = SCORE.Block) {
  await networkHelpers.mine(AGE);
  return { asOf: payment.block + AGE, score };
}

/** The payee waits the Hold out and is paid; the payer could not reclaim before. */
async function paidAfterHold(suite: Suite, payment: Authorized): Promise<void> {
  expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
  const { opensAt, closesAt } = await suite.escrow.timer(payment.id);
  await expect(reclaim(suite, payment)).to.be.revertedWithCustomError(suite.escrow, "ReclaimTooEarly");
  expect(closesAt).to.be.greaterThan(opensAt);
  await at(opensAt);
  await capture(suite, payment);
  expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
}

describe("E15: a payer who taints himself after the service delays his payment at most", () => {
  it("is judged as of the authorization: newer facts are refused while none are due", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await networkHelpers.mine(20);
    const newer = () => post(suite, payment, { asOf: payment.block + 10, score: SCORE.Block });
    const args = [payment.block, payment.block + 10];
    await expectRefused(suite, payment, newer, suite.gate, "WrongAsOf", args);
    await capture(suite, payment, { attestation: await attest(suite, payment) });
  });

  it("is held, never blocked, by a refresh, where nothing was posted before", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, await tainted(suite, payment));
    await paidAfterHold(suite, payment);
  });

  it("is held, never blocked, by a refresh of a posted Allow", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await post(suite, payment, await tainted(suite, payment));
    await paidAfterHold(suite, payment);
  });

  it("is held, never blocked, by a signer who contradicts with the facts of a refresh", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const one = { ...(await tainted(suite, payment, 10_000)), keys: suite.keys.slice(2) };
    await suite.escrow.connect(suite.payer).tighten(payment.packed, "0x", await attest(suite, payment, one));
    await paidAfterHold(suite, payment);
  });

  it("is held, never blocked, by a vote that the taint provokes", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await setPolicy(suite, { holdAt: 1, blockAt: 2 });
    await suite.escrow.connect(suite.payer).tighten(payment.packed, "0x", "0x");
    await paidAfterHold(suite, payment);
  });

  it("is passed over by a batch, not blocked, and the others are paid", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const other = await authorized(suite, { salt: 2n });
    await networkHelpers.mine(AGE);
    const rows = [
      { payment, asOf: payment.block + AGE, score: SCORE.Block },
      { payment: other, asOf: other.block + AGE },
    ];
    const attestation = await attestMany(suite, rows);
    const tx = await captureMany(suite, [{ payment }, { payment: other }], attestation);
    expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.escrow, "NotAllowed")]]);
    expect(await stateOf(suite, payment.id)).to.include({ capturable: 100n * UNIT, band: BAND.None });
    await expect(reclaim(suite, payment)).to.be.revertedWithCustomError(suite.escrow, "ReclaimTooEarly");
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("takes nothing back of a charge, which is paid before the service", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite, { payer: suite.operator.address }));
    await suite.token.mint(suite.operator.address, 100n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 100n * UNIT);
    const tx = await charge(suite, payment);
    const charged = { ...payment, block: tx.blockNumber ?? 0 };
    await expectRefused(
      suite,
      charged,
      async () => post(suite, charged, await tainted(suite, charged)),
      suite.escrow,
      "AmountZero",
    );
    await expectRefused(suite, charged, () => reclaim(suite, charged), suite.escrow, "AmountZero");
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("does not get a Block by shopping among all its refreshes, nor a second Hold", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    for (let k = 1; k <= 3; k += 1) {
      await networkHelpers.mine(AGE);
      const answer = { asOf: payment.block + k * AGE, score: k === 2 ? SCORE.Block : SCORE.Allow };
      const act = () => post(suite, payment, answer);
      if (k === 2) await act();
      else await expectRefused(suite, payment, act, suite.escrow, "AlreadyScreened", [payment.id, k === 1 ? 1 : 2]);
    }
    await paidAfterHold(suite, payment);
  });
});
