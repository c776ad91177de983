import { expect } from "chai";

import { auditBalances, auditDecisions, auditEscrow, auditPayments } from "../../scripts/books/audit.ts";
import { readBooks } from "../../scripts/books/ledgerFromChain.ts";
import { payments } from "../../sdk/src/index.ts";
import { arbitrated, attestMany, fundBonds, signSettlement } from "../shared/cases.ts";
import { capture, post, setPolicy, unpaid, withToken } from "../shared/moves.ts";
import {
  attest,
  authorized,
  ethers,
  fixture,
  networkHelpers,
  PAYOUT,
  POLICY,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";

async function deploymentOf({ token, gate, escrow }: Suite) {
  return { token: await token.getAddress(), gate: await gate.getAddress(), escrow: await escrow.getAddress() };
}

/** What DirectEpoch makes of facts, see `factsScoring`. */
const directScore = (facts: string): number => Number(BigInt(facts) & 0xffffn);

/** Everything the books find wrong. */
async function differences(suite: Suite) {
  const deployment = await deploymentOf(suite);
  const books = await readBooks(ethers.provider, deployment);
  const found = [auditBalances, auditEscrow, auditPayments].map((audit) => audit(ethers.provider, deployment, books));
  found.push(auditDecisions(ethers.provider, deployment, books, directScore));
  return { books, found: (await Promise.all(found)).flat() };
}

async function feeSuite(): Promise<Suite> {
  const suite = await fixture();
  await setPolicy(suite, { protocolFeeBps: 20 });
  await fundBonds(suite);
  return suite;
}

describe("books", () => {
  it("balance after captures that keep, push and credit their fees, and after sweeps", async () => {
    const suite = await feeSuite();
    for (const [index, payout] of Object.values(PAYOUT).entries()) {
      const payment = await authorized(suite, { salt: BigInt(index) });
      const attestation = await attest(suite, payment);
      await capture(suite, payment, { payout, feeBps: 100, amount: 60n * UNIT, attestation });
    }
    expect((await differences(suite)).found).to.deep.equal([]);
    const { token, escrow } = await deploymentOf(suite);
    await suite.escrow.sweep(token, suite.feeReceiver.address);
    await suite.escrow.sweep(token, suite.payee.address);
    const { books, found } = await differences(suite);
    expect(found).to.deep.equal([]);
    expect(await suite.token.balanceOf(escrow), "three rests of 40").to.equal(120n * UNIT);
    expect(books.swept).to.equal((60n * UNIT * 988n) / 1_000n + (120n * UNIT) / 100n + (180n * UNIT) / 500n);
  });

  it("know a charge, whole and refunded for a reason", async () => {
    const suite = await feeSuite();
    const payment = unpaid(suite, await termsFor(suite));
    const head = await ethers.provider.getBlockNumber();
    const attestation = await attest(suite, payment, { asOf: head - (head % POLICY.stride) });
    const signature = await payments.signTerms(suite.payer, suite.site, payment.terms);
    await suite.escrow.connect(suite.operator).charge(payment.packed, 0, signature, 100, attestation);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 30n * UNIT, 1);
    const { books, found } = await differences(suite);
    expect(found).to.deep.equal([]);
    expect(books.payments.get(payment.id)).to.include({ captured: 100n * UNIT, refunded: 30n * UNIT, posted: 1 });
    expect(books.reasons.get(1)).to.deep.equal({ count: 1, amount: 30n * UNIT });
  });

  it("know disputes, rulings, settlements, reviews and batches", async () => {
    const suite = await feeSuite();
    const ruled = await authorized(suite, { ...arbitrated(suite), salt: 1n });
    const open = await authorized(suite, { ...arbitrated(suite), salt: 2n });
    const settled = await authorized(suite, { ...arbitrated(suite), salt: 3n });
    const reviewed = await authorized(suite, { ...arbitrated(suite), salt: 4n });
    for (const payment of [ruled, open, settled, reviewed]) await post(suite, payment, { score: 9_800 });
    for (const { packed } of [ruled, open, settled]) await suite.escrow.connect(suite.payer).dispute(packed);
    await suite.escrow.connect(suite.arbiter).resolve(ruled.packed, 7_000);
    const parts = { toPayee: 70n * UNIT, toPayer: 30n * UNIT, capturable: 100n * UNIT };
    const agreed = { ...parts, deadline: settled.terms.captureBy };
    const signature = await signSettlement(suite, suite.payee, settled.id, agreed);
    await suite.escrow
      .connect(suite.payer)
      .settle(settled.packed, parts.toPayee, parts.toPayer, agreed.deadline, "0x", signature);
    const milder = { fromBand: "Hold", toBand: "Allow", deadline: reviewed.terms.captureBy } as const;
    await payments.review(suite.arbiter, suite.site, reviewed.terms, milder);
    const many = [await authorized(suite, { salt: 5n }), await authorized(suite, { salt: 6n })];
    const attestation = await attestMany(
      suite,
      many.map((payment) => ({ payment })),
    );
    const items = many.map(({ packed, terms }) => ({ terms: packed, amount: terms.amount, feeBps: 100 }));
    await suite.escrow.connect(suite.operator).captureMany(items, attestation);
    const { books, found } = await differences(suite);
    expect(found).to.deep.equal([]);
    expect(books.payments.get(open.id)?.bond).to.equal(5n * UNIT);
    expect(books.payments.get(ruled.id)).to.include({ captured: 70n * UNIT, returned: 30n * UNIT, bond: 0n });
    expect(books.payments.get(reviewed.id)?.posted).to.equal(1);
  });

  it("replay decisions whose band a refresh, a vote or a reviewer changed later", async () => {
    const suite = await feeSuite();
    const refreshed = await authorized(suite, { salt: 1n });
    const tightened = await authorized(suite, { salt: 2n });
    const appealed = await authorized(suite, { ...arbitrated(suite), salt: 3n });
    await post(suite, refreshed);
    await post(suite, appealed, { score: 9_999 });
    const milder = { fromBand: "Block", toBand: "Hold", deadline: appealed.terms.captureBy } as const;
    await payments.review(suite.arbiter, suite.site, appealed.terms, milder);
    const allow = await attest(suite, tightened, { score: 9_000 });
    const differing = await attest(suite, tightened, { keys: suite.keys.slice(2), score: 9_800 });
    await payments.tighten(suite.stranger, suite.site, tightened.terms, { attestation: allow, differing });
    await networkHelpers.mine(2 ** POLICY.refreshLog2);
    await post(suite, refreshed, { asOf: refreshed.block + 2 ** POLICY.refreshLog2, score: 10_000 });
    const { books, found } = await differences(suite);
    expect(found).to.deep.equal([]);
    expect(books.decisions.map(({ band }) => band)).to.deep.equal([1, 3, 1, 2]);
    const posted = [refreshed, tightened, appealed].map(({ id }) => books.payments.get(id)?.posted);
    expect(posted).to.deep.equal([2, 2, 2]);
  });

  it("leave payments in other tokens out of this one's sums", async () => {
    const plain = await feeSuite();
    const other = await ethers.deployContract("LocalToken");
    const suite = await withToken(plain, await other.getAddress());
    const payment = await authorized(suite, { token: await other.getAddress() });
    await post(suite, payment);
    await capture(suite, payment, { feeBps: 100, amount: 50n * UNIT });
    expect((await differences(suite)).found).to.deep.equal([]);
  });

  it("say what does not agree: money that left without an event", async () => {
    const suite = await feeSuite();
    await authorized(suite);
    await networkHelpers.impersonateAccount(suite.site.escrow);
    await networkHelpers.setBalance(suite.site.escrow, 10n ** 18n);
    const thief = await ethers.getSigner(suite.site.escrow);
    const tx = await suite.token.connect(thief).transfer(suite.stranger.address, UNIT, { gasPrice: 10n ** 10n });
    const { found } = await differences(suite);
    expect(found.map(({ what }) => what)).to.include.members([
      `what left the escrow in ${tx.hash}`,
      "escrow: payments, bonds and ledger against its balance",
    ]);
  });
});
