import { readFileSync } from "node:fs";
import { expect } from "chai";

import { createMetrics } from "../../oracle/src/ops/metrics.ts";
import { metricRows, metricsReference } from "../../oracle/src/ops/metricsReference.ts";
import { countRefusal } from "../../oracle/src/ops/observe.ts";

describe("oracle: metrics", () => {
  it("that are scraped are exactly those of the table, with type and help", async () => {
    const text = await createMetrics(false).registry.metrics();
    const scraped = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${type} ${name}`);
    expect(scraped).to.deep.equal(metricRows().map(({ type, name }) => `${type} ${name}`));
    for (const { name, help } of metricRows()) expect(text).to.contain(`# HELP ${name} ${help}`);
  });

  it("stand in the reference, every one with its labels", () => {
    const page = readFileSync(new URL("../../docs/reference/metrics.md", import.meta.url), "utf8");
    expect(page.trim()).to.equal(metricsReference().trim());
    for (const { name, labels } of metricRows()) {
      const line = page.split("\n").find((row) => row.startsWith(`| \`${name}\``));
      for (const label of labels) expect(line).to.contain(`\`${label}\``);
    }
  });

  it("follow the names of the field: counters end in _total, times are in seconds, no name twice", () => {
    const names = metricRows().map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    for (const { name, type, unit } of metricRows()) {
      expect(name).to.match(/^sluice_[a-z_]+$/);
      expect(name.endsWith("_total"), name).to.equal(type === "counter");
      if (unit === "seconds") expect(name).to.match(/_seconds$/);
    }
  });

  it("count a conflict of the guard apart, so that an alert sees the first one", async () => {
    const metrics = createMetrics(false);
    countRefusal(metrics, "BEHIND");
    expect((await metrics.guardConflicts.get()).values[0]?.value).to.equal(0);
    countRefusal(metrics, "GUARD_CONFLICT");
    expect((await metrics.guardConflicts.get()).values[0]?.value).to.equal(1);
    expect((await metrics.refused.get()).values).to.have.length(2);
  });
});
