import type { PaymentWithBand, ServiceReads, Side } from "../store/serviceReads.ts";

/** Payments whose amounts and bands are summed: an account with millions must not hold up everybody else. */
const MOST_SUMMED = 5_000;
const LAST = 10;

/** One side of an account's payments. */
export interface AccountSide {
  readonly payments: number;
  readonly totals: { token: string; amount: string }[];
  readonly bands: { allow: number; hold: number; block: number; open: number };
  /** Newest payments that totals and bands are over. */
  readonly summed: number;
}

export interface AccountView {
  readonly paid: AccountSide;
  readonly received: AccountSide;
  /** Newest first. */
  readonly last: readonly PaymentWithBand[];
}

const BAND_NAMES = ["open", "allow", "hold", "block"] as const;

function sumOf(payments: number, rows: readonly PaymentWithBand[]): AccountSide {
  const totals = new Map<string, bigint>();
  const bands = { allow: 0, hold: 0, block: 0, open: 0 };
  for (const { token, amount, band } of rows) {
    totals.set(token, (totals.get(token) ?? 0n) + BigInt(amount));
    bands[BAND_NAMES[band ?? 0] ?? "open"] += 1;
  }
  const sums = [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    payments,
    totals: sums.map(([token, amount]) => ({ token, amount: amount.toString() })),
    bands,
    summed: rows.length,
  };
}

async function side(reads: ServiceReads, which: Side, address: string): Promise<[AccountSide, PaymentWithBand[]]> {
  const count = await reads.countOf(which, address);
  const rows = count === 0 ? [] : await reads.payments({ [which]: address }, undefined, MOST_SUMMED);
  return [sumOf(count, rows), rows.slice(0, LAST)];
}

/** An account's payments on either side. An account nobody has seen has an empty view. Address lower-case. */
export async function accountView(reads: ServiceReads, address: string): Promise<AccountView> {
  const [paid, lastPaid] = await side(reads, "payer", address);
  const [received, lastReceived] = await side(reads, "payee", address);
  const both = new Map([...lastPaid, ...lastReceived].map((payment) => [payment.id, payment]));
  const last = [...both.values()].sort((a, b) => b.block - a.block || b.log_index - a.log_index).slice(0, LAST);
  return { paid, received, last };
}
