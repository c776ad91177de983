import { expect } from "chai";

/** Each is its exact share or less than `units` below it, because everything is rounded down; never above. */
export function expectShares(found: readonly bigint[], exact: readonly bigint[], units = 2n): void {
  const missing = exact.map((share, index) => share - (found[index] ?? 0n));
  const right = missing.every((difference) => difference >= 0n && difference < units);
  expect(right, `exact ${exact.join(", ")}; found ${found.join(", ")}`).to.equal(true);
  expect(found.length).to.equal(exact.length);
}
