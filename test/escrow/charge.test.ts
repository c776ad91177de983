import { expect } from "chai";

import { at, capture, walletPayer } from "../shared/moves.ts";
import { expectRefused, holdings, ledgerOf, stateOf, timerOf } from "../shared/state.ts";
import {
  attest,
  BAND,
  COLLECTION,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  sign3009,
  termsFor,
  UNIT,
  type AttestOptions,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { setPolicy, unpaid, withToken } from "../shared/moves.ts";

/** The block as of which a charge in the next block is judged. */
async function chargeBlock(): Promise<number> {
  const head = await ethers.provider.getBlockNumber();
  return Math.floor(head / POLICY.stride) * POLICY.stride;
}

async function attestCharge(suite: Suite, payment: Authorized, options: AttestOptions = {}): Promise<string> {
  return attest(suite, payment, { asOf: await chargeBlock(), ...options });
}

type Options = AttestOptions & { by?: Suite["operator"]; feeBps?: number; signature?: string; attestation?: string };

/** By the operator, out of an allowance under the payer's signature, at 1 %. */
async function charge(suite: Suite, payment: Authorized, options: Options = {}) {
  const { by = suite.operator, feeBps = 100, signature = "0x", ...rest } = options;
  const attestation = options.attestation ?? (await attestCharge(suite, payment, rest));
  return suite.escrow.connect(by).charge(payment.packed, COLLECTION.Allowance, signature, feeBps, attestation);
}

/** A payer of a key of his own and his signature of the terms. */
async function signed(suite: Suite, changes = {}) {
  const wallet = await walletPayer(suite);
  const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address, ...changes }));
  return { wallet, payment, signature: wallet.signingKey.sign(payment.id).serialized };
}

