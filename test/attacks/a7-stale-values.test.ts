import { expect } from "chai";

import { capture, post } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, fixture, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";

const AGE = 2 ** POLICY.refreshLog2;

describe("A7: an older answer does not stand for a newer one, and age alone denies nobody", () => {
  it("refuses the facts of the authorization once newer ones are due, and every earlier refresh", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const first = await attest(suite, payment, { score: 1 });
    await networkHelpers.mine(AGE);
    const asOf = payment.block + AGE;
    const stale = () => capture(suite, payment, { attestation: first });
    await expectRefused(suite, payment, stale, suite.gate, "WrongAsOf", [asOf, payment.block]);
    const second = await attest(suite, payment, { asOf });
    await networkHelpers.mine(AGE);
    const older = () => capture(suite, payment, { attestation: second });
    await expectRefused(suite, payment, older, suite.gate, "WrongAsOf", [asOf + AGE, asOf]);
    await capture(suite, payment, { attestation: await attest(suite, payment, { asOf: asOf + AGE }) });
  });

  it("is still good in the last block before a refresh is due", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    await networkHelpers.mineUpTo(payment.block + AGE - 1);
    const tx = await capture(suite, payment, { attestation });
    expect(tx.blockNumber).to.equal(payment.block + AGE);
  });

  it("captures on a posted Allow of any age", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await networkHelpers.mine(20 * AGE);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });
});
