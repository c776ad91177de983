import type { FactContext } from "./context.ts";
import { DAY, lgSeconds } from "./context.ts";
import { share128 } from "./integers.ts";
import type { Entry } from "./views.ts";

/** How many of an account's newest transactions in each direction its facts read. */
export const ACCOUNT_WINDOW = 2_000;

/** A share of everything there was. */
const WHOLE = 128;

/** What the facts about an account share: its transactions in both directions, each list oldest first. */
export interface Activity {
  /** Incoming, above zero, without a failure. */
  readonly received: readonly Entry[];
  /** Outgoing, above zero, without a failure. */
  readonly sent: readonly Entry[];
  /** Incoming of any kind. */
  readonly incoming: readonly Entry[];
  /** Outgoing of any kind: calls without value and failures, too. */
  readonly outgoing: readonly Entry[];
  /** Everything, in the order of the chain. */
  readonly all: readonly { readonly entry: Entry; readonly inward: boolean }[];
}

function movesMoney(entry: Entry): boolean {
  return entry.micro > 0 && !entry.failed;
}

function activityOf(incoming: readonly Entry[], outgoing: readonly Entry[]): Activity {
  const all = [
    ...incoming.map((entry) => ({ entry, inward: true })),
    ...outgoing.map((entry) => ({ entry, inward: false })),
  ].sort((a, b) => a.entry.row - b.entry.row);
  return { received: incoming.filter(movesMoney), sent: outgoing.filter(movesMoney), incoming, outgoing, all };
}

/** The account's newest transactions in both directions, read once. */
export function activity(context: FactContext): Activity {
  return context.once("account/activity", () =>
    activityOf(context.views.payee.recent(ACCOUNT_WINDOW), context.views.payeeOut.recent(ACCOUNT_WINDOW)),
  );
}

/** Seconds from each entry to the next. */
export function pauses(entries: readonly Entry[]): number[] {
  return entries.slice(1).map((entry, index) => entry.time - (entries[index]?.time ?? entry.time));
}

/** Seconds between transactions in either direction. */
export function allPauses(context: FactContext): readonly number[] {
  return context.once("account/pauses", () => pauses(activity(context).all.map(({ entry }) => entry)));
}

/** How many entries each counterparty has. */
export function countsByCounterparty(entries: readonly Entry[]): number[] {
  const counts = new Map<number, number>();
  for (const { counterparty } of entries) counts.set(counterparty, (counts.get(counterparty) ?? 0) + 1);
  return [...counts.values()];
}

/** The same for the received transactions, counted once. */
export function sendersOf(context: FactContext): readonly number[] {
  return context.once("account/senders", () => countsByCounterparty(activity(context).received));
}

/** The same for everything outgoing. */
export function recipientsOf(context: FactContext): readonly number[] {
  return context.once("account/recipients", () => countsByCounterparty(activity(context).outgoing));
}

/** Levels of the received amounts, ascending. */
export function receivedLevels(context: FactContext): readonly number[] {
  return context.once("account/levels", () =>
    activity(context)
      .received.map((entry) => entry.level)
      .sort((a, b) => a - b),
  );
}

/** Levels of the time from a receipt to the next money sent, one for each time money went out after it had come in. */
export function holdingLevels(context: FactContext): readonly number[] {
  return context.once("account/holding", () => {
    const levels: number[] = [];
    let since: number | undefined;
    for (const { entry, inward } of activity(context).all) {
      if (!movesMoney(entry)) continue;
      if (inward) since = entry.time;
      else if (since !== undefined) {
        levels.push(lgSeconds(entry.time - since));
        since = undefined;
      }
    }
    return levels;
  });
}

/**
 * For each amount sent its share in what the account had left, in 128ths. What an account holds is what it received less what
 * it sent, never below nothing; money from nothing counts as all there was.
 */
export function drains(context: FactContext): readonly number[] {
  return context.once("account/drains", () => {
    const shares: number[] = [];
    let held = 0;
    for (const { entry, inward } of activity(context).all) {
      if (!movesMoney(entry)) continue;
      if (inward) {
        held = Math.min(Number.MAX_SAFE_INTEGER, held + entry.micro);
        continue;
      }
      shares.push(entry.micro >= held ? WHOLE : share128(entry.micro, held));
      held = Math.max(0, held - entry.micro);
    }
    return shares;
  });
}

/** Received transactions in the fullest day: the 24 hours that end with one of them. */
export function fullestDay(received: readonly Entry[]): number {
  let most = 0;
  let from = 0;
  received.forEach((entry, index) => {
    while ((received[from]?.time ?? entry.time) <= entry.time - DAY) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** Time of the account's first transaction, in either direction. */
export function beginning(context: FactContext): number | undefined {
  const times = [context.views.payee.first(), context.views.payeeOut.first()].flatMap((entry) => entry?.time ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
