import { expect } from "chai";

/** Holds a number against another one, fractions included: Hardhat's matchers replace chai's closeTo by one for integers. */
export function expectNear(actual: number | undefined, expected: number, delta: number, what = ""): void {
  expect(actual, what).to.be.a("number");
  expect(Math.abs((actual ?? Number.NaN) - expected), `${what} ${actual} is not near ${expected}`).to.be.lessThan(
    delta,
  );
}
