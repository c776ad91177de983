import { expect } from "chai";

import { DAY, LABEL_DELAY } from "../../oracle/src/facts/context.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { History } from "../../oracle/src/facts/history.ts";
import { CARD_SCHEMA } from "../../oracle/src/facts/schemas/card.ts";

const UNIT = 1_000_000;
const START = 100 * DAY;

/** A payment of a story: when, who paid whom, how much, and whether it is known as fraud a week later. */
interface Told {
  readonly day: number;
  readonly payer: string;
  readonly payee: string;
  readonly units: number;
  readonly fraud?: true;
}

/** What the card facts say about a payment after a story, by name. */
function factsAfter(story: readonly Told[], judged: Told): Map<string, number> {
  const history = new History();
  const events = story.flatMap(({ day, payer, payee, units, fraud }, index) => {
    const id = `p${index}`;
    const time = START + day * DAY;
    const paid = { kind: "authorized", id, payer, payee, token: "token", micro: units * UNIT, time } as const;
    return fraud === true ? [paid, { kind: "labelled", id, time: time + LABEL_DELAY } as const] : [paid];
  });
  events.sort((a, b) => a.time - b.time);
  events.forEach((event, block) => history.append({ ...event, block, logIndex: 0 }));
  const payment = { id: "judged", payer: judged.payer, payee: judged.payee, micro: judged.units * UNIT };
  const facts = computeFacts(CARD_SCHEMA, payment, history, { block: 10_000, timestamp: START + judged.day * DAY });
  return new Map(CARD_SCHEMA.slots.map((slot, index) => [slot.fact, facts[index] ?? NaN]));
}

/** Ten payments of ten units by a payer, one a day from day 0, each to a shop of its own. */
function habit(payer: string): Told[] {
  return Array.from({ length: 10 }, (_, day) => ({ day, payer, payee: `${payer}-shop${day}`, units: 10 }));
}

/** Frauds of a payee on the given days, each by a payer with the same habit, of so many units. */
function frauds(payee: string, days: readonly number[], units: number): Told[] {
  return days.flatMap((day, index) => [
    ...habit(`victim${index}`),
    { day, payer: `victim${index}`, payee, units, fraud: true as const },
  ]);
}

describe("card facts", () => {
  it("measure an amount by what the payer usually pays, whatever a few high payments were", () => {
    const judged = { day: 12, payer: "a", payee: "new", units: 40 };
    const high = { day: 11, payer: "a", payee: "x", units: 400 };
    for (const story of [habit("a"), [...habit("a"), high]]) {
      const facts = factsAfter(story, judged);
      expect(facts.get("amountTimesUsual")).to.equal(4 * 32 - 128);
      expect(facts.get("amountOverUsual")).to.equal(32);
      expect(facts.get("amountOverPayerMedian60")).to.equal(32);
    }
  });

  it("count the unusually high payments of two weeks, with their age", () => {
    const high = [11, 12].map((day) => ({ day, payer: "a", payee: "x", units: 26 }));
    const facts = factsAfter([...habit("a"), ...high], { day: 14, payer: "a", payee: "new", units: 10 });
    expect(facts.get("payerHighAmounts14d")).to.equal(24);
    expect(facts.get("payerSinceFirstHigh14d")).to.equal(3 * 8);
    expect(facts.get("payerSinceLastHigh14d")).to.equal(2 * 8);
    expect(facts.get("payerHighShare14d")).to.equal(Math.floor((128 * 2) / 11));
    const later = factsAfter([...habit("a"), ...high], { day: 26, payer: "a", payee: "new", units: 10 });
    expect(later.get("payerHighAmounts14d")).to.equal(0);
    expect(later.get("payerSinceFirstHigh14d")).to.equal(-128);
  });

  it("centre the amount on 220 units in steps of 8 cents", () => {
    const slot = CARD_SCHEMA.slots.findIndex(({ fact }) => fact === "amountMicro");
    const byUnits = [220, 221, 219, 100, 300].map(
      (units) => factsAfter([], { day: 0, payer: "a", payee: "b", units }).get("amountMicro") ?? NaN,
    );
    expect(slot).to.equal(3);
    expect(byUnits).to.deep.equal([0, 12, -13, -128, 127]);
  });
});

describe("facts from known frauds", () => {
  const shop: Told[] = Array.from({ length: 5 }, (_, day) => ({ day, payer: "p", payee: "shop", units: 10 }));
  const judged = (day: number): Told => ({ day, payer: "q", payee: "shop", units: 10 });

  it("say nothing about a payee whose payments are good, and nothing of frauds whose labels are not in yet", () => {
    const facts = factsAfter([...shop, ...frauds("shop", [15, 16], 10)], judged(21));
    expect(facts.get("payeeFraudEvidence")).to.equal(0);
    expect(facts.get("payeeFraudRun")).to.equal(0);
    expect(facts.get("payeeDaysSinceGood")).to.equal(2 * 17 - 64);
  });

  it("are full after two frauds of ordinary size without a good payment since, and gone 28 days after the first", () => {
    const story = [...shop, ...frauds("shop", [15, 16], 10)];
    expect(factsAfter(story, judged(24)).get("payeeFraudEvidence")).to.equal(127);
    expect(factsAfter(story, judged(24)).get("payeeOrdinaryFrauds28d")).to.equal(32);
    expect(factsAfter(story, judged(43)).get("payeeFraudEvidence")).to.equal(0);
  });

  it("are graded while the run may have begun more than 28 days ago", () => {
    // The last good payment was on day 4, the first fraud on day 15: eleven possible first days, five of them 28 days back.
    const story = [...shop, ...frauds("shop", [15, 16], 10)];
    expect(factsAfter(story, judged(37)).get("payeeFraudEvidence")).to.equal(Math.floor((127 * 6) / 11));
  });

  it("do not hold high amounts against the payee: they point to their payers", () => {
    const facts = factsAfter([...shop, ...frauds("shop", [15, 16], 60)], judged(24));
    expect(facts.get("payeeFraudRun")).to.equal(24);
    expect(facts.get("payeeFraudEvidence")).to.equal(0);
    expect(facts.get("payeeOrdinaryFrauds28d")).to.equal(0);
  });

  it("end with the next payment known to be good", () => {
    const story = [...shop, ...frauds("shop", [15, 16], 10), { day: 17, payer: "p", payee: "shop", units: 10 }];
    expect(factsAfter(story, judged(25)).get("payeeFraudEvidence")).to.equal(0);
    expect(factsAfter(story, judged(25)).get("payeeFraudCountShare28d")).to.equal(Math.floor((128 * 2) / 8));
  });

  it("all come from labels, and say on the first day what they say about most payments", () => {
    const fromLabels = CARD_SCHEMA.definitions.filter((definition) => definition.fromLabels).map(({ name }) => name);
    expect(fromLabels.length).to.equal(13);
    const first = factsAfter([], judged(0));
    const quiet = factsAfter(shop, judged(12));
    for (const name of fromLabels.filter((one) => one !== "payeeDaysSinceGood")) {
      expect(first.get(name), name).to.equal(quiet.get(name));
    }
    expect(first.get("payeeDaysSinceGood")).to.equal(-48);
  });
});
