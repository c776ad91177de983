import { termsTypedData, type Terms } from "@sluice/sdk";
import { expect } from "chai";

import { capture, reclaim, request, unpaid, walletPayer, withBits } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, COLLECTION, ethers, fixture, sign3009, termsFor, UNIT } from "../shared/suite.ts";

/** One changed field at a time; each result is a valid set of terms. */
const CHANGES: { [Field in keyof Terms]: (terms: Terms, other: string) => Terms[Field] } = {
  payer: (_, other) => other,
  payee: (_, other) => other,
  operator: (_, other) => other,
  token: (_, other) => other,
  amount: (terms) => terms.amount - 1n,
  authorizeBy: (terms) => terms.authorizeBy + 1,
  captureBy: (terms) => terms.captureBy + 1,
  refundBy: (terms) => terms.refundBy + 1,
  minFeeBps: (terms) => terms.minFeeBps + 1,
  maxFeeBps: (terms) => terms.maxFeeBps + 1,
  feeReceiver: (_, other) => other,
  arbiter: (_, other) => other,
  disputeBond: () => 1n,
  defaultSplitBps: () => 1,
  rulingWindow: () => 1,
  silenceRule: () => "Release",
  maxHold: (terms) => terms.maxHold + 1,
  referral: () => "0x000000000000000000000001",
  feeTier: () => "Payee",
  salt: (terms) => terms.salt + 1n,
};

const FIELDS = Object.keys(CHANGES) as (keyof Terms)[]; // keys() widens to string; the object has one key for each field

describe("Terms that differ from the signed ones in one field are another payment", () => {
  it("covers the twenty fields", () => {
    expect(FIELDS.length).to.equal(20);
  });

  for (const field of FIELDS) {
    it(`${field}: no function finds the payment`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const terms = { ...payment.terms, [field]: CHANGES[field](payment.terms, suite.arbiter.address) };
      const other = { ...unpaid(suite, terms), block: payment.block };
      const attestation = await attest(suite, payment);
      const calls = [
        () => capture(suite, other, { amount: 1n, attestation }),
        () => suite.escrow.connect(suite.payee).void(other.packed, 1n, 0),
        () => suite.escrow.connect(suite.payee).refund(other.packed, 1n, 0),
        () => suite.escrow.post(other.packed, attestation),
        () => request(suite, other),
        () => reclaim(suite, other),
      ];
      expect(other.id).not.to.equal(payment.id);
      for (const call of calls) {
        await expectRefused(suite, payment, call, suite.escrow, "PaymentUnknown", [other.id]);
      }
    });

    it(`${field}: the payer's signatures do not cover it`, async () => {
      const suite = await fixture();
      const wallet = await walletPayer(suite);
      const signed = await termsFor(suite, { payer: wallet.address });
      const otherToken = await ethers.deployContract("LocalToken");
      const replacement = field === "token" ? await otherToken.getAddress() : suite.arbiter.address;
      const terms = { ...signed, [field]: CHANGES[field](signed, replacement) };
      const other = unpaid(suite, terms);
      const { domain, types, message } = termsTypedData(signed, suite.site);
      const allowance = await wallet.signTypedData(domain, types, message);
      const byAllowance = () => suite.escrow.authorize(other.packed, COLLECTION.Allowance, allowance);
      const args = [other.id, terms.payer];
      await expectRefused(suite, other, byAllowance, suite.escrow, "PayerSignatureInvalid", args);
      const pull = await sign3009(suite, wallet, signed);
      const byPull = () => suite.escrow.authorize(other.packed, COLLECTION.Erc3009, pull);
      await expectRefused(suite, other, byPull, suite.token, "AuthorizationSignatureInvalid", [terms.payer]);
    });
  }

  it("spare bits, which nobody signs, enter no payment and change nothing about an existing one", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const spare = withBits(payment.packed, "feeReceiverRuling", 1n << 39n);
    expect(await suite.escrow.idOf(spare)).to.equal(payment.id);
    const fresh = unpaid(suite, { ...payment.terms, salt: 2n });
    const packed = withBits(fresh.packed, "feeReceiverRuling", 1n << 39n);
    const act = () => suite.escrow.connect(suite.payer).authorize(packed, COLLECTION.Allowance, "0x");
    await expectRefused(suite, fresh, act, suite.escrow, "SpareBitsSet", [1n << 39n]);
    await suite.escrow.connect(suite.payee).void(spare, 100n * UNIT, 0);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
  });
});
