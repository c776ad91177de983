import { expect } from "chai";

import { recoveredFor } from "../shared/attestations.ts";
import { capture, setPolicy } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, attesterKeys, authorized, epochConfig, ethers, fixture, UNIT, type Suite } from "../shared/suite.ts";

async function rotate(suite: Suite): Promise<Suite> {
  const keys = attesterKeys(3, "next");
  const config = epochConfig(keys, 2, await suite.token.getAddress());
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(suite, {}, epoch);
  return { ...suite, keys, epoch };
}

describe("A10: rotation of the signer set", () => {
  it("keeps attestations for payments of before good, and no others", async () => {
    const suite = await fixture();
    const before = await authorized(suite, { salt: 1n });
    const inFlight = await attest(suite, before);
    const next = await rotate(suite);
    const after = await authorized(suite, { salt: 2n });
    await capture(suite, before, { attestation: inFlight });
    const old = await attest(suite, after);
    const [first] = await recoveredFor(next, after, old);
    const act = () => capture(suite, after, { attestation: old });
    await expectRefused(suite, after, act, suite.epoch, "NotASigner", [first]);
    await capture(suite, after, { attestation: await attest(next, after) });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(200n * UNIT);
  });

  it("ends them at once when the old epoch is revoked, and the new signers take over", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const inFlight = await attest(suite, payment);
    const next = await rotate(suite);
    await suite.gate.revokeEpoch(await suite.epoch.getAddress());
    const [first] = await recoveredFor(next, payment, inFlight);
    const act = () => capture(suite, payment, { attestation: inFlight });
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    await capture(suite, payment, { attestation: await attest(next, payment) });
  });
});
