import { expect } from "chai";

import { account, DAY, leaf, payment, Story, table } from "./story.ts";

describe("rebates: what a payment earns", () => {
  it("is held for the dispute window, then shared by the tier's rates of the protocol's fee", () => {
    const story = new Story();
    const id = story.pay("payer", { referrer: "affiliate", day: 1 });
    const early = story.close(14);
    expect(early.leaves).to.deep.equal([]);
    expect(payment(early, id).reason).to.equal("IMMATURE");
    const due = story.close(15);
    expect(payment(due, id).reason).to.equal(undefined);
    expect([leaf(due, "affiliate"), leaf(due, "payer"), due.total]).to.deep.equal([10n, 5n, 15n]);
  });

  it("goes to the merchant where the table says so", () => {
    const story = new Story();
    story.pay("payer", { referrer: "affiliate" });
    const paid = story.close(20, 1_000n, table({ rebateTo: "payee" }));
    expect([leaf(paid, "payer"), leaf(paid, "merchant")]).to.deep.equal([0n, 5n]);
  });

  it("is nothing without a capture, without a fee, and for a referral nobody holds", () => {
    const story = new Story();
    const open = story.pay("payer", { referrer: "affiliate", captured: false });
    const free = story.pay("payer", { referrer: "affiliate", fee: 0n });
    const lost = story.pay("payer", { referrer: "never seen" });
    const paid = story.close(20);
    const reasons = [open, free, lost].map((id) => payment(paid, id).reason);
    expect(reasons).to.deep.equal(["NOT_CAPTURED", "NO_FEE", "REFERRAL_UNKNOWN"]);
    expect(paid.total).to.equal(0n);
  });

  it("comes capture by capture", () => {
    const story = new Story();
    const id = story.pay("payer", { referrer: "affiliate", day: 1 });
    story.tell({ kind: "captured", id, amount: 10_000n, protocolFee: 100n, time: 10 * DAY });
    expect(leaf(story.close(16), "affiliate")).to.equal(10n);
    expect(leaf(story.close(24), "affiliate")).to.equal(20n);
  });

  it("is nothing where the payment names an account that stands on a list, or is confirmed as fraud, until it is taken off", () => {
    const story = new Story();
    const listed = story.pay("payer", { referrer: "affiliate" });
    const fraud = story.pay("payer", { referrer: "friend" });
    const own = story.pay("payer", { referrer: "third" });
    story.refund(own, 1n, 3, 1);
    const batch = (list: "reported" | "fraud", removal: boolean, entry: string) =>
      story.tell({ kind: "listed", list, removal, entries: [entry] });
    batch("reported", false, account("affiliate"));
    batch("fraud", false, fraud);
    const found = story.close(20);
    expect([listed, fraud, own].map((id) => payment(found, id).reason)).to.deep.equal(["LISTED", "FRAUD", "FRAUD"]);
    expect(found.total).to.equal(0n);
    batch("reported", true, account("affiliate"));
    batch("fraud", true, fraud);
    const later = story.close(21);
    expect([listed, fraud, own].map((id) => payment(later, id).reason)).to.deep.equal([undefined, undefined, "FRAUD"]);
    expect([leaf(later, "affiliate"), leaf(later, "friend"), leaf(later, "third")]).to.deep.equal([10n, 10n, 0n]);
  });
});

describe("rebates: refunds", () => {
  it("before the window is over leave nothing to share", () => {
    const story = new Story();
    const id = story.pay("payer", { referrer: "affiliate", day: 1 });
    story.refund(id, 10_000n, 5);
    const closed = story.close(30);
    expect(payment(closed, id).reason).to.equal("REFUNDED");
    expect(closed.total).to.equal(0n);
  });

  it("in part leave the part that stays", () => {
    const story = new Story();
    const id = story.pay("payer", { referrer: "affiliate", day: 1 });
    story.pay("payer", { referrer: "affiliate", day: 1, amount: 100_000n });
    story.refund(id, 5_000n, 5);
    const closed = story.close(30);
    expect(payment(closed, id).share).to.deep.equal({ fee: 50n, commission: 5n, rebate: 2n });
  });

  it("after the payout are made up for by the next period's earnings: no leaf falls", () => {
    const story = new Story();
    const first = story.pay("payer", { referrer: "affiliate", day: 1 });
    expect(leaf(story.close(30), "affiliate")).to.equal(10n);
    story.pay("other", { referrer: "affiliate", day: 31, amount: 50_000n });
    story.refund(first, 10_000n, 32);
    const kept = story.close(40);
    expect(leaf(kept, "affiliate"), "the new payment is still held").to.equal(10n);
    expect(payment(kept, first).share.commission).to.equal(0n);
    const next = story.close(60);
    expect(leaf(next, "affiliate"), "50 of the new payment, not 10 + 50").to.equal(50n);
    expect(leaf(next, "payer"), "what he got he keeps").to.equal(5n);
    story.pay("payer", { referrer: "affiliate", day: 61, amount: 20_000n });
    expect(leaf(story.close(90), "payer"), "and it is counted against what he earns").to.equal(10n);
  });
});

