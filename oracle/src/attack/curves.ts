import type { Axis, Chart } from "../evaluate/plots/svg.ts";
import { renderChart } from "../evaluate/plots/svg.ts";
import { type AttackFigures, EVADERS } from "./run.ts";

const percent = (value: number): string => `${Math.round(100 * value)} %`;

function shareAxis(label: string): Axis {
  return { label, from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1], format: percent };
}

function evasionChart({ evasion }: AttackFigures): Chart {
  const ticks = [1, 10, 100, 1_000];
  return {
    title: "Evasion: stopped payments that became Allow",
    x: { label: "queries", from: 1, to: 1_000, ticks, logarithmic: true, format: String },
    y: shareAxis("share of stopped payments"),
    series: evasion.map(({ own, curve }) => ({
      name: EVADERS.find((evader) => evader.own === own)?.name ?? `${own} own`,
      points: curve.map(({ queries, flipped }) => ({ x: queries, y: flipped })),
      dots: true,
    })),
  };
}

function framingChart({ framing }: AttackFigures): Chart {
  const spent = framing.filter(({ budget }) => budget > 0);
  const line = (name: string, of: (row: (typeof framing)[number]) => number): Chart["series"][number] => ({
    name,
    points: spent.map((row) => ({ x: row.budget, y: of(row) })),
    dots: true,
  });
  return {
    title: "Framing: honest payments after a stranger's campaign",
    x: {
      label: "spent, in median payments of the payee",
      from: 0.1,
      to: 10,
      ticks: [0.1, 1, 10],
      logarithmic: true,
      format: String,
    },
    y: shareAxis("share of honest payments"),
    series: [line("held", (row) => row.held), line("blocked", (row) => row.blocked)],
  };
}

function ageingChart({ ageing }: AttackFigures): Chart {
  const line = (daysBetween: number, payers: string): Chart["series"][number] => ({
    name: `${daysBetween === 1 ? "daily" : "weekly"}, ${payers} payer${payers === "new" ? "s" : ""}`,
    points: ageing
      .filter((row) => row.daysBetween === daysBetween && row.payers === payers)
      .map((row) => ({ x: row.turnover, y: row.flipped })),
    dots: true,
  });
  return {
    title: "Ageing: stopped payments that became Allow",
    x: { label: "paid to oneself, in median payments", from: 0, to: 20, ticks: [0, 5, 10, 15, 20], format: String },
    y: shareAxis("share of stopped payments"),
    series: [line(1, "one"), line(7, "one"), line(1, "new"), line(7, "new")],
  };
}

/** The curves of a search as SVG files, by name. */
export function attackCharts(figures: AttackFigures): ReadonlyMap<string, string> {
  return new Map([
    ["attack-evasion.svg", renderChart(evasionChart(figures))],
    ["attack-framing.svg", renderChart(framingChart(figures))],
    ["attack-ageing.svg", renderChart(ageingChart(figures))],
  ]);
}
