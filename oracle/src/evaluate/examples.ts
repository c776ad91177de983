import { LABEL_DELAY } from "../facts/context.ts";
import { completeFacts, computeFacts } from "../facts/facts.ts";
import { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";
import { amountBucket } from "../facts/units.ts";
import { EvaluateError } from "./errors.ts";
import type { PaymentStream } from "./stream.ts";
import { firstAt } from "./stream.ts";
import type { Example } from "./types.ts";

/** How often progress is told, in payments. */
const TELL_EVERY = 50_000;

/** One payment of a stream, as history and facts take it. */
interface Parties {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly micro: number;
}

function partiesAt(stream: PaymentStream, at: number): Parties {
  return {
    id: `p${at}`,
    payer: stream.payers[stream.payer[at] ?? 0] ?? "",
    payee: stream.payees[stream.payee[at] ?? 0] ?? "",
    micro: stream.micro[at] ?? 0,
  };
}

/** A stream's payments and labels as events: every event has a block of its own, a label comes LABEL_DELAY after its payment. */
class Fold {
  readonly history = new History();
  readonly #stream: PaymentStream;
  #block = 0;
  /** Index of the next payment whose label is not yet entered. */
  #unlabelled = 0;

  constructor(stream: PaymentStream) {
    this.#stream = stream;
  }

  /** Enters what is known by the payment's time, then the payment; returns its block. */
  advance(parties: Parties, time: number): number {
    this.#enterLabels(time);
    const block = ++this.#block;
    this.history.append({ kind: "authorized", ...parties, token: "token", block, logIndex: 0, time });
    return block;
  }

  #enterLabels(now: number): void {
    const { time, fraud } = this.#stream;
    for (; ; this.#unlabelled++) {
      const known = (time[this.#unlabelled] ?? Infinity) + LABEL_DELAY;
      if (known > now) return;
      if (fraud[this.#unlabelled] !== 1) continue;
      const id = `p${this.#unlabelled}`;
      this.history.append({ kind: "labelled", id, block: ++this.#block, logIndex: 0, time: known });
    }
  }
}

/**
 * The payments of [fromTime, toTime) with their facts, computed from everything before them: the stream is folded from its
 * first payment, and facts are computed for the period only.
 *
 * @param progress Told now and then how far it is.
 */
export function exampleRows(
  stream: PaymentStream,
  schema: FactSchema,
  fromTime: number,
  toTime: number,
  progress: (line: string) => void = () => {},
): Example[] {
  const [first, end] = [firstAt(stream, fromTime), firstAt(stream, toTime)];
  if (first === end) throw new EvaluateError(`the stream has no payment in seconds ${fromTime} to ${toTime}`);
  const fold = new Fold(stream);
  const received = new Uint32Array(stream.payees.length);
  const rows: Example[] = [];
  for (let at = 0; at < end; at++) {
    const parties = partiesAt(stream, at);
    const time = stream.time[at] ?? 0;
    const block = fold.advance(parties, time);
    const payee = stream.payee[at] ?? 0;
    const paymentNumber = (received[payee] ?? 0) + 1;
    received[payee] = paymentNumber;
    if (at % TELL_EVERY === 0) progress(`facts: payment ${at} of ${end}`);
    if (at < first) continue;
    const signed = computeFacts(schema, parties, fold.history, { block, timestamp: time });
    const facts = completeFacts(signed, { amountBucket: amountBucket(parties.micro), tokenClass: 0, native: false });
    const scenario = stream.scenarios[stream.scenario[at] ?? 0];
    const illicit = stream.fraud[at] === 1;
    const common = { id: parties.id, group: parties.payer, time, micro: parties.micro, facts, illicit, paymentNumber };
    rows.push(scenario === undefined ? common : { ...common, scenario });
  }
  return rows;
}
