import { calibrationError } from "../reliability.ts";
import type { Curves } from "../result.ts";
import type { Axis, Chart, Point } from "./svg.ts";

const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

function shareAxis(label: string): Axis {
  return { label, from: 0, to: 1, ticks: QUARTERS, format: (value) => value.toFixed(2) };
}

/** A logarithmic axis from 0.01 % to 100 %. */
function rareAxis(label: string): Axis {
  return {
    label,
    from: 0.0001,
    to: 1,
    ticks: [0.0001, 0.001, 0.01, 0.1, 1],
    logarithmic: true,
    format: (value) => `${Number((100 * value).toPrecision(2))} %`,
  };
}

const DIAGONAL: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

function rocChart({ roc }: Curves): Chart {
  const lines = Object.entries(roc).map(([name, points]) => ({
    name,
    points: [{ x: 0, y: 0 }, ...points.map((point) => ({ x: point.falsePositiveRate, y: point.recall }))],
  }));
  return {
    title: "ROC",
    x: shareAxis("honest payments flagged"),
    y: shareAxis("frauds found"),
    series: [...lines, { name: "chance", points: DIAGONAL, dashed: true }],
  };
}

function precisionRecallChart({ roc }: Curves): Chart {
  const series = Object.entries(roc).map(([name, points]) => ({
    name,
    points: points.map((point) => ({ x: point.recall, y: point.precision })),
  }));
  return {
    title: "Precision and recall",
    x: shareAxis("frauds found (recall)"),
    y: shareAxis("frauds among the flagged (precision)"),
    series,
  };
}

function reliabilityChart({ reliability }: Curves): Chart {
  const low = 0.0001;
  const points = reliability.map(({ predicted, observed }) => ({ x: predicted, y: Math.max(observed, low) }));
  return {
    title: `Reliability, calibration error ${(100 * calibrationError(reliability)).toFixed(2)} %`,
    x: rareAxis("calibrated probability"),
    y: rareAxis("observed share of frauds"),
    series: [
      { name: "integer model", points, dots: true },
      { name: "perfect", points: [{ x: low, y: low }, DIAGONAL[1] ?? { x: 1, y: 1 }], dashed: true },
    ],
  };
}

function costChart({ cost, proposed }: Curves): Chart {
  const at = (threshold: number): Point => {
    const point = cost.filter(({ holdAt }) => holdAt >= threshold).at(-1);
    return { x: point?.honestMoneyDelayed ?? 0, y: point?.moneyStopped ?? 0 };
  };
  return {
    title: "Cost: money stopped against honest money delayed",
    x: rareAxis("honest traffic delayed"),
    y: shareAxis("fraud stopped"),
    series: [
      { name: "money", points: cost.map((point) => ({ x: point.honestMoneyDelayed, y: point.moneyStopped })) },
      { name: "payments", points: cost.map((point) => ({ x: point.honestPaymentsDelayed, y: point.paymentsStopped })) },
    ],
    marks: [
      { ...at(proposed.holdAt), text: `hold at ${proposed.holdAt}`, side: "right" },
      { ...at(proposed.blockAt), text: `block at ${proposed.blockAt}`, side: "left" },
    ],
  };
}

/** Every plot of a report, by the name of its file. */
export function chartsOf(curves: Curves): Readonly<Record<string, Chart>> {
  return {
    roc: rocChart(curves),
    "precision-recall": precisionRecallChart(curves),
    ...(curves.reliability.length === 0 ? {} : { reliability: reliabilityChart(curves) }),
    cost: costChart(curves),
  };
}
