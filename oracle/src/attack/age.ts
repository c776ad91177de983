import { medianOf } from "./frame.ts";
import type { Deed } from "./stream.ts";

/** How an illicit account makes itself look old before its first victim pays. */
export interface Ageing {
  /** Payments to itself; each turns over the median of what it will take. */
  readonly payments: number;
  readonly daysBetween: number;
  /** Own payers: one who comes back, or a new one for each payment. */
  readonly payers: "one" | "new";
}

const DAY = 86_400;

/** Curves of the card: payments to oneself, a day or a week apart. */
export const AGEINGS: readonly Ageing[] = [1, 7].flatMap((daysBetween) =>
  [1, 3, 5, 10, 20].flatMap((payments) =>
    (["one", "new"] as const).map((payers) => ({ payments, daysBetween, payers })),
  ),
);

/** The stream with the account's own payments before it. Times may be negative on the way; they are moved to begin at zero. */
export function aged(stream: readonly Deed[], ageing: Ageing): Deed[] {
  const span = ageing.payments * ageing.daysBetween * DAY;
  const micro = medianOf(stream);
  const own = Array.from({ length: ageing.payments }, (_, index) => ({
    payer: ageing.payers === "one" ? "own" : `own ${index}`,
    micro,
    time: index * ageing.daysBetween * DAY,
  }));
  return [...own, ...stream.map((deed) => ({ ...deed, time: deed.time + span }))];
}
