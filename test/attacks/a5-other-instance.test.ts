import { capture } from "../shared/moves.ts";
import { recoveredFor } from "../shared/attestations.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, epochConfig, ethers, fixture } from "../shared/suite.ts";

describe("A5: an attestation counts in one epoch only", () => {
  it("refuses what the same attesters signed for another epoch over the same tokens", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const twin = await ethers.deployContract("DirectEpoch", [epochConfig(suite.keys, 2, payment.terms.token)]);
    const attestation = await attest(suite, payment, { epoch: await twin.getAddress() });
    const [first] = await recoveredFor(suite, payment, attestation);
    const act = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
  });

  it("refuses what was signed for the gate or the escrow in the epoch's place", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    for (const epoch of [await suite.gate.getAddress(), suite.site.escrow]) {
      const attestation = await attest(suite, payment, { epoch });
      const [first] = await recoveredFor(suite, payment, attestation);
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    }
  });
});
