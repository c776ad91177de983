import { expect } from "chai";

import { ruleReasons, type RuleSettings } from "../../oracle/src/compliance/rules.ts";
import { History } from "../../oracle/src/facts/history.ts";

const UNIT = 1_000_000;
const HOUR = 3_600;
const START = 1_700_000_000;

/** What happens, hours after the start: amounts in units; `captured` names the payment by its place, from 0. */
type Step = { at: number; from: string; to: string; amount: number } | { at: number; captured: number; amount: number };

interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Which payment is looked at, by its place. */
  readonly payment: number;
  /** Hours after the start at which it is looked at; after everything unless said otherwise. */
  readonly asOf?: number;
  /** Code, side and the places of the payments it rests on. */
  readonly found: readonly (readonly [string, string, readonly number[]])[];
}

const RULES: RuleSettings = { structuringThreshold: 10_000 * UNIT, rapidMovementFloor: 100 * UNIT };
const pays = (at: number, from: string, to: string, amount: number): Step => ({ at, from, to, amount });
const captures = (at: number, captured: number, amount: number): Step => ({ at, captured, amount });

function look({ steps, payment, asOf }: Row, settings: RuleSettings) {
  const history = new History();
  const payments: { id: string; payer: string; payee: string; time: number; block: number }[] = [];
  steps.forEach((step, index) => {
    const place = { block: index + 1, logIndex: 0, time: START + Math.round(step.at * HOUR) };
    const micro = Math.round(step.amount * UNIT);
    if ("captured" in step) {
      history.append({ kind: "captured", id: `p${step.captured}`, micro, ...place });
      return;
    }
    const [id, payer, payee] = [`p${payments.length}`, step.from, step.to];
    payments.push({ id, payer, payee, time: place.time, block: place.block });
    history.append({ kind: "authorized", id, payer, payee, token: "t", micro, ...place });
  });
  const until = asOf === undefined ? Infinity : START + asOf * HOUR;
  const block = steps.filter(({ at }) => START + at * HOUR <= until).length;
  const last = START + (asOf ?? steps.at(-1)?.at ?? 0) * HOUR;
  const judged = payments[payment]!;
  return ruleReasons({ history, payment: judged, asOf: { block, timestamp: last } }, settings);
}

const STRUCTURED = [pays(0, "a", "x", 9_000), pays(5, "a", "y", 8_000), pays(20, "a", "z", 9_999.999999)];
const THROUGH = [pays(0, "a", "m", 1_000), captures(1, 0, 1_000), pays(3, "m", "x", 500), pays(6, "m", "y", 300)];

