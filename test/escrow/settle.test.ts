import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import { arbitrated, fundBonds, signSettlement, type Agreement } from "../shared/cases.ts";
import { at, capture, post, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, ledgerOf, stateOf } from "../shared/state.ts";
import {
  authorized,
  DAY,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

type Options = {
  by?: HardhatEthersSigner;
  payer?: HardhatEthersSigner | "caller";
  payee?: HardhatEthersSigner | "caller";
  /** What is signed where it is not what is submitted. */
  signed?: Partial<Agreement>;
  payment?: string;
};

/** Settles 70 to 30 of what is in escrow, submitted by a stranger. */
async function settle(suite: Suite, payment: Authorized, parts: Partial<Agreement> = {}, options: Options = {}) {
  const { capturable } = await suite.escrow.payment(payment.id);
  const deadline = (await networkHelpers.time.latest()) + DAY;
  const agreed = { toPayee: 70n * UNIT, toPayer: 30n * UNIT, capturable, deadline, ...parts };
  const sign = async (signer: HardhatEthersSigner | "caller"): Promise<string> => {
    const about = options.payment ?? payment.id;
    return signer === "caller" ? "0x" : signSettlement(suite, signer, about, { ...agreed, ...options.signed });
  };
  const payer = await sign(options.payer ?? suite.payer);
  const payee = await sign(options.payee ?? suite.payee);
  return suite.escrow
    .connect(options.by ?? suite.stranger)
    .settle(payment.packed, agreed.toPayee, agreed.toPayer, agreed.deadline, payer, payee);
}

describe("PaymentEscrow.settle", () => {
  it("parts what is in escrow as both have signed, at the highest fee, with no judgement at all", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const before = await holdings(suite);
    const tx = await settle(suite, payment);
    const fee = (70n * UNIT) / 20n;
    await expect(tx)
      .to.emit(suite.escrow, "Settled")
      .withArgs(payment.id, 70n * UNIT, 30n * UNIT);
    await expect(tx)
      .to.emit(suite.escrow, "Captured")
      .withArgs(payment.id, 70n * UNIT, fee, 0);
    await expect(tx)
      .to.emit(suite.escrow, "Reclaimed")
      .withArgs(payment.id, 30n * UNIT);
    expect(await holdings(suite)).to.deep.equal({
      ...before,
      payer: before.payer + 30n * UNIT,
      payee: before.payee + 70n * UNIT - fee,
      escrow: fee,
    });
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([fee, 0n]);
    const { capturable, refundable } = await stateOf(suite, payment.id);
    expect([capturable, refundable]).to.deep.equal([0n, 70n * UNIT]);
  });

  for (const caller of ["payer", "payee"] as const) {
    it(`needs no signature of the ${caller} when he calls`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await settle(suite, payment, {}, { by: suite[caller], [caller]: "caller" });
      expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
    });
  }

  it("works in every state with money in escrow: allowed, held, blocked, expired, partly captured", async () => {
    const suite = await fixture();
    const states: [string, (payment: Authorized) => Promise<unknown>][] = [
      ["allowed", (payment) => post(suite, payment)],
      ["held", (payment) => post(suite, payment, { score: 9_800 })],
      ["blocked", (payment) => post(suite, payment, { score: 9_999 })],
      ["expired", (payment) => networkHelpers.time.increaseTo(payment.terms.captureBy)],
    ];
    for (const [index, [name, prepare]] of states.entries()) {
      const payment = await authorized(suite, { salt: BigInt(index) + 1n });
      await prepare(payment);
      await settle(suite, payment);
      expect((await stateOf(suite, payment.id)).capturable, name).to.equal(0n);
    }
    const payment = await authorized(suite, { salt: 9n });
    await post(suite, payment);
    await capture(suite, payment, { amount: 60n * UNIT });
    await settle(suite, payment, { toPayee: 0n, toPayer: 40n * UNIT });
    expect((await stateOf(suite, payment.id)).refundable).to.equal(60n * UNIT);
  });

  it("settles a part and leaves the rest; the same signatures do not count twice", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const part = { toPayee: 30n * UNIT, toPayer: 10n * UNIT, capturable: 100n * UNIT };
    const deadline = (await networkHelpers.time.latest()) + DAY;
    await settle(suite, payment, { ...part, deadline });
    expect((await stateOf(suite, payment.id)).capturable).to.equal(60n * UNIT);
    const again = settle(suite, payment, { ...part, deadline }, { signed: { capturable: 100n * UNIT } });
    await expect(again).to.be.revertedWithCustomError(suite.escrow, "PartySignatureInvalid");
  });

  it("of everything ends a dispute and returns the bond; of a part does neither", async () => {
    const suite = await fixture();
    await fundBonds(suite);
    const payment = await authorized(suite, arbitrated(suite));
    await post(suite, payment, { score: 9_800 });
    await suite.escrow.connect(suite.payee).dispute(payment.packed);
    const before = await holdings(suite);
    await settle(suite, payment, { toPayee: 0n, toPayer: 10n * UNIT });
    await settle(suite, payment, { toPayee: 40n * UNIT, toPayer: 50n * UNIT });
    const after = await holdings(suite);
    expect(after.payer - before.payer).to.equal(60n * UNIT);
    expect(after.payee - before.payee, "38 after the fee, and his bond").to.equal(43n * UNIT);
    const late = () => suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    await expectRefused(suite, payment, late, suite.escrow, "AmountZero");
    const { ruleBy } = await suite.escrow.timer(payment.id);
    await at(ruleBy);
    const byDefault = () => suite.escrow.resolveByDefault(payment.packed);
    await expectRefused(suite, payment, byDefault, suite.escrow, "AmountZero");
  });

  it("reverts when either has signed something else, or somebody else has signed", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { salt: 1n });
    const other = await authorized(suite, { salt: 2n });
    const refused = async (options: Options): Promise<void> => {
      await expect(settle(suite, payment, {}, options)).to.be.revertedWithCustomError(
        suite.escrow,
        "PartySignatureInvalid",
      );
    };
    await refused({ payer: suite.stranger });
    await refused({ payee: suite.operator });
    await refused({ payer: "caller" });
    await refused({ payment: other.id });
    await refused({ signed: { toPayee: 69n * UNIT } });
    await refused({ signed: { toPayer: 29n * UNIT } });
    await refused({ signed: { capturable: 99n * UNIT } });
    await refused({ signed: { deadline: 1 } });
    expect((await stateOf(suite, payment.id)).capturable).to.equal(100n * UNIT);
  });

  it("hears a contract account by EIP-1271", async () => {
    const suite = await fixture();
    const actor = await ethers.deployContract("ActorAccount", [suite.arbiter.address]);
    const payment = await authorized(suite, { payee: await actor.getAddress() });
    await settle(suite, payment, {}, { payee: suite.arbiter });
    expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
  });

  it("reverts on nothing, on more than there is, from the deadline on, and without a payment", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const nothing = () => settle(suite, payment, { toPayee: 0n, toPayer: 0n });
    await expectRefused(suite, payment, nothing, suite.escrow, "AmountZero");
    const tooMuch = () => settle(suite, payment, { toPayee: 100n * UNIT, toPayer: 1n });
    const args = [100n * UNIT + 1n, 100n * UNIT];
    await expectRefused(suite, payment, tooMuch, suite.escrow, "AmountTooLarge", args);
    const deadline = (await networkHelpers.time.latest()) + 100;
    await at(deadline);
    const late = () => settle(suite, payment, { deadline });
    await expectRefused(suite, payment, late, suite.escrow, "DeadlinePassed", [deadline, deadline]);
    const none = unpaid(suite, await termsFor(suite, { salt: 5n }));
    await expectRefused(suite, none, () => settle(suite, none), suite.escrow, "PaymentUnknown", [none.id]);
  });
});
