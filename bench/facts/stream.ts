import { LABEL_DELAY } from "../../oracle/src/facts/context.ts";
import type { EventPlace, HistoryEvent } from "../../oracle/src/facts/history.ts";
import type { PaymentStream } from "../../oracle/src/evaluate/stream.ts";
import { mulberry32, type Random } from "../../oracle/src/train/random.ts";

const DAY = 86_400;
const BLOCK_SECONDS = 12;
/** One payment in how many is dust, goes to the whale payee, comes from the whale payer, and what follows it. */
const ONE_IN = { dust: 10, toWhale: 8, fromWhale: 20, refund: 50, fraud: 200, list: 20_000, newAccount: 6 };

function hex(random: Random, bytes: number): string {
  let digits = "";
  while (digits.length < 2 * bytes) {
    digits += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
  return `0x${digits.slice(0, 2 * bytes)}`;
}

/** Something to happen later, without its place. */
type Later = (place: EventPlace) => HistoryEvent;

/** What is to happen later, by the day it is due; within a day in the order it was noted. */
class Agenda {
  readonly #days = new Map<number, Later[]>();
  #day = 0;

  add(time: number, later: Later): void {
    const day = Math.floor(time / DAY);
    const known = this.#days.get(day);
    if (known === undefined) this.#days.set(day, [later]);
    else known.push(later);
  }

  /** Takes out all that is due on the days before a time. */
  *due(time: number): Generator<Later> {
    for (const today = Math.floor(time / DAY); this.#day < today; this.#day++) {
      yield* this.#days.get(this.#day) ?? [];
      this.#days.delete(this.#day);
    }
  }
}

/** Blocks follow each other at least 12 seconds apart; what happens in between shares one. */
class Clock {
  time = 0;
  #block = 0;
  #logIndex = 0;

  moveTo(time: number): void {
    if (time - this.time < BLOCK_SECONDS) return;
    this.time = time;
    this.#block += 1;
    this.#logIndex = 0;
  }

  place(): EventPlace {
    return { block: this.#block, logIndex: this.#logIndex++, time: this.time };
  }
}

/** Accounts of the synthetic stream: the first are old and busy, others come and go. */
class Crowd {
  readonly #accounts: string[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    for (let index = 0; index < 100; index++) this.#accounts.push(hex(random, 20));
  }

  whale(index: number): string {
    return this.#accounts[index] ?? "0x00";
  }

  anybody(): string {
    if (this.#random() * ONE_IN.newAccount < 1) this.#accounts.push(hex(this.#random, 20));
    // The square favours the old accounts.
    return this.whale(Math.floor(this.#random() ** 2 * this.#accounts.length));
  }
}

function foresee(agenda: Agenda, id: string, micro: number, time: number, random: Random): void {
  agenda.add(time + DAY, (place) => ({ kind: "captured", id, micro, ...place }));
  if (random() * ONE_IN.refund < 1) {
    const reasonCode = random() < 0.25 ? 1 : 0;
    agenda.add(time + 5 * DAY, (place) => ({ kind: "refunded", id, micro, reasonCode, ...place }));
  }
  if (random() * ONE_IN.fraud < 1) agenda.add(time + LABEL_DELAY, (place) => ({ kind: "labelled", id, ...place }));
}

/**
 * An endless stream of payments, one in 20 seconds: few accounts with very many payments, many with few, dust, and what
 * follows a payment: captures, refunds, labels and list entries.
 */
export function* syntheticStream(seed: number): Generator<HistoryEvent> {
  const random = mulberry32(seed);
  const crowd = new Crowd(random);
  const agenda = new Agenda();
  const clock = new Clock();
  for (let now = 0; ; now += Math.floor(random() * 40)) {
    clock.moveTo(now);
    for (const later of agenda.due(clock.time)) yield later(clock.place());
    const payee = random() * ONE_IN.toWhale < 1 ? crowd.whale(0) : crowd.anybody();
    const payer = random() * ONE_IN.fromWhale < 1 ? crowd.whale(1) : crowd.anybody();
    const dust = random() * ONE_IN.dust < 1;
    const micro = dust ? Math.floor(random() * 1_000) : Math.floor(10_000 * 2 ** (20 * random()));
    const id = hex(random, 32);
    yield { kind: "authorized", id, payer, payee, token: "0x01", micro, ...clock.place() };
    foresee(agenda, id, micro, clock.time, random);
    if (random() * ONE_IN.list < 1) {
      yield { kind: "listed", list: "reported", entries: [crowd.anybody()], ...clock.place() };
    }
  }
}

function numbered(prefix: string, number: number, bytes: number): string {
  return `0x${prefix}${number.toString(16).padStart(2 * bytes - prefix.length, "0")}`;
}

/** Payments of a data set with its frauds as labels, which arrive seven days later. */
export function* recordedStream(stream: PaymentStream): Generator<HistoryEvent> {
  const agenda = new Agenda();
  const clock = new Clock();
  for (let at = 0; at < stream.length; at++) {
    clock.moveTo(stream.time[at] ?? 0);
    for (const later of agenda.due(clock.time)) yield later(clock.place());
    const id = numbered("cc", at, 32);
    const payer = numbered("aa", stream.payer[at] ?? 0, 20);
    const payee = numbered("bb", stream.payee[at] ?? 0, 20);
    const micro = stream.micro[at] ?? 0;
    yield { kind: "authorized", id, payer, payee, token: "0x01", micro, ...clock.place() };
    if (stream.fraud[at] === 1) {
      agenda.add(clock.time + LABEL_DELAY, (place) => ({ kind: "labelled", id, ...place }));
    }
  }
}
