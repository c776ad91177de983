import { expect } from "chai";
import { computeAddress } from "ethers";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { setPolicy, unpaid } from "../shared/moves.ts";
import { random } from "../shared/random.ts";
import {
  attest,
  attesterKeys,
  authorized,
  BAND,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, charge, order, skipped } from "./doors.ts";

const SEED = 19;

/** Three of five up to 100 tokens, four up to 1,000, five and a Hold above. */
async function tiered(): Promise<Suite> {
  const suite = await fixture();
  const keys = attesterKeys(5, "tier");
  const config = {
    signers: keys.map((one) => computeAddress(one)),
    tiers: [
      { upTo: 100n * 10n ** 6n, quorum: 3 },
      { upTo: 1_000n * 10n ** 6n, quorum: 4 },
      { upTo: 2_000n * 10n ** 6n, quorum: 5 },
    ],
    tokens: [{ token: await suite.token.getAddress(), shift: 12, class: 0 }],
  };
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(suite, {}, epoch);
  return { ...suite, keys, epoch };
}

describe("A19: slices and batches keep the quorum and the cap of the whole", () => {
  it("asks for the whole's quorum from an order for one unit", async () => {
    const suite = await tiered();
    const payment = await authorized(suite, { amount: 1_500n * UNIT });
    const attestation = await attest(suite, payment, { keys: suite.keys.slice(0, 4) });
    await expect(order(suite, payment, "Capture", { amount: 1n, attestation }))
      .to.be.revertedWithCustomError(suite.epoch, "QuorumNotMet")
      .withArgs(4, 5);
  });

  it("passes over the large payment of a batch, in slices or whole, when the small ones' quorum signed", async () => {
    const suite = await tiered();
    const small = await authorized(suite, { amount: 100n * UNIT, salt: 1n });
    const large = await authorized(suite, { amount: 1_000n * UNIT, salt: 2n });
    const slices = Array.from({ length: 10 }, () => ({ payment: large, amount: 100n * UNIT }));
    const rows = [{ payment: small }, ...slices];
    const tx = await captureMany(suite, rows, await attestMany(suite, rows, suite.keys.slice(0, 3)));
    const short = selectorOf(suite.epoch, "QuorumNotMet");
    expect(await skipped(suite, tx)).to.deep.equal(slices.map(() => [large.id, short]));
    await captureMany(suite, rows.slice(1), await attestMany(suite, rows.slice(1), suite.keys.slice(0, 4)));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(1_100n * UNIT);
  });

  it("takes from a payment that stands in a batch many times no more than its amount", async () => {
    const suite = await tiered();
    const payment = await authorized(suite);
    const rows = Array.from({ length: 5 }, () => ({ payment, amount: 30n * UNIT }));
    const tx = await captureMany(suite, rows, await attestMany(suite, rows, suite.keys.slice(0, 3)));
    const large = selectorOf(suite.escrow, "AmountTooLarge");
    expect(await skipped(suite, tx)).to.deep.equal([3, 4].map(() => [payment.id, large]));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(90n * UNIT);
  });

  it("holds a payment above the last tier in a batch, too, whoever signs", async () => {
    const suite = await tiered();
    const payment = await authorized(suite, { amount: 2_000n * UNIT + 10n ** 12n });
    const rows = [{ payment, amount: 1n }];
    const tx = await captureMany(suite, rows, await attestMany(suite, rows, suite.keys));
    expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.escrow, "NotAllowed")]]);
  });

  it("asks a charge for the quorum of its amount, and one signer's contradiction holds any amount", async () => {
    const suite = await tiered();
    await setPolicy(suite, { chargeCap: 10n ** 10n }, suite.epoch);
    await suite.token.mint(suite.operator.address, 1_000n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 1_000n * UNIT);
    const large = unpaid(suite, await termsFor(suite, { payer: suite.operator.address, amount: 500n * UNIT }));
    await expect(charge(suite, large, "0x", { keys: suite.keys.slice(0, 3) }))
      .to.be.revertedWithCustomError(suite.epoch, "QuorumNotMet")
      .withArgs(3, 4);
    const payment = await authorized(suite, { amount: 1_500n * UNIT });
    await suite.escrow.post(payment.packed, await attest(suite, payment, { keys: suite.keys }));
    const one = await attest(suite, payment, { keys: suite.keys.slice(4), score: 9_800 });
    await suite.escrow.tighten(payment.packed, "0x", one);
    expect((await suite.escrow.payment(payment.id)).band).to.equal(BAND.Hold);
  });

  it(`finds no amount and slice that pass below the tier of the whole (seed ${SEED})`, async () => {
    const suite = await tiered();
    const chance = random(SEED);
    for (let run = 0; run < 12; run += 1) {
      const amount = (1n + (chance.bits(40) % 2_000_000_000n)) * 10n ** 12n;
      const slice = 1n + (chance.bits(80) % amount);
      const payment = await authorized(suite, { amount, salt: BigInt(run) });
      const quorum = amount <= 100n * UNIT ? 3 : amount <= 1_000n * UNIT ? 4 : 5;
      const rows = [{ payment, amount: slice }];
      const short = await attestMany(suite, rows, suite.keys.slice(0, quorum - 1));
      const tx = await captureMany(suite, rows, short);
      const [reason] = await skipped(suite, tx);
      const what = `run ${run} of seed ${SEED}: ${slice} of ${amount}`;
      expect(reason, what).to.deep.equal([payment.id, selectorOf(suite.epoch, "QuorumNotMet")]);
      await captureMany(suite, rows, await attestMany(suite, rows, suite.keys.slice(0, quorum)));
      expect((await suite.escrow.payment(payment.id)).refundable, what).to.equal(slice);
    }
    await networkHelpers.mine(1);
  });
});
