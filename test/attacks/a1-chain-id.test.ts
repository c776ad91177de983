import { capture } from "../shared/moves.ts";
import { recoveredFor } from "../shared/attestations.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, fixture } from "../shared/suite.ts";

describe("A1: the chain id is part of what attesters sign", () => {
  for (const chainId of [1n, 0n, 31_338n]) {
    it(`refuses facts signed for chain ${chainId}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const attestation = await attest(suite, payment, { chainId });
      const [first] = await recoveredFor(suite, payment, attestation);
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    });
  }
});
