import { expect } from "chai";
import { id as keccakText } from "ethers";

import { arbitrated } from "../shared/cases.ts";
import { post, unpaid, withToken } from "../shared/moves.ts";
import { authorized, COLLECTION, ethers, fixture, networkHelpers, termsFor, UNIT } from "../shared/suite.ts";
import { captureMany, SCORE } from "./doors.ts";

const LOCKED = keccakText("ReentrancyGuardReentrantCall()").slice(0, 10);

/** A payer that is a contract told of every transfer, and its held payment in a hook token. */
async function scene() {
  const plain = await fixture();
  const token = await ethers.deployContract("HookToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  const actor = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
  const self = await actor.getAddress();
  await token.mint(self, 1_000n * UNIT);
  await actor.execute(address, token.interface.encodeFunctionData("register"));
  await actor.execute(address, token.interface.encodeFunctionData("approve", [suite.site.escrow, 2n ** 255n]));
  return { suite, token, address, actor, self };
}

describe("E7: nothing re-enters through a bond, a ruling, a charge or a batch", () => {
  it("counts a bond once though its payer authorizes, disputes and settles in its transfer", async () => {
    const { suite, token, address, actor, self } = await scene();
    const { interface: abi } = suite.escrow;
    const terms = await termsFor(suite, { ...arbitrated(suite), payer: self, token: address });
    const first = abi.encodeFunctionData("authorize", [unpaid(suite, terms).packed, COLLECTION.Allowance, "0x"]);
    const opened = await actor.execute(suite.site.escrow, first);
    await networkHelpers.mine(1);
    const payment = unpaid(suite, terms, opened.blockNumber ?? 0);
    await post(suite, payment, { score: SCORE.Hold });
    const other = unpaid(suite, { ...terms, salt: 2n });
    const calls = [
      abi.encodeFunctionData("authorize", [other.packed, COLLECTION.Allowance, "0x"]),
      abi.encodeFunctionData("authorizeMany", [[other.packed], COLLECTION.Allowance, "0x"]),
      abi.encodeFunctionData("dispute", [payment.packed]),
      abi.encodeFunctionData("resolve", [payment.packed, 10_000]),
      abi.encodeFunctionData("resolveByDefault", [payment.packed]),
      abi.encodeFunctionData("settle", [payment.packed, UNIT, 0, 2n ** 40n - 1n, "0x", "0x"]),
      abi.encodeFunctionData("tighten", [payment.packed, "0x", "0x"]),
      abi.encodeFunctionData("sweep", [address, self]),
    ];
    for (const onSend of [true, false]) for (const call of calls) await actor.prepare(onSend, suite.site.escrow, call);
    const tx = await actor.execute(suite.site.escrow, abi.encodeFunctionData("dispute", [payment.packed]));
    const attempts = await actor.queryFilter(actor.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
    expect(attempts.map(({ args }) => [args.success, args.answer])).to.deep.equal(calls.map(() => [false, LOCKED]));
    expect(await token.balanceOf(suite.site.escrow)).to.equal(105n * UNIT);
    const ruled = await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    const inside = await actor.queryFilter(actor.filters.Attempt(), ruled.blockNumber ?? 0, ruled.blockNumber ?? 0);
    expect(inside.length).to.equal(2 * calls.length); // told of his part and of his bond
    expect(inside.every(({ args }) => !args.success && args.answer === LOCKED)).to.equal(true);
    expect(await token.balanceOf(self)).to.equal(1_000n * UNIT);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("captures nothing twice in a batch whose payee captures again when he is told", async () => {
    const { suite, token, address, actor, self } = await scene();
    const payments = [];
    for (const salt of [1n, 2n]) {
      const payment = await authorized(suite, { token: address, payee: self, operator: self, maxFeeBps: 0, salt });
      await post(suite, payment);
      payments.push(payment);
    }
    const rows = payments.map(({ packed }) => ({ terms: packed, amount: 50n * UNIT, feeBps: 0 }));
    const again = suite.escrow.interface.encodeFunctionData("captureMany", [rows, "0x"]);
    await actor.prepare(false, suite.site.escrow, again);
    const tx = await actor.execute(suite.site.escrow, again);
    const [attempt] = await actor.queryFilter(actor.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
    expect([attempt?.args.success, attempt?.args.answer]).to.deep.equal([false, LOCKED]);
    expect(await token.balanceOf(self)).to.equal(1_100n * UNIT);
    await expect(
      captureMany(
        suite,
        payments.map((payment) => ({ payment })),
        "0x",
        suite.stranger,
      ),
    ).to.emit(suite.escrow, "CaptureSkipped");
    expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });
});
