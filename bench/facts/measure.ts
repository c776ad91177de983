import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { History, type HistoryEvent } from "../../oracle/src/facts/history.ts";
import type { FactSchema } from "../../oracle/src/facts/schema.ts";

/** Payments in a slice. */
export const SLICE = 100_000;

/** What one slice of payments cost. */
export interface SliceCost {
  /** Payments up to and including the slice. */
  readonly payments: number;
  /** Events of the slice, payments included. */
  readonly events: number;
  /** CPU seconds of the process, garbage collection included. */
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly rssMiB: number;
}

/** Payments whose events are made at once: so few that they hardly count in the memory. */
const BATCH = 5_000;

function nextBatch(stream: Iterator<HistoryEvent>): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (let payments = 0; payments < BATCH;) {
    const { value, done } = stream.next();
    if (done === true) break;
    events.push(value);
    if (value.kind === "authorized") payments += 1;
  }
  return events;
}

/** Folds events and computes the facts of each payment among them; making the events is not timed. */
function fold(history: History, schema: FactSchema, events: readonly HistoryEvent[]): number {
  let payments = 0;
  for (const event of events) {
    history.append(event);
    if (event.kind !== "authorized") continue;
    computeFacts(schema, event, history, { block: event.block, timestamp: event.time });
    payments += 1;
  }
  return payments;
}

/** The cost of slice after slice of one history. The last may be shorter where the stream ends. */
export function* costs(schema: FactSchema, stream: Iterator<HistoryEvent>, slices: number): Generator<SliceCost> {
  const history = new History();
  let payments = 0;
  for (let slice = 0; slice < slices; slice++) {
    const cost = { events: 0, cpuSeconds: 0, seconds: 0 };
    for (let batch = 0; batch < SLICE / BATCH; batch++) {
      const events = nextBatch(stream);
      const [cpu, start] = [process.cpuUsage(), performance.now()];
      payments += fold(history, schema, events);
      cost.seconds += (performance.now() - start) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      cost.cpuSeconds += (user + system) / 1e6;
      cost.events += events.length;
    }
    if (cost.events === 0) return;
    yield { payments, ...cost, rssMiB: process.memoryUsage.rss() / 2 ** 20 };
  }
}
