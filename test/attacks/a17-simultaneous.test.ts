import { expect } from "chai";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { inOneBlock, setPolicy, capture, unpaid } from "../shared/moves.ts";
import {
  attest,
  authorized,
  COLLECTION,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, charge, chargeBlock, skipped } from "./doors.ts";

const COUNT = 50;

/** Fifty payments of one token authorized in one block. */
async function burst(suite: Suite): Promise<Authorized[]> {
  const usual = await termsFor(suite, { amount: UNIT });
  const all = Array.from({ length: COUNT }, (_, index) => unpaid(suite, { ...usual, salt: BigInt(index) }));
  const escrow = suite.escrow.connect(suite.payer);
  const sent = await inOneBlock(
    all.map(
      ({ packed }) =>
        () =>
          escrow.authorize(packed, COLLECTION.Allowance, "0x", { gasLimit: 400_000 }),
    ),
  );
  const receipts = await Promise.all(sent.map((tx) => tx.wait()));
  const blocks = receipts.map((receipt) => receipt?.blockNumber ?? 0);
  expect(new Set(blocks).size).to.equal(1);
  await networkHelpers.mine(1);
  return all.map((payment, index) => ({ ...payment, block: blocks[index] ?? 0 }));
}

describe("A17: fifty authorizations of one block are judged on a history that has all of them", () => {
  it("asks for the block that holds them all as the block of every one's facts", async () => {
    const suite = await fixture();
    const payments = await burst(suite);
    for (const payment of payments) {
      const earlier = await attest(suite, payment, { asOf: payment.block - 1 });
      await expect(capture(suite, payment, { attestation: earlier }))
        .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
        .withArgs(payment.block, payment.block - 1);
      await capture(suite, payment, { attestation: await attest(suite, payment) });
    }
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(BigInt(COUNT) * UNIT);
  });

  it("asks for it in a batch of all fifty, too, and passes over every one judged on the block before", async () => {
    const suite = await fixture();
    const payments = await burst(suite);
    const early = payments.map((payment) => ({ payment, asOf: payment.block - 1 }));
    const tx = await captureMany(suite, early, await attestMany(suite, early));
    const wrong = selectorOf(suite.gate, "WrongAsOf");
    expect(await skipped(suite, tx)).to.deep.equal(payments.map(({ id }) => [id, wrong]));
    const rows = payments.map((payment) => ({ payment }));
    await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(BigInt(COUNT) * UNIT);
  });

  it("lets none of them out in their own block, where their history is not complete yet", async () => {
    const suite = await fixture();
    const usual = await termsFor(suite, { amount: UNIT });
    const payment = unpaid(suite, { ...usual, salt: 99n }, (await networkHelpers.time.latestBlock()) + 1);
    const before = await authorized(suite, { salt: 98n });
    const attestation = await attest(suite, before, { subject: payment.id });
    const [, taken] = await inOneBlock([
      () =>
        suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x", { gasLimit: 400_000 }),
      () =>
        suite.escrow.connect(suite.operator).capture(payment.packed, UNIT, 0, 0, attestation, { gasLimit: 400_000 }),
    ]);
    expect((await taken?.wait().catch(() => null))?.status).to.not.equal(1);
    expect((await suite.escrow.payment(payment.id)).capturable).to.equal(UNIT);
  });

  it("judges charges on a complete block, too, and caps each by what may go without the newest history", async () => {
    const suite = await fixture();
    await networkHelpers.mine(3 * POLICY.stride);
    await setPolicy(suite, { chargeCap: 1_000_000n });
    await suite.token.mint(suite.operator.address, 10n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 10n * UNIT);
    const usual = await termsFor(suite, { payer: suite.operator.address, amount: UNIT });
    const first = unpaid(suite, { ...usual, salt: 1n });
    const wanted = await chargeBlock();
    for (const asOf of [wanted - POLICY.stride, wanted - 1]) {
      await expect(charge(suite, first, "0x", { asOf }))
        .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
        .withArgs(wanted, asOf);
    }
    await charge(suite, first);
    const above = unpaid(suite, { ...usual, amount: UNIT + 10n ** 12n, salt: 2n });
    await expect(charge(suite, above)).to.be.revertedWithCustomError(suite.gate, "ChargeAboveCap");
    await networkHelpers.mine(POLICY.stride);
    expect(await chargeBlock()).to.be.greaterThan(wanted); // the next charge's history has the first
  });
});
