import { expect } from "chai";

import { CodeReferrals } from "../../oracle/src/rebates/codeReferrals.ts";
import { RebateEngine } from "../../oracle/src/rebates/engine.ts";
import { MoneyGraph } from "../../oracle/src/rebates/moneyGraph.ts";
import { ReferralGraph } from "../../oracle/src/rebates/referralGraph.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { account, NOBODY, payment, Story, table, TOKEN } from "./story.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 8_400);

describe("rebates: referrals that pay nothing", () => {
  const reasonOf = (tell: (story: Story) => string, changes = {}): string | undefined => {
    const story = new Story();
    const id = tell(story);
    return payment(story.close(30, 10n ** 30n, table(changes)), id).reason;
  };

  it("name the payer himself", () => {
    expect(reasonOf((story) => story.pay("alice", { referrer: "alice" }))).to.equal("SELF_REFERRAL");
  });

  it("name another party of the payment", () => {
    for (const party of ["payee", "operator", "arbiter"] as const) {
      expect(
        reasonOf((story) => story.pay("alice", { referrer: "bob", [party]: "bob" })),
        party,
      ).to.equal("PARTY_REFERRAL");
    }
  });

  it("lead back to the referrer over two and three accounts, whoever came first", () => {
    const ring = (story: Story): string => {
      const first = story.pay("alice", { referrer: "carol" });
      story.pay("bob", { referrer: "alice" });
      story.pay("carol", { referrer: "bob" });
      return first;
    };
    expect(reasonOf(ring)).to.equal("REFERRAL_RING");
    expect(reasonOf(ring, { graph: { ...table().graph, ringHops: 2 } })).to.equal(undefined);
    const pair = (story: Story): string => {
      story.pay("alice", { referrer: "bob" });
      return story.pay("bob", { referrer: "alice" });
    };
    expect(reasonOf(pair, { graph: { ...table().graph, ringHops: 2 } })).to.equal("REFERRAL_RING");
    expect(
      reasonOf((story) => (story.pay("bob", { referrer: "carol" }), story.pay("alice", { referrer: "bob" }))),
    ).to.equal(undefined);
  });

  it("are of payments whose money comes back: straight, over others, and in parts", () => {
    const circle =
      (...ways: readonly (readonly string[])[]) =>
      (story: Story) => {
        const id = story.pay("alice", { referrer: "bob", payee: "shop", amount: 10_000n });
        for (const way of ways) {
          const stops = ["shop", ...way, "alice"];
          const amount = 6_000n / BigInt(ways.length);
          for (let step = 1; step < stops.length; step++) {
            story.pay(stops[step - 1] ?? "", { payee: stops[step] ?? "", amount, day: step });
          }
        }
        return id;
      };
    expect(reasonOf(circle([]))).to.equal("CIRCULAR");
    expect(reasonOf(circle(["x"]))).to.equal("CIRCULAR");
    expect(reasonOf(circle(["x", "y"]))).to.equal("CIRCULAR");
    expect(reasonOf(circle(["x", "y", "z"])), "one account too many").to.equal(undefined);
    expect(reasonOf(circle(["a"], ["b"], ["c"], ["d"], []))).to.equal("CIRCULAR");
    const more = { graph: { ...table().graph, returnShareBps: 6_001 } };
    expect(reasonOf(circle(["x"]), more), "less than the share").to.equal(undefined);
  });

  it("are no longer paid once the money has come back, and what they had earned is clawed back", () => {
    const story = new Story();
    const id = story.pay("alice", { referrer: "bob", payee: "shop", day: 1 });
    expect(payment(story.close(20), id).share.commission).to.equal(10n);
    story.pay("shop", { payee: "alice", day: 21 });
    const found = story.close(22);
    expect([payment(found, id).reason, payment(found, id).share.commission]).to.deep.equal(["CIRCULAR", 0n]);
    expect(payment(story.close(200), id).reason, "also when the window has passed").to.equal("CIRCULAR");
  });

  it("do not come about by somebody's dust", () => {
    const honest = (story: Story): string => {
      const id = story.pay("alice", { referrer: "bob", payee: "shop", amount: 10_000n });
      story.pay("shop", { payee: "mallory", amount: 9_000n });
      story.pay("mallory", { payee: "alice", amount: 4_999n });
      return id;
    };
    expect(reasonOf(honest)).to.equal(undefined);
  });
});

