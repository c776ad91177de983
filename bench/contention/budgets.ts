/** How many lanes, and over how many of them each merchant's payments spread. */
export type Setting = { readonly lanes: number; readonly width: "w1" | "wK" };

/** Captures come in turn, each merchant's one after the other's, and once more with the money pushed in a random order. */
export type Operation = "authorize" | "capturePushed" | "capturePushedShuffled" | "captureCredited";

export const SETTINGS: readonly Setting[] = [
  { lanes: 1, width: "w1" },
  { lanes: 16, width: "w1" },
  { lanes: 16, width: "wK" },
  { lanes: 64, width: "w1" },
  { lanes: 64, width: "wK" },
];

/**
 * Longest chains that are accepted, in transactions, as medians over the draws. The row of 64 lanes and full width is the
 * published goal; the others, and the random order, keep what was reached, so that a new shared slot is noticed.
 */
export const BUDGETS: Readonly<Record<string, Readonly<Record<Operation, number>>>> = {
  "k1.w1": { authorize: 60, capturePushed: 60, capturePushedShuffled: 60, captureCredited: 60 },
  "k16.w1": { authorize: 18, capturePushed: 18, capturePushedShuffled: 18, captureCredited: 18 },
  "k16.wK": { authorize: 9, capturePushed: 24, capturePushedShuffled: 24, captureCredited: 9 },
  "k64.w1": { authorize: 12, capturePushed: 12, capturePushedShuffled: 12, captureCredited: 12 },
  "k64.wK": { authorize: 5, capturePushed: 8, capturePushedShuffled: 10, captureCredited: 4 },
};
