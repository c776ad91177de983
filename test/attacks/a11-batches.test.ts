import { expect } from "chai";
import { computeAddress, concat, dataSlice } from "ethers";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { post } from "../shared/moves.ts";
import { attest, authorized, fixture, key, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { captureMany, skipped } from "./doors.ts";

const HEAD = 72;
const AGE = 2 ** POLICY.refreshLog2;

/** A batch of two payments and its attestation with the signatures in these positions. */
async function inOrder(positions: readonly number[]) {
  const suite = await fixture();
  const rows = [{ payment: await authorized(suite, { salt: 1n }) }, { payment: await authorized(suite, { salt: 2n }) }];
  const all = await attestMany(suite, rows, suite.keys);
  const signature = (position: number) => dataSlice(all, 2 * HEAD + 64 * position, 2 * HEAD + 64 * (position + 1));
  const attestation = concat([dataSlice(all, 0, 2 * HEAD), ...positions.map(signature)]);
  return { suite, rows, attestation, addresses: suite.keys.map((one) => computeAddress(one)) };
}

describe("A7 and A11: batches count a signer once and take no older answer for a newer one", () => {
  for (const positions of [
    [1, 0],
    [0, 0],
    [0, 1, 1],
  ]) {
    it(`refuses a batch signed in the order ${positions.join(", ")}`, async () => {
      const { suite, rows, attestation, addresses } = await inOrder(positions);
      const wrong = positions.findIndex((position, index) => index > 0 && position <= (positions[index - 1] ?? -1));
      await expect(captureMany(suite, rows, attestation))
        .to.be.revertedWithCustomError(suite.epoch, "SignersNotSorted")
        .withArgs(addresses[positions[wrong - 1] ?? -1], addresses[positions[wrong] ?? -1]);
    });
  }

  it("passes over every payment when one signature, or none, is there", async () => {
    for (const positions of [[2], []]) {
      const { suite, rows, attestation } = await inOrder(positions);
      const short = selectorOf(suite.epoch, "QuorumNotMet");
      const tx = await captureMany(suite, rows, attestation);
      expect(await skipped(suite, tx)).to.deep.equal(rows.map(({ payment }) => [payment.id, short]));
      expect(await suite.token.balanceOf(suite.payee.address)).to.equal(0n);
    }
  });

  it("refuses a foreign key beside a full quorum", async () => {
    const { suite, rows } = await inOrder([]);
    const foreign = key("foreign");
    const keys = [...suite.keys, foreign];
    await expect(captureMany(suite, rows, await attestMany(suite, rows, keys)))
      .to.be.revertedWithCustomError(suite.epoch, "NotASigner")
      .withArgs(computeAddress(foreign));
  });

  it("passes over a stale payment and pays the fresh one beside it", async () => {
    const { suite, rows } = await inOrder([]);
    await networkHelpers.mine(AGE);
    const fresh = { payment: await authorized(suite, { salt: 3n }) };
    const all = [...rows, fresh];
    const tx = await captureMany(suite, all, await attestMany(suite, all));
    const wrong = selectorOf(suite.gate, "WrongAsOf");
    expect(await skipped(suite, tx)).to.deep.equal(rows.map(({ payment }) => [payment.id, wrong]));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("hears no contradiction of two, of none, or of one who stands twice", async () => {
    const { suite, rows } = await inOrder([]);
    const [{ payment } = fail()] = rows;
    await post(suite, payment);
    const one = await attest(suite, payment, { keys: suite.keys.slice(0, 1), score: 9_800 });
    const twice = concat([one, dataSlice(one, HEAD)]);
    for (const [differing, count] of [
      [dataSlice(one, 0, HEAD), 0],
      [twice, 2],
    ] as const) {
      await expect(suite.escrow.tighten(payment.packed, "0x", differing))
        .to.be.revertedWithCustomError(suite.gate, "NotOneSignature")
        .withArgs(count);
    }
  });
});

function fail(): never {
  throw new Error("there is no first row");
}
