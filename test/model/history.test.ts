import { expect } from "chai";

import { CATALOGUE } from "../../oracle/src/facts/catalogue.ts";
import type { AsOf, FactPayment } from "../../oracle/src/facts/context.ts";
import { factContext } from "../../oracle/src/facts/context.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import type { AuthorizedEvent, HistoryEvent } from "../../oracle/src/facts/history.ts";
import { History, HistoryError } from "../../oracle/src/facts/history.ts";
import { PAYMENT_SCHEMA, quantise } from "../../oracle/src/facts/schema.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { habitEvents, historyOf, pick, randomAsOf, randomEvents, randomPayment } from "./randomHistory.ts";
import { slowFacts } from "./slowFacts.ts";
import { slowQuestion } from "./slowQuestion.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 20_171);
const ROUNDS = Number(process.env.SLUICE_FUZZ_ROUNDS ?? 40);

function expectSame(history: History, events: HistoryEvent[], payment: FactPayment, asOf: AsOf, note: string): void {
  const slow = slowFacts(slowQuestion(payment, events, asOf));
  const context = factContext(payment, history.viewOf(payment, asOf.block), asOf.timestamp);
  for (const definition of CATALOGUE) {
    if (definition.source === "account") continue;
    expect(definition.compute(context), `${definition.name}, ${note}`).to.equal(slow[definition.name]);
  }
  const bytes = PAYMENT_SCHEMA.slots.map((slot, index) => (index < 3 ? 0 : quantise(slot, slow[slot.fact] ?? "none")));
  expect(Array.from(computeFacts(PAYMENT_SCHEMA, payment, history, asOf)), note).to.deep.equal(bytes);
}

function event(changes: Partial<AuthorizedEvent> = {}): AuthorizedEvent {
  const parties = { payer: "alice", payee: "shop", token: "t", micro: 1_000_000 };
  return { kind: "authorized", id: "p1", ...parties, block: 5, logIndex: 2, time: 100, ...changes };
}

