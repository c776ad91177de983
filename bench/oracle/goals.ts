/** What is wanted of a figure: at least or at most so much. */
export interface Goal {
  readonly key: string;
  readonly what: string;
  readonly sluice: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function isMet({ sluice, atLeast, atMost }: Goal): boolean {
  return (atLeast === undefined || sluice >= atLeast) && (atMost === undefined || sluice <= atMost);
}

/** Above 1 where a goal is more than met, whichever way it points. */
export function ratio({ sluice, atLeast, atMost }: Goal): number {
  if (atLeast !== undefined) return sluice / atLeast;
  return atMost === undefined ? NaN : sluice === 0 ? 1 : atMost / sluice;
}

export function goalRow(goal: Goal): (string | number)[] {
  const wanted = goal.atLeast === undefined ? `≤ ${figure(goal.atMost ?? NaN)}` : `≥ ${figure(goal.atLeast)}`;
  return [goal.key, figure(goal.sluice), wanted, ratio(goal).toFixed(2), isMet(goal) ? "yes" : "NO", goal.what];
}

export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Requests a second that a service safe against loss of power should reach, of the disk and the CPU it has. */
export function powerBound(connections: number, fdatasyncMs: number, cpuMicros: number): number {
  return (0.7 * connections) / (fdatasyncMs / 1e3 + (connections * cpuMicros) / 1e6);
}
