import { expect } from "chai";

import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import { exampleRows } from "../../oracle/src/evaluate/examples.ts";
import { labelSlots, withoutLabels } from "../../oracle/src/evaluate/firstDay.ts";
import type { PaymentStream, StreamRow } from "../../oracle/src/evaluate/stream.ts";
import { StreamBuilder } from "../../oracle/src/evaluate/stream.ts";
import { DAY, LABEL_DELAY } from "../../oracle/src/facts/context.ts";
import type { FactDefinition } from "../../oracle/src/facts/definition.ts";
import { fact, NONE } from "../../oracle/src/facts/definition.ts";
import type { FactSchema } from "../../oracle/src/facts/schema.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const text = {
  source: "payee",
  window: "all history",
  unit: "payments",
  description: "x.",
  phrase: "X",
  worse: "high",
} as const;

/** No other fact counts as one from labels. Slot 20: how many known frauds the payee has; slot 21: whole days since the newest, 100 without one. */
const LABEL_FACTS: readonly FactDefinition[] = [
  fact({ ...text, name: "knownFrauds", fromLabels: true }, (c) => c.views.payee.knownFrauds(0, c.now + 1)),
  fact({ ...text, name: "daysSinceFraud", fromLabels: true }, (c) => {
    const [newest] = c.views.payee.newestKnownFrauds(c.now + 1, 1);
    return newest === undefined ? NONE : Math.floor((c.now - newest.time) / DAY);
  }),
];

const SCHEMA: FactSchema = {
  hash: "0x",
  slots: PAYMENT_SCHEMA.slots.map((slot, index) =>
    index === 20 || index === 21 ? { fact: "own", num: 1, den: 1, offset: 5, none: 100 } : slot,
  ),
  definitions: PAYMENT_SCHEMA.definitions.map(
    (definition, index) => LABEL_FACTS[index - 20] ?? { ...definition, fromLabels: false },
  ),
};

function streamOf(rows: readonly Partial<StreamRow>[]): PaymentStream {
  const builder = new StreamBuilder();
  for (const row of rows) builder.add({ time: 0, micro: 5_000_000, payer: "a", payee: "shop", fraud: false, ...row });
  return builder.finish();
}

function randomStream(count: number, seed: number): PaymentStream {
  const random = mulberry32(seed);
  return streamOf(
    Array.from({ length: count }, (_, index) => ({
      time: index * 3_600 + Math.floor(3_000 * random()),
      micro: 1 + Math.floor(1e8 * random()),
      payer: `c${Math.floor(20 * random())}`,
      payee: `t${Math.floor(10 * random())}`,
      fraud: random() < 0.2,
    })),
  );
}

const bytes = (rows: readonly { facts: Int8Array }[]): number[][] => rows.map((row) => Array.from(row.facts));

describe("examples of a labelled stream", () => {
  it("a label enters seven days after its payment, to the second", () => {
    const first = { fraud: true, payer: "b" };
    const stream = streamOf([first, { time: LABEL_DELAY - 1 }, { time: LABEL_DELAY }, { time: LABEL_DELAY + 2 * DAY }]);
    const rows = exampleRows(stream, SCHEMA, 0, LABEL_DELAY + 3 * DAY);
    expect(rows.map(({ facts }) => [facts[20], facts[21]])).to.deep.equal([
      [5, 100],
      [5, 100],
      [6, 12],
      [6, 14],
    ]);
  });

  it("carry who, when, how much, the label, and the number of the payment to its payee", () => {
    const stream = streamOf([
      { time: 10, payer: "a", payee: "s" },
      { time: 20, payer: "b", payee: "t" },
      { time: 30, payer: "b", payee: "s", micro: 7, fraud: true, scenario: "theft" },
    ]);
    const rows = exampleRows(stream, SCHEMA, 20, 31);
    expect(rows.map(({ facts: _, ...rest }) => rest)).to.deep.equal([
      { id: "p1", group: "b", time: 20, micro: 5_000_000, illicit: false, paymentNumber: 1 },
      { id: "p2", group: "b", time: 30, micro: 7, illicit: true, paymentNumber: 2, scenario: "theft" },
    ]);
  });

  it("do not depend on what comes later, nor on where the period begins (seed 5)", () => {
    const stream = randomStream(400, 5);
    const [from, middle, end] = [100 * 3_600, 250 * 3_600, 400 * 3_600];
    const whole = exampleRows(stream, SCHEMA, from, end);
    const early = exampleRows(stream, SCHEMA, from, middle);
    const late = exampleRows(stream, SCHEMA, middle, end);
    expect(bytes([...early, ...late])).to.deep.equal(bytes(whole));
    expect(bytes(whole).some((facts) => (facts[20] ?? 0) > 5)).to.equal(true);
  });

  it("take no fact from labels that are not yet known: late labels inverted give the same bytes (seed 6)", () => {
    const stream = randomStream(150, 6);
    const inverted = { ...stream, fraud: stream.fraud.map((flag) => 1 - flag) };
    const end = (stream.time[0] ?? 0) + LABEL_DELAY;
    const known = exampleRows(stream, SCHEMA, 0, end);
    expect(bytes(exampleRows(inverted, SCHEMA, 0, end))).to.deep.equal(bytes(known));
  });

  it("refuse a period without payments", () => {
    expect(() => exampleRows(streamOf([{}]), SCHEMA, 5, 9)).to.throw(EvaluateError, "no payment in seconds 5 to 9");
  });
});

describe("the first day", () => {
  it("touches exactly the facts that come from labels, with the bytes of an empty history", () => {
    const slots = labelSlots(SCHEMA);
    expect([...slots]).to.deep.equal([
      [20, 5],
      [21, 100],
    ]);
    const facts = Int8Array.from({ length: 32 }, (_, index) => index - 9);
    const zeroed = withoutLabels(slots, facts);
    const changed = Array.from(facts.keys()).filter((index) => zeroed[index] !== facts[index]);
    expect(changed).to.deep.equal([20, 21]);
    expect(facts[20]).to.equal(11);
  });

  it("equals the facts of the same stream without a single label (seed 7)", () => {
    const stream = randomStream(400, 7);
    const unlabelled = { ...stream, fraud: new Uint8Array(stream.length) };
    const slots = labelSlots(SCHEMA);
    const zeroed = exampleRows(stream, SCHEMA, 0, 400 * 3_600).map((row) => ({
      facts: withoutLabels(slots, row.facts),
    }));
    expect(bytes(zeroed)).to.deep.equal(bytes(exampleRows(unlabelled, SCHEMA, 0, 400 * 3_600)));
  });

  it("changes nothing under a schema without such facts", () => {
    const none = { ...SCHEMA, definitions: SCHEMA.definitions.map((one) => ({ ...one, fromLabels: false })) };
    expect(labelSlots(none).size).to.equal(0);
  });
});
