import { computeAddress } from "ethers";
import { expect } from "chai";

import { capture, request, setPolicy } from "../shared/moves.ts";
import { expectRefused, timerOf } from "../shared/state.ts";
import { attest, attesterKeys, authorized, BAND, ethers, fixture, UNIT, type Suite } from "../shared/suite.ts";

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

describe("A19: a payment cut into slices keeps the quorum, the cap and the facts of its whole", () => {
  for (const [tokens, quorum] of [
    [100n, 3],
    [101n, 4],
    [1_000n, 4],
    [1_001n, 5],
    [2_000n, 5],
  ] as const) {
    it(`asks for ${quorum} of 5 for one token out of ${tokens}`, async () => {
      const suite = await tiered();
      const payment = await authorized(suite, { amount: tokens * UNIT });
      const short = await attest(suite, payment, { keys: suite.keys.slice(0, quorum - 1) });
      const act = () => capture(suite, payment, { amount: UNIT, attestation: short });
      await expectRefused(suite, payment, act, suite.epoch, "QuorumNotMet", [quorum - 1, quorum]);
      const enough = await attest(suite, payment, { keys: suite.keys.slice(0, quorum) });
      await capture(suite, payment, { amount: UNIT, attestation: enough });
    });
  }

  it("holds every slice above the last tier", async () => {
    const suite = await tiered();
    const payment = await authorized(suite, { amount: 2_000n * UNIT + 10n ** 12n });
    const attestation = await attest(suite, payment, { keys: suite.keys });
    const act = () => capture(suite, payment, { amount: 1n, attestation });
    await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", [payment.id, BAND.Hold, 5_000]);
  });

  it("asks for the whole's quorum after most of it was voided, and caps silence by the whole", async () => {
    const suite = await tiered();
    const payment = await authorized(suite, { amount: 1_500n * UNIT, silenceRule: "Release" });
    await suite.escrow.connect(suite.payee).void(payment.packed, 1_499n * UNIT, 0);
    const short = await attest(suite, payment, { keys: suite.keys.slice(0, 3) });
    const act = () => capture(suite, payment, { amount: UNIT, attestation: short });
    await expectRefused(suite, payment, act, suite.epoch, "QuorumNotMet", [3, 5]);
    await request(suite, payment);
    const { silentAt, opensAt } = await timerOf(suite, payment.id);
    expect(opensAt).to.be.greaterThan(silentAt);
  });
});
