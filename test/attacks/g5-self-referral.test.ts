import { expect } from "chai";

import { account, leaf, payment, Story, table } from "../rebates/story.ts";

const SHARED = 9_999;

/** The most generous table there can be: all of the fee but one part in ten thousand goes back. */
const GENEROUS = table({
  holdSeconds: 0,
  tokens: {
    [`0x${"70".repeat(20)}`]: {
      tiers: [{ minVolume: "0", maxBadBps: 10_000, minPayers: 0, commissionBps: 5_000, rebateBps: SHARED - 5_000 }],
    },
  },
});

describe("G5: a referral of oneself is no discount", () => {
  it("neither by name, nor as merchant or operator, nor with a friend, nor over three accounts", () => {
    const story = new Story();
    const ids = {
      SELF_REFERRAL: story.pay("alice", { referrer: "alice" }),
      PARTY_REFERRAL: story.pay("alice", { referrer: "bob", operator: "bob" }),
      REFERRAL_RING: story.pay("bob", { referrer: "carol" }),
      CIRCULAR: story.pay("dave", { referrer: "affiliate", payee: "front" }),
    };
    story.pay("third", { referrer: "bob" });
    story.pay("carol", { referrer: "third" });
    story.pay("front", { payee: "back", amount: 9_000n, day: 1 });
    story.pay("back", { payee: "dave", amount: 9_000n, day: 2 });
    const closed = story.close(30, 10n ** 30n, GENEROUS);
    for (const [reason, id] of Object.entries(ids)) expect(payment(closed, id).reason).to.equal(reason);
    expect(closed.total).to.equal(0n);
  });

  it("costs more than it gives even to accounts that nobody can connect", () => {
    const story = new Story();
    let fees = 0n;
    for (let paid = 0; paid < 200; paid++) {
      const fee = BigInt(paid);
      fees += fee;
      story.pay(`sybil ${paid}`, { referrer: "affiliate", fee, day: 1 });
    }
    const closed = story.close(30, 10n ** 30n, GENEROUS);
    expect(closed.total > 0n && closed.total < fees, `${closed.total} of ${fees}`).to.equal(true);
  });

  it("raises no tier by payments that earn nothing", () => {
    const story = new Story();
    for (const payer of ["p1", "p2", "p3"]) {
      story.pay(payer, { referrer: "affiliate", amount: 1_000_000n, payee: "front" });
      story.pay("front", { payee: payer, amount: 1_000_000n });
    }
    story.pay("honest", { referrer: "affiliate" });
    const closed = story.close(30);
    const report = closed.affiliates.find((one) => one.account === account("affiliate"));
    expect(report).to.include({ tier: 0, volume: 10_000n, payers: 1, earning: 1 });
    expect(leaf(closed, "affiliate")).to.equal(10n);
  });
});
