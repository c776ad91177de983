import { expect } from "chai";

import { channelBatchFacts, payListFacts } from "../../oracle/src/facts/channelFacts.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { createSchema, type FactSchema, PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { historyOf, pick, randomAsOf, randomEvents } from "./randomHistory.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 4_711);
const ROUNDS = Number(process.env.SLUICE_FUZZ_ROUNDS ?? 40);

const slotOf = (fact: string): number => PAYMENT_SCHEMA.slots.findIndex((slot) => slot.fact === fact);

describe("the facts of a channel batch", () => {
  it("are for one row the facts of that payment", () => {
    const random = mulberry32(SEED);
    const events = randomEvents(random, 60);
    const history = historyOf(events);
    const asOf = randomAsOf(random, events);
    const row = { id: "channel", payer: "bob", payee: "shop", micro: 5_000_000 };
    expect(channelBatchFacts(PAYMENT_SCHEMA, [row], history, asOf)).to.deep.equal(
      computeFacts(PAYMENT_SCHEMA, row, history, asOf),
    );
  });

  it("are the payee's facts as they are, and of each payer fact the worst row, in whatever order the rows come", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + round);
      const events = randomEvents(random, 60);
      const history = historyOf(events);
      const asOf = randomAsOf(random, events);
      const rows = Array.from({ length: 5 }, (_, index) => ({
        id: `channel${index}`,
        payer: pick(random, ["alice", "bob", "carol", "nobody"]),
        payee: "shop",
        micro: pick(random, [1, 1_000, 950_000, 7_654_321]),
      }));
      const batch = channelBatchFacts(PAYMENT_SCHEMA, rows, history, asOf);
      const each = rows.map((row) => computeFacts(PAYMENT_SCHEMA, row, history, asOf));
      PAYMENT_SCHEMA.definitions.forEach(({ name, worse }, index) => {
        const values = each.map((facts) => facts[index] ?? NaN);
        const expected = worse === "high" ? Math.max(...values) : Math.min(...values);
        expect(batch[index], `${name}, seed ${SEED + round}`).to.equal(expected);
      });
      expect(channelBatchFacts(PAYMENT_SCHEMA, rows.toReversed(), history, asOf)).to.deep.equal(batch);
    }
  });

  it("take an unknown payer for the worse one where little history is worse", () => {
    const history = historyOf(
      [
        ...[1, 2].map(
          (block) => ({ kind: "authorized", id: `p${block}`, payer: "alice", payee: "shop", block }) as const,
        ),
      ].map((event) => ({ ...event, token: "t", micro: 1_000_000, logIndex: 0, time: event.block * 1_000 })),
    );
    const rows = ["alice", "nobody"].map((payer) => ({ id: payer, payer, payee: "shop", micro: 1_000_000 }));
    const batch = channelBatchFacts(PAYMENT_SCHEMA, rows, history, { block: 2, timestamp: 9_000 });
    expect(batch[slotOf("pairSinceLast")]).to.equal(-128);
    expect(batch[slotOf("payeeThisPayerCount")]).to.equal(0);
    expect(batch[slotOf("payeeRecentCount")]).to.equal(12);
  });

  it("turn the direction round where the schema turns the fact round", () => {
    const digits = (num: number): FactSchema => {
      const slots = PAYMENT_SCHEMA.slots.map((slot, index) =>
        index === 3 ? { fact: "amountDigits", num, den: 1, offset: 0, none: -128 } : slot,
      );
      return createSchema(slots);
    };
    const rows = [1, 123].map((micro) => ({ id: `c${micro}`, payer: "alice", payee: "shop", micro: micro * 1_000 }));
    const batch = (num: number): number | undefined =>
      channelBatchFacts(digits(num), rows, historyOf([]), { block: 0, timestamp: 0 })[3];
    // Few digits are the worse: 1,000 has one, 123,000 three.
    expect([batch(20), batch(-20)]).to.deep.equal([20, -20]);
  });

  it("are refused without rows, or with rows of two payees", () => {
    const row = { id: "c", payer: "alice", payee: "shop", micro: 1 };
    const asOf = { block: 0, timestamp: 0 };
    expect(() => channelBatchFacts(PAYMENT_SCHEMA, [], historyOf([]), asOf)).to.throw(RangeError, "at least one row");
    const rows = [row, { ...row, payee: "mill" }];
    expect(() => channelBatchFacts(PAYMENT_SCHEMA, rows, historyOf([]), asOf)).to.throw(RangeError, "shop");
  });
});

describe("the facts of a list that pays many", () => {
  it("are the payer's facts as they are, and of each payee fact the worst row, in whatever order the rows come", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + round);
      const events = randomEvents(random, 60);
      const [history, asOf] = [historyOf(events), randomAsOf(random, events)];
      const rows = ["shop", "store", "nobody", "bob"].map((payee) => {
        return { id: "list", payer: "alice", payee, micro: pick(random, [1, 1_000, 950_000, 7_654_321]) };
      });
      const list = payListFacts(PAYMENT_SCHEMA, rows, history, asOf);
      const each = rows.map((row) => computeFacts(PAYMENT_SCHEMA, row, history, asOf));
      PAYMENT_SCHEMA.definitions.forEach(({ name, worse }, index) => {
        const values = each.map((facts) => facts[index] ?? NaN);
        const expected = worse === "high" ? Math.max(...values) : Math.min(...values);
        expect(list[index], `${name}, seed ${SEED + round}`).to.equal(expected);
      });
      expect(payListFacts(PAYMENT_SCHEMA, rows.toReversed(), history, asOf)).to.deep.equal(list);
    }
  });

  it("are refused without rows, with rows of two payers, or with a payee who stands twice", () => {
    const row = { id: "l", payer: "alice", payee: "shop", micro: 1 };
    const asOf = { block: 0, timestamp: 0 };
    for (const rows of [[], [row, { ...row, payer: "bob", payee: "store" }], [row, row]]) {
      expect(() => payListFacts(PAYMENT_SCHEMA, rows, historyOf([]), asOf)).to.throw(RangeError);
    }
  });
});
