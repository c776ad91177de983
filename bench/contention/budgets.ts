/** How many lanes, and over how many of them each merchant's payments spread. */
export type Setting = { readonly lanes: number; readonly width: "w1" | "wK" };

export type Operation = "authorize" | "capturePushed" | "captureCredited";

export const SETTINGS: readonly Setting[] = [
  { lanes: 1, width: "w1" },
  { lanes: 16, width: "w1" },
  { lanes: 16, width: "wK" },
  { lanes: 64, width: "w1" },
  { lanes: 64, width: "wK" },
];

/**
 * Longest chains that are accepted, in transactions, as medians over the draws. The row of 64 lanes and full width is the
 * published goal; the others keep what was reached, so that a new shared slot is noticed.
 */
export const BUDGETS: Readonly<Record<string, Readonly<Record<Operation, number>>>> = {
  "k1.w1": { authorize: 60, capturePushed: 60, captureCredited: 60 },
  "k16.w1": { authorize: 18, capturePushed: 18, captureCredited: 18 },
  "k16.wK": { authorize: 9, capturePushed: 24, captureCredited: 9 },
  "k64.w1": { authorize: 12, capturePushed: 12, captureCredited: 12 },
  "k64.wK": { authorize: 5, capturePushed: 8, captureCredited: 4 },
};
