import { expect } from "chai";
import { computeAddress } from "ethers";

import { capture, post, secondOf, setPolicy } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import {
  attest,
  attesterKeys,
  authorized,
  BAND,
  ethers,
  factsScoring,
  fixture,
  networkHelpers,
  POLICY,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

/** What the third attester alone says: the two others allowed the payment. */
function alone(suite: Suite, payment: Authorized, score: number, asOf = payment.block): Promise<string> {
  return attest(suite, payment, { keys: suite.keys.slice(2), score, asOf });
}

describe("PaymentEscrow.tighten with one signer's differing facts", () => {
  it("turns a posted Allow into a Hold, by anybody, and says who contradicted", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 10 });
    const differing = await alone(suite, payment, 9_700);
    const tx = await suite.escrow.connect(suite.stranger).tighten(payment.packed, "0x", differing);
    const opensAt = (await secondOf(tx)) + BigInt(POLICY.holdDelay);
    await expect(tx)
      .to.emit(suite.escrow, "BandPosted")
      .withArgs(payment.id, BAND.Hold, 9_700, opensAt, BigInt(payment.terms.captureBy));
    const hash = (await ethers.provider.getBlock(payment.block))?.hash;
    await expect(tx)
      .to.emit(suite.gate, "Contested")
      .withArgs(
        ...[suite.site.escrow, payment.id, computeAddress(suite.keys[2]!), payment.block, hash],
        (facts: string) => facts.endsWith(factsScoring(9_700).slice(-4)),
        9_700,
      );
  });

  it("holds where the one says Block: one signer delays, he never blocks", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 10 });
    await suite.escrow.tighten(payment.packed, "0x", await alone(suite, payment, 10_000));
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
  });

  it("posts the quorum's Allow first where none is posted", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const allow = await attest(suite, payment, { score: 10 });
    await suite.escrow.tighten(payment.packed, allow, await alone(suite, payment, 9_900));
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
    const carried = () => capture(suite, payment, { attestation: allow });
    await expect(carried()).to.be.revertedWithCustomError(suite.escrow, "CaptureWindow");
  });

  it("reverts below the policy's Hold, for two signatures, a stranger's and a disabled signer's", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 10 });
    const act = async (differing: Promise<string>) => suite.escrow.tighten(payment.packed, "0x", await differing);
    const mild = () => act(alone(suite, payment, 9_699));
    await expectRefused(suite, payment, mild, suite.escrow, "AlreadyScreened", [payment.id, BAND.Allow]);
    const two = () => act(attest(suite, payment, { score: 9_900 }));
    await expectRefused(suite, payment, two, suite.gate, "NotOneSignature", [2n]);
    const [strange] = attesterKeys(1, "stranger");
    const stranger = () => act(attest(suite, payment, { keys: [strange!], score: 9_900 }));
    await expectRefused(suite, payment, stranger, suite.epoch, "NotASigner", [computeAddress(strange!)]);
    await suite.gate.disableSigners(await suite.epoch.getAddress(), 4);
    const disabled = () => act(alone(suite, payment, 9_900));
    await expectRefused(suite, payment, disabled, suite.epoch, "SignerDisabled", [computeAddress(suite.keys[2]!)]);
  });

  it("takes facts of the payment's block or of any refresh since, and of no other block", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 10 });
    const stride = 2 ** POLICY.refreshLog2;
    while ((await ethers.provider.getBlockNumber()) <= payment.block + stride) await networkHelpers.mine(1);
    for (const asOf of [payment.block - 1, payment.block + 1, payment.block + stride + 1]) {
      const act = async () => suite.escrow.tighten(payment.packed, "0x", await alone(suite, payment, 9_900, asOf));
      await expectRefused(suite, payment, act, suite.gate, "WrongAsOf", [payment.block + stride, asOf]);
    }
    const first = await networkHelpers.takeSnapshot();
    for (const asOf of [payment.block, payment.block + stride]) {
      await suite.escrow.tighten(payment.packed, "0x", await alone(suite, payment, 9_900, asOf));
      expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
      await first.restore();
    }
  });

  it("reverts for another payment's signature, and keeps the delays of the payment's own policy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { salt: 1n });
    const other = await authorized(suite, { salt: 2n });
    await post(suite, payment, { score: 10 });
    const foreign = await attest(suite, other, { keys: suite.keys.slice(2), score: 9_900, asOf: payment.block });
    await expect(suite.escrow.tighten(payment.packed, "0x", foreign)).to.be.revertedWithCustomError(
      suite.epoch,
      "NotASigner",
    );
    await setPolicy(suite, { holdDelay: 20 * 86_400 });
    const tx = await suite.escrow.tighten(payment.packed, "0x", await alone(suite, payment, 9_900));
    const { opensAt } = await suite.escrow.timer(payment.id);
    expect(opensAt).to.equal((await secondOf(tx)) + BigInt(POLICY.holdDelay));
  });
});
