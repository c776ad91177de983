import { paymentId, type Terms } from "@sluice/sdk";

import { recoveredFor } from "../shared/attestations.ts";
import { capture, post } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, fixture, UNIT } from "../shared/suite.ts";

const OTHERS: [string, Partial<Terms>][] = [
  ["another recipient", { payee: "0x000000000000000000000000000000000000dEaD" }],
  ["another amount", { amount: 99n * UNIT }],
  ["another salt", { salt: 2n }],
];

describe("A2: recipient, contract and amount are part of what attesters sign", () => {
  for (const [what, changes] of OTHERS) {
    it(`refuses the attestation of a payment with ${what}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const subject = paymentId({ ...payment.terms, ...changes }, suite.site);
      const attestation = await attest(suite, payment, { subject });
      const [first] = await recoveredFor(suite, payment, attestation);
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
    });
  }

  it("refuses the attestation of the same terms on another escrow", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const subject = paymentId(payment.terms, { ...suite.site, escrow: await suite.gate.getAddress() });
    const attestation = await attest(suite, payment, { subject });
    const [first] = await recoveredFor(suite, payment, attestation);
    const act = () => suite.escrow.post(payment.packed, attestation);
    await expectRefused(suite, payment, act, suite.epoch, "NotASigner", [first]);
  });

  it("refuses the attestation of a neighbour's payment in the same block", async () => {
    const suite = await fixture();
    const mine = await authorized(suite, { salt: 1n });
    const theirs = await authorized(suite, { salt: 2n });
    await post(suite, theirs);
    const attestation = await attest(suite, { ...theirs, block: mine.block });
    const [first] = await recoveredFor(suite, mine, attestation);
    const act = () => capture(suite, mine, { attestation });
    await expectRefused(suite, mine, act, suite.epoch, "NotASigner", [first]);
  });
});