const TABLE: readonly Row[] = [
  {
    name: "three payments of a payer just below the threshold in a day",
    steps: STRUCTURED,
    payment: 0,
    found: [["STRUCTURING", "payer", [0, 1, 2]]],
  },
  { name: "two of them", steps: STRUCTURED, payment: 0, asOf: 5, found: [] },
  {
    name: "three to a payee, from three payers",
    steps: [pays(0, "a", "x", 9_000), pays(1, "b", "x", 9_000), pays(2, "c", "x", 9_000)],
    payment: 1,
    found: [["STRUCTURING", "payee", [0, 1, 2]]],
  },
  {
    name: "one of three at the threshold itself",
    steps: [pays(0, "a", "x", 9_000), pays(1, "a", "y", 9_000), pays(2, "a", "z", 10_000)],
    payment: 0,
    found: [],
  },
  {
    name: "one of three below 80 % of it",
    steps: [pays(0, "a", "x", 9_000), pays(1, "a", "y", 9_000), pays(2, "a", "z", 7_999.999999)],
    payment: 0,
    found: [],
  },
  {
    name: "three with a whole day between the first and the last",
    steps: [pays(0, "a", "x", 9_000), pays(1, "a", "y", 9_000), pays(24, "a", "z", 9_000)],
    payment: 1,
    found: [],
  },
  {
    name: "a window that begins after the oldest payment near to this one",
    steps: [pays(0, "a", "x", 9_000), pays(20, "a", "y", 9_000), pays(30, "a", "z", 9_000), pays(40, "a", "w", 9_000)],
    payment: 1,
    found: [["STRUCTURING", "payer", [1, 2, 3]]],
  },
  {
    name: "a payment that is none of them, by the same payer",
    steps: [...STRUCTURED, pays(21, "a", "v", 10)],
    payment: 3,
    found: [],
  },
  {
    name: "an account that pays 80 % of what it received on within six hours, seen from what it received",
    steps: THROUGH,
    payment: 0,
    found: [["RAPID_MOVEMENT", "payee", [0, 1, 2]]],
  },
  {
    name: "the same, seen from what it paid",
    steps: THROUGH,
    payment: 1,
    found: [["RAPID_MOVEMENT", "payer", [0, 1, 2]]],
  },
  { name: "the same, before it paid the rest", steps: THROUGH, payment: 0, asOf: 5, found: [] },
  {
    name: "less than 80 % of it",
    steps: [...THROUGH.slice(0, 3), pays(6, "m", "y", 299.999999)],
    payment: 0,
    found: [],
  },
  {
    name: "the rest after more than six hours",
    steps: [...THROUGH.slice(0, 3), pays(7.001, "m", "y", 300)],
    payment: 0,
    found: [],
  },
  {
    name: "money that was paid before anything was received",
    steps: [pays(0, "m", "x", 900), pays(0.5, "a", "m", 1_000), captures(1, 1, 1_000)],
    payment: 0,
    found: [],
  },
  {
    name: "money that was authorized to the account and never captured",
    steps: [pays(0, "a", "m", 1_000), pays(1, "m", "x", 1_000)],
    payment: 1,
    found: [],
  },
  {
    name: "less than the floor",
    steps: [pays(0, "a", "m", 99), captures(1, 0, 99), pays(2, "m", "x", 99)],
    payment: 0,
    found: [],
  },
];

describe("oracle: rules beside the score", () => {
  for (const row of TABLE) {
    it(`${row.found.length === 0 ? "find nothing in" : "find"} ${row.name}`, () => {
      const found = look(row, RULES).map(({ code, side, payments }) => [code, side, payments]);
      expect(found).to.deep.equal(row.found.map(([code, side, ids]) => [code, side, ids.map((id) => `p${id}`)]));
    });
  }

  it("name whose conduct it is and the sums, in words", () => {
    const [structured] = look(TABLE[0]!, RULES);
    expect(structured?.account).to.equal("a");
    expect(structured?.sentence).to.equal(
      "The payer made 3 payments within 24 hours, each from 8000 to just below 10000 units, together 26999.999999.",
    );
    const [passed] = look(TABLE[8]!, RULES);
    expect(passed?.account).to.equal("m");
    expect(passed?.sentence).to.equal("The payee received 1000 units and paid 800 on within 6 hours.");
  });

  it("say nothing where they are switched off", () => {
    for (const row of TABLE) expect(look(row, { structuringThreshold: 0, rapidMovementFloor: 0 })).to.deep.equal([]);
  });

  it("keep apart by what is known as of a block: a payment that is taken back is no longer found", () => {
    const history = new History();
    [0, 1, 2].forEach((number) => {
      const place = { block: number + 1, logIndex: 0, time: START + number };
      const terms = { id: `p${number}`, payer: "a", payee: "x", token: "t", micro: 9_000 * UNIT };
      history.append({ kind: "authorized", ...terms, ...place });
    });
    const payment = { id: "p0", payer: "a", payee: "x", time: START };
    const asOf = { block: 3, timestamp: START + 2 };
    expect(ruleReasons({ history, payment, asOf }, RULES).map(({ side }) => side)).to.deep.equal(["payer", "payee"]);
    history.rollbackTo(2);
    expect(ruleReasons({ history, payment, asOf }, RULES)).to.deep.equal([]);
  });
});