describe("PaymentEscrow.charge", () => {
  it("takes and pays at once by ERC-3009, keeps both fees, and leaves the whole refundable", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 20 });
    const { wallet, payment } = await signed(suite);
    const signature = await sign3009(suite, wallet, payment.terms);
    const before = await holdings(suite);
    const attestation = await attestCharge(suite, payment, { score: 1_234 });
    const tx = await suite.escrow
      .connect(suite.operator)
      .charge(payment.packed, COLLECTION.Erc3009, signature, 100, attestation);
    const fees = [UNIT, UNIT / 5n] as const;
    const words = Object.values(payment.packed);
    await expect(tx)
      .to.emit(suite.escrow, "Charged")
      .withArgs(payment.id, suite.payee.address, words, ...fees);
    await expect(tx).not.to.emit(suite.escrow, "Captured");
    expect(await stateOf(suite, payment.id)).to.deep.equal({
      capturable: 0n,
      refundable: 100n * UNIT,
      score: 1_234n,
      band: BAND.Allow,
      requested: false,
      protocolFeeBps: 20n,
    });
    expect((await suite.escrow.payment(payment.id)).authorizedBlock).to.equal(tx.blockNumber);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt: 0n, closesAt: 0n });
    const net = 100n * UNIT - fees[0] - fees[1];
    expect(await holdings(suite)).to.deep.equal({
      ...before,
      payee: before.payee + net,
      escrow: before.escrow + fees[0] + fees[1],
    });
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([...fees]);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
  });

  it("is refunded like any captured payment", async () => {
    const suite = await fixture();
    const { payment, signature, wallet } = await signed(suite);
    await charge(suite, payment, { signature });
    await suite.token.connect(suite.payee).approve(suite.site.escrow, 40n * UNIT);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 40n * UNIT, 1);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(940n * UNIT);
  });

  it("is the payee's too, at the highest fee, and nobody else's", async () => {
    const suite = await fixture();
    const { payment, signature } = await signed(suite);
    const low = () => charge(suite, payment, { signature, by: suite.payee, feeBps: 499 });
    await expectRefused(suite, payment, low, suite.escrow, "FeeOutOfRange", [499, 500, 500]);
    const high = () => charge(suite, payment, { signature, feeBps: 501 });
    await expectRefused(suite, payment, high, suite.escrow, "FeeOutOfRange", [501, 0, 500]);
    const strange = () => charge(suite, payment, { signature, by: suite.stranger });
    const args = [suite.stranger.address, suite.operator.address, suite.payee.address];
    await expectRefused(suite, payment, strange, suite.escrow, "NotOperatorOrPayee", args);
    await charge(suite, payment, { signature, by: suite.payee, feeBps: 500 });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(95n * UNIT);
  });

  for (const [band, score] of [
    ["Hold", 9_700],
    ["Block", 9_950],
  ] as const) {
    it(`reverts when the gate says ${band}, and takes nothing`, async () => {
      const suite = await fixture();
      const { payment, signature } = await signed(suite);
      const act = () => charge(suite, payment, { signature, score });
      await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", [payment.id, BAND[band], score]);
    });
  }

  it("reverts above the policy's cap, by one micro-unit, and not at it", async () => {
    const suite = await fixture();
    const at1000 = { amount: 1_000n * UNIT + 10n ** 12n - 1n, salt: 1n };
    const { payment: whole, signature } = await signed(suite, at1000);
    await suite.token.mint(whole.terms.payer, UNIT);
    await charge(suite, whole, { signature });
    const amount = 1_000n * UNIT + 10n ** 12n;
    const { payment: above, signature: other } = await signed(suite, { amount, salt: 2n });
    const act = () => charge(suite, above, { signature: other });
    const args = [above.terms.token, amount, POLICY.chargeCap];
    await expectRefused(suite, above, act, suite.gate, "ChargeAboveCap", args);
    const { payment: much, signature: third } = await signed(suite, { amount: 5_000n * UNIT, salt: 3n });
    const more = () => charge(suite, much, { signature: third });
    await expectRefused(suite, much, more, suite.gate, "ChargeAboveCap", [
      above.terms.token,
      5_000n * UNIT,
      POLICY.chargeCap,
    ]);
  });

  it("reverts for a token that the epoch does not list", async () => {
    const suite = await fixture();
    const other = await ethers.deployContract("LocalToken");
    await withToken(suite, await other.getAddress());
    await setPolicy(suite, {});
    const { payment, signature } = await signed(suite, { token: await other.getAddress() });
    const act = () => charge(suite, payment, { signature, score: 1 });
    await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", [payment.id, BAND.Hold, 1]);
  });

  it("reverts with facts of any block but the last multiple of the stride", async () => {
    const suite = await fixture();
    await networkHelpers.mine(40);
    const { payment, signature } = await signed(suite);
    const expected = await chargeBlock();
    for (const asOf of [expected - POLICY.stride, expected + 1, expected - 1]) {
      const attestation = await attest(suite, payment, { asOf });
      const act = () => charge(suite, payment, { signature, attestation });
      if ((await chargeBlock()) !== expected) break; // the chain moved on to the next stride
      await expectRefused(suite, payment, act, suite.gate, "WrongAsOf", [expected, asOf]);
    }
  });

  it("happens once, and not to a payment that was authorized", async () => {
    const suite = await fixture();
    const { payment, signature } = await signed(suite);
    await charge(suite, payment, { signature });
    const again = () => charge(suite, payment, { signature });
    await expectRefused(suite, payment, again, suite.escrow, "PaymentExists", [payment.id]);
    const { payment: taken, signature: other } = await signed(suite, { salt: 2n });
    await suite.escrow.connect(suite.stranger).authorize(taken.packed, COLLECTION.Allowance, other);
    const late = () => charge(suite, taken, { signature: other });
    await expectRefused(suite, taken, late, suite.escrow, "PaymentExists", [taken.id]);
    await networkHelpers.mine(1);
    const block = Number((await suite.escrow.payment(taken.id)).authorizedBlock);
    await capture(suite, taken, { attestation: await attest(suite, { ...taken, block }) });
    expect((await stateOf(suite, taken.id)).refundable, "it is in escrow and captured as usual").to.equal(100n * UNIT);
  });

  it("reverts with another's signature, for expired terms, and without the money", async () => {
    const suite = await fixture();
    const { payment, signature } = await signed(suite, { amount: 999n * UNIT });
    const forged = () => charge(suite, payment, { signature: `${signature.slice(0, -2)}1d` });
    const args = [payment.id, payment.terms.payer];
    await expectRefused(suite, payment, forged, suite.escrow, "PayerSignatureInvalid", args);
    const poor = await signed(suite, { salt: 2n });
    await suite.token.connect(poor.wallet).approve(suite.site.escrow, 100n * UNIT - 1n);
    const short = () => charge(suite, poor.payment, { signature: poor.signature, score: 1 });
    const transfer = [poor.payment.terms.token, poor.payment.terms.payer, suite.site.escrow, 100n * UNIT];
    await expectRefused(suite, poor.payment, short, suite.escrow, "TransferFailed", transfer);
    const by = payment.terms.authorizeBy;
    const attestation = await attestCharge(suite, payment);
    await at(by);
    const late = () => charge(suite, payment, { signature, attestation });
    await expectRefused(suite, payment, late, suite.escrow, "AuthorizationExpired", [by, by]);
  });
});
