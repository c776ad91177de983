import { at, capture, reclaim } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, COLLECTION, DAY, fixture, networkHelpers, UNIT } from "../shared/suite.ts";

const YEAR = 365 * DAY;

describe("A8: what stops a replay never expires", () => {
  it("refuses the payment and its attestation again after forty years", async () => {
    const suite = await fixture();
    const late = (await networkHelpers.time.latest()) + 100 * YEAR;
    const payment = await authorized(suite, { authorizeBy: late, captureBy: late, refundBy: late });
    const attestation = await attest(suite, payment);
    await capture(suite, payment, { attestation });
    await at(late - 60 * YEAR);
    await networkHelpers.mine(1);
    const again = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    await expectRefused(suite, payment, again, suite.escrow, "PaymentExists", [payment.id]);
    const more = () => capture(suite, payment, { amount: 1n, attestation });
    await expectRefused(suite, payment, more, suite.escrow, "AmountTooLarge", [1n, 0n]);
  });

  it("refuses an ERC-3009 payment again after it was reclaimed", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await at(payment.terms.captureBy);
    await reclaim(suite, payment);
    const again = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Erc3009, "0x");
    await expectRefused(suite, payment, again, suite.escrow, "PaymentExists", [payment.id]);
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "AmountZero");
    await suite.token.mint(suite.site.escrow, UNIT);
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "AmountZero");
  });
});