describe("rebates: graphs", () => {
  it("find the same returns as a search through all ways", () => {
    const dice = random(SEED);
    let found = 0;
    for (let run = 0; run < fuzzRuns(400); run++) {
      const graph = new MoneyGraph();
      const sums = new Map([["0>1", 1n]]);
      graph.add({ from: 0, to: 1, amount: 1n, time: 0 });
      for (let edge = 0; edge < 4 + dice.below(12); edge++) {
        const [from, to, amount] = [dice.below(6), dice.below(6), BigInt(1 + dice.below(20))];
        graph.add({ from, to, amount, time: edge });
        if (from !== to) sums.set(`${from}>${to}`, (sums.get(`${from}>${to}`) ?? 0n) + amount);
      }
      const hops = 1 + dice.below(4);
      // A share so small that one unit is enough: then only the existence of a way counts.
      const returns = graph.returns(0, 1, { hops, shareBps: 1 });
      const expected = hasWay(sums, 1, 0, hops);
      expect(returns, `seed ${SEED}, run ${run}`).to.equal(expected);
      if (returns) found += 1;
    }
    expect(found).to.be.greaterThan(100);
  });

  it("forget what lies before the window, and only that", () => {
    const graph = new MoneyGraph();
    for (const time of [1, 2, 3]) graph.add({ from: 0, to: 1, amount: 5n, time });
    graph.forgetUntil(2);
    expect(graph.between(0, 1)).to.equal(5n);
    graph.forgetUntil(3);
    expect(graph.between(0, 1)).to.equal(0n);
    graph.add({ from: 0, to: 1, amount: 7n, time: 4 });
    expect(graph.between(0, 1)).to.equal(7n);
  });

  it("count no more over an edge than went over it", () => {
    const graph = new MoneyGraph();
    graph.add({ from: 0, to: 1, amount: 100n, time: 1 });
    // Two ways out of 1, one narrow edge into 0.
    for (const to of [2, 3]) graph.add({ from: 1, to, amount: 50n, time: 1 });
    for (const from of [2, 3]) graph.add({ from, to: 4, amount: 50n, time: 1 });
    graph.add({ from: 4, to: 0, amount: 60n, time: 1 });
    expect(graph.returns(0, 1, { hops: 3, shareBps: 6_000 })).to.equal(true);
    expect(graph.returns(0, 1, { hops: 3, shareBps: 6_100 })).to.equal(false);
  });

  it("follow referrals only as far as they are asked", () => {
    const graph = new ReferralGraph();
    for (let at = 0; at < 5; at++) graph.add(at, at + 1);
    graph.add(5, 0);
    expect([2, 3, 4, 5, 6].map((hops) => graph.isRing(0, 1, hops))).to.deep.equal([false, false, false, false, true]);
  });
});

function hasWay(sums: ReadonlyMap<string, bigint>, from: number, to: number, hops: number): boolean {
  if (from === to) return true;
  if (hops === 0) return false;
  return [0, 1, 2, 3, 4, 5].some((next) => sums.has(`${from}>${next}`) && hasWay(sums, next, to, hops - 1));
}

describe("rebates: codes", () => {
  const CODE = `0x${"63".repeat(8)}${"00".repeat(24)}`;
  const TAG = CODE.slice(0, 26);
  const register = (referrals: CodeReferrals, owner: string, payout: string): void =>
    referrals.tell({ kind: "code", code: CODE, tag: TAG, owner: account(owner), payout: account(payout) });

  it("pay whoever they paid when the payment was authorized, and nobody before they were registered", () => {
    const referrals = new CodeReferrals();
    expect(referrals.payoutOf(TAG)).to.equal(undefined);
    register(referrals, "owner", "wallet");
    referrals.tell({ kind: "code", code: CODE, payout: account("vault") });
    expect(referrals.payoutOf(TAG)).to.deep.equal({ owner: account("owner"), payout: account("vault") });
    referrals.tell({ kind: "code", code: CODE, owner: account("buyer"), payout: account("purse") });
    expect(referrals.payoutOf(TAG)).to.deep.equal({ owner: account("buyer"), payout: account("purse") });
  });

  it("connect nobody who has not chosen it", () => {
    const referrals = new CodeReferrals();
    register(referrals, "mallory", "alice");
    expect(referrals.payoutsOf(account("alice")).size).to.equal(0);
    expect([...referrals.payoutsOf(account("mallory"))]).to.deep.equal([account("alice")]);
  });

  it("pay nothing where payer and referrer are paid at one address", () => {
    const referrals = new CodeReferrals();
    const engine = new RebateEngine(referrals);
    register(referrals, "owner", "wallet");
    engine.tell({ kind: "code", code: `${CODE.slice(0, -2)}01`, owner: account("alice"), payout: account("wallet") });
    const accounts = { payer: account("alice"), payee: account("shop"), operator: NOBODY, feeReceiver: NOBODY };
    const place = { id: "0x1", arbiter: NOBODY, referral: TAG, block: 1, logIndex: 0, time: 0 };
    engine.tell({ kind: "authorized", ...accounts, ...place });
    engine.tell({ kind: "captured", id: "0x1", amount: 100n, protocolFee: 10n, time: 0 });
    const used = table({ holdSeconds: 0 });
    const closed = engine.close({ time: 1, table: used, tiers: used.tokens[TOKEN]?.tiers ?? [], funded: 10n });
    expect(closed.payments.map(({ reason }) => reason)).to.deep.equal(["SAME_PAYOUT"]);
  });
});
