import { payments } from "../../sdk/src/index.ts";
import { attestMany } from "../shared/cases.ts";
import { at, post, setPolicy, unpaid } from "../shared/moves.ts";
import { attest, authorized, DAY, ethers, POLICY, termsFor, UNIT } from "../shared/suite.ts";
import type { Authorized, Suite } from "../shared/suite.ts";
import { play, suiteOfThePages, terms } from "./operationPages.ts";

/** The payment of the pages with an arbiter, and a posted band. */
async function arbitratedPayment(score: number): Promise<{ suite: Suite; payment: Authorized }> {
  const suite = await suiteOfThePages();
  const arbitration = { disputeBond: 10n * UNIT, rulingWindow: 2 * DAY, defaultSplitBps: 6_000 };
  const payment = await authorized(suite, { ...terms, arbiter: suite.arbiter.address, ...arbitration });
  await post(suite, payment, { score });
  return { suite, payment };
}

describe("docs: operations on many payments and rare cases", () => {
  it("are right about a batch of captures", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    const second = await authorized(suite, { ...terms, amount: 50n * UNIT, salt: 2n });
    const held = await authorized(suite, { ...terms, amount: 20n * UNIT, salt: 3n });
    const rows = [{ payment }, { payment: second }, { payment: held, score: 9_800 }];
    const attestation = await attestMany(suite, rows);
    const items = rows.map(({ payment: { terms: each } }) => ({ terms: each, amount: each.amount, feeBps: 100 }));
    await play("capture-many", suite, payment, () =>
      payments.captureMany(suite.operator, suite.site, items, { attestation }),
    );
  });

  it("are right about a charge", async () => {
    const suite = await suiteOfThePages();
    const { operator, payer, site } = suite;
    const payment = unpaid(suite, await termsFor(suite, terms));
    const head = await ethers.provider.getBlockNumber();
    const attestation = await attest(suite, payment, { asOf: head - (head % POLICY.stride) });
    const signature = await payments.signTerms(payer, site, payment.terms);
    const options = { feeBps: 100, attestation };
    await play("charge", suite, payment, () =>
      payments.charge(operator, site, payment.terms, "Allowance", signature, options),
    );
  });

  it("are right about a dispute and its ruling", async () => {
    const { suite, payment } = await arbitratedPayment(9_800);
    const { payer, arbiter, site } = suite;
    await play("dispute", suite, payment, () => payments.dispute(payer, site, payment.terms));
    await play("resolve", suite, payment, () => payments.resolve(arbiter, site, payment.terms, 4_000));
  });

  it("are right about a dispute that nobody rules", async () => {
    const { suite, payment } = await arbitratedPayment(9_800);
    const { payer, stranger, site } = suite;
    const { event } = await payments.dispute(payer, site, payment.terms);
    await at(event.ruleBy);
    await play("resolve-by-default", suite, payment, () => payments.resolveByDefault(stranger, site, payment.terms));
  });

  it("are right about a settlement", async () => {
    const suite = await suiteOfThePages();
    const { payer, payee, site } = suite;
    const payment = await authorized(suite, terms);
    const parts = { toPayee: 200n * UNIT, toPayer: 50n * UNIT, capturable: 250n * UNIT };
    const settlement = { ...parts, deadline: payment.terms.captureBy };
    const signed = await payments.signSettlement(payee, site, payment.terms, settlement);
    await play("settle", suite, payment, () =>
      payments.settle(payer, site, payment.terms, settlement, { payee: signed }),
    );
  });

  it("are right about a review", async () => {
    const { suite, payment } = await arbitratedPayment(9_999);
    const milder = { fromBand: "Block", toBand: "Hold", deadline: payment.terms.captureBy } as const;
    await play("review", suite, payment, () => payments.review(suite.arbiter, suite.site, payment.terms, milder));
  });

  it("are right about an Allow that a vote tightens", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    await post(suite, payment, { score: 9_600 });
    await setPolicy(suite, { protocolFeeBps: 20, holdAt: 9_500 });
    await play("tighten", suite, payment, () => payments.tighten(suite.stranger, suite.site, payment.terms));
  });
});
