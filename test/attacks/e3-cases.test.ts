import { expect } from "chai";

import { arbitrated, fundBonds } from "../shared/cases.ts";
import { at, post, withToken } from "../shared/moves.ts";
import { ledgerOf, stateOf } from "../shared/state.ts";
import { authorized, ethers, fixture, UNIT, type Suite } from "../shared/suite.ts";
import { captureMany, order, SCORE, settle } from "./doors.ts";

/** A listed token with a deny list, and payer and payee who can pay bonds in it. */
async function scene() {
  const plain = await fixture();
  const token = await ethers.deployContract("DenyListToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  await fundBonds({ ...suite, token } as unknown as Suite); // it mints and approves, as every test token can
  return { suite, token, address };
}

type Scene = Awaited<ReturnType<typeof scene>>;

async function disputed({ suite, address }: Scene, salt = 1n) {
  const payment = await authorized(suite, { ...arbitrated(suite), token: address, salt });
  await post(suite, payment, { score: SCORE.Hold });
  await suite.escrow.connect(suite.payer).dispute(payment.packed);
  return payment;
}

const bothDenied = async ({ suite, token }: Scene, denied: boolean): Promise<void> => {
  for (const who of [suite.payer, suite.payee]) await token.setDenied(who.address, denied);
};

describe("E3: no denied party can stop a ruling, a settlement, an order or a batch", () => {
  it("rules a dispute of two denied parties: parts and bond are credits", async () => {
    const one = await scene();
    const { suite, token, address } = one;
    const payment = await disputed(one);
    await bothDenied(one, true);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 5_000);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([(475n * UNIT) / 10n, 0n]);
    expect(await ledgerOf(suite, suite.payer.address, address)).to.deep.equal([55n * UNIT, 0n]);
    await bothDenied(one, false);
    const before = await token.balanceOf(suite.payer.address);
    await suite.escrow.sweep(address, suite.payer.address);
    expect((await token.balanceOf(suite.payer.address)) - before).to.equal(55n * UNIT);
  });

  it("parts by default when both are denied", async () => {
    const one = await scene();
    const { suite } = one;
    const payment = await disputed(one);
    await bothDenied(one, true);
    await at((await suite.escrow.timer(payment.id)).ruleBy);
    await suite.escrow.connect(suite.stranger).resolveByDefault(payment.packed);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
  });

  it("settles with a denied payer, and with a denied payee, who settled for it", async () => {
    const one = await scene();
    const { suite, address } = one;
    const payment = await authorized(suite, { token: address });
    await bothDenied(one, true);
    await settle(suite, payment, 60n * UNIT, 40n * UNIT);
    expect(await ledgerOf(suite, suite.payer.address, address)).to.deep.equal([40n * UNIT, 0n]);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([57n * UNIT, 0n]);
  });

  it("captures a batch whose first payee is denied, and the second is paid", async () => {
    const one = await scene();
    const { suite, token, address } = one;
    const first = await authorized(suite, { token: address, salt: 1n });
    const second = await authorized(suite, { token: address, salt: 2n, payee: suite.stranger.address });
    for (const payment of [first, second]) await post(suite, payment);
    await token.setDenied(suite.payee.address, true);
    await captureMany(suite, [{ payment: first }, { payment: second }]);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([100n * UNIT, 0n]);
    expect(await token.balanceOf(suite.stranger.address)).to.equal(100n * UNIT);
  });

  it("executes orders to capture and to void with both denied", async () => {
    const one = await scene();
    const { suite, address } = one;
    const payment = await authorized(suite, { token: address });
    await post(suite, payment);
    await bothDenied(one, true);
    await order(suite, payment, "Capture", { amount: 30n * UNIT });
    await order(suite, payment, "Void");
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([30n * UNIT, 0n]);
    expect(await ledgerOf(suite, suite.payer.address, address)).to.deep.equal([70n * UNIT, 0n]);
  });
});
