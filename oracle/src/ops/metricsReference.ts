import { METRICS, type MetricRow } from "./metrics.ts";

/** The table of metrics as data, in the order in which they are declared. */
export function metricRows(): readonly MetricRow[] {
  return Object.values(METRICS);
}

function referenceLine(row: MetricRow): string {
  const labels = row.labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${row.name}\` | ${row.type} | ${row.unit} | ${labels} | ${row.help} |`;
}

/** The reference page of metrics, in Markdown. */
export function metricsReference(): string {
  return [
    "# Metrics of an oracle node",
    "",
    "Generated from oracle/src/ops/metrics.ts. `/metrics` serves them in the Prometheus text format, with those of the process",
    "(`process_*`, `nodejs_*`) beside them. A histogram also has `_bucket`, `_sum` and `_count`. Dashboard and alerts that use",
    "them lie in `oracle/ops`; what to do when one fires is in the [runbooks](../runbooks/README.md).",
    "",
    "| metric | type | unit | labels | meaning |",
    "|---|---|---|---|---|",
    ...metricRows().map(referenceLine),
    "",
  ].join("\n");
}
