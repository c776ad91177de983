import { referralCode, referralTag } from "@sluice/sdk";
import { expect } from "chai";

import { CodeReferrals } from "../../oracle/src/rebates/codeReferrals.ts";
import { affiliatesCsv, paymentLine } from "../../oracle/src/rebates/csv.ts";
import { NO_REFERRAL } from "../../oracle/src/rebates/events.ts";
import { RebateEngine } from "../../oracle/src/rebates/engine.ts";
import { MoneyGraph } from "../../oracle/src/rebates/moneyGraph.ts";
import { ReferralGraph } from "../../oracle/src/rebates/referralGraph.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { account, NOBODY, payment, Story, table, TOKEN } from "./story.ts";

/** What happens in a story about codes. */
interface Deeds {
  readonly code: (text: string, owner: string, payout: string) => void;
  readonly pay: (payer: string, payee: string, code?: string) => void;
}

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
    expect(referrals.payoutOf(TAG)).to.include({ owner: account("owner"), payout: account("vault") });
    referrals.tell({ kind: "code", code: CODE, owner: account("buyer"), payout: account("purse") });
    expect(referrals.payoutOf(TAG)).to.include({ owner: account("buyer"), payout: account("purse") });
  });

  it("connect nobody who has not chosen it", () => {
    const referrals = new CodeReferrals();
    register(referrals, "mallory", "alice");
    expect(referrals.payoutsOf(account("alice")).size).to.equal(0);
    expect([...referrals.payoutsOf(account("mallory"))]).to.deep.equal([account("alice")]);
  });

  /** Codes and payments told to an engine; a payment is of 100 with a fee of 10. Answers the period's reasons in order. */
  const reasonsOf = (tell: (deeds: Deeds) => void, changes = {}): (string | undefined)[] => {
    const engine = new RebateEngine(new CodeReferrals());
    let count = 0;
    tell({
      code: (text, owner, payout) => {
        const [code, tag] = [referralCode(text), referralTag(text)];
        engine.tell({ kind: "code", code, tag, owner: account(owner), payout: account(payout) });
      },
      pay: (payer, payee, code) => {
        count += 1;
        const accounts = { payer: account(payer), payee: account(payee), operator: NOBODY, feeReceiver: NOBODY };
        const id = `0x${count}`;
        const referral = code === undefined ? NO_REFERRAL : referralTag(code);
        engine.tell({
          kind: "authorized",
          ...accounts,
          id,
          arbiter: NOBODY,
          referral,
          block: count,
          logIndex: 0,
          time: 0,
        });
        engine.tell({ kind: "captured", id, amount: 100n, protocolFee: 10n, time: 0 });
      },
    });
    const used = table({ holdSeconds: 0, ...changes });
    const closed = engine.close({ time: 1, table: used, tiers: used.tokens[TOKEN]?.tiers ?? [], funded: 1_000n });
    return closed.payments.map(({ reason }) => reason);
  };

  it("pay nothing where payer and referrer are paid at one address", () => {
    const deeds = ({ code, pay }: Deeds): void => {
      code("one", "owner", "wallet");
      code("two", "alice", "wallet");
      pay("alice", "shop", "one");
    };
    expect(reasonsOf(deeds)).to.deep.equal(["SAME_PAYOUT"]);
  });

  it("pay nothing to whoever owns one or is paid by one, where he is payer or another party", () => {
    const deeds = ({ code, pay }: Deeds): void => {
      code("own", "alice", "wallet");
      pay("alice", "shop", "own");
      pay("wallet", "shop", "own");
      pay("bob", "alice", "own");
      pay("bob", "wallet", "own");
      pay("bob", "shop", "own");
    };
    const [self, party] = ["SELF_REFERRAL", "PARTY_REFERRAL"];
    expect(reasonsOf(deeds)).to.deep.equal([self, self, party, party, undefined]);
  });

  it("make a ring by their owner and by each account he has them pay, whoever came first", () => {
    const ring =
      (payout: string, payer: string) =>
      ({ code, pay }: Deeds): void => {
        code("alices", "alice", payout);
        code("bobs", "bob", "bob");
        pay("bob", "shop", "alices");
        pay(payer, "shop", "bobs");
      };
    const both = ["REFERRAL_RING", "REFERRAL_RING"];
    expect(reasonsOf(ring("wallet", "alice")), "the owner pays").to.deep.equal(both);
    expect(reasonsOf(ring("wallet", "wallet")), "the paid account pays").to.deep.equal(both);
    expect(reasonsOf(ring("wallet", "carol")), "somebody else pays").to.deep.equal([undefined, undefined]);
    const moved = ({ code, pay }: Deeds): void => {
      code("other", "alice", "wallet");
      ring("alice", "wallet")({ code, pay });
    };
    expect(reasonsOf(moved)[0], "an account that another code of his pays").to.equal("REFERRAL_RING");
  });

  it("count the accounts that a payer has his own codes pay as his where money comes back, and nobody else's", () => {
    const circle =
      (owner: string, payout: string, ...way: readonly string[]) =>
      ({ code, pay }: Deeds): void => {
        code("bobs", "bob", "purse");
        code("second", owner, payout);
        pay("alice", "shop", "bobs");
        for (const [index, to] of way.entries()) pay(way[index - 1] ?? "shop", to);
      };
    expect(reasonsOf(circle("alice", "wallet", "wallet")), "into his second account").to.deep.equal(["CIRCULAR"]);
    expect(reasonsOf(circle("alice", "wallet", "x", "wallet")), "over another").to.deep.equal(["CIRCULAR"]);
    expect(reasonsOf(circle("alice", "shop")), "which is the shop's").to.deep.equal(["CIRCULAR"]);
    expect(reasonsOf(circle("alice", "wallet", "purse", "alice")), "the referrer funds him").to.deep.equal([
      "CIRCULAR",
    ]);
    expect(reasonsOf(circle("mallory", "alice", "mallory")), "not by another's choice").to.deep.equal([undefined]);
    expect(reasonsOf(circle("mallory", "wallet", "wallet"))).to.deep.equal([undefined]);
    const off = { graph: { ...table().graph, returnHops: 0 } };
    expect(reasonsOf(circle("alice", "wallet", "wallet"), off)).to.deep.equal([undefined]);
  });

  it("are named in the report of each account they paid, with what came by each", () => {
    const engine = new RebateEngine(new CodeReferrals());
    const tell = (code: string, payout: string, tag?: string): void =>
      engine.tell({
        kind: "code",
        code,
        payout: account(payout),
        owner: account("owner"),
        ...(tag === undefined ? {} : { tag }),
      });
    const long = "a_shop_with_a_long_name";
    tell(referralCode("zeta"), "wallet", referralTag("zeta"));
    tell(referralCode(long), "wallet", referralTag(long));
    const pay = (id: string, referral: string, amount: bigint): void => {
      const accounts = { payer: account("alice"), payee: account("shop"), operator: NOBODY, feeReceiver: NOBODY };
      engine.tell({ kind: "authorized", ...accounts, id, arbiter: NOBODY, referral, block: 1, logIndex: 0, time: 0 });
      if (amount > 0n) engine.tell({ kind: "captured", id, amount, protocolFee: amount / 10n, time: 0 });
    };
    pay("0x1", referralTag("zeta"), 1_000n);
    pay("0x2", referralTag(long), 3_000n);
    pay("0x3", referralTag(long), 0n);
    pay("0x4", referralTag("nobody"), 1_000n);
    tell(referralCode("zeta"), "vault");
    pay("0x5", referralTag("zeta"), 2_000n);
    const used = table({ holdSeconds: 0 });
    const { affiliates, payments } = engine.close({
      time: 1,
      table: used,
      tiers: used.tokens[TOKEN]?.tiers ?? [],
      funded: 10n ** 9n,
    });
    const codesOf = (name: string) => affiliates.find((one) => one.account === account(name))?.codes;
    expect(codesOf("wallet")).to.deep.equal([
      { code: long, referred: 2, earning: 1, commission: 30n },
      { code: "zeta", referred: 1, earning: 1, commission: 10n },
    ]);
    expect(codesOf("vault")).to.deep.equal([{ code: "zeta", referred: 1, earning: 1, commission: 20n }]);
    expect(codesOf("alice"), "rebates come by no code").to.deep.equal([]);
    const [header = "", ...lines] = affiliatesCsv(affiliates).trim().split("\n");
    const cellOf = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(account(name)))?.split(",")[header.split(",").indexOf("codes")];
    expect([cellOf("wallet"), cellOf("vault"), cellOf("alice")]).to.deep.equal([`${long} zeta`, "zeta", ""]);
    expect(payments.map(paymentLine).map(({ code }) => code)).to.deep.equal(["zeta", long, long, "", "zeta"]);
  });
});
