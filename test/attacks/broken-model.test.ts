import { expect } from "chai";

import { capture, post, setPolicy } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  epochConfig,
  ethers,
  factsScoring,
  fixture,
  networkHelpers,
  type Suite,
} from "../shared/suite.ts";

/** The suite with an epoch whose model answers scores outside 0 to 10,000. */
async function boastful(): Promise<Suite> {
  const suite = await fixture();
  const config = epochConfig(suite.keys, 2, await suite.token.getAddress());
  const epoch = await ethers.deployContract("BoastfulEpoch", [config]);
  await setPolicy(suite, {}, epoch);
  return { ...suite, epoch };
}

describe("A model that leaves its range is read as the highest score and spoils nothing beside it", () => {
  for (const score of [10_001, 16_384, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1]) {
    it(`blocks at ${score}`, async () => {
      const suite = await boastful();
      const payment = await authorized(suite);
      const attestation = await attest(suite, payment, { facts: factsScoring(score) });
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", [payment.id, BAND.Block, 10_000]);
      await suite.escrow.post(payment.packed, attestation);
      expect(await stateOf(suite, payment.id)).to.include({ band: BAND.Block, score: 10_000n, protocolFeeBps: 0n });
    });

    it(`holds and never blocks by a refresh at ${score}`, async () => {
      const suite = await boastful();
      const payment = await authorized(suite);
      await networkHelpers.mine(300);
      await post(suite, payment, { asOf: payment.block + 256, facts: factsScoring(score) });
      expect(await stateOf(suite, payment.id)).to.include({ band: BAND.Hold, score: 10_000n, protocolFeeBps: 0n });
    });
  }
});
