import { expect } from "chai";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { setPolicy, unpaid } from "../shared/moves.ts";
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
import { captureMany, charge, chargeBlock, order, SCORE, skipped } from "./doors.ts";

const AGE = 2 ** POLICY.refreshLog2;
const WRONG = "WrongAsOf";

/** Every block in which anything might have looked good or bad, but the payment's own. */
function otherBlocks(payment: Authorized): number[] {
  const near = Array.from({ length: 41 }, (_, index) => payment.block - 20 + index);
  return near.filter((block) => block !== payment.block);
}

async function old(suite: Suite): Promise<Authorized> {
  await networkHelpers.mine(40);
  const payment = await authorized(suite);
  await networkHelpers.mine(25);
  return payment;
}

describe("A16: both sides try every block at every door, and get the one answer", () => {
  it("gives the payee who shops for an Allow none by capture's order or post", async () => {
    const suite = await fixture();
    const payment = await old(suite);
    for (const asOf of otherBlocks(payment)) {
      const attestation = await attest(suite, payment, { asOf, score: 1 });
      for (const act of [
        () => order(suite, payment, "Capture", { by: suite.payee, attestation }),
        () => suite.escrow.connect(suite.payee).post(payment.packed, attestation),
        () => suite.escrow.connect(suite.payee).tighten(payment.packed, attestation, "0x"),
      ]) {
        await expect(act()).to.be.revertedWithCustomError(suite.gate, WRONG).withArgs(payment.block, asOf);
      }
    }
    const held = await attest(suite, payment, { score: SCORE.Hold });
    await expect(order(suite, payment, "Capture", { by: suite.payee, attestation: held }))
      .to.be.revertedWithCustomError(suite.escrow, "NotAllowed")
      .withArgs(payment.id, BAND.Hold, SCORE.Hold);
  });

  it("gives none by a batch in which the same payment stands once for every block", async () => {
    const suite = await fixture();
    const payment = await old(suite);
    const rows = otherBlocks(payment).map((asOf) => ({ payment, asOf, score: 1, amount: UNIT }));
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    const wrong = selectorOf(suite.gate, WRONG);
    expect(await skipped(suite, tx)).to.deep.equal(rows.map(() => [payment.id, wrong]));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(0n);
  });

  it("gives the payer who shops for a Hold or Block none by post, nor by one signer who contradicts", async () => {
    const suite = await fixture();
    const payment = await old(suite);
    const payer = suite.escrow.connect(suite.payer);
    await payer.post(payment.packed, await attest(suite, payment));
    for (const asOf of otherBlocks(payment)) {
      const worse = await attest(suite, payment, { asOf, score: SCORE.Block });
      const one = await attest(suite, payment, { asOf, score: SCORE.Block, keys: suite.keys.slice(2) });
      for (const act of [() => payer.post(payment.packed, worse), () => payer.tighten(payment.packed, "0x", one)]) {
        await expect(act()).to.be.revertedWithCustomError(suite.gate, WRONG).withArgs(payment.block, asOf);
      }
    }
    const same = await attest(suite, payment, { score: SCORE.Block });
    await expect(payer.post(payment.packed, same))
      .to.be.revertedWithCustomError(suite.escrow, "AlreadyScreened")
      .withArgs(payment.id, BAND.Allow);
  });

  it("lets nobody wait for a better refresh: at each age a batch and a capture ask for the same one", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    for (const age of [AGE - 2, AGE, AGE + 5, 2 * AGE + 1]) {
      await networkHelpers.mineUpTo(payment.block + age);
      const due = payment.block + Math.floor(age / AGE) * AGE;
      const candidates = [0, 1, 2].map((k) => payment.block + k * AGE).filter((asOf) => asOf <= payment.block + age);
      for (const asOf of candidates.filter((one) => one !== due)) {
        const rows = [{ payment, asOf, amount: 1n }];
        const tx = await captureMany(suite, rows, await attestMany(suite, rows));
        expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.gate, WRONG)]]);
      }
    }
    const due = payment.block + 2 * AGE;
    const rows = [{ payment, asOf: due, amount: UNIT }];
    await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(UNIT);
  });

  it("lets a charge be judged on one block of a stride, whichever of its blocks it runs in", async () => {
    const suite = await fixture();
    await networkHelpers.mine(4 * POLICY.stride);
    await suite.token.mint(suite.operator.address, 1_000n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 1_000n * UNIT);
    const usual = await termsFor(suite, { payer: suite.operator.address, amount: UNIT });
    for (let salt = 1n; salt <= 3n; salt += 1n) {
      const payment = unpaid(suite, { ...usual, salt });
      const due = await chargeBlock();
      for (let asOf = due - POLICY.stride; asOf <= (await networkHelpers.time.latestBlock()); asOf += 1) {
        if (asOf === (await chargeBlock())) continue;
        await expect(charge(suite, payment, "0x", { asOf, score: 1 })).to.be.revertedWithCustomError(suite.gate, WRONG);
      }
      await charge(suite, payment);
      await networkHelpers.mine(5);
    }
  });

  it("gives no second chance by a policy set in between: the block of the facts stays", async () => {
    const suite = await fixture();
    const payment = await old(suite);
    await setPolicy(suite, { refreshLog2: 12 });
    await networkHelpers.mine(AGE);
    const first = await attest(suite, payment, { score: 1 });
    await expect(suite.escrow.post(payment.packed, first))
      .to.be.revertedWithCustomError(suite.gate, WRONG)
      .withArgs(payment.block + AGE, payment.block);
  });
});
