import { expect } from "chai";

import { recoveredFor } from "../shared/attestations.ts";
import { capture, post, setPolicy } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import {
  attest,
  attesterKeys,
  authorized,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  type Suite,
} from "../shared/suite.ts";

/** Another signer set in force under a milder policy. */
async function milder(suite: Suite): Promise<Suite> {
  const keys = attesterKeys(3, "mild");
  const config = epochConfig(keys, 2, await suite.token.getAddress());
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(suite, { holdAt: 10_001, blockAt: 10_001 }, epoch);
  return { ...suite, keys, epoch };
}

describe("A20: nobody picks an epoch, and stolen keys stop at once", () => {
  it("judges a payment of before by its own epoch and thresholds only, whichever the parties would like", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const mild = await milder(suite);
    const wished = await attest(mild, payment, { score: 1 });
    const [first] = await recoveredFor(suite, payment, wished);
    const act = () => capture(suite, payment, { attestation: wished });
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    const own = await attest(suite, payment, { score: 9_800 });
    const held = () => capture(suite, payment, { attestation: own });
    await expectRefused(suite, payment, held, suite.escrow, "NotAllowed", [payment.id, BAND.Hold, 9_800]);
  });

  it("does not let a payment grow into a newer epoch by its refreshes", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const mild = await milder(suite);
    await networkHelpers.mine(600);
    const asOf = payment.block + 512;
    const wished = await attest(mild, payment, { asOf });
    const [first] = await recoveredFor(suite, payment, wished);
    const act = () => capture(suite, payment, { attestation: wished });
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    await capture(suite, payment, { attestation: await attest(suite, payment, { asOf }) });
  });

  it("takes a stolen key's signature from no payment, old or new, from the next transaction on", async () => {
    const suite = await fixture();
    const old = await authorized(suite, { salt: 1n });
    await setPolicy(suite, { holdAt: 9_000 });
    const recent = await authorized(suite, { salt: 2n });
    await suite.gate.disableSigners(await suite.epoch.getAddress(), 0b001);
    const [stolen] = await suite.epoch.signers();
    for (const payment of [old, recent]) {
      const act = () => post(suite, payment);
      await expectRefused(suite, payment, act, suite.epoch, "SignerDisabled", [stolen]);
      await post(suite, payment, { keys: suite.keys.slice(1) });
    }
  });

  it("leaves nothing of an epoch whose whole set was stolen, but what silence and time give", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const epoch = await suite.epoch.getAddress();
    await suite.gate.revokeEpoch(epoch);
    await expectRefused(suite, payment, () => post(suite, payment), suite.gate, "EpochIsRevoked", [epoch]);
    await suite.escrow.connect(suite.payer).request(payment.packed);
    const { silentAt } = await suite.escrow.timer(payment.id);
    await networkHelpers.time.increaseTo(silentAt);
    await suite.escrow.reclaim(payment.packed);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
  });
});
