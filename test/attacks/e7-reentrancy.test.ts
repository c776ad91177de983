import { attestationDigest } from "@sluice/sdk";
import { expect } from "chai";
import { id as keccakText } from "ethers";

import { at, capture, post, unpaid, withToken } from "../shared/moves.ts";
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
    abi.encodeFunctionData("capture", [packed, UNIT, 0, false, "0x"]),
    abi.encodeFunctionData("capture", [other.packed, UNIT, 0, true, attestation]),
    abi.encodeFunctionData("void", [packed, UNIT]),
    abi.encodeFunctionData("reclaim", [packed]),
    abi.encodeFunctionData("refund", [packed, UNIT]),
    abi.encodeFunctionData("request", [other.packed]),
    abi.encodeFunctionData("post", [other.packed, attestation]),
    abi.encodeFunctionData("sweep", [payment.terms.token, suite.feeReceiver.address]),
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
});
