import { expect } from "chai";

import { inOneBlock } from "../shared/gate.ts";
import { capture } from "../shared/moves.ts";
import { stateOf } from "../shared/state.ts";
import { attest, authorized, BAND, ethers, fixture, UNIT } from "../shared/suite.ts";

describe("A4: a stranger who uses the attestation first makes nobody's capture fail", () => {
  it("captures with the attestation that a stranger posted a block before", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    await suite.escrow.connect(suite.stranger).post(payment.packed, attestation);
    await capture(suite, payment, { attestation });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("captures in the same block behind him", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    await inOneBlock([
      () => suite.escrow.connect(suite.stranger).post(payment.packed, attestation),
      () => capture(suite, payment, { attestation }),
    ]);
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Allow);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("uses nothing up when anybody asks the gate directly", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    const { token, amount } = payment.terms;
    await expect(suite.gate.connect(suite.stranger).evaluate(payment.id, payment.block, amount, token, attestation))
      .to.emit(suite.gate, "Decided")
      .withArgs(
        suite.stranger.address,
        payment.id,
        await suite.epoch.getAddress(),
        payment.block,
        (await ethers.provider.getBlock(payment.block))?.hash,
        (await suite.epoch.completeFacts(`0x${attestation.slice(82, 146)}`, token, amount)).completed,
        5_000,
        1,
      );
    await capture(suite, payment, { attestation });
  });
});
