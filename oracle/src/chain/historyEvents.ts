import type { AuthorizedEvent, EventPlace, HistoryEvent, ListName } from "../facts/history.ts";
import type { HistoryEventRow, HistoryPayment } from "../store/schema.ts";

/** Kinds of stored events that history is folded from, beside the payments. */
export const HISTORY_KINDS = ["captured", "refunded", "ruled", "listBatch"] as const;

/** Lists in the order of the contract's enumeration. */
const LISTS: readonly ListName[] = ["sanctioned", "reported", "fraud"];

/** What an event is read with: what is known about the payment it names. */
export interface Known {
  /** Amount of the payment's token, decimal, in micro-units. */
  readonly microOf: (id: string, amount: string) => number;
  /** Who may rule on the payment, undefined where nobody may. Lower-case. */
  readonly arbiterOf: (id: string) => string | undefined;
}

/** A payment as history takes it. */
export function authorizedEvent(row: Omit<HistoryPayment, "arbiter">, micro: number): AuthorizedEvent {
  const { id, payer, payee, token, block, timestamp } = row;
  return { kind: "authorized", id, payer, payee, token, micro, block, logIndex: row.log_index, time: timestamp };
}

function text(body: object, name: string): string {
  const value: unknown = Reflect.get(body, name);
  if (typeof value !== "string") throw new RangeError(`${name} is no text in a stored event`);
  return value;
}

function listEvent(body: object, place: EventPlace): HistoryEvent {
  const list = LISTS[Number(text(body, "kind"))];
  const entries: unknown = Reflect.get(body, "entries");
  if (list === undefined || !Array.isArray(entries)) throw new RangeError("a stored list batch cannot be read");
  // Accounts stand in the batch as 32-byte numbers.
  const names = entries.map((entry) => (list === "fraud" ? String(entry) : `0x${String(entry).slice(-40)}`));
  return { kind: Reflect.get(body, "removal") === true ? "unlisted" : "listed", list, entries: names, ...place };
}

/**
 * A stored event as history takes it, undefined for one that history does not know. The escrow says `Ruled` also where a side
 * gives in or somebody executes the default split: only the arbiter's own word is a ruling.
 */
export function historyEvent(
  row: HistoryEventRow,
  time: number,
  { microOf, arbiterOf }: Known,
): HistoryEvent | undefined {
  const place = { block: row.block, logIndex: row.log_index, time };
  const id = row.subject;
  if (row.kind === "captured" && row.amount !== undefined) {
    return { kind: "captured", id, micro: microOf(id, row.amount), ...place };
  }
  const body: unknown = JSON.parse(row.body);
  if (typeof body !== "object" || body === null) throw new RangeError("a stored event has no body");
  const micro = (name: string): number => microOf(id, text(body, name));
  switch (row.kind) {
    case "captured":
      return { kind: "captured", id, micro: micro("amount"), ...place };
    case "refunded":
      return { kind: "refunded", id, micro: micro("amount"), reasonCode: reasonCode(body), ...place };
    case "ruled":
      if (text(body, "by").toLowerCase() !== arbiterOf(id)) return undefined;
      return { kind: "ruled", id, toPayee: micro("toPayee"), toPayer: micro("toPayer"), ...place };
    case "listBatch":
      return listEvent(body, place);
    default:
      return undefined;
  }
}

/** 0, no reason, where the event carries none. */
function reasonCode(body: object): number {
  const code: unknown = Reflect.get(body, "reasonCode");
  return typeof code === "string" ? Number(code) : 0;
}