describe("history", () => {
  it("gives the facts that a recomputation from the bare list gives, for any payment as of any block", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + round);
      const events = randomEvents(random, 60);
      const history = historyOf(events);
      for (let question = 0; question < 15; question++) {
        const payment = randomPayment(random, events);
        expectSame(history, events, payment, randomAsOf(random, events), `seed ${SEED + round}, question ${question}`);
      }
    }
  });

  it("takes a charge, whose authorization and capture are one log, and nothing else twice from one log", () => {
    const history = new History();
    history.append(event());
    history.append({ kind: "captured", id: "p1", micro: 1_000_000, block: 5, logIndex: 2, time: 100 });
    expect(history.size).to.equal(2);
    const again = { kind: "captured", id: "p1", micro: 1, block: 5, logIndex: 2, time: 100 } as const;
    expect(() => history.append(again)).to.throw(HistoryError);
    history.append(event({ id: "p2", logIndex: 3 }));
    expect(() => history.append({ ...again, logIndex: 3 })).to.throw(HistoryError);
  });

  it("gives the same facts where every window is full, and in long runs of known frauds", () => {
    for (let round = 0; round < Math.ceil(ROUNDS / 10); round++) {
      const random = mulberry32(SEED + 2_000 + round);
      const events = habitEvents(random, 900);
      const history = historyOf(events);
      const payments = events.filter((one) => one.kind === "authorized");
      for (let question = 0; question < 12; question++) {
        const { block, time } = pick(random, events.slice(question < 9 ? -400 : 0));
        const payment = { ...pick(random, payments), ...(question % 3 === 0 ? { id: "new" } : {}) };
        const note = `seed ${SEED + 2_000 + round}, question ${question}`;
        expectSame(history, events, payment, { block, timestamp: time + Math.floor(random() * 20) * 43_200 }, note);
      }
    }
  });

  it("is after a rollback what it would be had the dropped blocks never been", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + 1_000 + round);
      const events = randomEvents(random, 50);
      const history = historyOf(events);
      const fork = pick(random, events);
      history.rollbackTo(fork.block);
      const kept = events.filter((one) => one.block <= fork.block);
      const ids = kept.filter((one) => one.kind === "authorized").map((one) => one.id);
      const branch = randomEvents(random, 20, { block: fork.block, time: fork.time, id: 1_000 }, ids);
      for (const one of branch) history.append(one);
      const all = [...kept, ...branch];
      expect(history.size).to.equal(all.length);
      for (let question = 0; question < 10; question++) {
        expectSame(
          history,
          all,
          randomPayment(random, [...all, ...events]),
          randomAsOf(random, all),
          `seed ${SEED + 1_000 + round}`,
        );
      }
    }
  });

  it("leaves the payment itself out, so that its facts are the same before and after its authorization", () => {
    const random = mulberry32(SEED);
    const events = randomEvents(random, 40);
    const history = historyOf(events);
    const last = events.at(-1);
    if (last === undefined) throw new Error("no events");
    const { block, time, logIndex } = last;
    const own = event({ id: "own", micro: 5_000_000, block, time, logIndex: logIndex + 1 });
    const asOf = { block, timestamp: time };
    const before = computeFacts(PAYMENT_SCHEMA, own, history, asOf);
    history.append(own);
    expect(computeFacts(PAYMENT_SCHEMA, own, history, asOf)).to.deep.equal(before);
  });

  it("counts other authorizations of the asOf block, also those with a later log index", () => {
    const own = event({ id: "own", logIndex: 0 });
    const history = historyOf([own, event({ id: "later", logIndex: 1, payer: "bob" })]);
    const context = factContext(own, history.viewOf(own, own.block), own.time);
    expect(context.recent.map((entry) => history.idOf(entry))).to.deep.equal(["later"]);
  });

  it("knows an account without payments as a valid, empty history", () => {
    const facts = computeFacts(PAYMENT_SCHEMA, event(), new History(), { block: 0, timestamp: 0 });
    expect(facts).to.have.length(32);
    expect(facts[PAYMENT_SCHEMA.slots.findIndex((slot) => slot.fact === "payeeAgeSlow")]).to.equal(-128);
    expect(facts[PAYMENT_SCHEMA.slots.findIndex((slot) => slot.fact === "payeeRecentCount")]).to.equal(0);
  });

  it("takes no trace of dust: a thousand payments below the floor change no fact", () => {
    const payment = event({ id: "judged", block: 2_000, time: 5_000 });
    const asOf = { block: 2_000, timestamp: 5_000 };
    const clean = computeFacts(PAYMENT_SCHEMA, payment, historyOf([event()]), asOf);
    const dust = Array.from({ length: 1_000 }, (_, index) =>
      event({ id: `d${index}`, payer: `tainted${index}`, micro: 999, block: 10 + index, time: 200 + index }),
    );
    expect(computeFacts(PAYMENT_SCHEMA, payment, historyOf([event(), ...dust]), asOf)).to.deep.equal(clean);
  });

  it("refuses events out of order, repeated, or with a time that contradicts the block", () => {
    const history = historyOf([event()]);
    expect(() => history.append(event({ id: "p2" }))).to.throw(HistoryError, "event at (5, 2) follows one at (5, 2)");
    expect(() => history.append(event({ id: "p2", block: 4, logIndex: 9 }))).to.throw(HistoryError, "(4, 9) follows");
    expect(() => history.append(event({ block: 6 }))).to.throw(HistoryError, "p1 was authorized before");
    expect(() => history.append(event({ id: "p2", logIndex: 3, time: 101 }))).to.throw(HistoryError, "contradicts");
    expect(() => history.append(event({ id: "p2", block: 6, time: 99 }))).to.throw(HistoryError, "contradicts");
    expect(() => history.append(event({ id: "p2", block: 6, micro: 2 ** 48 }))).to.throw(HistoryError, "outside");
    expect(history.size).to.equal(1);
  });

  it("takes a payment again after the block that held it was rolled back", () => {
    const history = historyOf([event()]);
    history.rollbackTo(4);
    expect(history.size).to.equal(0);
    history.append(event({ block: 6, time: 120 }));
    expect(history.size).to.equal(1);
  });
});
