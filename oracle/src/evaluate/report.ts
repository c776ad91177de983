import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Run } from "./harness.ts";
import { chartsOf } from "./plots/charts.ts";
import { escaped, renderChart } from "./plots/svg.ts";
import type { Section } from "./text.ts";
import { sections } from "./text.ts";

const STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.7rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }`;

function htmlTable({ title, cells, remarks = [] }: Section): string {
  const row = (tag: "th" | "td", values: readonly string[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escaped(value)}</${tag}>`).join("")}</tr>`;
  const [head = [], ...body] = cells;
  return [
    `<h2>${escaped(title)}</h2>`,
    `<table><thead>${row("th", head)}</thead><tbody>`,
    ...body.map((values) => row("td", values)),
    "</tbody></table>",
    ...remarks.map((remark) => `<p>${escaped(remark)}</p>`),
  ].join("\n");
}

/** The report as one HTML page: tables as printed, plots inline, nothing loaded from elsewhere. */
export function renderReport({ result, curves }: Run): string {
  const title = `${result.protocol}: ${result.recipe}`;
  const plots = Object.values(chartsOf(curves)).map(renderChart);
  const facts = result.drift.length;
  const [firstDay, ...others] = sections(result, facts).map(htmlTable);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(result.summary)}. Seeds ${result.seeds.join(", ")}; means over folds and seeds. Facts schema <code>${result.schemaHash}</code>.</p>
<ul>
${result.notes.map((note) => `<li>${escaped(note)}</li>`).join("\n")}
</ul>
${firstDay ?? ""}
<div class="plots">
${plots.join("\n")}
</div>
${others.join("\n")}
</body>
</html>
`;
}

/** Writes report.html, the plots as files of their own, and result.json; returns the report's path. */
export async function writeReport(folder: string, run: Run): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, chart] of Object.entries(chartsOf(run.curves))) {
    await writeFile(join(folder, `${name}.svg`), renderChart(chart));
  }
  await writeFile(join(folder, "result.json"), `${JSON.stringify(run.result, null, 2)}\n`);
  const report = join(folder, "report.html");
  await writeFile(report, renderReport(run));
  return report;
}
