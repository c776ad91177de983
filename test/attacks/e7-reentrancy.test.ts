import { attestationDigest, payments } from "@sluice/sdk";
import { expect } from "chai";
import { id as keccakText } from "ethers";

import { at, capture, post, unpaid, withToken } from "../shared/moves.ts";
import { withCoin } from "../shared/payers.ts";
import {
  attest,
  authorized,
  COLLECTION,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

const VOID = {
  action: 3,
  amount: 1n,
  feeBps: 0,
  reasonCode: 0,
  capturable: 100n * UNIT,
  refundable: 0n,
  deadline: 2 ** 40 - 1,
};
const LOCKED = keccakText("ReentrancyGuardReentrantCall()").slice(0, 10);

/** A hook token, an account that acts when told of a transfer, and every call into the escrow that it could try. */
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

function everyCall(suite: Suite, payment: Authorized, other: Authorized, attestation: string): string[] {
  const { interface: abi } = suite.escrow;
  const { packed } = payment;
  return [
    abi.encodeFunctionData("authorize", [other.packed, COLLECTION.Allowance, "0x"]),
    abi.encodeFunctionData("authorizeMany", [[other.packed], COLLECTION.Allowance, "0x"]),
    abi.encodeFunctionData("execute", [packed, VOID, "0x", "0x"]),
    abi.encodeFunctionData("capture", [packed, UNIT, 0, 0, "0x"]),
    abi.encodeFunctionData("capture", [other.packed, UNIT, 0, 1, attestation]),
    abi.encodeFunctionData("void", [packed, UNIT, 0]),
    abi.encodeFunctionData("reclaim", [packed]),
    abi.encodeFunctionData("refund", [packed, UNIT, 0]),
    abi.encodeFunctionData("request", [other.packed]),
    abi.encodeFunctionData("post", [other.packed, attestation]),
    abi.encodeFunctionData("sweep", [payment.terms.token, suite.feeReceiver.address]),
    abi.encodeFunctionData("captureMany", [[{ terms: packed, amount: UNIT, feeBps: 0 }], "0x"]),
    abi.encodeFunctionData("charge", [other.packed, COLLECTION.Allowance, "0x", 0, attestation]),
    abi.encodeFunctionData("dispute", [packed]),
    abi.encodeFunctionData("resolve", [packed, 0]),
    abi.encodeFunctionData("resolveByDefault", [packed]),
    abi.encodeFunctionData("settle", [packed, UNIT, 0, 2n ** 40n - 1n, "0x", "0x"]),
    abi.encodeFunctionData("review", [packed, 1, 0, 2n ** 40n - 1n, suite.stranger.address, "0x"]),
    abi.encodeFunctionData("tighten", [packed, attestation, "0x"]),
  ];
}

/** What the actor's attempts during the transaction answered. */
async function attempts(actor: Awaited<ReturnType<typeof scene>>["actor"], tx: { blockNumber: number | null }) {
  const block = tx.blockNumber ?? 0;
  const events = await actor.queryFilter(actor.filters.Attempt(), block, block);
  return events.map((event) => [event.args.success, event.args.answer]);
}

describe("E7: hook tokens re-enter nothing", () => {
  it("refuses every function to a payee who is told of his payment", async () => {
    const { suite, token, address, actor, self } = await scene();
    const terms = { token: address, payee: self, operator: suite.operator.address };
    const other = await authorized(suite, { ...terms, salt: 2n });
    const payment = await authorized(suite, { ...terms, salt: 1n });
    await post(suite, payment);
    await capture(suite, payment, { amount: 10n * UNIT, feeBps: 100 });
    const calls = everyCall(suite, payment, other, await attest(suite, other));
    for (const call of calls) await actor.prepare(false, suite.site.escrow, call);
    const tx = await capture(suite, payment, { amount: 10n * UNIT });
    expect(await attempts(actor, tx)).to.deep.equal(calls.map(() => [false, LOCKED]));
    expect((await suite.escrow.payment(payment.id)).capturable).to.equal(80n * UNIT);
    expect(await token.balanceOf(self)).to.equal(1_000n * UNIT + (199n * UNIT) / 10n);
  });

  it("refuses every function to a payer who is told before his money goes and when it comes back", async () => {
    const { suite, token, address, actor, self } = await scene();
    const terms = await termsFor(suite, { token: address, payer: self, payee: self, operator: self });
    const payment = unpaid(suite, terms);
    const other = unpaid(suite, { ...terms, salt: 2n });
    const digest = attestationDigest(
      { subject: other.id, asOf: 1, asOfHash: other.id, facts: other.id },
      { chainId: suite.chainId, epoch: await suite.epoch.getAddress() },
    );
    const calls = everyCall(suite, payment, other, digest);
    for (const onSend of [true, false]) {
      for (const call of calls) await actor.prepare(onSend, suite.site.escrow, call);
    }
    const { interface: abi } = suite.escrow;
    const authorize = abi.encodeFunctionData("authorize", [payment.packed, COLLECTION.Allowance, "0x"]);
    const tx = await actor.execute(suite.site.escrow, authorize);
    expect(await attempts(actor, tx)).to.deep.equal(calls.map(() => [false, LOCKED]));
    await networkHelpers.mine(1);
    await at(terms.captureBy);
    const back = await suite.escrow.reclaim(payment.packed);
    expect(await attempts(actor, back)).to.deep.equal(calls.map(() => [false, LOCKED]));
    expect(await token.balanceOf(self)).to.equal(1_000n * UNIT);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("refuses new and other payments to a payee who is paid in native coin", async () => {
    const suite = await withCoin(await fixture());
    const receiver = await ethers.deployContract("CoinReceiver");
    const payee = await receiver.getAddress();
    const terms = await termsFor(suite, { token: ethers.ZeroAddress, amount: UNIT, payee });
    const other = unpaid(suite, { ...terms, salt: 2n });
    const { receipt } = await payments.authorizeWithCoin(suite.payer, suite.site, terms);
    await networkHelpers.mine(1);
    const payment = unpaid(suite, terms, receipt.blockNumber);
    const calls = everyCall(suite, payment, other, "0x").slice(0, 2);
    await receiver.setHabit(4);
    for (const call of calls) await receiver.prepare(suite.site.escrow, call);
    await post(suite, payment);
    const tx = await capture(suite, payment);
    const events = await receiver.queryFilter(receiver.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
    expect(events.map(({ args }) => [args.success, args.answer])).to.deep.equal(calls.map(() => [false, LOCKED]));
    expect(await ethers.provider.getBalance(payee)).to.equal(UNIT);
    expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(0n);
  });
});
