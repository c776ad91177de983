import { expect } from "chai";

import { attest, authorized, fixture, UNIT } from "../shared/suite.ts";

describe("PaymentEscrow.capture", () => {
  it("pays the payee on an attestation that the gate answers Allow", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    const capture = suite.escrow.connect(suite.operator).capture(payment.packed, 100n * UNIT, 100, false, attestation);
    await expect(capture)
      .to.emit(suite.escrow, "Captured")
      .withArgs(payment.id, 100n * UNIT, 1n * UNIT, 0n);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
  });
});
