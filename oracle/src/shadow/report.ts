import { canonicalHash } from "../canonicalJson.ts";

export type BandName = "Allow" | "Hold" | "Block";
export const BAND_NAMES: readonly BandName[] = ["Allow", "Hold", "Block"];

/** What judges, as far as bands depend on it. */
export interface Judge {
  readonly epoch: string;
  readonly modelHash: string;
  readonly holdAt: number;
  readonly blockAt: number;
  readonly auditShare: number;
}

/** One payment under both. Amounts are decimal text in the token's smallest unit, addresses lower-case. */
export interface ShadowRow {
  readonly payment: string;
  readonly block: number;
  readonly merchant: string;
  readonly token: string;
  readonly amount: string;
  readonly asOf: number;
  readonly now: { readonly score: number; readonly band: BandName };
  readonly proposed: { readonly score: number; readonly band: BandName };
}

/** Everything the hash is about: whoever reads the same blocks finds the same, byte by byte. */
export interface ShadowFindings {
  readonly version: 1;
  readonly chainId: number;
  readonly gate: string;
  readonly escrow: string;
  readonly lists: string | null;
  readonly from: number;
  readonly to: number;
  readonly toHash: string;
  readonly now: Judge;
  readonly proposed: Judge;
  readonly rows: readonly ShadowRow[];
}

/** Payments that would move from one band to another. Money by token. */
export interface Shift {
  readonly now: BandName;
  readonly proposed: BandName;
  readonly payments: number;
  readonly amounts: Readonly<Record<string, bigint>>;
}

/** What a merchant's payments would do otherwise. */
export interface MerchantShift extends Shift {
  readonly merchant: string;
}

/** keccak256 of the findings as JSON without white space, the keys of every object in alphabetical order. */
export function hashOf(findings: ShadowFindings): string {
  return canonicalHash(findings);
}

function addTo(shifts: Map<string, MerchantShift>, key: string, merchant: string, row: ShadowRow): void {
  const { token, amount, now, proposed } = row;
  const known = shifts.get(key);
  const amounts = known?.amounts ?? {};
  shifts.set(key, {
    ...{ merchant, now: now.band, proposed: proposed.band, payments: (known?.payments ?? 0) + 1 },
    amounts: { ...amounts, [token]: (amounts[token] ?? 0n) + BigInt(amount) },
  });
}

/** Bands now and then, whatever the merchant; the pairs in which nothing moves included. */
export function shiftsOf(rows: readonly ShadowRow[]): Shift[] {
  const shifts = new Map<string, MerchantShift>();
  for (const row of rows) addTo(shifts, `${row.now.band} ${row.proposed.band}`, "", row);
  const place = ({ now, proposed }: Shift): number => 3 * BAND_NAMES.indexOf(now) + BAND_NAMES.indexOf(proposed);
  return [...shifts.values()].map(({ merchant: _none, ...shift }) => shift).sort((a, b) => place(a) - place(b));
}

/** The merchants whose payments would move, those with most payments first. */
export function merchantShiftsOf(rows: readonly ShadowRow[]): MerchantShift[] {
  const shifts = new Map<string, MerchantShift>();
  for (const row of rows) {
    if (row.now.band === row.proposed.band) continue;
    addTo(shifts, `${row.merchant} ${row.now.band} ${row.proposed.band}`, row.merchant, row);
  }
  return [...shifts.values()].sort((a, b) => b.payments - a.payments || (a.merchant < b.merchant ? -1 : 1));
}