describe("rebates: tiers", () => {
  const grow = (story: Story, payers: readonly string[], day: number): void => {
    for (const payer of payers) story.pay(payer, { referrer: "affiliate", amount: 40_000n, day });
  };
  const rankOf = (closed: ReturnType<Story["close"]>) =>
    closed.affiliates.find((one) => one.account === account("affiliate"));

  it("follow from volume, quality and the number of payers", () => {
    const story = new Story();
    grow(story, ["p1", "p2", "p1"], 1);
    expect(rankOf(story.close(2)), "two payers").to.include({ tier: 0, volume: 120_000n, payers: 2 });
    grow(story, ["p3"], 3);
    expect(rankOf(story.close(20))).to.include({ tier: 1, volume: 160_000n, badBps: 0, payers: 3 });
    expect(leaf(story.close(20), "affiliate"), "30 % of 4 × 400").to.equal(480n);
  });

  it("fall with refunds and with what an arbiter gives back, and by fraud altogether", () => {
    const story = new Story();
    grow(story, ["p1", "p2", "p3", "p4"], 1);
    const id = story.pay("p5", { referrer: "affiliate", amount: 40_000n, day: 1, arbiter: "judge" });
    story.refund(id, 10_000n, 2);
    story.tell({ kind: "ruled", id, by: account("judge"), toPayer: 4_000n, time: 2 * DAY });
    story.tell({ kind: "ruled", id, by: account("stranger"), toPayer: 9_999n, time: 2 * DAY });
    expect(rankOf(story.close(3))).to.include({ tier: 0, badBps: 700, volume: 186_000n });
    story.refund(id, 1n, 4, 1);
    expect(rankOf(story.close(5)), "all 40,000 are bad").to.include({ tier: 0, badBps: 2_000, payers: 4 });
    story.tell({
      kind: "listed",
      list: "fraud",
      removal: false,
      entries: [story.pay("p1", { referrer: "affiliate" })],
    });
    const worst = story.close(20);
    expect(rankOf(worst)).to.include({ tier: -1, badBps: 2_381, commission: 0n });
    expect([...(rankOf(worst)?.reasons ?? [])].sort()).to.deep.equal([
      ["FRAUD", 2],
      ["NO_TIER", 4],
    ]);
  });

  it("look back one window", () => {
    const story = new Story();
    grow(story, ["p1", "p2", "p3"], 1);
    expect(rankOf(story.close(90))?.tier).to.equal(1);
    expect(rankOf(story.close(91))).to.include({ tier: 0, volume: 0n, payers: 0, commission: 360n });
    story.pay("p1", { referrer: "affiliate", day: 92 });
    expect(rankOf(story.close(92))?.tier).to.equal(0);
  });
});

describe("rebates: the pool's funds", () => {
  it("bound the total: every rise is cut alike, and the rest is owed on", () => {
    const story = new Story();
    story.pay("payer", { referrer: "affiliate", day: 1 });
    story.pay("payer", { referrer: "friend", day: 1, amount: 20_000n });
    const short = story.close(30, 10n);
    // Wanted: 10 + 20 commission, 5 + 10 rebate.
    expect([leaf(short, "affiliate"), leaf(short, "friend"), leaf(short, "payer")]).to.deep.equal([2n, 4n, 3n]);
    expect([short.total, short.short]).to.deep.equal([9n, 36n]);
    const full = story.close(31, 45n);
    expect([full.total, full.short]).to.deep.equal([45n, 0n]);
    expect(leaf(full, "payer")).to.equal(15n);
  });

  it("that were withdrawn below what is promised raise nothing and lower nothing", () => {
    const story = new Story();
    story.pay("payer", { referrer: "affiliate", day: 1 });
    const before = story.close(30, 15n);
    expect(story.close(31, 3n).leaves).to.deep.equal(before.leaves);
  });
});
