import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { at, capture, inOneBlock, post, request, setPolicy, unpaid, withToken } from "../shared/moves.ts";
import { holdings, ledgerOf, stateOf } from "../shared/state.ts";
import {
  authorized,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

type Item = { payment: Authorized; amount?: bigint; feeBps?: number };

function captureMany(suite: Suite, items: readonly Item[], attestation = "0x", by = suite.operator) {
  const rows = items.map(({ payment, amount = payment.terms.amount, feeBps = 100 }) => {
    return { terms: payment.packed, amount, feeBps };
  });
  return suite.escrow.connect(by).captureMany(rows, attestation);
}

/** Three payments of 100, 50 and 20 whose Allow is posted. */
async function three(suite: Suite): Promise<[Authorized, Authorized, Authorized]> {
  const first = await authorized(suite, { salt: 1n });
  const second = await authorized(suite, { salt: 2n, amount: 50n * UNIT });
  const third = await authorized(suite, { salt: 3n, amount: 20n * UNIT });
  for (const payment of [first, second, third]) await post(suite, payment);
  return [first, second, third];
}

/** Id and reason of every payment that was passed over. */
async function skipped(suite: Suite, tx: { blockNumber: number | null }): Promise<[string, string][]> {
  const block = tx.blockNumber ?? 0;
  const events = await suite.escrow.queryFilter(suite.escrow.filters.CaptureSkipped(), block, block);
  return events.map(({ args }) => [args.id, args.reason]);
}

describe("PaymentEscrow.captureMany", () => {
  it("pays one payee by one transfer and keeps all fees in one entry, with an event for each payment", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 20 });
    const payments = await three(suite);
    const before = await holdings(suite);
    const tx = await captureMany(
      suite,
      payments.map((payment) => ({ payment })),
    );
    for (const { id, terms } of payments) {
      const args = [id, terms.amount, terms.amount / 100n, terms.amount / 500n];
      await expect(tx)
        .to.emit(suite.escrow, "Captured")
        .withArgs(...args);
      const { capturable, refundable } = await stateOf(suite, id);
      expect([capturable, refundable]).to.deep.equal([0n, terms.amount]);
    }
    const net = (170n * UNIT * 988n) / 1_000n;
    await expect(tx).to.emit(suite.token, "Transfer").withArgs(suite.site.escrow, suite.payee.address, net);
    const transfers = await suite.token.queryFilter(suite.token.filters.Transfer(), tx.blockNumber ?? 0);
    expect(transfers.length).to.equal(1);
    expect(await holdings(suite)).to.deep.equal({
      ...before,
      payee: before.payee + net,
      escrow: before.escrow - net,
    });
    const kept = [(170n * UNIT) / 100n, (170n * UNIT) / 500n];
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal(kept);
  });

  it("pays payees, tokens and fee receivers apart, in any order", async () => {
    const plain = await fixture();
    const other = await ethers.deployContract("LocalToken");
    const suite = await withToken(plain, await other.getAddress());
    const a = await authorized(suite, { salt: 1n });
    const b = await authorized(suite, { salt: 2n, payee: suite.stranger.address });
    const c = await authorized(suite, { salt: 3n, token: await other.getAddress() });
    const d = await authorized(suite, { salt: 4n, feeReceiver: suite.treasury.address });
    for (const payment of [a, b, c, d]) await post(suite, payment);
    await captureMany(
      suite,
      [a, b, c, d, a].map((payment) => ({ payment, amount: 10n * UNIT })),
    );
    const net = (10n * UNIT * 99n) / 100n;
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(3n * net);
    expect(await suite.token.balanceOf(suite.stranger.address)).to.equal(net);
    expect(await other.balanceOf(suite.payee.address)).to.equal(net);
    const fee = UNIT / 10n;
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([3n * fee, 0n]);
    expect(await ledgerOf(suite, suite.feeReceiver.address, await other.getAddress())).to.deep.equal([fee, 0n]);
    expect(await ledgerOf(suite, suite.treasury.address)).to.deep.equal([fee, 0n]);
    expect((await stateOf(suite, a.id)).capturable).to.equal(80n * UNIT);
  });

  it("passes over what capture would refuse, names the error, and pays the rest", async () => {
    const suite = await fixture();
    const [good, tooMuch, twice] = await three(suite);
    const fresh = await authorized(suite, { salt: 4n });
    const held = await authorized(suite, { salt: 5n });
    await post(suite, held, { score: 9_800 });
    const foreign = await authorized(suite, { salt: 6n, operator: suite.arbiter.address });
    await post(suite, foreign);
    const unknown = unpaid(suite, await termsFor(suite, { salt: 7n }));
    const items: [Item, string][] = [
      [{ payment: tooMuch, amount: 50n * UNIT + 1n }, "AmountTooLarge"],
      [{ payment: tooMuch, amount: 0n }, "AmountZero"],
      [{ payment: tooMuch, feeBps: 501 }, "FeeOutOfRange"],
      [{ payment: fresh }, "NotScreened"],
      [{ payment: held }, "CaptureWindow"],
      [{ payment: foreign }, "NotOperatorOrPayee"],
      [{ payment: unknown }, "PaymentUnknown"],
      [{ payment: twice, amount: 15n * UNIT }, ""],
      [{ payment: twice, amount: 15n * UNIT }, "AmountTooLarge"],
      [{ payment: good }, ""],
    ];
    const tx = await captureMany(
      suite,
      items.map(([item]) => item),
    );
    const expected = items.filter(([, error]) => error !== "");
    expect(await skipped(suite, tx)).to.deep.equal(
      expected.map(([{ payment }, error]) => [payment.id, selectorOf(suite.escrow, error)]),
    );
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal((115n * UNIT * 99n) / 100n);
    expect((await stateOf(suite, tooMuch.id)).capturable).to.equal(50n * UNIT);
  });

  it("is the payee's too, at the highest fee of each payment", async () => {
    const suite = await fixture();
    const [first, second] = await three(suite);
    const tx = await captureMany(suite, [{ payment: first, feeBps: 500 }, { payment: second }], "0x", suite.payee);
    expect(await skipped(suite, tx)).to.deep.equal([[second.id, selectorOf(suite.escrow, "FeeOutOfRange")]]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(95n * UNIT);
  });

  it("gives a payee who cannot receive a credit and pays the others", async () => {
    const plain = await fixture();
    const deny = await ethers.deployContract("DenyListToken");
    const suite = await withToken(plain, await deny.getAddress());
    const changes = { token: await deny.getAddress(), maxFeeBps: 0, feeReceiver: ZeroAddress };
    const denied = await authorized(suite, { ...changes, salt: 1n });
    const other = await authorized(suite, { ...changes, salt: 2n, payee: suite.stranger.address });
    for (const payment of [denied, other]) await post(suite, payment);
    await deny.setDenied(suite.payee.address, true);
    const tx = await captureMany(
      suite,
      [denied, other].map((payment) => ({ payment, feeBps: 0 })),
    );
    await expect(tx)
      .to.emit(suite.escrow, "Credited")
      .withArgs(changes.token, suite.payee.address, 100n * UNIT);
    expect(await deny.balanceOf(suite.stranger.address)).to.equal(100n * UNIT);
  });

  it("does nothing with nothing", async () => {
    const suite = await fixture();
    const receipt = await (await captureMany(suite, [])).wait();
    expect(receipt?.logs).to.deep.equal([]);
    await captureMany(suite, [], await attestMany(suite, []));
  });
});

