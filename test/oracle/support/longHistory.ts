import type { HistoryEvent } from "../../../oracle/src/facts/history.ts";

const TOKEN = `0x${"d1".repeat(20)}`;
export const TOKENS = new Map([[TOKEN, { shift: 12, tokenClass: 0 }]]);

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

/** So many events: payments of many payers to a few payees, each captured. */
export function* longHistory(events: number): Generator<HistoryEvent> {
  for (let index = 0; index < events / 2; index++) {
    const block = 1 + Math.floor(index / 500);
    const at = { block, time: 1_700_000_000 + 12 * block };
    const logIndex = 2 * (index % 500);
    const id = hex(index + 1, 64);
    const parties = { payer: hex(1 + ((index * 7_919) % 20_011), 40), payee: hex(1 + (index % 61), 40), token: TOKEN };
    yield { kind: "authorized", id, ...parties, micro: 1_000 + ((index * 31) % 100_003), logIndex, ...at };
    yield { kind: "captured", id, micro: 1_000, logIndex: logIndex + 1, ...at };
  }
}
