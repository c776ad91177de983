import { packOrder, payments } from "@sluice/sdk";
import { expect } from "chai";
import { Signature, toBeHex } from "ethers";

import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { signReview, signSettlement } from "../shared/cases.ts";
import { at, capture, post } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import {
  authorized,
  BAND,
  DAY,
  deployEscrow,
  ethers,
  fixture,
  networkHelpers,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { judgedFor, review, SCORE } from "./doors.ts";

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const NEVER = 2 ** 40 - 1;
const TEN = 10n * UNIT;

function mirrored(signature: string): string {
  const { r, s, v } = Signature.from(signature);
  return ethers.concat([r, toBeHex(N - BigInt(s), 32), toBeHex(v === 27 ? 28 : 27, 1)]);
}

/** Both signatures of ten to each side for the state now, valid for ever, and what submits them. */
async function tenEach(suite: Suite, payment: Authorized) {
  const { capturable } = await stateOf(suite, payment.id);
  const agreed = { toPayee: TEN, toPayer: TEN, capturable, deadline: NEVER };
  const byPayer = await signSettlement(suite, suite.payer, payment.id, agreed);
  const byPayee = await signSettlement(suite, suite.payee, payment.id, agreed);
  const escrow = suite.escrow.connect(suite.stranger);
  const submit = (of = payment, payer = byPayer, payee = byPayee, at_ = escrow) =>
    at_.settle(of.packed, TEN, TEN, NEVER, payer, payee);
  return { submit, byPayer, byPayee };
}

describe("E13 and E9: settlements and reviews count once, for one payment, and their mirror images not at all", () => {
  it("refuses a settlement of ten each the second time, after any other move, and years later", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const { submit } = await tenEach(suite, payment);
    await submit();
    const refused = () =>
      expectRefused(suite, payment, submit, suite.escrow, "PartySignatureInvalid", [anyValue, suite.payer.address]);
    await refused();
    await capture(suite, payment, { amount: TEN });
    await refused();
    await at((await networkHelpers.time.latest()) + 4_000 * DAY);
    await networkHelpers.mine(1);
    await refused();
  });

  it("refuses it for another payment in the same state, and on another escrow", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const other = await authorized(suite, { salt: 2n });
    const { submit } = await tenEach(suite, payment);
    const args = [anyValue, suite.payer.address];
    await expectRefused(suite, other, () => submit(other), suite.escrow, "PartySignatureInvalid", args);
    const second = await deployEscrow(await suite.gate.getAddress(), suite.treasury.address);
    await suite.token.connect(suite.payer).approve(await second.getAddress(), 100n * UNIT);
    await second.connect(suite.payer).authorize(payment.packed, 0, "0x");
    await expect(submit(payment, undefined, undefined, second)).to.be.revertedWithCustomError(
      second,
      "PartySignatureInvalid",
    );
  });

  it("refuses either signature mirrored, or in the other's place", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const { submit, byPayer, byPayee } = await tenEach(suite, payment);
    for (const [payer, payee, wronged] of [
      [mirrored(byPayer), byPayee, suite.payer],
      [byPayer, mirrored(byPayee), suite.payee],
      [byPayee, byPayer, suite.payer],
      [byPayer, byPayer, suite.payee],
    ] as const) {
      const act = () => submit(payment, payer, payee);
      await expectRefused(suite, payment, act, suite.escrow, "PartySignatureInvalid", [anyValue, wronged.address]);
    }
    await submit();
  });

  it("takes no order for a settlement, no settlement for a review, and no review for an order", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Hold, { operator: suite.payee.address });
    const { capturable } = await stateOf(suite, payment.id);
    const order = { action: "Void", amount: TEN, feeBps: 0, capturable, refundable: 0n, deadline: NEVER } as const;
    const ordered = await payments.signOrder(suite.payee, suite.site, payment.terms, order);
    const { submit, byPayer, byPayee } = await tenEach(suite, payment);
    await expect(submit(payment, byPayer, ordered)).to.be.revertedWithCustomError(
      suite.escrow,
      "PartySignatureInvalid",
    );
    const reviewed = suite.escrow.review(payment.packed, BAND.Allow, 7, NEVER, suite.arbiter.address, byPayee);
    await expect(reviewed).to.be.revertedWithCustomError(suite.escrow, "PartySignatureInvalid");
    const fields = { fromBand: BAND.Hold, toBand: BAND.Allow, reasonCode: 7, deadline: NEVER };
    const mild = await signReview(suite, suite.payee, payment.id, fields);
    const executed = suite.escrow.execute(payment.packed, packOrder(order), mild, "0x");
    await expect(executed).to.be.revertedWithCustomError(suite.escrow, "OrderSignatureInvalid");
  });

  it("refuses a review the second time, for another payment, mirrored, and for a band it does not name", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Block);
    const other = await judgedFor(suite, SCORE.Block, { salt: 2n });
    const fields = { fromBand: BAND.Block, toBand: BAND.Hold, reasonCode: 7, deadline: NEVER };
    const signature = await signReview(suite, suite.arbiter, payment.id, fields);
    const submit = (of: Authorized, signed: string, toBand: bigint = BAND.Hold) =>
      suite.escrow.connect(suite.stranger).review(of.packed, toBand, 7, NEVER, suite.arbiter.address, signed);
    for (const [of, signed] of [
      [other, signature],
      [payment, mirrored(signature)],
    ] as const) {
      await expect(submit(of, signed)).to.be.revertedWithCustomError(suite.escrow, "PartySignatureInvalid");
    }
    await submit(payment, signature);
    await expect(submit(payment, signature)).to.be.revertedWithCustomError(suite.escrow, "NotOneStepMilder");
    await expect(submit(payment, signature, BAND.Allow))
      .to.be.revertedWithCustomError(suite.escrow, "AlreadyReviewed")
      .withArgs(payment.id);
    await expect(review(suite, payment)).to.be.revertedWithCustomError(suite.escrow, "AlreadyReviewed");
  });
});
