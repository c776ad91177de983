import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { table } from "../scripts/demo/report.ts";
import type { Target } from "./gas/targets.ts";

const resultsDirectory = new URL("results", import.meta.url).pathname;

/** One row as the result file holds it. */
export type ResultRow = null | { sluice: number; peer?: number; floor?: number; goal?: number; met?: boolean };

/** Puts measurements beside peer, floor and goal; a target without a measurement is `null`. */
export function beside(
  targets: Readonly<Record<string, Target>>,
  rows: Readonly<Record<string, number>>,
): Record<string, ResultRow> {
  const result: Record<string, ResultRow> = {};
  for (const key of new Set([...Object.keys(targets), ...Object.keys(rows)])) {
    const sluice = rows[key];
    const { peer, floor, goal } = targets[key] ?? {};
    result[key] =
      sluice === undefined
        ? null
        : {
            sluice,
            ...(peer === undefined ? {} : { peer }),
            ...(floor === undefined ? {} : { floor }),
            ...(goal === undefined ? {} : { goal, met: sluice <= goal }),
          };
  }
  return result;
}

/** The measured rows as a table: Sluice, goal, peer and floor, with the ratios to the last two. */
export function printed(
  result: Readonly<Record<string, ResultRow>>,
  targets: Readonly<Record<string, Target>>,
): string {
  const ratio = (value: number, to: number | undefined): string => (to === undefined ? "" : (value / to).toFixed(2));
  const rows = Object.entries(result).flatMap(([key, row]) => {
    if (row === null) return [];
    const { sluice, peer, floor, goal, met } = row;
    const verdict = met === undefined ? "" : met ? "yes" : "NO";
    return [
      [
        key,
        sluice,
        goal ?? "",
        verdict,
        peer ?? "",
        ratio(sluice, peer),
        floor ?? "",
        ratio(sluice, floor),
        targets[key]?.peerName ?? "",
      ],
    ];
  });
  return table([["row", "Sluice", "goal", "met", "peer", "× peer", "floor", "× floor", "the peer"], ...rows]);
}

/** Writes bench/results/<name>.json and returns its path. */
export async function writeResult(name: string, result: unknown): Promise<string> {
  await mkdir(resultsDirectory, { recursive: true });
  const file = join(resultsDirectory, `${name}.json`);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
