import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { History } from "../../oracle/src/facts/history.ts";
import type { FactSchema } from "../../oracle/src/facts/schema.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const ACCOUNT = `0x${"aa".repeat(20)}`;
const PAYERS = 20_000;
const QUESTIONS = 2_000;
const ROUNDS = 15;

/** What one question about an account costs, and what its history holds. */
export interface AccountCost {
  readonly events: number;
  /** CPU microseconds of 32 facts, the best of some rounds. */
  readonly microseconds: number;
}

const hex = (prefix: string, number: number, bytes: number): string =>
  `0x${prefix}${number.toString(16).padStart(2 * bytes - prefix.length, "0")}`;

/** An account that has been paid so many times, a payment each second block, half of it by few payers. */
function historyOf(events: number, seed: number): { history: History; block: number; time: number } {
  const random = mulberry32(seed);
  const history = new History();
  for (let index = 0; index < events / 2; index++) {
    const payer = hex("bb", Math.floor(random() ** 3 * PAYERS), 20);
    const micro = Math.floor(10_000 * 2 ** (16 * random()));
    const place = { block: 2 * index, time: 1_000_000 + 24 * index };
    const id = hex("cc", index, 32);
    history.append({ kind: "authorized", id, payer, payee: ACCOUNT, token: "0x01", micro, ...place, logIndex: 0 });
    history.append({ kind: "captured", id, micro, ...place, logIndex: 1 });
  }
  return { history, block: events, time: 1_000_000 + 12 * events };
}

/** The cost of facts about a payment to an account with so many events behind it. */
export function accountCost(schema: FactSchema, events: number, seed: number): AccountCost {
  const { history, block, time } = historyOf(events, seed);
  const at = { block, timestamp: time };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    for (let question = 0; question < QUESTIONS; question++) {
      const payment = { id: hex("dd", question, 32), payer: hex("bb", question, 20), payee: ACCOUNT, micro: 25_000 };
      computeFacts(schema, payment, history, at);
    }
    const { user, system } = process.cpuUsage(cpu);
    best = Math.min(best, (user + system) / QUESTIONS);
  }
  return { events, microseconds: best };
}
