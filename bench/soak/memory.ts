import type { Axis, Chart, Point } from "../../oracle/src/evaluate/plots/svg.ts";

/** Memory of the process at one moment of the run. */
export interface Sample {
  readonly minutes: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** What V8 has reserved for its heap: the resident set grows up to it without anything being kept. */
  readonly committedMiB: number;
}

/**
 * Shares of a run after which growth is fitted. The first is for caches and compiler; the collector takes longer to settle on the
 * size of its heap, in steps of a hundred MiB up and down. A leak does not stop in the second half.
 */
const WARM_UPS = { early: 0.2, late: 0.5 } as const;

/** MiB an hour. */
export interface Growth {
  readonly resident: number;
  readonly heap: number;
  readonly committed: number;
}

/** Slope of the straight line that fits the points best, in units of y a unit of x. */
export function slope(points: readonly Point[]): number {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const [above, below] = points.reduce(
    ([a, b], point) => [a + (point.x - x) * (point.y - y), b + (point.x - x) ** 2],
    [0, 0],
  );
  return below === 0 ? NaN : above / below;
}

/** What memory does after the first fifth of a run, and in its second half. */
export function growth(samples: readonly Sample[], minutes: number): Record<keyof typeof WARM_UPS, Growth> {
  const after = (share: number): Growth => {
    const settled = samples.filter((sample) => sample.minutes >= share * minutes);
    const perHour = (pick: (sample: Sample) => number): number =>
      slope(settled.map((sample) => ({ x: sample.minutes / 60, y: pick(sample) })));
    return {
      resident: perHour((sample) => sample.residentMiB),
      heap: perHour((sample) => sample.heapMiB),
      committed: perHour((sample) => sample.committedMiB),
    };
  };
  return { early: after(WARM_UPS.early), late: after(WARM_UPS.late) };
}

function axis(label: string, to: number): Axis {
  const ticks = Array.from({ length: 6 }, (_, index) => (to * index) / 5);
  return { label, from: 0, to, ticks, format: (value) => value.toFixed(to < 10 ? 1 : 0) };
}

export function memoryChart(samples: readonly Sample[], minutes: number): Chart {
  const most = Math.max(...samples.map((sample) => sample.residentMiB));
  const line = (pick: (sample: Sample) => number): Point[] =>
    samples.map((sample) => ({ x: sample.minutes, y: pick(sample) }));
  return {
    title: "Memory of a node at half its maximum load",
    x: axis("minutes", minutes),
    y: axis("MiB", 50 * Math.ceil(most / 50)),
    series: [
      { name: "resident", points: line((sample) => sample.residentMiB) },
      { name: "heap in use", points: line((sample) => sample.heapMiB), dashed: true },
    ],
  };
}
