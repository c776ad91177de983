import { concat, dataSlice } from "ethers";
import { computeAddress } from "ethers";

import { capture } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, fixture, key } from "../shared/suite.ts";

const HEAD = 72;

/** An attestation whose signatures stand in the order of these positions among the three attesters. */
async function inOrder(positions: readonly number[]) {
  const suite = await fixture();
  const payment = await authorized(suite);
  const all = await attest(suite, payment, { keys: suite.keys });
  const signature = (position: number) => dataSlice(all, HEAD + 64 * position, HEAD + 64 * (position + 1));
  const attestation = concat([dataSlice(all, 0, HEAD), ...positions.map(signature)]);
  const addresses = suite.keys.map((one) => computeAddress(one));
  return { suite, payment, attestation, addresses };
}

describe("A11: a signer counts once, in order, and only when in the set", () => {
  for (const positions of [
    [1, 0],
    [2, 1],
    [0, 0],
    [2, 2],
    [0, 2, 1],
    [0, 1, 0],
    [0, 1, 2, 2],
  ]) {
    it(`refuses signatures in the order ${positions.join(", ")}`, async () => {
      const { suite, payment, attestation, addresses } = await inOrder(positions);
      const wrong = positions.findIndex((position, index) => index > 0 && position <= (positions[index - 1] ?? -1));
      const args = [addresses[positions[wrong - 1] ?? -1], addresses[positions[wrong] ?? -1]];
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.epoch, "SignersNotSorted", args);
    });
  }

  for (const positions of [
    [0, 1],
    [0, 2],
    [1, 2],
    [0, 1, 2],
  ]) {
    it(`takes signatures in the order ${positions.join(", ")}`, async () => {
      const { suite, payment, attestation } = await inOrder(positions);
      await capture(suite, payment, { attestation });
    });
  }

  it("refuses one signature short, and a foreign key beside a full quorum", async () => {
    const { suite, payment, attestation } = await inOrder([1]);
    const short = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, short, suite.epoch, "QuorumNotMet", [1, 2]);
    const none = () => capture(suite, payment, { attestation: dataSlice(attestation, 0, HEAD) });
    await expectRefused(suite, payment, none, suite.epoch, "QuorumNotMet", [0, 2]);
    const foreign = key("foreign");
    const mixed = await attest(suite, payment, { keys: [...suite.keys, foreign] });
    const act = () => capture(suite, payment, { attestation: mixed });
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [computeAddress(foreign)]);
  });

  it("refuses signatures that recover to nobody", async () => {
    const { suite, payment, attestation } = await inOrder([0]);
    for (const broken of [`0x${"00".repeat(64)}`, `0x${"ff".repeat(64)}`]) {
      const act = () => capture(suite, payment, { attestation: concat([attestation, broken]) });
      const nobody = `0x${"00".repeat(20)}`;
      await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [nobody]);
    }
  });
});
