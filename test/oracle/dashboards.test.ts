import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";

import { metricRows } from "../../oracle/src/ops/metricsReference.ts";
import { selectionsOf } from "./support/promql.ts";

const ROOT = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

/** Labels that Prometheus adds to everything it scrapes. */
const TARGET_LABELS = ["instance", "job"];

/** Series of the table → their labels: a histogram has three series, and buckets the label `le`. */
const SERIES = new Map(
  metricRows().flatMap(({ name, type, labels }): [string, readonly string[]][] => {
    if (type !== "histogram") return [[name, labels]];
    return [
      [`${name}_bucket`, [...labels, "le"]],
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ];
  }),
);

function check(expression: string): void {
  const { selections, grouped } = selectionsOf(expression);
  expect(selections, expression).to.not.have.length(0);
  const known = new Set(TARGET_LABELS);
  for (const { metric, labels } of selections) {
    const own = SERIES.get(metric);
    if (own === undefined) throw new Error(`${metric} is no metric of a node: ${expression}`);
    for (const label of labels) expect([...own, ...TARGET_LABELS], `${metric} in ${expression}`).to.include(label);
    for (const label of own) known.add(label);
  }
  for (const label of grouped) expect([...known], `grouped in ${expression}`).to.include(label);
}

const alertsSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Sluice[A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[mh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(10),
});

describe("oracle: alerts", () => {
  const rules = alertsSchema.parse(parse(text("oracle/ops/alerts.yaml"))).groups.flatMap((group) => group.rules);

  it("have names of their own", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).to.equal(rules.length);
  });

  for (const { alert, expr, annotations } of rules) {
    it(`${alert} asks for metrics and labels that exist, and names a runbook that exists`, () => {
      check(expr);
      expect(existsSync(new URL(annotations.runbook, ROOT)), annotations.runbook).to.equal(true);
    });
  }

  it("on objectives burn over a short and a long window", () => {
    const burning = rules.filter(({ expr }) => /> (14\.4|6) \*/.test(expr));
    expect(burning).to.have.length(6);
    for (const { alert, expr } of burning) {
      const windows = new Set(Array.from(expr.matchAll(/\[(\w+)\]/g), ([, window]) => window));
      expect([...windows], alert).to.deep.equal(alert.endsWith("Fast") ? ["5m", "1h"] : ["30m", "6h"]);
    }
  });
});

describe("oracle: the dashboard", () => {
  const { panels } = dashboardSchema.parse(JSON.parse(text("oracle/ops/dashboard.json")));
  for (const { title, targets } of panels) {
    it(`"${title}" asks for metrics and labels that exist`, () => {
      for (const { expr } of targets) check(expr);
    });
  }
});

describe("oracle: the check of expressions", () => {
  for (const wrong of [
    "sluice_blocks_behnd > 10",
    'sluice_decisions_total{bnad="1"}',
    "sum by (code) (sluice_decisions_total)",
    "sluice_request_seconds > 1",
    "rate(sluice_decisions_total[5m]",
    "7 > 6",
  ]) {
    it(`finds what is wrong with ${wrong}`, () => {
      expect(() => check(wrong)).to.throw();
    });
  }
});
