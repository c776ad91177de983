import { hex } from "./limbs.ts";
import type { Knot } from "./network.ts";

function literal(value: number): string {
  return hex(BigInt(value));
}

/** Linear between two knots, with integer division. */
function segment(lower: Knot, upper: Knot, offset: number): string {
  const rise = upper[1] - lower[1];
  if (rise === 0) return `score := ${lower[1]}`;
  const run = upper[0] - lower[0];
  return `score := add(${lower[1]}, div(mul(sub(v, ${literal(lower[0] + offset)}), ${rise}), ${run}))`;
}

/** A stretch of accumulators with one line of code, and how many of 10,000 honest payments fall into it. */
interface Stretch {
  readonly code: string;
  readonly start: number;
  readonly weight: number;
}

/** Where the two sides weigh as nearly the same as can be; at least one stretch lies on each. */
function splitOf(stretches: readonly Stretch[]): number {
  const whole = stretches.reduce((sum, stretch) => sum + stretch.weight, 0);
  let [best, least, left] = [1, Number.POSITIVE_INFINITY, 0];
  for (let index = 1; index < stretches.length; index++) {
    left += stretches[index - 1]?.weight ?? 0;
    const difference = Math.abs(whole - 2 * left);
    if (difference < least) [best, least] = [index, difference];
  }
  return best;
}

function emitBranch(stretches: readonly Stretch[], lines: string[]): void {
  const [only] = stretches;
  if (stretches.length === 1 && only !== undefined) {
    lines.push(only.code);
    return;
  }
  const middle = splitOf(stretches);
  lines.push(`switch lt(v, ${literal(stretches[middle]?.start ?? 0)})`, "case 0 {");
  emitBranch(stretches.slice(middle), lines);
  lines.push("}", "default {");
  emitBranch(stretches.slice(0, middle), lines);
  lines.push("}");
}

/**
 * The rank table as a decision tree: from `v`, the last accumulator plus the offset, to `score`. The score is the rank among honest
 * payments, so a stretch's rise is how often it is met: the tree is balanced by that, and an ordinary payment is soon found.
 *
 * @param knots Rising accumulators and scores, at least two.
 */
export function emitTree(knots: readonly Knot[], offset: number): string[] {
  const first = knots[0];
  const last = knots.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("the rank table is empty");
  const stretches: Stretch[] = [{ code: `score := ${first[1]}`, start: 0, weight: 1 }];
  knots.slice(1).forEach((upper, index) => {
    const lower = knots[index];
    if (lower === undefined) return;
    const weight = Math.max(1, upper[1] - lower[1]);
    stretches.push({ code: segment(lower, upper, offset), start: lower[0] + offset, weight });
  });
  stretches.push({ code: `score := ${last[1]}`, start: last[0] + offset, weight: 1 });
  const lines: string[] = [];
  emitBranch(stretches, lines);
  return lines;
}
