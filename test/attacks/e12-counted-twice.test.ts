import { payments } from "@sluice/sdk";
import { expect } from "chai";
import { getAddress, getCreateAddress, id as keccakText, toBeHex } from "ethers";

import { unpaid, withToken } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { authorized, COLLECTION, ethers, fixture, termsFor, UNIT } from "../shared/suite.ts";

const LOCKED = keccakText("ReentrancyGuardReentrantCall()").slice(0, 10);

/** A payer contract on a hook token, and two payments of 100 it could authorize. */
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
  const terms = await termsFor(suite, { token: address, payer: self });
  const first = unpaid(suite, terms);
  const second = unpaid(suite, { ...terms, salt: 2n });
  const call = (payment: typeof first) =>
    suite.escrow.interface.encodeFunctionData("authorize", [payment.packed, COLLECTION.Allowance, "0x"]);
  return { suite, token, address, actor, first, second, call };
}

describe("E12: one balance difference is counted once", () => {
  it("refuses an authorize inside another authorize of the same token", async () => {
    const { suite, token, actor, first, second, call } = await scene();
    await actor.prepare(true, suite.site.escrow, call(second));
    await actor.execute(suite.site.escrow, call(first));
    expect((await suite.escrow.payment(first.id)).capturable).to.equal(100n * UNIT);
    expect((await suite.escrow.payment(second.id)).authorizedBlock).to.equal(0n);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });

  it("refuses money that arrives beside the payment in the same call", async () => {
    const { suite, token, address, actor, first, call } = await scene();
    const gift = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    await token.mint(await gift.getAddress(), UNIT);
    const transfer = token.interface.encodeFunctionData("transfer", [suite.site.escrow, UNIT]);
    const execute = gift.interface.encodeFunctionData("execute", [address, transfer]);
    await actor.prepare(true, await gift.getAddress(), execute);
    const act = () => actor.execute(suite.site.escrow, call(first));
    await expectRefused(suite, first, act, suite.escrow, "AmountReceived", [100n * UNIT, 101n * UNIT]);
  });

  it("counts nothing for a token whose fallback swallows receiveWithAuthorization", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("PhantomToken");
    const suite = await withToken(plain, await token.getAddress());
    const payment = unpaid(suite, await termsFor(suite, { token: await token.getAddress() }));
    await token.mint(suite.site.escrow, 500n * UNIT);
    const act = () => suite.escrow.authorize(payment.packed, COLLECTION.Erc3009, "0x");
    await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", [100n * UNIT, 0n]);
  });

  it("refuses a token that is no contract or has no balances, the escrow and the gate among them", async () => {
    const suite = await fixture();
    const addresses = [ethers.ZeroAddress, suite.stranger.address, suite.site.escrow, await suite.gate.getAddress()];
    for (const token of [...addresses, toBeHex(1, 20)]) {
      const payment = unpaid(suite, await termsFor(suite, { token }));
      await expect(suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x"))
        .to.be.revertedWithCustomError(suite.escrow, "TokenUnreadable")
        .withArgs(getAddress(token));
    }
  });

  it("counts nothing for a precompile that answers like a token", async () => {
    const suite = await fixture();
    for (const token of [toBeHex(2, 20), toBeHex(3, 20), toBeHex(4, 20)]) {
      const payment = unpaid(suite, await termsFor(suite, { token }));
      const authorize = suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
      await expect(authorize)
        .to.be.revertedWithCustomError(suite.escrow, "TransferFailed")
        .withArgs(getAddress(token), suite.payer.address, suite.site.escrow, 100n * UNIT);
      await expect(suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Erc3009, "0x")).to.be.revert(
        ethers,
      );
    }
  });

  it("refuses every function to a collector that is asked for money, and counts what it brings once", async () => {
    const suite = await fixture();
    const odd = await ethers.deployContract("OddCollector");
    const collector = await odd.getAddress();
    await suite.token.mint(collector, 1_000n * UNIT);
    const first = unpaid(suite, await termsFor(suite));
    const second = unpaid(suite, await termsFor(suite, { salt: 2n }));
    const there = await authorized(suite, { salt: 3n });
    const { interface: abi } = suite.escrow;
    const packed = payments.packCollectorCall({ collector, data: "0x" });
    const order = {
      action: 3,
      amount: 1n,
      feeBps: 0,
      reasonCode: 0,
      capturable: 100n * UNIT,
      refundable: 0n,
      deadline: 2 ** 40 - 1,
    };
    const calls = [
      abi.encodeFunctionData("authorize", [second.packed, COLLECTION.Allowance, "0x"]),
      abi.encodeFunctionData("authorize", [second.packed, COLLECTION.Plugin, packed]),
      abi.encodeFunctionData("authorizeMany", [[second.packed], COLLECTION.Plugin, packed]),
      abi.encodeFunctionData("capture", [there.packed, UNIT, 0, 0, "0x"]),
      abi.encodeFunctionData("void", [there.packed, UNIT, 0]),
      abi.encodeFunctionData("refund", [there.packed, UNIT, 0]),
      abi.encodeFunctionData("reclaim", [there.packed]),
      abi.encodeFunctionData("request", [there.packed]),
      abi.encodeFunctionData("post", [there.packed, "0x"]),
      abi.encodeFunctionData("execute", [there.packed, order, "0x", "0x"]),
      abi.encodeFunctionData("sweep", [there.terms.token, suite.feeReceiver.address]),
      abi.encodeFunctionData("charge", [second.packed, COLLECTION.Allowance, "0x", 0, "0x"]),
      abi.encodeFunctionData("captureMany", [[{ terms: there.packed, amount: UNIT, feeBps: 0 }], "0x"]),
      abi.encodeFunctionData("dispute", [there.packed]),
      abi.encodeFunctionData("settle", [there.packed, UNIT, 0, 2n ** 40n - 1n, "0x", "0x"]),
      abi.encodeFunctionData("tighten", [there.packed, "0x", "0x"]),
    ];
    for (const call of calls) await odd.prepare(suite.site.escrow, call);
    await odd.bring(100n * UNIT);
    const tx = await suite.escrow.connect(suite.payer).authorize(first.packed, COLLECTION.Plugin, packed);
    const attempts = await odd.queryFilter(odd.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
    expect(attempts.map(({ args }) => [args.success, args.answer])).to.deep.equal(calls.map(() => [false, LOCKED]));
    expect((await suite.escrow.payment(first.id)).capturable).to.equal(100n * UNIT);
    expect((await suite.escrow.payment(second.id)).authorizedBlock).to.equal(0n);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(200n * UNIT);
  });

  it("counts nothing for a collector that points at tokens which were there before", async () => {
    const suite = await fixture();
    await authorized(suite, { salt: 3n });
    const payment = unpaid(suite, await termsFor(suite));
    for (const collector of [payment.terms.token, suite.site.escrow, await suite.escrow.collectorCaller()]) {
      const packed = payments.packCollectorCall({ collector, data: "0x" });
      const escrow = suite.escrow.connect(suite.payer);
      const act = () => escrow.authorize(payment.packed, COLLECTION.Plugin, packed);
      await expectRefused(suite, payment, act, suite.escrow, "CollectorFailed", [collector]);
    }
  });

  it("counts a batch's one transfer once, however many payments it is for", async () => {
    const { suite, token, address, actor, first, second } = await scene();
    const call = suite.escrow.interface.encodeFunctionData("authorizeMany", [
      [first.packed, second.packed],
      COLLECTION.Allowance,
      "0x",
    ]);
    await actor.prepare(true, suite.site.escrow, call);
    await actor.execute(suite.site.escrow, call);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(200n * UNIT);
    expect((await suite.escrow.payment(second.id)).capturable).to.equal(100n * UNIT);
    expect(address).to.equal(second.terms.token);
  });

  it("refuses the ways in when they are called where their code lies, past the escrow", async () => {
    const suite = await fixture();
    const at = getCreateAddress({ from: suite.site.escrow, nonce: 1 });
    const ways = await ethers.getContractAt("RareWays", at);
    const { payer } = suite;
    const args = [
      payer.address,
      ethers.ZeroAddress,
      1n,
      2 ** 40 - 1,
      ethers.ZeroHash,
      COLLECTION.Native,
      "0x",
    ] as const;
    await expect(ways.connect(payer).collect(...args, { value: 1n }))
      .to.be.revertedWithCustomError(ways, "NotTheEscrow")
      .withArgs();
  });
});
