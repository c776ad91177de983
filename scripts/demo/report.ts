import type { GasBook } from "./cashier.ts";
import type { Settled } from "./stream.ts";

/** Value below which the share `quantile` of the values lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Left-aligned first column, right-aligned others. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const text = rows.map((row) => row.map(String));
  const widths = (text[0] ?? []).map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return text.map((row) => `  ${line(row).trimEnd()}`).join("\n");
}

/** Medians of each operation's gas. */
export function medians(gas: GasBook): Record<string, number> {
  return Object.fromEntries(Object.entries(gas).map(([operation, values]) => [operation, quantile(values, 0.5)]));
}

function bandRow(name: string, payments: readonly Settled[]): (string | number)[] {
  const count = (band: string): number => payments.filter((payment) => payment.band === band).length;
  const share = (value: number): string =>
    payments.length === 0 ? "–" : `${((100 * value) / payments.length).toFixed(1)} %`;
  const [allowed, held, blocked] = [count("Allow"), count("Hold"), count("Block")];
  return [name, payments.length, allowed, held, blocked, share(allowed), share(held + blocked)];
}

const bandHeader = ["", "payments", "allowed", "held", "blocked", "allowed", "stopped"];

/** Bands by label, then by the payment's number within its account. */
export function bandTables(settled: readonly Settled[]): string {
  const where = (test: (payment: Settled) => boolean): Settled[] => settled.filter(test);
  const byLabel = [
    bandHeader,
    bandRow(
      "honest",
      where((payment) => !payment.illicit),
    ),
    bandRow(
      "illicit",
      where((payment) => payment.illicit),
    ),
  ];
  const ranges = [
    [1, 1],
    [2, 2],
    [3, 5],
    [6, 10],
    [11, 20],
  ] as const;
  const byNumber = ranges.flatMap(([low, high]) => {
    const within = where(({ number }) => number >= low && number <= high);
    const name = low === high ? `payment ${low}` : `payments ${low}–${high}`;
    return [
      bandRow(
        `${name}, honest`,
        within.filter((payment) => !payment.illicit),
      ),
      bandRow(
        `${name}, illicit`,
        within.filter((payment) => payment.illicit),
      ),
    ];
  });
  return `${table(byLabel)}\n\n${table([bandHeader, ...byNumber])}`;
}

/** Median gas of each operation, dearest first. */
export function gasTable(gas: GasBook): string {
  const rows = Object.entries(gas).map(([operation, values]) => [
    operation,
    values.length,
    quantile(values, 0.5),
    Math.max(...values),
  ]);
  rows.sort((a, b) => Number(b[2]) - Number(a[2]));
  return table([["operation", "count", "median gas", "highest"], ...rows]);
}
