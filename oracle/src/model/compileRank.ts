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

function emitBranch(segments: readonly string[], starts: readonly number[], lines: string[]): void {
  const only = segments[0];
  if (segments.length === 1 && only !== undefined) {
    lines.push(only);
    return;
  }
  const middle = segments.length >>> 1;
  lines.push(`switch lt(v, ${literal(starts[middle] ?? 0)})`, "case 1 {");
  emitBranch(segments.slice(0, middle), starts.slice(0, middle), lines);
  lines.push("}", "default {");
  emitBranch(segments.slice(middle), starts.slice(middle), lines);
  lines.push("}");
}

/**
 * The rank table as a balanced decision tree: from `v`, the last accumulator plus the offset, to `score`.
 *
 * @param knots Rising accumulators and scores, at least two.
 */
export function emitTree(knots: readonly Knot[], offset: number): string[] {
  const first = knots[0];
  const last = knots.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("the rank table is empty");
  const segments = [`score := ${first[1]}`];
  const starts = [0];
  knots.slice(1).forEach((upper, index) => {
    const lower = knots[index];
    if (lower === undefined) return;
    segments.push(segment(lower, upper, offset));
    starts.push(lower[0] + offset);
  });
  segments.push(`score := ${last[1]}`);
  starts.push(last[0] + offset);
  const lines: string[] = [];
  emitBranch(segments, starts, lines);
  return lines;
}