describe("PaymentEscrow.captureMany: one attestation over all", () => {
  it("judges each payment by its own facts and pays those that are allowed", async () => {
    const suite = await fixture();
    const good = await authorized(suite, { salt: 1n });
    const held = await authorized(suite, { salt: 2n });
    const blocked = await authorized(suite, { salt: 3n });
    const rows = [
      { payment: good, score: 9_699 },
      { payment: held, score: 9_700 },
      { payment: blocked, score: 9_950 },
    ];
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    const notAllowed = selectorOf(suite.escrow, "NotAllowed");
    expect(await skipped(suite, tx)).to.deep.equal([
      [held.id, notAllowed],
      [blocked.id, notAllowed],
    ]);
    const decided = await suite.gate.queryFilter(suite.gate.filters.Decided(), tx.blockNumber ?? 0);
    expect(decided.map(({ args }) => [args.caller, args.subject, args.score, args.band])).to.deep.equal([
      [suite.site.escrow, good.id, 9_699n, BAND.Allow],
      [suite.site.escrow, held.id, 9_700n, BAND.Hold],
      [suite.site.escrow, blocked.id, 9_950n, BAND.Block],
    ]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
    expect((await stateOf(suite, held.id)).band, "nothing is stored").to.equal(BAND.None);
  });

  it("lets a posted band count and ignores what is attested beside it", async () => {
    const suite = await fixture();
    const posted = await authorized(suite, { salt: 1n });
    const held = await authorized(suite, { salt: 2n });
    const fresh = await authorized(suite, { salt: 3n });
    await post(suite, posted);
    await post(suite, held, { score: 9_800 });
    const rows = [posted, held, fresh].map((payment) => ({ payment, score: payment === posted ? 9_999 : 1 }));
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await skipped(suite, tx)).to.deep.equal([[held.id, selectorOf(suite.escrow, "CaptureWindow")]]);
    const decided = await suite.gate.queryFilter(suite.gate.filters.Decided(), tx.blockNumber ?? 0);
    expect(decided.map(({ args }) => args.subject)).to.deep.equal([fresh.id]);
  });

  it("passes over facts of another block, a false hash, another epoch, and what was authorized in this block", async () => {
    const suite = await fixture();
    const good = await authorized(suite, { salt: 1n });
    const early = await authorized(suite, { salt: 2n });
    const forked = await authorized(suite, { salt: 3n });
    const config = epochConfig(suite.keys, 2, good.terms.token);
    await setPolicy(suite, {}, await ethers.deployContract("DirectEpoch", [config]));
    const later = await authorized(suite, { salt: 4n });
    const rows = [
      { payment: good },
      { payment: early, asOf: early.block - 1 },
      { payment: forked, asOfHash: `0x${"77".repeat(32)}` },
      { payment: later },
    ];
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await skipped(suite, tx)).to.deep.equal([
      [early.id, selectorOf(suite.gate, "WrongAsOf")],
      [forked.id, selectorOf(suite.gate, "WrongAsOfHash")],
      [later.id, selectorOf(suite.gate, "WrongEpoch")],
    ]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
  });

  it("passes over a payment of this very block", async () => {
    const suite = await fixture();
    const good = await authorized(suite, { salt: 1n });
    const fresh = unpaid(suite, await termsFor(suite, { salt: 2n }));
    const block = (await ethers.provider.getBlockNumber()) + 1;
    const rows = [{ payment: good }, { payment: { ...fresh, block } }];
    const attestation = await attestMany(suite, rows);
    const [, tx] = await inOneBlock([
      () => suite.escrow.connect(suite.payer).authorize(fresh.packed, 0, "0x"),
      () => captureMany(suite, rows, attestation),
    ]);
    if (tx === undefined) throw new Error("two transactions were sent");
    const receipt = await tx.wait();
    expect(await skipped(suite, { blockNumber: receipt?.blockNumber ?? 0 })).to.deep.equal([
      [fresh.id, selectorOf(suite.gate, "AsOfNotPast")],
    ]);
  });

  it("asks for the quorum of each payment's amount", async () => {
    const plain = await fixture();
    const token = await plain.token.getAddress();
    const tiers = [
      { upTo: 100_000_000n, quorum: 2 },
      { upTo: 1_000_000_000n, quorum: 3 },
    ];
    const epoch = await ethers.deployContract("DirectEpoch", [{ ...epochConfig(plain.keys, 2, token), tiers }]);
    await setPolicy(plain, {}, epoch);
    const suite = { ...plain, epoch };
    const small = await authorized(suite, { salt: 1n });
    const large = await authorized(suite, { salt: 2n, amount: 101n * UNIT });
    const rows = [{ payment: large }, { payment: small }];
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await skipped(suite, tx)).to.deep.equal([[large.id, selectorOf(epoch, "QuorumNotMet")]]);
    await captureMany(suite, [{ payment: large }], await attestMany(suite, [{ payment: large }], suite.keys));
    expect((await stateOf(suite, large.id)).capturable).to.equal(0n);
  });

  it("reverts when the list is another than the signed one, in order, length or content", async () => {
    const suite = await fixture();
    const a = await authorized(suite, { salt: 1n });
    const b = await authorized(suite, { salt: 2n });
    const both = [{ payment: a }, { payment: b }];
    const attestation = await attestMany(suite, both);
    for (const items of [
      [{ payment: b }, { payment: a }],
      [{ payment: a }, { payment: a }],
    ]) {
      await expect(captureMany(suite, items, attestation)).to.be.revertedWithCustomError(suite.epoch, "NotASigner");
    }
    await expect(captureMany(suite, [{ payment: a }], attestation)).to.be.revertedWithCustomError(
      suite.gate,
      "AttestationLength",
    );
    await expect(captureMany(suite, [...both, { payment: b }, ...both], attestation))
      .to.be.revertedWithCustomError(suite.gate, "AttestationLength")
      .withArgs((attestation.length - 2) / 2);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(0n);
  });

  it("does not take a batch's signatures for a single payment, nor a single one's for a batch", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const batch = await attestMany(suite, [{ payment }]);
    await expect(capture(suite, payment, { attestation: batch })).to.be.revertedWithCustomError(
      suite.epoch,
      "NotASigner",
    );
    await captureMany(suite, [{ payment }], batch);
  });

  it("captures after silence has spoken, and before it by the attestation", async () => {
    const suite = await fixture();
    const silent = await authorized(suite, { salt: 1n, silenceRule: "Release" });
    const asked = await authorized(suite, { salt: 2n, silenceRule: "Release" });
    await request(suite, silent);
    const { silentAt } = await suite.escrow.timer(silent.id);
    await at(silentAt - 2n);
    await request(suite, asked);
    await networkHelpers.time.increaseTo(silentAt);
    const rows = [{ payment: silent }, { payment: asked }].map(({ payment }) => ({ payment, score: 9_800 }));
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    expect(await skipped(suite, tx)).to.deep.equal([[asked.id, selectorOf(suite.escrow, "NotAllowed")]]);
    expect((await stateOf(suite, silent.id)).capturable).to.equal(0n);
  });
});
